"""The way from the last decision to the published report, on both databases."""

import pytest
from sqlalchemy import select

from services.consultation import errors
from services.consultation.analysis.actions import deciding
from services.consultation.analysis.models import PointStep
from services.consultation.calls.models import Call
from services.consultation.documents import queries as documents
from services.consultation.documents.rules import State as DocumentState
from services.consultation.reports import actions, queries
from services.consultation.reports.models import Report
from shared.contracts.consultation import ReportPublished, ReportReviewAsked, SubmissionReplied
from shared.errors import Forbidden, NotFound
from shared.i18n import speaking
from tests.support.bench import Bench, person
from tests.support.calls import ANALYST, DECIDER, MANAGER
from tests.support.replies import APPROVER, Table


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    found = Table(consultation_bench)
    found.answer("City of Kisumu", "Water.", comment="Name the mountains.")
    found.answer("City of Lima", "Only to you: the mayor is corrupt.", consent="secretariat")
    found.close()
    return found


def findings(table: Table) -> set[str]:
    with table.bench.view(MANAGER) as view:
        return {one.code for one in queries.draft_page(view, table.call).findings}


def test_the_gate_names_everything_that_is_missing(table: Table) -> None:
    assert findings(table) == {"unread", "open", "summary"}
    table.read()
    assert findings(table) == {"undecided", "summary"}
    for row in table.points:
        table.recommend(row.number)
    table.decide(*(row.number for row in table.points))
    assert findings(table) == {"unchanged", "summary"}
    table.write()
    assert findings(table) == set()


def test_a_report_with_anything_open_is_not_handed_on(table: Table) -> None:
    table.reply()
    with pytest.raises(errors.ReportNotReady), table.bench.work(MANAGER) as work:
        actions.ask_review(work, table.call)


def test_the_published_report_replies_to_every_answer_once(table: Table) -> None:
    table.report()
    replied = table.bench.told_of(SubmissionReplied)
    assert len(replied) == len(table.answers)
    assert {one.id for one in replied} == {row.submission_id for row in table.points}
    points = {one.id: one for one in replied if isinstance(one, SubmissionReplied)}
    assert sum(len(one.points) for one in points.values()) == len(table.points)
    assert len(table.bench.told_of(ReportPublished)) == 1
    assert len(table.bench.told_of(ReportReviewAsked)) == 1
    with table.bench.view() as view:
        assert view.get(Call, code=table.call).state == "report_published"
        revised = documents.revised(view, table.call_id)
        assert revised is not None
        assert revised.state is DocumentState.FROZEN


def test_no_event_carries_an_author_s_words(table: Table) -> None:
    table.report()
    said = "".join(event.model_dump_json() for event in table.bench.told)
    assert "mountains" not in said
    assert "corrupt" not in said


def test_an_author_does_not_approve_and_a_call_manager_cannot(table: Table) -> None:
    both = person("call_manager", "decider", name="Farid")
    table.reply()
    table.write()
    with table.bench.work(both) as work:
        actions.write(work, table.call, {"summary": {"fr": "Nous avons écouté."}})
    table.ask()
    digest = table.digest()
    with pytest.raises(errors.OwnReport), table.bench.work(both) as work:
        actions.approve(work, table.call, digest)
    with pytest.raises(Forbidden), table.bench.work(MANAGER) as work:
        actions.approve(work, table.call, digest)


def test_the_approver_attests_what_is_listed_now(table: Table) -> None:
    table.reply()
    table.write()
    table.ask()
    with pytest.raises(errors.ConsideredChanged), table.bench.work(APPROVER) as work:
        actions.approve(work, table.call, "0" * 64)
    digest = table.digest()
    table.approve()
    with table.bench.view() as view:
        report = view.get(Report, call_id=table.call_id)
    assert report.digest == digest
    assert report.approved_by == APPROVER.person


def test_nothing_moves_while_the_report_is_reviewed(table: Table) -> None:
    table.reply()
    table.write()
    table.ask()
    with pytest.raises(errors.AnalysisOver), table.bench.work(DECIDER) as work:
        deciding.reopen(work, table.call, 1, "On second thoughts.")
    with pytest.raises(errors.AnalysisOver), table.bench.work(MANAGER) as work:
        actions.write(work, table.call, {"summary": {"en": "Another."}})


def test_sent_back_with_a_note_and_handed_on_again(table: Table) -> None:
    table.reply()
    table.write()
    table.ask()
    with table.bench.work(APPROVER) as work:
        actions.send_back(work, table.call, "Say who pays.")
    with table.bench.view(MANAGER) as view:
        draft = queries.draft_page(view, table.call)
    assert draft.state == "draft"
    assert draft.note == "Say who pays."
    table.ask()
    table.approve()
    rounds = [one.round for one in table.bench.told_of(ReportReviewAsked)]  # type: ignore[attr-defined]
    assert rounds == [1, 2]


def test_a_change_says_which_points_it_answers_and_no_others(table: Table) -> None:
    table.reply()
    with pytest.raises(errors.NoSuchPoint), table.bench.work(MANAGER) as work:
        actions.revise_paragraph(work, table.call, "3", {"3": {"en": "New."}}, [99])
    table.write()
    with table.bench.work(MANAGER) as work:
        actions.restore_paragraph(work, table.call, "3")
    assert "unchanged" in findings(table)


def test_paragraphs_are_struck_and_added_because_of_points(table: Table) -> None:
    table.reply()
    with table.bench.work(MANAGER) as work:
        actions.strike_paragraph(work, table.call, "2", [1])
        label = actions.add_paragraph(work, table.call, "3", {"en": "Mountains."}, [2, 3])
        actions.write(work, table.call, {"summary": {"en": "Changed."}})
    assert findings(table) == set()
    with table.bench.view(MANAGER) as view:
        changes = {
            one.label: one.kind
            for one in queries.public_changes(view, view.get(Call, code=table.call))
        }
    assert changes == {"2": "deleted", label: "added"}


def test_a_call_without_a_document_has_change_entries(consultation_bench: Bench) -> None:
    table = Table(consultation_bench, document=False)
    table.answer("City of Kisumu", "Water.")
    table.close()
    table.report()
    with table.bench.view() as view:
        report = queries.public_report(view, table.call)
    assert [(one.name, one.points) for one in report.changes] == [("Part 2", 1)]


def test_a_change_entry_says_where_before_and_after_in_the_reader_s_language(
    consultation_bench: Bench,
) -> None:
    table = Table(consultation_bench, document=False)
    table.answer("City of Kisumu", "Water.")
    table.close()
    table.reply()
    texts = {
        "place": {"en": "Part 2", "fr": "Partie 2"},
        "before": {"en": "Cities meet.", "fr": "Les villes se réunissent."},
        "after": {"en": "Cities meet every year.", "fr": "Les villes se réunissent chaque année."},
    }
    with table.bench.work(MANAGER) as work:
        actions.save_entry(work, table.call, None, texts, points=[1])
        actions.save_entry(
            work,
            table.call,
            None,
            {"place": {"en": "Part 3"}, "after": {"en": "Shade."}},
            points=[],
        )
        actions.save_entry(
            work, table.call, None, {"place": {"en": "Part 4"}, "before": {"en": "Sun."}}, points=[]
        )
        wrong = actions.save_entry(work, table.call, None, texts, points=[])
        actions.remove_entry(work, table.call, wrong.number)
        actions.write(work, table.call, {"summary": {"en": "Changed."}})

    def changes(language: str) -> list[tuple[str, str, str]]:
        with table.bench.view() as view, speaking(language):
            found = queries.public_report(view, table.call).changes
        return [(one.name, one.kind, "".join(part.text for part in one.after)) for one in found]

    table.ask()
    table.approve()
    assert changes("en") == [
        ("Part 2", "reworded", "Cities meet every year."),
        ("Part 3", "added", "Shade."),
        ("Part 4", "deleted", ""),
    ]
    assert changes("fr")[0] == ("Partie 2", "reworded", "Les villes se réunissent chaque année.")
    assert changes("fr")[1] == ("Part 3", "added", "Shade.")


def test_a_change_entry_that_changes_nothing_or_stands_nowhere_is_refused(
    consultation_bench: Bench,
) -> None:
    table = Table(consultation_bench, document=False)
    table.answer("City of Kisumu", "Water.")
    table.close()
    table.reply()
    same = {"place": {"en": "Part 2"}, "before": {"en": "Sun"}, "after": {"en": " Sun "}}
    for texts, refusal in (
        (same, errors.NothingChanged),
        ({"place": {"en": "Part 2"}}, errors.NothingChanged),
        ({"place": {"fr": "Partie 2"}, "after": {"en": "Sun"}}, errors.PlaceNeeded),
    ):
        with pytest.raises(refusal), table.bench.work(MANAGER) as work:
            actions.save_entry(work, table.call, None, texts, points=[1])
    assert "unchanged" in findings(table)


def test_a_moved_paragraph_answers_a_point(table: Table) -> None:
    table.reply()
    with table.bench.work(MANAGER) as work:
        actions.move_paragraph(work, table.call, "3", "1", [1, 2, 3])
        actions.write(work, table.call, {"summary": {"en": "Moved."}})
    assert findings(table) == set()
    with table.bench.work(MANAGER) as work:
        actions.move_paragraph(work, table.call, "3", "2", [1, 2, 3])
    assert "unchanged" in findings(table)


def test_the_report_waits_until_a_provisional_partner_is_decided_on(table: Table) -> None:
    table = Table(table.bench)
    table.answer("City of Kisumu", "Water.")
    harbour = table.answer("Harbour group", "Sand.", state="submitted")
    upland = table.answer("Upland group", "Snow.", state="submitted")
    table.close()
    table.reply("noted")
    table.write()
    assert findings(table) == {"provisional"}
    table.verified(upland)
    assert findings(table) == {"provisional"}
    table.declined(harbour)
    assert findings(table) == set()
    table.ask()
    table.approve()
    replied = {one.id for one in table.bench.told_of(SubmissionReplied)}
    assert len(replied) == 2
    with table.bench.view() as view:
        report = queries.public_report(view, table.call)
    assert "Sand." not in {one.words for one in report.points}
    assert report.total == 2


def test_an_author_s_language_without_explanation_needs_a_public_sentence(
    consultation_bench: Bench,
) -> None:
    table = Table(consultation_bench)
    table.answer("Ville de Dakar", "De l'eau.", language="fr")
    table.close()
    table.reply()
    table.write()
    assert findings(table) == {"unexplained"}
    with table.bench.work(MANAGER) as work:
        actions.write(work, table.call, {"language_gap": {"en": "No translator was free."}})
    assert findings(table) == set()


def test_nobody_reads_the_report_before_it_is_public(table: Table) -> None:
    table.reply()
    table.write()
    with pytest.raises(NotFound), table.bench.view() as view:
        queries.public_report(view, table.call)
    table.ask()
    table.approve()
    with table.bench.view() as view:
        assert queries.public_report(view, table.call).total == 3


def test_the_history_of_a_point_keeps_every_step(table: Table) -> None:
    table.reply()
    with table.bench.work(DECIDER) as work:
        deciding.reopen(work, table.call, 1, "New evidence.")
    table.recommend(1, "not_accepted")
    table.decide(1)
    with table.bench.view(ANALYST) as view:
        steps = view.session.scalars(
            select(PointStep.what)
            .where(PointStep.point_id == next(r.id for r in table.points if r.number == 1))
            .order_by(PointStep.id)
        ).all()
    assert steps == ["cut", "recommended", "decided", "reopened", "recommended", "decided"]
