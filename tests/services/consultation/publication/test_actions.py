"""Preparing, deciding and telling, on both databases; the sealed original never changes."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from services.consultation import errors
from services.consultation.publication import actions, queries
from services.consultation.publication.models import PublishedItem
from services.consultation.submissions.models import Comment, Response, Submission
from shared.contracts.consultation import SubmissionPublished
from shared.errors import Forbidden, NotFound
from tests.support.bench import Bench, person
from tests.support.calls import ANALYST, MANAGER
from tests.support.replies import Table


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    found = Table(consultation_bench)
    found.answer("City of Kisumu", "Call Amal for water.", comment="Mountains.")
    found.answer("City of Timbuktu", "Sand and shade.", consent="unnamed")
    found.answer("City of Lima", "Only to you.", consent="secretariat")
    return found


def prepare(table: Table, *references: str) -> None:
    with table.bench.work(ANALYST) as work:
        actions.prepare_as_they_are(work, table.call, references)


def decide(table: Table, *references: str) -> None:
    with table.bench.work(MANAGER) as work:
        actions.decide(work, table.call, references)


def public(table: Table, *, named: bool = True) -> queries.Public:
    with table.bench.view() as view:
        return queries.public(view, table.call, named=named)


def words(table: Table, *, named: bool = True) -> str:
    found = public(table, named=named)
    items = [one for author in found.authors for one in author.items]
    return " ".join(f"{one.text} {one.wording}" for one in (*items, *found.pooled))


def told(table: Table) -> list[tuple[str, int]]:
    return [
        (one.publication, one.round)
        for one in table.bench.told_of(SubmissionPublished)
        if isinstance(one, SubmissionPublished)
    ]


def test_nothing_is_published_while_the_call_is_open(table: Table) -> None:
    kisumu = table.answers[0].reference
    with pytest.raises(errors.WindowOpen):
        prepare(table, kisumu)
    table.close()
    prepare(table, kisumu)
    assert words(table) == ""
    decide(table, kisumu)
    assert "Call Amal for water." in words(table)
    assert told(table) == [("published", 1)]


def test_named_by_partner_and_unnamed_in_a_pool_that_names_nobody(table: Table) -> None:
    table.close()
    kisumu, timbuktu = (one.reference for one in table.answers[:2])
    prepare(table, kisumu, timbuktu)
    decide(table, kisumu, timbuktu)
    named = public(table)
    assert [one.name for one in named.authors] == ["City of Kisumu"]
    assert "Sand" not in words(table)
    pool = public(table, named=False)
    assert [one.text for one in pool.pooled] == ["Sand and shade."]
    assert pool.authors == ()
    with table.bench.view() as view:
        rows = view.session.scalars(select(PublishedItem)).all()
    assert {row.organisation_id for row in rows if row.text == "Sand and shade."} == {None}


def test_what_is_for_the_secretariat_only_cannot_even_be_prepared(table: Table) -> None:
    table.close()
    with pytest.raises(errors.Confidential):
        prepare(table, table.answers[2].reference)
    with table.bench.view(ANALYST) as view:
        rows = {one.row.organisation: one.state for one in queries.desk(view, table.call).rows}
    assert rows["City of Lima"] == "confidential"


def test_one_comment_in_confidence_stays_so_beside_an_answer_with_a_name(
    consultation_bench: Bench,
) -> None:
    table = Table(consultation_bench)
    one = table.answer(
        "City of Kisumu", "Water.", comment="Quietly.", comment_consent="secretariat"
    )
    table.close()
    prepare(table, one.reference)
    decide(table, one.reference)
    assert "Water." in words(table)
    assert "Quietly." not in words(table)


def test_a_redaction_changes_what_is_read_and_never_what_was_sealed(table: Table) -> None:
    table.close()
    reference = table.answers[0].reference
    with table.bench.view() as view:
        sealed = view.session.scalars(
            select(Submission.canonical).where(Submission.reference == reference)
        ).one()
        response = view.session.scalars(
            select(Response).where(Response.text == "Call Amal for water.")
        ).one()
    texts = {str(response.id): {"text": "Call [name] for water."}}
    with pytest.raises(errors.RedactionReasonNeeded), table.bench.work(ANALYST) as work:
        actions.prepare(work, table.call, reference, texts=texts)
    with table.bench.work(ANALYST) as work:
        actions.prepare(work, table.call, reference, texts=texts, reason="A private name.")
    decide(table, reference)
    assert "Call [name] for water." in words(table)
    assert "Amal" not in words(table)
    assert told(table) == [("published_redacted", 1)]
    with table.bench.view() as view:
        assert view.get(Response, id=response.id).text == "Call Amal for water."
        assert (
            view.session.scalars(
                select(Submission.canonical).where(Submission.reference == reference)
            ).one()
            == sealed
        )


def test_what_was_chosen_can_be_left_out_and_stays_sealed(table: Table) -> None:
    table.close()
    reference = table.answers[0].reference
    with table.bench.view(ANALYST) as view:
        pieces = queries.answer(view, table.call, reference).pieces
    choice = next(one for one in pieces if one.lines)
    comment = next(one for one in pieces if one.stance)
    texts = {str(one.id): {"left_out": "yes"} for one in (choice, comment)}
    with table.bench.work(ANALYST) as work:
        actions.prepare(work, table.call, reference, texts=texts, reason="It tells who it was.")
    decide(table, reference)
    (author,) = public(table).authors
    shown = {str(one.title): one for one in author.items}
    assert shown["Who decides?"].lines == ()
    assert shown["Who decides?"].redacted
    left = shown["Paragraph 3"]
    assert (left.stance, left.text, left.redacted) == ("", "", True)
    assert told(table) == [("published_redacted", 1)]
    with table.bench.view() as view:
        assert view.get(Response, id=choice.id).value
        assert view.get(Comment, id=comment.id).stance == "change"
    with table.bench.view(ANALYST) as view:
        again = queries.answer(view, table.call, reference)
        mine = queries.own(view, view.get(Submission, reference=reference))
    assert {one.id for one in again.pieces if one.left_out} == {choice.id, comment.id}
    assert mine.reason == "It tells who it was."
    assert {one.id for one in mine.pieces} == {choice.id, comment.id}


def test_withheld_again_takes_it_back_and_tells_a_second_time(table: Table) -> None:
    table.close()
    reference = table.answers[0].reference
    prepare(table, reference)
    decide(table, reference)
    with table.bench.work(ANALYST) as work:
        actions.prepare(work, table.call, reference, withhold=True, reason="A court said so.")
    assert "Mountains." in words(table)
    decide(table, reference)
    assert words(table) == ""
    assert told(table) == [("published", 1), ("withheld", 2)]
    with table.bench.view() as view:
        assert view.session.scalars(select(Comment.text)).all() == ["Mountains."]


def test_an_analyst_prepares_and_a_call_manager_without_ties_decides(table: Table) -> None:
    table.close()
    kisumu = table.answers[0]
    with pytest.raises(Forbidden), table.bench.work(MANAGER) as work:
        actions.prepare(work, table.call, kisumu.reference)
    with pytest.raises(errors.NotPrepared):
        decide(table, kisumu.reference)
    prepare(table, kisumu.reference)
    with pytest.raises(Forbidden), table.bench.work(ANALYST) as work:
        actions.decide(work, table.call, [kisumu.reference])
    tied = replace(MANAGER, memberships={kisumu.organisation: frozenset({"observer"})})
    with pytest.raises(errors.TiesToAuthor), table.bench.work(tied) as work:
        actions.decide(work, table.call, [kisumu.reference])
    both = person("analyst", "call_manager", name="Gael")
    with table.bench.work(both) as work:
        actions.prepare(work, table.call, kisumu.reference)
    with pytest.raises(errors.OwnPreparation), table.bench.work(both) as work:
        actions.decide(work, table.call, [kisumu.reference])


def test_one_that_cannot_be_decided_holds_up_the_others(table: Table) -> None:
    table.close()
    kisumu, timbuktu = (one.reference for one in table.answers[:2])
    prepare(table, kisumu)
    with pytest.raises(errors.NotPrepared):
        decide(table, kisumu, timbuktu)
    assert words(table) == ""
    assert told(table) == []
    with pytest.raises(errors.NoAnswerSelected):
        decide(table)


def test_the_desk_is_narrowed_by_what_is_to_do(table: Table) -> None:
    table.close()
    prepare(table, table.answers[0].reference)

    def names(show: str, consent: str = "") -> list[str]:
        with table.bench.view(ANALYST) as view:
            rows = queries.desk(view, table.call, show=show, consent=consent).rows
            return [one.row.organisation for one in rows]

    assert names("to_decide") == ["City of Kisumu"]
    assert names("to_prepare") == ["City of Timbuktu"]
    assert names("", "unnamed") == ["City of Timbuktu"]
    decide(table, table.answers[0].reference)
    assert names("published") == ["City of Kisumu"]


def test_an_answer_of_another_call_is_not_found(table: Table) -> None:
    table.close()
    with pytest.raises(NotFound), table.bench.work(ANALYST) as work:
        actions.prepare(work, table.call, "RT-2222-2222")
