"""What happens to a call, and who is told: on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from services.consultation.calls import actions, queries, rules
from services.consultation.calls.actions import drafting
from services.consultation.calls.rules import ActKind, Phase, State, SubjectKind
from services.consultation.errors import (
    CallMoved,
    CallNotReady,
    CannotAnswer,
    DocumentFrozen,
    NeverShorter,
    PartChanged,
    ReasonNeeded,
    SecondPersonForAct,
    SecondPersonNeeded,
)
from services.consultation.questions import actions as questions
from services.consultation.questions.actions import QuestionDraft
from services.consultation.questions.rules import Kind
from shared.contracts.audience import Audience
from shared.contracts.consultation import (
    CallChanged,
    CallCorrected,
    CallEnded,
    CallExtended,
    CallPublished,
    CallReviewAsked,
    CallSentBack,
    ReplyLate,
)
from shared.errors import Forbidden, NotFound
from shared.known.models import KnownOrganisation
from shared.work import NOBODY
from tests.support.bench import Bench
from tests.support.calls import (
    ANALYST,
    DECIDER,
    MANAGER,
    SECOND,
    colleague,
    drafted,
    partner,
    published,
    reviewed,
)


def test_codes_count_within_a_year(consultation_bench: Bench) -> None:
    assert drafted(consultation_bench) == "2026-001"
    consultation_bench.later(minutes=11)
    assert drafted(consultation_bench) == "2026-002"
    consultation_bench.later(days=365)
    assert drafted(consultation_bench) == "2027-001"


def test_a_form_pressed_twice_begins_one_call(consultation_bench: Bench) -> None:
    bench = consultation_bench
    codes = [drafted(bench), drafted(bench)]
    assert codes == ["2026-001"] * 2
    basics = drafting.Basics(SubjectKind.STRATEGY, "", "en", ["en"], "office@habitat.example")
    for title, given in (("Parks", basics), ("Parks", replace(basics, sensitive=True))):
        with bench.work(MANAGER) as work:
            codes.append(actions.create(work, title, given).code)
    with bench.work(SECOND) as work:
        codes.append(actions.create(work, "Parks", basics).code)
    assert codes[2:] == ["2026-002", "2026-003", "2026-004"]


def test_a_call_is_published_by_somebody_who_edited_no_part(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    code = reviewed(bench)
    with pytest.raises(SecondPersonNeeded), bench.work(MANAGER) as work:
        actions.publish(work, code)
    with pytest.raises(Forbidden), bench.work(ANALYST) as work:
        actions.publish(work, code)
    with bench.work(DECIDER) as work:
        actions.publish(work, code)
    (told,) = bench.told_of(CallPublished)
    assert isinstance(told, CallPublished)
    assert told.call.code == code
    assert [one.text for one in told.call.titles] == ["Design of the programme"]
    assert told.call.reply_due_at == told.call.windows[0].closes_at + timedelta(weeks=12)
    assert told.call.parts == 2


def test_the_gate_refuses_with_every_missing_thing(consultation_bench: Bench) -> None:
    bench = consultation_bench
    code = reviewed(bench)
    with pytest.raises(CallNotReady) as refusal, bench.work(SECOND) as work:
        actions.publish(work, code)
    assert [one.part for one in refusal.value.findings] == ["audience"]
    partner(bench, languages=["ar"])
    with pytest.raises(CallNotReady) as refusal, bench.work(SECOND) as work:
        actions.publish(work, code)
    (finding,) = refusal.value.findings
    assert queries.speak(finding) == (
        "1 partner concerned uses Arabic; this call has no title or summary in Arabic. Write "
        "them, or say publicly why not."
    )


def test_a_call_sent_back_is_edited_again_and_reviewed_in_a_new_round(
    consultation_bench: Bench,
) -> None:
    bench = consultation_bench
    partner(bench)
    code = reviewed(bench)
    with pytest.raises(CallMoved), bench.work(MANAGER) as work:
        actions.save_participation(work, code, "involve")
    with pytest.raises(ReasonNeeded), bench.work(SECOND) as work:
        actions.send_back(work, code, " ")
    with bench.work(SECOND) as work:
        actions.send_back(work, code, "The summary is too long.")
    with bench.work(MANAGER) as work:
        actions.save_participation(work, code, "involve")
        actions.ask_review(work, code)
    rounds = [one.round for one in bench.told_of(CallReviewAsked)]  # type: ignore[attr-defined]
    assert rounds == [1, 2]
    assert len(bench.told_of(CallSentBack)) == 1
    with bench.view(SECOND) as view:
        call = queries.by_code(view, code)
        latest, first = queries.reviews(view, call.id)
        assert (first.note, first.published) == ("The summary is too long.", False)
        assert latest.decided_at is None


def test_versions_told_of_a_call_count_without_a_gap(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    published(bench)
    assert [one.version for one in bench.told] == [1, 2]


def test_a_colleague_is_not_overwritten_silently(consultation_bench: Bench) -> None:
    bench = consultation_bench
    code = drafted(bench)
    with bench.view(MANAGER) as view:
        seen = queries.by_code(view, code).saves["audience"]
    with bench.work(SECOND) as work:
        actions.save_audience(work, code, Audience(categories=["finance"]), seen)
    with pytest.raises(PartChanged), bench.work(MANAGER) as work:
        actions.save_audience(work, code, Audience(), seen)


def test_what_is_asked_freezes_at_publication(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    code = published(bench)
    with bench.view() as view:
        call_id = queries.by_code(view, code).id
    draft = QuestionDraft(kind=Kind.SHORT, titles={"en": "One more?"})
    with pytest.raises(DocumentFrozen), bench.work(MANAGER) as work:
        questions.save(work, call_id, draft, code="q1")
    with pytest.raises(CallMoved), bench.work(MANAGER) as work:
        actions.save_texts(work, code, "en", {"title": "Another"})


def test_invited_are_those_concerned_at_any_moment_while_open(consultation_bench: Bench) -> None:
    bench = consultation_bench
    city = partner(bench, "City")
    partner(bench, "Bank", category="finance", tier=None)
    code = published(bench, audience=Audience(categories=["local_authority"]))
    with bench.view() as view:
        call_id = queries.by_code(view, code).id
    town = partner(bench, "Town", state="screening")
    partner(bench, "Town", id=town, version=2)
    partner(bench, "City", id=city, version=2, category="business", tier=None)
    with bench.view() as view:
        assert queries.invited(view, call_id)["local_authority"] == 2
        assert queries.is_invited(view, call_id, city)
    bench.later(weeks=13)
    with bench.work() as work:
        actions.close_by_clock(work, call_id)
    late = partner(bench, "Village")
    with bench.view() as view:
        assert not queries.is_invited(view, call_id, late)
        assert queries.invited(view, call_id)["finance"] == 0
    assert len(bench.told_of(CallChanged)) == 1


def test_those_concerned_only_before_the_opening_do_not_count(consultation_bench: Bench) -> None:
    bench = consultation_bench
    city = partner(bench, "City")
    code = published(bench, opens_in=timedelta(days=7))
    partner(bench, "City", id=city, version=2, state="suspended")
    bench.later(days=7)
    with bench.work() as work:
        call_id = queries.by_code(work, code).id
        actions.open_by_clock(work, call_id)
    with bench.view() as view:
        assert not queries.is_invited(view, call_id, city)


def test_an_extension_takes_two_people_and_tells_everybody_again(
    consultation_bench: Bench,
) -> None:
    bench = consultation_bench
    partner(bench)
    code = published(bench)
    with bench.view() as view:
        end = queries.by_code(view, code).closes_at
    assert end is not None
    with pytest.raises(NeverShorter), bench.work(MANAGER) as work:
        actions.propose(
            work, code, ActKind.EXTEND, {"en": "Floods"}, closes_at=end - timedelta(days=1)
        )
    with bench.work(MANAGER) as work:
        act = actions.propose(
            work, code, ActKind.EXTEND, {"en": "Floods"}, closes_at=end + timedelta(weeks=2)
        )
    with bench.work(MANAGER) as work:
        again = actions.propose(
            work, code, ActKind.EXTEND, {"en": "Floods "}, closes_at=end + timedelta(weeks=2)
        )
    assert again.id == act.id, "pressed twice, proposed once"
    with pytest.raises(SecondPersonForAct), bench.work(MANAGER) as work:
        actions.approve(work, code, act.id)
    assert bench.told_of(CallExtended) == []
    with bench.work(SECOND) as work:
        actions.approve(work, code, act.id)
    (told,) = bench.told_of(CallExtended)
    assert isinstance(told, CallExtended)
    assert told.closes_at == end + timedelta(weeks=2)
    assert [one.kind for one in told.call.windows] == ["original", "extension"]
    assert told.call.reply_due_at == told.closes_at + timedelta(weeks=12)
    with pytest.raises(CallMoved), bench.work(SECOND) as work:
        actions.approve(work, code, act.id)
    bench.clock.at = end + timedelta(days=1)
    with bench.view() as view:
        assert queries.phase(view, queries.by_code(view, code)) is Phase.OPEN


def test_a_proposal_may_be_taken_back_or_refused(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    code = published(bench)
    for decides in (MANAGER, SECOND):
        with bench.work(MANAGER) as work:
            act = actions.propose(work, code, ActKind.CANCEL, {"en": "No money"})
        with bench.work(decides) as work:
            actions.refuse(work, code, act.id, "No.")
    with bench.view() as view:
        call = queries.by_code(view, code)
        assert call.state == State.PUBLISHED
        assert queries.proposals(view, call.id) == []


def test_a_correction_is_public_and_numbered(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    code = published(bench)
    with bench.work(MANAGER) as work:
        act = actions.propose(
            work,
            code,
            ActKind.CORRECT,
            {"en": "A wrong figure"},
            texts={"summary": {"en": "The right one"}},
        )
    with bench.work(DECIDER) as work:
        actions.approve(work, code, act.id)
    (told,) = bench.told_of(CallCorrected)
    assert isinstance(told, CallCorrected)
    assert (told.correction, told.notes[0].text) == (1, "A wrong figure")
    assert told.call.summaries[0].text == "The right one"


@pytest.mark.parametrize(
    ("kind", "state", "closed"),
    [
        (ActKind.CANCEL, State.CANCELLED, False),
        (ActKind.NOT_GOING_FORWARD, State.NOT_GOING_FORWARD, False),
        (ActKind.NO_REPORT_EXPECTED, State.NO_REPORT_EXPECTED, True),
    ],
)
def test_bad_endings_are_public_with_a_reason(
    consultation_bench: Bench, kind: ActKind, state: State, closed: bool
) -> None:
    bench = consultation_bench
    city = partner(bench)
    code = published(bench)
    if closed:
        bench.later(weeks=14)
    with bench.work(MANAGER) as work:
        act = actions.propose(work, code, kind, {"en": "the budget was not approved."})
    with bench.work(SECOND) as work:
        actions.approve(work, code, act.id)
    (told,) = bench.told_of(CallEnded)
    assert isinstance(told, CallEnded)
    assert told.ending == state
    with bench.view() as view:
        call = queries.by_code(view, code)
        organisation = queries.named(view, [city])
        assert organisation[0].name == "City of Kisumu"
        said = queries.sentence(view, call, rules.Why(state.value))
        assert "because the budget was not approved. Answers received are kept until" in said


def test_reading_begins_after_the_close_with_the_first_analyst(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    code = published(bench)
    with pytest.raises(CallMoved), bench.work(ANALYST) as work:
        actions.start_analysing(work, queries.by_code(work, code))
    bench.later(weeks=13)
    for _twice in range(2):
        with bench.work(ANALYST) as work:
            actions.start_analysing(work, queries.by_code(work, code))
    with bench.view() as view:
        call = queries.by_code(view, code)
        assert call.state == State.ANALYSING
        assert queries.phase(view, call) is Phase.AWAITING_REPORT
    assert len(bench.told_of(CallChanged)) == 1


def test_a_late_reply_is_said_with_its_new_date(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    code = published(bench)
    bench.later(weeks=26)
    new = bench.clock.at + timedelta(weeks=3)
    with bench.view() as view:
        assert queries.phase(view, queries.by_code(view, code)) is Phase.OVERDUE
    with bench.work(MANAGER) as work:
        actions.reply_late(work, code, new, {"en": "More answers than expected"})
    (told,) = bench.told_of(ReplyLate)
    assert isinstance(told, ReplyLate)
    assert (told.new_date, told.call.reply_due_at) == (new, new)


def test_a_late_window_is_for_one_partner(consultation_bench: Bench) -> None:
    bench = consultation_bench
    city = partner(bench, "City")
    town = partner(bench, "Town")
    code = published(bench)
    bench.later(weeks=14)
    with bench.work(MANAGER) as work:
        actions.open_late_window(
            work, code, city, bench.clock.at + timedelta(days=2), "Power was out"
        )
    with bench.view() as view:
        call = queries.by_code(view, code)
        orgs = {one: view.session.get_one(KnownOrganisation, one) for one in (city, town)}
        assert queries.eligibility(view, call, orgs[city]).may_send
        assert not queries.eligibility(view, call, orgs[town]).may_send
        assert "Closed" in queries.eligibility(view, call, orgs[town]).sentence
        said = queries.eligibility(view, call, orgs[city]).sentence
        assert "City alone can still send, until" in said
    (told,) = bench.told_of(CallExtended)
    assert isinstance(told, CallExtended)
    assert [one.organisation_id for one in told.call.windows] == [None, city]
    assert "Power was out" not in told.model_dump_json()


def test_a_late_window_is_refused_where_nobody_could_send_in_it(consultation_bench: Bench) -> None:
    bench = consultation_bench
    city, bank = partner(bench, "City"), partner(bench, "Bank", category="finance", tier=None)
    code = published(bench, audience=Audience(categories=["local_authority"]))
    tomorrow = bench.clock.at + timedelta(days=1)
    with bench.work(MANAGER) as work, pytest.raises(NeverShorter):
        actions.open_late_window(work, code, city, tomorrow, "Earlier than everybody else")
    bench.later(weeks=14)
    tomorrow = bench.clock.at + timedelta(days=1)
    with bench.work(MANAGER) as work, pytest.raises(CannotAnswer) as refused:
        actions.open_late_window(work, code, bank, tomorrow, "It asked")
    assert "Bank is registered as" in refused.value.say()
    assert bench.told_of(CallExtended) == []


def test_the_audience_is_counted_with_those_whom_nobody_can_reach(
    consultation_bench: Bench,
) -> None:
    bench = consultation_bench
    city = partner(bench, "City")
    colleague(bench, city, "contact_point")
    town = partner(bench, "Town")
    colleague(bench, town, "observer", name="Otieno")
    partner(bench, "Village")
    partner(bench, "Bank", category="finance", tier=None)
    with bench.view(MANAGER) as view:
        reach = queries.reach(view, Audience(categories=["local_authority"]))
    assert (reach.total, reach.unreachable) == (3, 2)
    assert reach.by_category["local_authority"] == 3
    assert [one.name for one in reach.sample] == ["City", "Town", "Village"]


def test_a_restricted_call_is_seen_by_those_it_asks(consultation_bench: Bench) -> None:
    bench = consultation_bench
    city = partner(bench, "City")
    stranger = colleague(bench, partner(bench, "Bank", category="finance", tier=None), "observer")
    member = colleague(bench, city, "observer")
    code = drafted(bench, audience=Audience(included=[city], only_named=True))
    with bench.work(MANAGER) as work:
        call = queries.by_code(work, code)
        call.visibility = rules.Visibility.CONCERNED
        actions.ask_review(work, code)
    with pytest.raises(NotFound), bench.view(ANALYST) as view:
        queries.to_show(view, code)
    with bench.work(SECOND) as work:
        actions.publish(work, code)
    for actor, seen in ((NOBODY, 0), (stranger, 0), (member, 1), (ANALYST, 1)):
        with bench.view(actor) as view:
            assert len(queries.index(view, queries.Wanted()).rows) == seen
            if not seen:
                with pytest.raises(NotFound):
                    queries.to_show(view, code)
    with bench.view(member) as view:
        assert queries.to_show(view, code).code == code


def test_a_partner_being_checked_reads_a_restricted_call_that_asks_it(
    consultation_bench: Bench,
) -> None:
    bench = consultation_bench
    partner(bench, "City")
    town = partner(bench, "Town", state="screening")
    member = colleague(bench, town, "contact_point")
    code = drafted(bench)
    with bench.work(MANAGER) as work:
        queries.by_code(work, code).visibility = rules.Visibility.CONCERNED
        actions.ask_review(work, code)
    with bench.work(SECOND) as work:
        actions.publish(work, code)
    with bench.view(member) as view:
        assert queries.to_show(view, code).code == code


def test_lists_are_paged_by_key(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    codes = [published(bench, weeks=13 + n) for n in range(5)]
    seen: list[str] = []
    after = ""
    with bench.view(NOBODY) as view:
        for _page in range(3):
            found = queries.index(view, queries.Wanted(size=2, after=after))
            seen += [row.code for row in found.rows]
            after = found.next
    assert seen == codes
    assert after == ""
    with bench.view(MANAGER) as view:
        found = queries.desk(view, queries.Wanted(size=3))
        rest = queries.desk(view, queries.Wanted(size=3, after=found.next))
        assert [row.code for row in (*found.rows, *rest.rows)] == codes[::-1]
        assert queries.index(view, queries.Wanted(queries.Shelf.CLOSED)).rows == []
        assert queries.desk(view, queries.Wanted(text="programme", after="nonsense")).rows


def test_a_service_made_anew_is_told_every_call_again(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    published(bench)
    drafted(bench)
    with bench.work() as work:
        actions.retell.page(work)
    assert len(bench.told_of(CallChanged)) == 1


def test_a_list_takes_the_same_number_of_queries_however_long(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    published(bench)

    def statements() -> int:
        seen: list[str] = []
        engine = bench.service.room.database.engine
        listener = lambda *given: seen.append(given[2])  # noqa: E731 - removed again by name
        event.listen(engine, "before_cursor_execute", listener)
        with bench.view(NOBODY) as view:
            queries.index(view, queries.Wanted())
        event.remove(engine, "before_cursor_execute", listener)
        return len(seen)

    few = statements()
    for _more in range(6):
        published(bench)
    assert statements() == few
