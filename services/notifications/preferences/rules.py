"""Which notices may be put off or stopped, what holds when nobody chose, and when mail comes."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.i18n import N_

DIGEST_AT = time(7, 0)
"""When a digest is sent, by the reader's own clock; the weekly one on Mondays."""
LAST_DAY = timedelta(days=1)
"""What is left at least to answer: mail that waits must not arrive later than that."""


class Topic(StrEnum):
    """A kind of notices that a person chooses about as one."""

    CALLS = "calls"
    REMINDERS = "reminders"
    ANSWERS = "answers"
    ORGANISATION = "organisation"
    URGENT_WORK = "urgent_work"
    WORK = "work"


class Pace(StrEnum):
    """How soon mail comes. The inbox has everything at once, whatever was chosen."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NONE = "none"


NAMES = {
    Topic.CALLS: N_("Calls for input that concern us, and changes to them"),
    Topic.REMINDERS: N_("Reminders before a call closes"),
    Topic.WORK: N_("Secretariat: what waits for me"),
}
"""What the preferences page calls each topic that may be chosen about."""

HINTS = {
    Topic.CALLS: N_("New calls, more time, corrections, cancellations, reports."),
    Topic.REMINDERS: N_("7 days and 1 day before, only while you have not sent an answer."),
    Topic.WORK: N_("Registrations, closed calls, points and reports to decide."),
}

PACES = {
    Pace.AT_ONCE: N_("At once"),
    Pace.DAILY: N_("Once a day, in one mail"),
    Pace.WEEKLY: N_("Once a week, in one mail on Monday"),
    Pace.NONE: N_("No mail, only in the inbox"),
}

CHOICES = {
    Topic.CALLS: tuple(Pace),
    Topic.REMINDERS: (Pace.AT_ONCE, Pace.NONE),
    Topic.WORK: tuple(Pace),
}
"""A reminder in tomorrow's digest may come too late, hence no daily one."""
DIGESTS = (Pace.DAILY, Pace.WEEKLY)

DEFAULTS = {Topic.WORK: Pace.DAILY}
"""Everything else comes at once: receipts, approvals, decisions on one's own organisation."""


def pace(topic: Topic, chosen: str | None) -> Pace:
    """Return how soon mail of a topic comes. What cannot be chosen about always has its default."""
    default = DEFAULTS.get(topic, Pace.AT_ONCE)
    allowed = CHOICES.get(topic, ())
    return Pace(chosen) if chosen in allowed else default


def may_stop(topic: Topic) -> bool:
    """Say whether mail of a topic can be stopped: announcements and digests, never receipts."""
    return topic in CHOICES


def next_digest(now: datetime, zone: str, pace: Pace) -> datetime:
    """Return when somebody in a zone gets the next daily or weekly digest."""
    here = _zone(zone)
    local = now.astimezone(here)
    days = -local.weekday() % 7 if pace == Pace.WEEKLY else 0
    at = datetime.combine(local.date() + timedelta(days=days), DIGEST_AT, here)
    if at <= local:
        step = timedelta(days=7 if pace == Pace.WEEKLY else 1)
        at = datetime.combine(at.date() + step, DIGEST_AT, here)
    return at.astimezone(UTC)


def comes_too_late(at: datetime, deadline: datetime | None, now: datetime) -> bool:
    """Say whether mail that waits until then leaves its reader less than a day to answer."""
    return deadline is not None and now < deadline <= at + LAST_DAY


@dataclass(frozen=True)
class Quiet:
    """Hours of a person's own clock in which no mail comes, from `starts` up to `ends`."""

    starts: int
    ends: int

    def until(self, now: datetime, zone: str) -> datetime | None:
        """Return when the quiet hours that run now are over, None outside them."""
        here = _zone(zone)
        local = now.astimezone(here)
        if not self._covers(local.hour):
            return None
        is_tomorrow = local.hour >= self.ends
        day = local.date() + timedelta(days=1 if is_tomorrow else 0)
        return datetime.combine(day, time(self.ends), here).astimezone(UTC)

    def _covers(self, hour: int) -> bool:
        if self.starts < self.ends:
            return self.starts <= hour < self.ends
        return hour >= self.starts or hour < self.ends


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
