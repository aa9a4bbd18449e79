"""Which notices may be put off or stopped, and what holds when nobody chose."""

from enum import StrEnum

from shared.i18n import N_


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
    Pace.NONE: N_("No mail, only in the inbox"),
}

CHOICES = {
    Topic.CALLS: (Pace.AT_ONCE, Pace.DAILY, Pace.NONE),
    Topic.REMINDERS: (Pace.AT_ONCE, Pace.NONE),
    Topic.WORK: (Pace.AT_ONCE, Pace.DAILY, Pace.NONE),
}
"""A reminder in tomorrow's digest may come too late, hence no daily one."""

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
