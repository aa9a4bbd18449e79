"""States of a call, and what the clock makes of them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

REPLY_WITHIN = timedelta(weeks=12)
"""The public response clock (consultation.md, rule 10)."""

KEPT_FOR = timedelta(days=5 * 365)
"""How long answers to a call that ended badly are kept."""


class State(StrEnum):
    """Where a call stands, as a person decided."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    PUBLISHED = "published"
    ANALYSING = "analysing"
    REPORT_IN_REVIEW = "report_in_review"
    REPORT_PUBLISHED = "report_published"
    NO_REPORT_EXPECTED = "no_report_expected"
    NOT_GOING_FORWARD = "not_going_forward"
    CANCELLED = "cancelled"


EDITABLE = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
"""Its parts may be edited; nobody outside the secretariat knows of it."""

DRAFTING = frozenset({State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED})

ENDED = frozenset({State.NO_REPORT_EXPECTED, State.NOT_GOING_FORWARD, State.CANCELLED})
"""Bad endings; public, each with a reason."""

PUBLIC = frozenset(State) - DRAFTING
"""Everybody may know of it; a published call never disappears."""

TAKING = frozenset({State.PUBLISHED, State.ANALYSING})
"""Answers are taken while a window is open; late ones also while others are being read."""

REPLYING = frozenset({State.PUBLISHED, State.ANALYSING, State.REPORT_IN_REVIEW})
"""The reply is still owed."""


class Phase(StrEnum):
    """Where a call stands by state and clock; what pages say."""

    DRAFTING = "drafting"
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    AWAITING_REPORT = "awaiting_report"
    OVERDUE = "overdue"
    REPORTED = "reported"
    NO_REPORT_EXPECTED = "no_report_expected"
    NOT_GOING_FORWARD = "not_going_forward"
    CANCELLED = "cancelled"


class Visibility(StrEnum):
    """Who may see a call."""

    PUBLIC = "public"
    CONCERNED = "concerned"


class SubjectKind(StrEnum):
    """What a call is about."""

    PROGRAMME = "programme"
    STRATEGY = "strategy"
    INITIATIVE = "initiative"


class PeriodType(StrEnum):
    """How long a call is open at least."""

    FULL = "full"
    SHORT = "short"


MINIMUM_WEEKS = {PeriodType.FULL: 12, PeriodType.SHORT: 4}
"""Weeks that a window has at least (consultation.md, rule 1)."""


class WindowKind(StrEnum):
    """Why a window exists."""

    ORIGINAL = "original"
    EXTENSION = "extension"
    LATE = "late"


class NoteKind(StrEnum):
    """What a public note on a call is about."""

    EXTENSION = "extension"
    CORRECTION = "correction"
    CANCELLED = "cancelled"
    NOT_GOING_FORWARD = "not_going_forward"
    NO_REPORT_EXPECTED = "no_report_expected"
    REPLY_LATE = "reply_late"


class Stretch(Protocol):
    """A window: half-open, answers are taken from `opens_at` until before `closes_at`."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...

    @property
    def kind(self) -> str:
        """Why it exists: original, extension, late."""
        ...

    @property
    def opens_at(self) -> datetime:
        """First moment in which answers are taken."""
        ...

    @property
    def closes_at(self) -> datetime:
        """First moment in which they are not."""
        ...

    @property
    def organisation_id(self) -> UUID | None:
        """The one partner that it is for, None for everybody."""
        ...


def general(windows: Iterable[Stretch]) -> list[Stretch]:
    """Return the windows for everybody, in order of closing."""
    return sorted((one for one in windows if one.organisation_id is None), key=_end)


def opens_at(windows: Iterable[Stretch]) -> datetime | None:
    """Return when a call opens for everybody."""
    return min((one.opens_at for one in general(windows)), default=None)


def closes_at(windows: Iterable[Stretch], organisation: UUID | None = None) -> datetime | None:
    """Return when a call closes for everybody, or for a partner with a window of its own."""
    return max(
        (one.closes_at for one in windows if one.organisation_id in (None, organisation)),
        default=None,
    )


def window_at(
    windows: Iterable[Stretch], now: datetime, organisation: UUID | None = None
) -> Stretch | None:
    """Return the window that is open now, for everybody before one for the organisation alone."""
    open_now = [
        one
        for one in windows
        if one.organisation_id in (None, organisation) and one.opens_at <= now < one.closes_at
    ]
    return min(open_now, key=lambda one: (one.organisation_id is not None, _end(one)), default=None)


def phase(
    state: str, windows: Iterable[Stretch], now: datetime, reply_due_at: datetime | None
) -> Phase:
    """Return where a call stands now; a stored state alone never opens or closes anything."""
    if state in DRAFTING:
        return Phase.DRAFTING
    if state in ENDED:
        return Phase(state)
    if state == State.REPORT_PUBLISHED:
        return Phase.REPORTED
    return _by_clock(state, general(windows), now, reply_due_at)


def may_start_analysing(state: str, windows: Iterable[Stretch], now: datetime) -> bool:
    """Say whether analysts may act: the call is closed for everybody and not over."""
    end = closes_at(general(windows))
    return state == State.PUBLISHED and end is not None and now >= end


def reply_due(closes: datetime) -> datetime:
    """Return when the reply is due: 12 weeks after close."""
    return closes + REPLY_WITHIN


def period_days(opens: datetime, closes: datetime, zone: ZoneInfo) -> int:
    """Return whole days of a window, counted by the calendar of the call's zone."""
    return (day_in(closes, zone) - day_in(opens, zone)).days


def day_in(at: datetime, zone: ZoneInfo) -> date:
    """Return the date of a moment in a zone."""
    return at.astimezone(zone).date()


def long_enough(period: str, opens: datetime, closes: datetime, zone: ZoneInfo) -> bool:
    """Say whether a window meets the minimum of its type (consultation.md, rule 1)."""
    return period_days(opens, closes, zone) >= MINIMUM_WEEKS[PeriodType(period)] * 7


def may_extend(windows: Iterable[Stretch], new_end: datetime, now: datetime) -> bool:
    """Say whether a later end may be set: never a shorter one, and not after the close."""
    end = closes_at(general(windows))
    return end is not None and now < end < new_end


def _by_clock(
    state: str, windows: list[Stretch], now: datetime, reply_due_at: datetime | None
) -> Phase:
    begin, end = opens_at(windows), closes_at(windows)
    if begin is None or end is None or now < begin:
        return Phase.UPCOMING
    if now < end:
        return Phase.OPEN
    if reply_due_at is not None and now >= reply_due_at:
        return Phase.OVERDUE
    return Phase.CLOSED if state == State.PUBLISHED else Phase.AWAITING_REPORT


def _end(one: Stretch) -> datetime:
    return one.closes_at
