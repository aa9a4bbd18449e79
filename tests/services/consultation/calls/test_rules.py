"""The policy of calls: windows and the clock, the publish gate, eligibility, two people."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation.calls import rules
from services.consultation.calls.rules import (
    ActKind,
    Draft,
    PeriodType,
    Phase,
    Readable,
    Result,
    State,
    Why,
    WindowKind,
)
from shared.contracts.audience import Audience
from shared.security.permissions import NOBODY, Actor

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Window:
    opens_at: datetime
    closes_at: datetime
    kind: str = WindowKind.ORIGINAL
    organisation_id: UUID | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass
class Partner:
    state: str = "verified"
    category: str = "local_authority"
    tier: str | None = "local"
    country: str = "KEN"
    id: UUID = field(default_factory=uuid4)
    regions: list[str] = field(default_factory=lambda: ["africa"])
    constituencies: list[str] = field(default_factory=list)
    interests: list[str] = field(default_factory=list)


def ask(
    partner: Partner | None = None,
    state: str = State.PUBLISHED,
    windows: list[Window] | None = None,
    audience: Audience | None = None,
    now: datetime = NOW,
) -> rules.Eligibility:
    return rules.eligibility(
        state,
        [Window(NOW - DAY, NOW + DAY)] if windows is None else windows,
        audience or Audience(),
        partner or Partner(),
        now,
    )


# -- who may answer ----------------------------------------------------------------------------


def test_a_verified_partner_may_send() -> None:
    answer = ask()
    assert (answer.result, answer.why, answer.on_time) == (Result.MAY_SEND, None, True)


@pytest.mark.parametrize("state", ["submitted", "screening", "clarification_requested"])
def test_a_partner_being_checked_may_send_provisionally(state: str) -> None:
    answer = ask(Partner(state=state))
    assert answer.result is Result.MAY_SEND_PROVISIONALLY
    assert answer.provisional
    assert answer.may_send


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("draft", Why.NOT_HANDED_IN),
        ("invited", Why.NOT_HANDED_IN),
        ("declined", Why.DECLINED),
        ("suspended", Why.SUSPENDED),
        ("withdrawn", Why.LEFT),
        ("deactivated", Why.LEFT),
        ("a state of a later version", Why.LEFT),
    ],
)
def test_other_partners_may_read_and_are_told_why(state: str, why: Why) -> None:
    answer = ask(Partner(state=state))
    assert (answer.result, answer.why) == (Result.MAY_READ, why)
    assert not answer.may_send


def test_outside_the_audience_one_may_read() -> None:
    answer = ask(Partner(category="business"), audience=Audience(categories=["local_authority"]))
    assert (answer.result, answer.why) == (Result.MAY_READ, Why.OUTSIDE_CATEGORY)
    answer = ask(audience=Audience(countries=["BRA"]))
    assert (answer.result, answer.why) == (Result.MAY_READ, Why.OUTSIDE)


def test_before_the_opening_one_may_read() -> None:
    answer = ask(windows=[Window(NOW + HOUR, NOW + DAY)])
    assert (answer.result, answer.why) == (Result.MAY_READ, Why.UPCOMING)


def test_the_deadline_is_exact() -> None:
    window = Window(NOW - DAY, NOW)
    assert ask(windows=[window], now=NOW - timedelta(microseconds=1)).may_send
    assert ask(windows=[window], now=NOW).result is Result.CLOSED


def test_a_late_window_is_for_one_partner_and_its_answer_is_late() -> None:
    late = Partner()
    windows = [
        Window(NOW - 2 * DAY, NOW - DAY),
        Window(NOW - HOUR, NOW + HOUR, WindowKind.LATE, late.id),
    ]
    for state in (State.PUBLISHED, State.ANALYSING):
        answer = ask(late, state=state, windows=windows)
        assert answer.may_send
        assert not answer.on_time
        assert answer.window_id == windows[1].id
        assert ask(windows=windows, state=state).result is Result.CLOSED


@pytest.mark.parametrize(
    "state", [State.CANCELLED, State.NOT_GOING_FORWARD, State.NO_REPORT_EXPECTED]
)
def test_a_bad_ending_closes_whatever_the_window_says(state: State) -> None:
    answer = ask(state=state)
    assert (answer.result, answer.why) == (Result.CLOSED, Why(state.value))


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED])
def test_a_draft_cannot_be_answered(state: State) -> None:
    assert not ask(state=state).may_send


@given(
    st.sampled_from(list(State)),
    st.sampled_from([*rules.VERIFIED, *rules.UNDECIDED, "draft", "declined", "suspended"]),
    st.integers(-50, 50),
    st.integers(1, 50),
)
def test_whoever_may_send_sends_into_an_open_window(
    state: State, registered: str, begins: int, hours: int
) -> None:
    window = Window(NOW + begins * HOUR, NOW + (begins + hours) * HOUR)
    answer = ask(Partner(state=registered), state=state, windows=[window])
    if answer.may_send:
        assert window.opens_at <= NOW < window.closes_at
        assert state in rules.TAKING
        assert answer.window_id == window.id
        assert answer.provisional == (registered in rules.UNDECIDED)
    if answer.result is Result.CLOSED:
        assert answer.why in rules.SENTENCES


# -- what the clock says -----------------------------------------------------------------------


def test_the_phases_of_a_published_call() -> None:
    windows = [Window(NOW, NOW + DAY)]
    due = NOW + 8 * DAY

    def at(moment: datetime, state: State = State.PUBLISHED) -> Phase:
        return rules.phase(state, windows, moment, due)

    assert at(NOW - HOUR) is Phase.UPCOMING
    assert at(NOW) is Phase.OPEN
    assert at(NOW + DAY) is Phase.CLOSED
    assert at(NOW + 2 * DAY, State.ANALYSING) is Phase.AWAITING_REPORT
    assert at(due) is Phase.OVERDUE
    assert at(due, State.REPORT_IN_REVIEW) is Phase.OVERDUE
    assert at(due, State.REPORT_PUBLISHED) is Phase.REPORTED
    assert at(NOW, State.CANCELLED) is Phase.CANCELLED
    assert at(NOW, State.DRAFT) is Phase.DRAFTING


def test_an_extension_keeps_the_call_open_and_owns_what_comes_after_the_first_close() -> None:
    first = Window(NOW - DAY, NOW + HOUR)
    second = Window(NOW + HOUR, NOW + DAY, WindowKind.EXTENSION)
    assert rules.window_at([second, first], NOW) is first
    assert rules.window_at([second, first], NOW + HOUR) is second
    assert rules.phase(State.PUBLISHED, [first, second], NOW + 2 * HOUR, None) is Phase.OPEN


def test_a_window_is_never_shortened_nor_opened_again() -> None:
    windows = [Window(NOW - DAY, NOW + DAY)]
    assert rules.may_extend(windows, NOW + 2 * DAY, NOW)
    assert not rules.may_extend(windows, NOW + DAY, NOW)
    assert not rules.may_extend(windows, NOW + HOUR, NOW)
    assert not rules.may_extend(windows, NOW + 2 * DAY, NOW + DAY)


def test_analysts_begin_after_the_close() -> None:
    windows = [Window(NOW - DAY, NOW)]
    assert not rules.may_start_analysing(State.PUBLISHED, windows, NOW - HOUR)
    assert rules.may_start_analysing(State.PUBLISHED, windows, NOW)
    assert not rules.may_start_analysing(State.CANCELLED, windows, NOW)


def test_weeks_are_counted_by_the_calendar_of_the_zone_across_a_clock_change() -> None:
    zone = ZoneInfo("America/New_York")
    opens = datetime(2026, 10, 12, 9, 0, tzinfo=zone)
    closes = datetime(2027, 1, 4, 8, 0, tzinfo=zone)
    assert rules.long_enough(PeriodType.FULL, opens, closes, zone)
    assert not rules.long_enough(PeriodType.FULL, opens, closes - DAY, zone)
    assert rules.long_enough(PeriodType.SHORT, opens, opens + timedelta(weeks=4), zone)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99)), max_size=5))
def test_opening_comes_before_closing(spans: list[tuple[int, int]]) -> None:
    windows = [Window(NOW + a * HOUR, NOW + (a + b) * HOUR) for a, b in spans]
    begin, end = rules.opens_at(windows), rules.closes_at(windows)
    assert (begin is None) == (end is None) == (not spans)
    if begin is not None and end is not None:
        assert begin < end


# -- what must be said before publishing --------------------------------------------------------


def ready(**changes: Any) -> Draft:
    said = {
        part: {"en", "fr"}
        for part in ("title", "summary", "open_for_change", "already_decided", "decision_owner")
    }
    draft = Draft(
        authentic="en",
        said=said,
        subject_kind="programme",
        subject_code="neighbourhoods",
        participation="consult",
        languages=["en", "fr"],
        contact="partners@example.org",
        zone="Africa/Nairobi",
        period=PeriodType.FULL,
        opens_at=None,
        closes_at=NOW + timedelta(weeks=13),
        decision_date=date(2027, 6, 1),
        audience=Audience(),
        concerned=20,
        spoken={"en": 12, "fr": 8},
        has_document=True,
        questions=0,
        editors=[],
        now=NOW,
    )
    return replace(draft, **changes)


def without(part: str) -> dict[str, set[str]]:
    return {key: set(value) for key, value in ready().said.items() if key != part}


def test_a_complete_call_passes() -> None:
    assert rules.missing(ready()) == []
    assert rules.warnings(ready()) == []


@pytest.mark.parametrize(
    ("changes", "part", "sentence"),
    [
        ({"subject_code": ""}, "basics", "what the call is about"),
        ({"languages": []}, "basics", "language to answer in"),
        ({"contact": ""}, "basics", "address"),
        ({"said": without("title")}, "texts", "title"),
        ({"said": without("summary")}, "texts", "summary"),
        ({"said": without("open_for_change")}, "texts", "open for change"),
        ({"said": without("already_decided")}, "texts", "already decided"),
        ({"closes_at": None}, "period", "when the call closes"),
        ({"closes_at": NOW - DAY}, "period", "has passed"),
        ({"closes_at": NOW + timedelta(weeks=11)}, "period", "shorter than the minimum"),
        ({"concerned": 0}, "audience", "Nobody is asked"),
        ({"has_document": False}, "document", "at least one question"),
        ({"participation": None}, "participation", "level of participation"),
        ({"participation": "inform"}, "participation", "level of participation"),
        ({"said": without("decision_owner")}, "decision", "who decides"),
        ({"decision_date": None}, "decision", "when it is decided"),
        ({"decision_date": date(2026, 12, 1)}, "decision", "after the call closes"),
    ],
)
def test_each_missing_thing_has_its_sentence(
    changes: dict[str, Any], part: str, sentence: str
) -> None:
    found = [(one.part, one.sentence) for one in rules.missing(ready(**changes))]
    assert any(where == part and sentence in said for where, said in found), found


def test_a_short_period_needs_a_public_reason() -> None:
    short = ready(closes_at=NOW + timedelta(weeks=5))
    assert len(rules.missing(short)) == 1
    assert rules.missing(replace(short, period=PeriodType.SHORT)) == []
    excused = {**short.said, "exception": {"en"}}
    assert rules.missing(replace(short, said=excused)) == []


def test_the_language_gate_counts_partners_and_takes_a_public_reason() -> None:
    gap = ready(spoken={"en": 12, "ar": 3})
    (finding,) = rules.missing(gap)
    assert finding.params == {"n": 3, "language": "ar"}
    excused = {**gap.said, "language_gap": {"en"}}
    assert rules.missing(replace(gap, said=excused)) == []


def test_questions_stand_in_for_a_document() -> None:
    assert rules.missing(ready(has_document=False, questions=1)) == []


def test_a_programme_without_a_required_category_is_warned() -> None:
    few = ready(audience=Audience(categories=["government", "local_authority", "business"]))
    (warning,) = rules.warnings(few)
    assert warning.params == {"categories": ["un_entity", "stakeholder"]}
    assert not warning.blocking
    assert rules.warnings(replace(few, subject_kind="strategy")) == []


# -- two people --------------------------------------------------------------------------------


def test_a_second_person_is_somebody_else_and_somebody() -> None:
    first, second = uuid4(), uuid4()
    assert rules.is_second_person(second, [first])
    assert not rules.is_second_person(first, [first])
    assert not rules.is_second_person(None, [first])


def test_what_may_be_proposed_when() -> None:
    def fits(state: State, *, closed: bool) -> set[ActKind]:
        return {one for one in ActKind if rules.may_propose(one, state, is_closed=closed)}

    assert fits(State.PUBLISHED, closed=False) == {
        ActKind.EXTEND,
        ActKind.CORRECT,
        ActKind.CANCEL,
        ActKind.NOT_GOING_FORWARD,
    }
    assert fits(State.ANALYSING, closed=True) == {
        ActKind.CORRECT,
        ActKind.NOT_GOING_FORWARD,
        ActKind.NO_REPORT_EXPECTED,
    }
    assert fits(State.REPORT_PUBLISHED, closed=True) == {ActKind.CORRECT}
    assert fits(State.CANCELLED, closed=True) == set()
    assert fits(State.DRAFT, closed=False) == set()


def test_a_restricted_call_is_read_by_those_it_asks_and_by_staff() -> None:
    asked = uuid4()
    call = Readable(uuid4(), State.PUBLISHED, "concerned", frozenset({asked}))
    assert not rules.may_read(call, NOBODY)
    member = Actor(person=uuid4(), memberships={asked: frozenset({"observer"})})
    assert rules.may_read(call, member)
    stranger = Actor(person=uuid4(), memberships={uuid4(): frozenset({"observer"})})
    assert not rules.may_read(call, stranger)
    assert rules.may_read(call, Actor(person=uuid4(), staff_roles=frozenset({"analyst"})))


def test_nobody_reads_a_draft_in_public() -> None:
    for state in rules.DRAFTING:
        draft = Readable(uuid4(), state, "public")
        assert not rules.may_read(draft, Actor(person=uuid4(), staff_roles=frozenset({"analyst"})))
