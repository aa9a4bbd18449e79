"""A document is imported, translated, frozen, and revised paragraph by paragraph."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event

from services.consultation.documents import actions, queries
from services.consultation.documents.rules import Change, State
from services.consultation.errors import DocumentFrozen, DocumentNotReadable, NotRevisable
from shared import ids
from shared.errors import Forbidden, NotFound
from shared.security.permissions import NOBODY
from tests.support.bench import Bench, person

SEEDS = Path(__file__).parents[4] / "services" / "demo" / "seeds"
ZH = (SEEDS / "partnership-strategy.zh.md").read_bytes()
EN = (SEEDS / "partnership-strategy.en.md").read_bytes()
MANAGER = person("call_manager")


@pytest.fixture
def call() -> UUID:
    return ids.new()


def imported(bench: Bench, call: UUID, *, frozen: bool = False) -> UUID:
    with bench.work(MANAGER) as work:
        version = actions.import_markdown(work, call, ZH, "zh", authentic=True)
        actions.import_markdown(work, call, EN, "en", authentic=False)
        if frozen:
            actions.freeze(work, call)
        return version.id


def test_the_strategy_has_25_pages_in_two_languages(consultation_bench: Bench, call: UUID) -> None:
    version = imported(consultation_bench, call)
    with consultation_bench.view(MANAGER) as view:
        outline = queries.outline(view, version, "en")
        assert outline.total == queries.pages(view, version) == 25
        assert outline.title.text.endswith("draft partnership strategy")
        assert not outline.is_other
        assert outline.languages == ("zh", "en")
        assert len(outline.masthead) == 6
        assert outline.masthead[3].text.startswith("Item 6 (c) (v)")
        assert [len(section.entries) for section in outline.sections] == [3, 1, 9, 8, 1, 3]
        assert len(queries.part_labels(view, version)) == 25 + 20 + 26 + 43


def test_a_reader_of_another_language_gets_the_authentic_text_and_is_told(
    consultation_bench: Bench, call: UUID
) -> None:
    version = imported(consultation_bench, call)
    with consultation_bench.view(MANAGER) as view:
        page = queries.paragraph(view, version, "7", "fr")
        assert page.paragraph.is_other
        assert page.paragraph.said.language == "zh"
        assert [note.mark for note in page.paragraph.notes] == ["2"]
        assert queries.paragraph(view, version, "7", "en").paragraph.notes[0].said.text == "Ibid."


def test_pages_follow_each_other_from_the_first_paragraph_to_the_last(
    consultation_bench: Bench, call: UUID
) -> None:
    version = imported(consultation_bench, call)
    with consultation_bench.view(MANAGER) as view:
        walked, label = [], "1"
        while label:
            page = queries.paragraph(view, version, label, "en")
            walked.append(label)
            label = page.next or ""
        rows = [f"t{number}" for number in range(1, 9)]
        assert walked == [*map(str, range(1, 14)), *rows, "14", "15", "16", "17"]
        assert page.position == page.total == 25
        with pytest.raises(NotFound):
            queries.paragraph(view, version, "18", "en")


def test_a_row_has_goals_and_strategies_to_choose_from(
    consultation_bench: Bench, call: UUID
) -> None:
    version = imported(consultation_bench, call)
    with consultation_bench.view(MANAGER) as view:
        page = queries.paragraph(view, version, "t5", "en")
        options = queries.part_options(page)
        assert options[0] == ("", "Table, row 5")
        assert len(options) == 1 + 3 + 5
        assert options[-2][1].startswith("Table, row 5, strategy 4: Link business sector investors")
        groups = [
            (kind, str(heading), len(parts)) for kind, heading, parts in page.paragraph.groups
        ]
        assert groups == [("goal", "Goals", 3), ("strategy", "Strategies", 5)]


def test_a_long_document_takes_as_many_queries_as_a_short_one(
    consultation_bench: Bench, call: UUID
) -> None:
    other = ids.new()
    short = "# A\n\n## I\n\n1. One.\n\n2. Two.\n"
    with consultation_bench.work(MANAGER) as work:
        small = actions.import_markdown(work, other, short, "en", authentic=True).id
    big = imported(consultation_bench, call)

    def queries_of(version: UUID) -> list[int]:
        with consultation_bench.view(MANAGER) as view:
            said = 0

            def count(*_args: object) -> None:
                nonlocal said
                said += 1

            engine = view.session.get_bind()
            event.listen(engine, "before_cursor_execute", count)
            taken = []
            for read in (queries.outline, queries.whole):
                said = 0
                read(view, version, "en")
                taken.append(said)
            said = 0
            queries.paragraph(view, version, "2", "en")
            event.remove(engine, "before_cursor_execute", count)
            return [*taken, said]

    assert queries_of(big) == queries_of(small)
    assert max(queries_of(big)) <= 6


def statements(bench: Bench, version: UUID) -> int:
    """Return how many statements the outline takes now, the BEGIN among them."""
    with bench.view(MANAGER) as view:
        said: list[object] = []
        engine = view.session.get_bind()

        def count(*given: object) -> None:
            said.append(given[2])

        event.listen(engine, "before_cursor_execute", count)
        queries.outline(view, version, "en")
        event.remove(engine, "before_cursor_execute", count)
        return len(said)


def test_a_frozen_document_is_read_once(consultation_bench: Bench, call: UUID) -> None:
    version = imported(consultation_bench, call)
    drafted = statements(consultation_bench, version)
    assert statements(consultation_bench, version) == drafted
    with consultation_bench.work(MANAGER) as work:
        actions.freeze(work, call)
    consultation_bench.later(seconds=1)
    assert statements(consultation_bench, version) == drafted
    assert statements(consultation_bench, version) == drafted - 4


def test_a_freeze_that_is_undone_leaves_nothing_in_memory(
    consultation_bench: Bench, call: UUID
) -> None:
    version = imported(consultation_bench, call)

    def freeze_and_fail() -> None:
        with consultation_bench.work(MANAGER) as work:
            actions.freeze(work, call)
            assert queries.outline(work, version, "en").total == 25
            raise LookupError

    with pytest.raises(LookupError):
        freeze_and_fail()
    with consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, "# A\n\n## I\n\n1. One.", "zh", authentic=True)
        actions.freeze(work, call)
    consultation_bench.later(seconds=1)
    with consultation_bench.view(MANAGER) as view:
        assert queries.outline(view, version, "en").total == 1


def test_the_whole_text_can_be_read_at_once(consultation_bench: Bench, call: UUID) -> None:
    version = imported(consultation_bench, call)
    with consultation_bench.view(MANAGER) as view:
        rows = queries.whole(view, version, "en")
        assert len(rows) == 25
        assert rows[2].plain.startswith("The strategy provides a road map")
        assert "\n(a) Guiding" in rows[2].plain


def test_a_bad_file_leaves_no_trace_and_says_where_it_is_bad(
    consultation_bench: Bench, call: UUID
) -> None:
    with (
        pytest.raises(DocumentNotReadable) as refusal,
        consultation_bench.work(MANAGER) as work,
    ):
        actions.import_markdown(work, call, b"<b>no</b>", "zh", authentic=True)
    assert refusal.value.findings
    with pytest.raises(DocumentNotReadable), consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, "# Ä".encode("utf-16"), "zh", authentic=True)
    with consultation_bench.view(MANAGER) as view:
        assert queries.consulted(view, call) is None


def test_a_translation_with_another_structure_is_refused(
    consultation_bench: Bench, call: UUID
) -> None:
    shorter = EN.replace(b"(h) Knowledge and innovation partners.\n", b"")
    with consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, ZH, "zh", authentic=True)
    with pytest.raises(DocumentNotReadable), consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, shorter, "en", authentic=False)


def test_a_corrected_draft_keeps_its_translation_which_is_stale_then(
    consultation_bench: Bench, call: UUID
) -> None:
    imported(consultation_bench, call)
    corrected = ZH.decode().replace("执行主任的报告", "执行主任的报告（更正）")
    with consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, corrected, "zh", authentic=True)
    with consultation_bench.view(MANAGER) as view:
        version = queries.consulted(view, call)
        assert version is not None
        zh, en = queries.translations(view, version.id)
        assert (zh.language, zh.authentic, zh.stale) == ("zh", True, False)
        assert (en.language, en.authentic, en.stale) == ("en", False, True)
        assert queries.paragraph(view, version.id, "3", "en").paragraph.said.language == "en"
    with consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, EN, "en", authentic=False)
    with consultation_bench.view(MANAGER) as view:
        assert not any(one.stale for one in queries.translations(view, version.id))


def test_a_new_structure_drops_the_translation(consultation_bench: Bench, call: UUID) -> None:
    imported(consultation_bench, call)
    with consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, "# 新\n\n## 一\n\n1. 新文。", "zh", authentic=True)
    with consultation_bench.view(MANAGER) as view:
        version = queries.consulted(view, call)
        assert version is not None
        assert [one.language for one in queries.translations(view, version.id)] == ["zh"]


def test_a_draft_is_for_the_secretariat_and_a_frozen_document_for_everybody(
    consultation_bench: Bench, call: UUID
) -> None:
    version = imported(consultation_bench, call)
    with consultation_bench.view(NOBODY) as view, pytest.raises(NotFound):
        queries.outline(view, version, "en")
    with consultation_bench.work(MANAGER) as work:
        actions.freeze(work, call)
    with consultation_bench.view(NOBODY) as view:
        assert queries.outline(view, version, "en").version.state is State.FROZEN
    with pytest.raises(DocumentFrozen), consultation_bench.work(MANAGER) as work:
        actions.import_markdown(work, call, ZH, "zh", authentic=True)
    with pytest.raises(Forbidden), consultation_bench.work(person("analyst")) as work:
        actions.begin_revision(work, call)


def test_a_document_can_be_removed_while_it_is_a_draft(
    consultation_bench: Bench, call: UUID
) -> None:
    imported(consultation_bench, call)
    with consultation_bench.work(MANAGER) as work:
        actions.remove(work, call, "en")
    with consultation_bench.view(MANAGER) as view:
        version = queries.consulted(view, call)
        assert version is not None
        assert [one.language for one in queries.translations(view, version.id)] == ["zh"]
    with consultation_bench.work(MANAGER) as work:
        actions.remove(work, call)
    with consultation_bench.view(MANAGER) as view:
        assert queries.consulted(view, call) is None


def test_the_revised_text_says_what_became_of_each_paragraph(
    consultation_bench: Bench, call: UUID
) -> None:
    first = imported(consultation_bench, call, frozen=True)
    with consultation_bench.work(MANAGER) as work:
        second = actions.begin_revision(work, call).id
        assert actions.begin_revision(work, call).id == second
        words = {"t5.s4": {"en": "Link investors, and publish what is found."}}
        assert actions.revise(work, second, "t5", words) is Change.REWORDED
        actions.strike(work, second, "12")
        assert actions.add(work, second, "13", {"en": "A new one.", "zh": "新段。"}) == "13bis"
        actions.move(work, second, "16", "14")
    with consultation_bench.view(MANAGER) as view:
        changes = {one.label: one for one in queries.changes(view, second, "en")}
        told = {label: one.change for label, one in changes.items() if one.change != "unchanged"}
        assert told == {
            "t5": Change.REWORDED,
            "12": Change.DELETED,
            "13bis": Change.ADDED,
            "16": Change.MOVED,
        }
        t5 = changes["t5"]
        assert t5.before
        assert t5.after
        assert "monitor compliance" in t5.before.plain
        assert "publish what is found" in t5.after.plain
        assert changes["13bis"].before is None
        assert changes["12"].after is None
        order = queries.labels(view, second)
        assert order[12:15] == ["13", "13bis", "t1"]
        assert order[-4:] == ["14", "16", "15", "17"]
        assert len(queries.labels(view, first)) == 25
    with consultation_bench.view(NOBODY) as view, pytest.raises(NotFound):
        queries.outline(view, second, "en")
    with consultation_bench.work(MANAGER) as work:
        actions.publish_revision(work, call)
    with consultation_bench.view(NOBODY) as view:
        assert queries.outline(view, second, "en").version.state is State.FROZEN
        assert queries.outline(view, first, "en").version.state is State.SUPERSEDED
        consulted = queries.consulted(view, call)
        assert consulted is not None
        assert consulted.id == first


def test_what_was_done_to_a_paragraph_can_be_taken_back(
    consultation_bench: Bench, call: UUID
) -> None:
    imported(consultation_bench, call, frozen=True)
    with consultation_bench.work(MANAGER) as work:
        version = actions.begin_revision(work, call).id
        actions.revise(work, version, "3", {"3": {"en": "Else."}, "3(h)": {"en": "One more;"}})
        actions.strike(work, version, "3")
        actions.restore(work, version, "3")
        added = actions.add(work, version, "3", {"en": "Added."})
        actions.strike(work, version, added)
        actions.move(work, version, "16", "14")
        actions.move(work, version, "16", "15")
    with consultation_bench.view(MANAGER) as view:
        assert {one.change for one in queries.changes(view, version, "zh")} == {Change.UNCHANGED}
        assert len(queries.paragraph(view, version, "3", "en").paragraph.parts) == 7
        assert len(queries.labels(view, version)) == 25


def test_a_move_says_what_it_came_after_and_comes_after(
    consultation_bench: Bench, call: UUID
) -> None:
    imported(consultation_bench, call, frozen=True)
    with consultation_bench.work(MANAGER) as work:
        version = actions.begin_revision(work, call).id
        outline = queries.outline(work, version, "en")
        heads = {section.title.text[:3]: section.number for section in outline.sections}
        actions.move(work, version, "3", heads["I. "])
        actions.move(work, version, "4", "17")
        actions.move(work, version, "t5", "t7")
        with pytest.raises(NotRevisable):
            actions.move(work, version, "t1", heads["I. "])
        with pytest.raises(NotRevisable):
            actions.move(work, version, "5", "t1")
    with consultation_bench.view(MANAGER) as view:
        changes = {one.label: one for one in queries.changes(view, version, "en")}
        moved = {
            label: (one.stood, one.stands)
            for label, one in changes.items()
            if one.change is Change.MOVED
        }
        assert queries.labels(view, version)[:3] == ["3", "1", "2"]
    assert moved == {
        "3": ("Paragraph 2", "I. Purpose"),
        "4": ("II. Expected results", "Paragraph 17"),
        "t5": ("Table, row 4", "Table, row 7"),
    }
    with consultation_bench.work(MANAGER) as work:
        actions.move(work, version, "4", heads["II."])
    with consultation_bench.view(MANAGER) as view:
        changes = {one.label: one for one in queries.changes(view, version, "en")}
    assert changes["4"].change is Change.UNCHANGED


def test_the_same_words_again_are_no_change(consultation_bench: Bench, call: UUID) -> None:
    imported(consultation_bench, call, frozen=True)
    with consultation_bench.work(MANAGER) as work:
        version = actions.begin_revision(work, call).id
        page = queries.paragraph(work, version, "2", "en")
        same = {"2": {"en": f"  {page.paragraph.said.text}\n"}}
        assert actions.revise(work, version, "2", same) is Change.UNCHANGED
        with pytest.raises(NotFound):
            actions.revise(work, version, "2", {"2(c)": {"en": "Out of order"}})


def test_only_the_revised_text_can_be_revised(consultation_bench: Bench, call: UUID) -> None:
    first = imported(consultation_bench, call)
    with pytest.raises(NotRevisable), consultation_bench.work(MANAGER) as work:
        actions.begin_revision(work, call)
    with pytest.raises(NotRevisable), consultation_bench.work(MANAGER) as work:
        actions.revise(work, first, "3", {"3": {"en": "Else."}})
