"""Who may answer a call now: one function, four results, each with its sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.consultation.calls.rules.states import (
    ENDED,
    TAKING,
    State,
    Stretch,
    WindowKind,
    opens_at,
    window_at,
)
from shared.contracts.audience import Audience, Partner, concerns
from shared.i18n import N_


class Result(StrEnum):
    """What a partner may do with a call now."""

    MAY_SEND = "may_send"
    MAY_SEND_PROVISIONALLY = "may_send_provisionally"
    MAY_READ = "may_read"
    CLOSED = "closed"


class Why(StrEnum):
    """The reason of a result that is not simply yes."""

    CHECKING = "checking"
    LATE = "late"
    NOT_HANDED_IN = "not_handed_in"
    OUTSIDE = "outside"
    OUTSIDE_CATEGORY = "outside_category"
    DECLINED = "declined"
    SUSPENDED = "suspended"
    LEFT = "left"
    UPCOMING = "upcoming"
    CLOSED = "closed"
    REPORTED = "reported"
    CANCELLED = "cancelled"
    NOT_GOING_FORWARD = "not_going_forward"
    NO_REPORT_EXPECTED = "no_report_expected"


SENTENCES: dict[Why, str] = {
    Why.CHECKING: N_(
        "We are checking your registration. You can prepare and send answers now; "
        "we count them once you are verified."
    ),
    Why.LATE: N_(
        "The call has closed. %(organisation)s alone can still send, until %(until)s. The receipt "
        "will say that the answer came late."
    ),
    Why.NOT_HANDED_IN: N_(
        "The registration of %(organisation)s is not handed in yet. Hand it in, and you can answer "
        "at once."
    ),
    Why.OUTSIDE: N_(
        "This call asks other partners than %(organisation)s. You can read everything or write to "
        "%(contact)s."
    ),
    Why.OUTSIDE_CATEGORY: N_(
        "This call asks: %(categories)s. %(organisation)s is registered as: %(category)s. You can "
        "read everything or write to %(contact)s."
    ),
    Why.DECLINED: N_(
        "We could not verify %(organisation)s: %(reason)s. Correct it and apply again."
    ),
    Why.SUSPENDED: N_(
        "%(organisation)s cannot send answers since %(since)s: %(reason)s. Write to %(contact)s."
    ),
    Why.LEFT: N_(
        "%(organisation)s is not registered any longer since %(since)s. Write to %(contact)s to "
        "take part again."
    ),
    Why.UPCOMING: N_("Opens %(opens)s. Read and prepare your colleagues."),
    Why.CLOSED: N_("Closed %(closed)s. Reply due %(due)s."),
    Why.REPORTED: N_("Closed %(closed)s. The consultation report is published."),
    Why.CANCELLED: N_(
        "Cancelled on %(ended)s, because %(reason)s. Answers received are kept until %(kept)s."
    ),
    Why.NOT_GOING_FORWARD: N_(
        "Not going forward, said on %(ended)s, because %(reason)s. Answers received are kept until "
        "%(kept)s."
    ),
    Why.NO_REPORT_EXPECTED: N_(
        "No report is expected, said on %(ended)s, because %(reason)s. Answers received are kept "
        "until %(kept)s."
    ),
}

OF_THE_PARTNER = frozenset(
    {
        Why.CHECKING,
        Why.NOT_HANDED_IN,
        Why.OUTSIDE,
        Why.OUTSIDE_CATEGORY,
        Why.DECLINED,
        Why.SUSPENDED,
        Why.LEFT,
    }
)
"""Reasons that rest on what registry told of the partner."""

VERIFIED = frozenset({"verified", "reverification_due"})
UNDECIDED = frozenset({"submitted", "screening", "clarification_requested"})
REFUSED: dict[str, Why] = {
    "invited": Why.NOT_HANDED_IN,
    "draft": Why.NOT_HANDED_IN,
    "declined": Why.DECLINED,
    "suspended": Why.SUSPENDED,
    "deactivated": Why.LEFT,
    "withdrawn": Why.LEFT,
}
"""What a partner's state (registry) means here; one that we do not know may only read."""


class Registered(Partner, Protocol):
    """A partner with the state of its registration."""

    @property
    def state(self) -> str:
        """State of the registration, as registry tells it."""
        ...


@dataclass(frozen=True)
class Eligibility:
    """What a partner may do now, why, and in which window it would be sealed."""

    result: Result
    why: Why | None = None
    window_id: UUID | None = None
    on_time: bool = False

    @property
    def may_send(self) -> bool:
        """Say whether an answer may be begun, saved and sent now."""
        return self.result in (Result.MAY_SEND, Result.MAY_SEND_PROVISIONALLY)

    @property
    def provisional(self) -> bool:
        """Say whether an answer counts only once the partner is verified."""
        return self.result is Result.MAY_SEND_PROVISIONALLY

    @property
    def rests_on_partner(self) -> bool:
        """Say whether it follows from the partner's registration, known here by a copy."""
        return self.why in OF_THE_PARTNER

    @property
    def is_open(self) -> bool:
        """Say whether a window stands open for this partner, whether or not it may send."""
        return self.window_id is not None


def eligibility(
    state: str,
    windows: Iterable[Stretch],
    audience: Audience,
    partner: Registered,
    now: datetime,
) -> Eligibility:
    """Decide what a partner may do with a call now; asked on opening, on saving and on sending.

    The call is looked at first (over, not yet open, closed), then the partner's registration, then
    the audience. A late window of a partner counts for that partner alone.
    """
    stretches = list(windows)
    window = window_at(stretches, now, partner.id)
    if over := _over(state, stretches, window, now):
        return Eligibility(Result.CLOSED, over)
    window_id = window.id if window else None
    if refusal := _refusal(audience, partner):
        return Eligibility(Result.MAY_READ, refusal, window_id)
    if window is None:
        return Eligibility(Result.MAY_READ, Why.UPCOMING)
    on_time = window.kind != WindowKind.LATE
    if partner.state in UNDECIDED:
        return Eligibility(Result.MAY_SEND_PROVISIONALLY, Why.CHECKING, window_id, on_time)
    why = None if on_time else Why.LATE
    return Eligibility(Result.MAY_SEND, why, window_id, on_time)


def standing(state: str) -> Why | None:
    """Return what a partner's registration alone says of its answers; None for a verified one."""
    if state in VERIFIED:
        return None
    return Why.CHECKING if state in UNDECIDED else REFUSED.get(state, Why.LEFT)


def _over(state: str, windows: list[Stretch], window: Stretch | None, now: datetime) -> Why | None:
    if state in ENDED:
        return Why(state)
    if state == State.REPORT_PUBLISHED:
        return Why.REPORTED
    begin = opens_at(windows)
    has_begun = begin is not None and now >= begin
    if state not in TAKING or (window is None and has_begun):
        return Why.CLOSED
    return None


def _refusal(audience: Audience, partner: Registered) -> Why | None:
    if partner.state not in VERIFIED | UNDECIDED:
        return REFUSED.get(partner.state, Why.LEFT)
    if concerns(audience, partner):
        return None
    other = audience.categories and partner.category not in audience.categories
    return Why.OUTSIDE_CATEGORY if other and not audience.only_named else Why.OUTSIDE
