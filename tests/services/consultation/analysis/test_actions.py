"""Reading, cutting, recommending and deciding, on both databases."""

import pytest
from sqlalchemy import event

from services.consultation import errors
from services.consultation.analysis import queries
from services.consultation.analysis.actions import deciding, reading
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries import Item, Tally, Wanted
from services.consultation.calls.models import Call
from services.consultation.submissions import actions as submissions
from services.consultation.submissions.actions import Entry
from services.consultation.submissions.models import Submission
from services.consultation.submissions.queries import open_sheet
from shared.contracts.consultation import PointsToDecide, SubmissionChanged
from shared.errors import Conflict, Forbidden, NotFound
from tests.support.answers import send
from tests.support.bench import Bench, person
from tests.support.calls import ANALYST, DECIDER, MANAGER
from tests.support.replies import Answered, Table


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    return Table(consultation_bench)


@pytest.fixture
def kisumu(table: Table) -> Answered:
    return table.answer(
        "City of Kisumu", "Water.\n\nAnd shade.", comment="Mountains.", comment_consent="unnamed"
    )


def items(table: Table, one: Answered) -> tuple[Item, ...]:
    with table.bench.view(ANALYST) as view:
        return queries.answer(view, table.call, one.reference).items


def open_items(table: Table) -> int:
    with table.bench.view() as view:
        return queries.completeness(view, table.call_id).open_items


def read(table: Table, one: Answered) -> None:
    with table.bench.work(ANALYST) as work:
        reading.mark_read(work, one.reference)


def test_reading_begins_when_the_call_has_closed(table: Table, kisumu: Answered) -> None:
    with pytest.raises(errors.StillOpen):
        read(table, kisumu)
    table.close()
    read(table, kisumu)
    with table.bench.view(ANALYST) as view:
        assert view.get(Call, code=table.call).state == "analysing"
        row = queries.queue(view, table.call).rows[0]
    assert row.read_by == ANALYST.name
    with pytest.raises(Forbidden), table.bench.work(MANAGER) as work:
        reading.mark_read(work, kisumu.reference)


def test_looking_at_an_answer_is_not_reading_it(table: Table, kisumu: Answered) -> None:
    table.close()
    first = items(table, kisumu)[0]
    with pytest.raises(errors.NotReadYet), table.bench.work(ANALYST) as work:
        reading.cut(work, kisumu.reference, first.id, ["Water."])
    with table.bench.view() as view:
        assert queries.completeness(view, table.call_id).unread == 1


def test_an_item_ends_once(table: Table, kisumu: Answered) -> None:
    table.close()
    read(table, kisumu)
    words = next(one for one in items(table, kisumu) if one.text.startswith("Water"))
    with table.bench.work(ANALYST) as work:
        points = reading.cut(work, kisumu.reference, words.id, ["Water.", " ", "And shade."])
        assert [one.words for one in points] == ["Water.", "And shade."]
    with pytest.raises(errors.ItemClosed), table.bench.work(ANALYST) as work:
        reading.nothing_to_answer(work, kisumu.reference, words.id)
    other = next(one for one in items(table, kisumu) if one.text == "Mountains.")
    with pytest.raises(errors.NothingCut), table.bench.work(ANALYST) as work:
        reading.cut(work, kisumu.reference, other.id, [" "])
    assert {one.number for one in table.points} == {1, 2}


def test_a_point_takes_the_consent_and_the_place_of_what_it_was_cut_from(
    table: Table, kisumu: Answered
) -> None:
    table.close()
    table.read()
    found = {one.words: one for one in table.points}
    assert found["Mountains."].consent == "unnamed"
    assert found["Mountains."].paragraph == "3"
    assert found["Mountains."].stance == "change"
    assert found["Water.\n\nAnd shade."].consent == "named"
    assert kisumu.reference == found["Mountains."].reference


def test_what_has_no_words_is_tallied_at_once_and_what_was_emptied_needs_no_end(
    table: Table,
) -> None:
    one = table.answer("City of Kisumu", "Water.")
    with table.bench.work(one.who) as work:
        draft = submissions.replace(work, one.code)
        sheet = open_sheet(work, draft.code, "answer.hub")
        topic = next(
            topic for topic in sheet.asked.topics if any(q.kind == "long" for q in topic.questions)
        )
        entries = {
            question.code: Entry("", None, sheet.responses[question.code].row_version)
            for question in topic.questions
        }
        submissions.save_topic(work, draft.code, topic.key, entries)
        code = draft.code
    send(table.bench, one.who, code)
    table.close()
    with table.bench.view(ANALYST) as view:
        (row,) = queries.queue(view, table.call).rows
    assert row.open_items == 1
    assert open_items(table) == 1
    with table.bench.work(ANALYST) as work:
        reading.mark_read(work, row.row.reference)
        assert reading.tally_all(work, row.row.reference) == 1
    assert open_items(table) == 0


def test_deciders_are_told_how_many_wait_and_no_words(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    table.recommend(1)
    table.recommend(2)
    table.decide(1)
    waiting = [
        one.waiting
        for one in table.bench.told_of(PointsToDecide)
        if isinstance(one, PointsToDecide)
    ]
    assert waiting == [1, 2, 1]
    assert "Mountains" not in "".join(one.model_dump_json() for one in table.bench.told)
    assert kisumu.reference


def test_nobody_decides_what_they_recommended(table: Table, kisumu: Answered) -> None:
    both = person("analyst", "decider", name="Hala")
    table.close()
    table.read()
    table.recommend(1, who=both)
    with pytest.raises(errors.OwnRecommendation):
        table.decide(1, who=both)
    with pytest.raises(Forbidden):
        table.decide(1, who=ANALYST)
    table.decide(1)
    assert kisumu.reference


def test_one_that_cannot_be_decided_holds_up_the_others(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    table.recommend(1)
    with pytest.raises(errors.NotRecommended):
        table.decide(1, 2)
    assert {one.state for one in table.points} == {"recommended", "new"}
    with pytest.raises(errors.NothingSelected):
        table.decide(1, 77)
    assert kisumu.reference


def test_two_analysts_do_not_overwrite_each_other(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    seen = table.points[0]
    table.recommend(seen.number)
    with pytest.raises(Conflict), table.bench.work(ANALYST) as work:
        deciding.recommend(
            work,
            table.call,
            seen.number,
            disposition="noted",
            reason="support",
            explanations={"en": "Noted."},
            row_version=seen.row_version,
        )
    assert kisumu.reference


def test_already_covered_names_a_paragraph_that_is_there(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    with pytest.raises(errors.ParagraphNeeded), table.bench.work(ANALYST) as work:
        deciding.recommend(
            work,
            table.call,
            1,
            disposition="already_covered",
            reason="in_text",
            explanations={"en": "It is there."},
            covered_by="999",
            row_version=1,
        )
    table.recommend(1, "already_covered")
    assert kisumu.reference


def test_returned_with_a_note_and_recommended_again(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    table.recommend(1)
    with table.bench.work(DECIDER) as work:
        deciding.return_(work, table.call, [1], "Which mountains?")
    with table.bench.view(ANALYST) as view:
        row = queries.point(view, table.call, 1)
    assert (row.state, row.note) == ("returned", "Which mountains?")
    table.recommend(1)
    table.decide(1)
    with table.bench.view(ANALYST) as view:
        steps = queries.history(view, queries.point(view, table.call, 1).id)
    assert [one.what for one in steps] == [
        "decided",
        "recommended",
        "returned",
        "recommended",
        "cut",
    ]
    assert kisumu.reference


def test_points_are_given_to_colleagues_only(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    with table.bench.work(ANALYST) as work:
        assert deciding.assign(work, table.call, [1, 2], ANALYST.person) == 2
    with pytest.raises(errors.NotStaff), table.bench.work(ANALYST) as work:
        deciding.assign(work, table.call, [1], kisumu.who.person)
    with table.bench.view(ANALYST) as view:
        mine = queries.points(view, table.call, Wanted(assigned="me")).rows
    assert [one.number for one in mine] == [1, 2]


def test_the_list_is_narrowed_by_what_stands_in_the_address(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    table.recommend(1)

    def numbers(**by: str) -> list[int]:
        with table.bench.view(ANALYST) as view:
            return [one.number for one in queries.points(view, table.call, Wanted(**by)).rows]

    by_words = {one.words: one.number for one in table.points}
    assert numbers(words="mountains") == [by_words["Mountains."]]
    assert numbers(paragraph="3") == [by_words["Mountains."]]
    assert numbers(state="recommended") == [1]
    assert len(numbers(state="to_decide")) == 2
    assert numbers(category="business") == []
    assert kisumu.reference


def test_a_gist_is_in_the_call_s_language(table: Table) -> None:
    table.answer("Ville de Dakar", "De l'eau.", language="fr")
    table.close()
    table.read()
    with table.bench.work(ANALYST) as work:
        deciding.write_gist(work, table.call, 1, "Water.")
    with table.bench.view(ANALYST) as view:
        row = queries.point(view, table.call, 1)
    assert (row.language, row.gist, row.gist_language) == ("fr", "Water.", "en")


def test_points_of_one_text_have_a_gist_each_and_only_where_the_language_differs(
    table: Table,
) -> None:
    dakar = table.answer("Ville de Dakar", "De l'eau. Et de l'ombre.", language="fr")
    kisumu = table.answer("City of Kisumu", "Water.")
    table.close()
    for one, words, gists in (
        (dakar, ["De l'eau.", "Et de l'ombre."], ["Water.", "Shade."]),
        (kisumu, ["Water."], ["Wet."]),
    ):
        read(table, one)
        text = next(item for item in items(table, one) if item.text)
        with table.bench.work(ANALYST) as work:
            reading.cut(work, one.reference, text.id, words, gists)
    found = {row.words: (row.gist, row.gist_language) for row in table.points}
    assert found == {
        "De l'eau.": ("Water.", "en"),
        "Et de l'ombre.": ("Shade.", "en"),
        "Water.": ("", ""),
    }
    number = next(row.number for row in table.points if row.words == "Water.")
    with table.bench.work(ANALYST) as work:
        assert deciding.write_gist(work, table.call, number, "Wet.").gist == ""


def test_an_analyst_puts_no_words_into_an_author_s_mouth(table: Table, kisumu: Answered) -> None:
    table.close()
    read(table, kisumu)
    words = next(one for one in items(table, kisumu) if one.text.startswith("Water"))
    with pytest.raises(errors.NotTheirWords), table.bench.work(ANALYST) as work:
        reading.cut(work, kisumu.reference, words.id, ["Water.", "Rivers are dry."])
    with pytest.raises(errors.HasWords), table.bench.work(ANALYST) as work:
        reading.tally(work, kisumu.reference, words.id)
    assert table.points == []


def test_only_what_is_decided_is_reopened_and_the_reason_is_kept(
    table: Table, kisumu: Answered
) -> None:
    table.close()
    table.read()
    table.recommend(1)
    with pytest.raises(errors.NotDecided), table.bench.work(DECIDER) as work:
        deciding.reopen(work, table.call, 1, "New evidence.")
    table.decide(1)
    with table.bench.work(DECIDER) as work:
        deciding.reopen(work, table.call, 1, "New evidence.")
    with table.bench.view(ANALYST) as view:
        row = queries.point(view, table.call, 1)
        step = queries.history(view, row.id)[0]
    assert (row.state, row.decided_by, step.what) == ("reopened", "", "reopened")
    assert step.details["reason"] == "New evidence."
    assert kisumu.reference


def test_a_paragraph_is_kept_only_with_already_covered(table: Table, kisumu: Answered) -> None:
    table.close()
    table.read()
    with table.bench.work(ANALYST) as work:
        point = deciding.recommend(
            work,
            table.call,
            1,
            disposition="noted",
            reason="support",
            explanations={"en": "Noted."},
            covered_by="3",
            row_version=1,
        )
        assert point.covered_by == ""
    assert kisumu.reference


def test_a_partner_that_is_declined_after_all_is_kept_told_and_counted_nowhere(
    table: Table,
) -> None:
    table.answer("City of Kisumu", "Water.")
    harbour = table.answer("Harbour group", "Sand.", state="submitted")
    table.close()
    table.read()
    with table.bench.view(ANALYST) as view:
        assert queries.completeness(view, table.call_id).provisional == 1
        assert queries.points_in(queries.fate(view, table.call_id)) == 2
    table.declined(harbour)
    with table.bench.view(ANALYST) as view:
        assert queries.completeness(view, table.call_id).provisional == 0
        assert [row.words for row in queries.points(view, table.call, Wanted()).rows] == ["Water."]
        assert queries.points_in(queries.fate(view, table.call_id)) == 1
        (waiting,) = [one for one in queries.my_work(view).calls if one.code == table.call]
        assert (waiting.answers, waiting.to_recommend) == (1, 1)
        kept = view.get(Submission, reference=harbour.reference)
    assert (kept.state, kept.counted, kept.provisional) == ("submitted", False, False)
    told = table.bench.told_of(SubmissionChanged)
    assert kept.id in {one.id for one in told}


def test_what_was_chosen_is_counted_and_hidden_where_few_answered(table: Table) -> None:
    def tally() -> dict[str, Tally]:
        with table.bench.view() as view:
            found = queries.tallies(view, view.get(Call, code=table.call))
        return {str(one.title): one for one in found}

    for n in range(4):
        table.answer(f"City {n}", "Water.")
    few = tally()
    assert few["Who decides?"].hidden
    assert few["Who decides?"].options == ()
    table.answer("City of Kisumu", "Water.")
    table.answer("Harbour group", "Sand.", state="submitted")
    found = tally()
    decides = found["Who decides?"]
    counts = [(one.label, one.chosen, one.share) for one in decides.options]
    assert (decides.answers, counts) == (5, [("The council", 5, 1.0), ("The mayor", 0, 0.0)])
    assert found["How many?"].hidden
    assert "What is missing?" not in found


def test_an_answer_of_another_call_is_not_found(table: Table, kisumu: Answered) -> None:
    other = Table(table.bench)
    other.close()
    with pytest.raises(NotFound), table.bench.view(ANALYST) as view:
        queries.answer(view, other.call, kisumu.reference)


def test_more_points_need_no_more_queries(table: Table, kisumu: Answered) -> None:
    table.answer("City of Lima", "Sand.", comment="Sea.")
    table.close()
    table.read()

    def queries_for(limit: int) -> int:
        asked: list[str] = []
        engine = table.bench.service.room.database.engine
        with table.bench.view(ANALYST) as view:
            call_id = table.call_id
            listener = lambda *given: asked.append(str(given[2]))  # noqa: E731 - removed below
            event.listen(engine, "before_cursor_execute", listener)
            rows = view.session.query(Point).filter_by(call_id=call_id).limit(limit).all()
            queries.rows_of(view, rows)
            event.remove(engine, "before_cursor_execute", listener)
        return len(asked)

    assert queries_for(1) == queries_for(4)
    assert kisumu.reference
