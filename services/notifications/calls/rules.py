"""When a call is open to be told of, by its windows and the clock."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.contracts.consultation import Window


class CallState(StrEnum):
    """The states of a call that matter here; others are taken as they come."""

    PUBLISHED = "published"
    ANALYSING = "analysing"
    REPORT_IN_REVIEW = "report_in_review"
    REPORT_PUBLISHED = "report_published"
    CANCELLED = "cancelled"
    NOT_GOING_FORWARD = "not_going_forward"
    NO_REPORT_EXPECTED = "no_report_expected"


class SubmissionState(StrEnum):
    """Where a submission stands."""

    DRAFT = "draft"
    WITH_APPROVER = "with_approver"
    SUBMITTED = "submitted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


WRITING = (SubmissionState.DRAFT, SubmissionState.WITH_APPROVER)
REPORT_DUE = (CallState.PUBLISHED, CallState.ANALYSING, CallState.REPORT_IN_REVIEW)
"""States in which the reply clock runs."""

SETTLING = timedelta(minutes=15)
"""Until what was done in the last second has arrived here as well."""

UNSEEN = ("draft", "in_review", "changes_requested")
"""States of a call in which nobody outside the secretariat knows of it."""

TOLD_STATES = ("verified", "reverification_due")
"""States of an organisation in which it is told of calls."""


def closes_at(windows: Iterable[Window], organisation: UUID | None = None) -> datetime | None:
    """Return when a call closes: for everybody, or for an organisation with its own window."""
    ends = [
        window.closes_at
        for window in windows
        if window.organisation_id is None or window.organisation_id == organisation
    ]
    return max(ends, default=None)


def opens_at(windows: Iterable[Window]) -> datetime | None:
    """Return when a call opens for everybody."""
    return min(
        (window.opens_at for window in windows if window.organisation_id is None), default=None
    )


def is_to_be_told(state: str, windows: Sequence[Window], now: datetime) -> bool:
    """Say whether people who are concerned now are to be told: published and not yet closed."""
    end = closes_at(windows)
    return state == CallState.PUBLISHED and end is not None and now < end


def last_window(windows: Iterable[Window]) -> Window | None:
    """Return the window, of those for everybody, that closes last."""
    general = [window for window in windows if window.organisation_id is None]
    return max(general, key=lambda window: window.closes_at, default=None)


def reminders(window: Window, now: datetime) -> dict[int, datetime]:
    """Return when to remind, by days before closing (7 and 1); none that would come at once."""
    times = {days: window.closes_at - timedelta(days=days) for days in (7, 1)}
    return {days: at for days, at in times.items() if at > now}


def reply_clock(reply_due_at: datetime) -> dict[str, datetime]:
    """Return when the staff are reminded of the reply clock (consultation.md, rule 10)."""
    return {
        "4_weeks": reply_due_at - timedelta(weeks=4),
        "1_week": reply_due_at - timedelta(weeks=1),
        "overdue": reply_due_at,
    }


def days_left(closes: datetime, now: datetime) -> int:
    """Return whole days until closing; a started one counts when more than an hour of it is left.

    So the reminder of 7 days says 7, though the clocks of database and worker differ by moments.
    """
    left = closes - now - timedelta(hours=1)
    return max(0, -(-left // timedelta(days=1)))
