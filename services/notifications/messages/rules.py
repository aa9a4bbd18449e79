"""The table of notices: who is told of what, how, and when it may wait."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from services.notifications.deliveries.rules import Channel
from services.notifications.preferences.rules import Topic

LINE_BYTES = 75
TIME_ORDERED = 7
CONTACT_ROLES = ("contact_point", "deputy")
MEMBER_ROLES = ("administrator", "contact_point", "deputy", "reviewer")


class Kind(StrEnum):
    """One row of the table each."""

    CALL_PUBLISHED = "call_published"
    CALLS_OPEN = "calls_open"
    REMINDER = "reminder"
    REMINDER_DRAFT = "reminder_draft"
    CALL_EXTENDED = "call_extended"
    CALL_EXTENDED_ANSWERED = "call_extended_answered"
    CLOSED_WITH_DRAFT = "closed_with_draft"
    APPROVAL_GIVEN = "approval_given"
    APPROVAL_SENT_BACK = "approval_sent_back"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    CALL_CORRECTED = "call_corrected"
    CALL_ENDED = "call_ended"
    REPLY_LATE = "reply_late"
    PUBLISHED_OTHERWISE = "published_otherwise"
    REPLIED = "replied"
    REPORT_PUBLISHED = "report_published"
    REGISTRATION_RECEIVED = "registration_received"
    VERIFIED = "verified"
    DECLINED = "declined"
    SUSPENDED = "suspended"
    CLARIFICATION_ASKED = "clarification_asked"
    CLARIFICATION_ANSWERED = "clarification_answered"
    JOIN_ASKED = "join_asked"
    JOIN_DECIDED = "join_decided"
    INVITED = "invited"
    REVIEW_ASKED = "review_asked"
    SENT_BACK = "sent_back"
    REGISTRATION_WAITING = "registration_waiting"
    CALL_CLOSED = "call_closed"
    POINTS_TO_DECIDE = "points_to_decide"
    REPORT_TO_REVIEW = "report_to_review"
    REPLY_CLOCK = "reply_clock"
    DIGEST = "digest"


BOTH = (Channel.INBOX, Channel.MAIL)
RECEIPTS = frozenset({Kind.RECEIVED, Kind.WITHDRAWN, Kind.REGISTRATION_RECEIVED})
"""What confirms an act of this very moment: its reader is awake, so it never waits."""


@dataclass(frozen=True)
class Notice:
    """One notice: who gets it (in words, for people), what is chosen about it, through what.

    Its texts are `messages/templates/mail/<kind>.subject.txt` and `.txt`, its values a function of
    `messages/queries`.
    """

    kind: Kind
    to: str
    topic: Topic
    channels: tuple[Channel, ...] = BOTH

    @property
    def template(self) -> str:
        """The name under which `shared.mail` finds its texts."""
        return f"notifications/messages/mail/{self.kind}"


CONCERNED = "contact points and deputies of partners concerned; observers in the inbox only"
SUBMITTERS = "everybody who worked on a sent answer, and the contact point"
WORKED = "everybody who worked on the answer, and the contact point"
MEMBERS = "members of the organisation; observers in the inbox only"

NOTICES: dict[Kind, Notice] = {
    notice.kind: notice
    for notice in (
        Notice(Kind.CALL_PUBLISHED, CONCERNED, Topic.CALLS),
        Notice(Kind.CALLS_OPEN, CONCERNED, Topic.CALLS),
        Notice(Kind.REMINDER, f"{CONCERNED}, nothing begun", Topic.REMINDERS),
        Notice(Kind.REMINDER_DRAFT, f"{CONCERNED}, with a draft", Topic.REMINDERS),
        Notice(Kind.CALL_EXTENDED, f"{CONCERNED}, not answered", Topic.CALLS),
        Notice(Kind.CALL_EXTENDED_ANSWERED, SUBMITTERS, Topic.CALLS),
        Notice(Kind.CLOSED_WITH_DRAFT, "those drafting", Topic.ANSWERS),
        Notice(Kind.APPROVAL_GIVEN, "contact point and preparers", Topic.ANSWERS),
        Notice(Kind.APPROVAL_SENT_BACK, "contact point and preparers", Topic.ANSWERS),
        Notice(Kind.RECEIVED, WORKED, Topic.ANSWERS),
        Notice(Kind.WITHDRAWN, WORKED, Topic.ANSWERS),
        Notice(Kind.CALL_CORRECTED, "everybody told", Topic.CALLS),
        Notice(Kind.CALL_ENDED, "everybody told", Topic.CALLS),
        Notice(Kind.REPLY_LATE, SUBMITTERS, Topic.ANSWERS),
        Notice(Kind.PUBLISHED_OTHERWISE, "contact point", Topic.ANSWERS),
        Notice(Kind.REPLIED, SUBMITTERS, Topic.ANSWERS),
        Notice(Kind.REPORT_PUBLISHED, "others told", Topic.CALLS, (Channel.INBOX,)),
        Notice(Kind.REGISTRATION_RECEIVED, MEMBERS, Topic.ORGANISATION),
        Notice(Kind.VERIFIED, MEMBERS, Topic.ORGANISATION),
        Notice(Kind.DECLINED, MEMBERS, Topic.ORGANISATION),
        Notice(Kind.SUSPENDED, MEMBERS, Topic.ORGANISATION),
        Notice(Kind.CLARIFICATION_ASKED, MEMBERS, Topic.ORGANISATION),
        Notice(Kind.CLARIFICATION_ANSWERED, "the officer who asked", Topic.URGENT_WORK),
        Notice(Kind.JOIN_ASKED, "administrators of the organisation", Topic.ORGANISATION),
        Notice(Kind.JOIN_DECIDED, "the person who asked", Topic.ORGANISATION),
        Notice(Kind.INVITED, "the person invited", Topic.ORGANISATION),
        Notice(
            Kind.REVIEW_ASKED,
            "call managers and deciders, not its editors",
            Topic.URGENT_WORK,
        ),
        Notice(Kind.SENT_BACK, "the call's managers", Topic.URGENT_WORK),
        Notice(Kind.REGISTRATION_WAITING, "partnership officers", Topic.WORK),
        Notice(Kind.CALL_CLOSED, "the call's managers and analysts", Topic.WORK),
        Notice(Kind.POINTS_TO_DECIDE, "deciders", Topic.WORK),
        Notice(Kind.REPORT_TO_REVIEW, "deciders who did not write it", Topic.WORK),
        Notice(Kind.REPLY_CLOCK, "the call's managers and deciders", Topic.WORK),
    )
}


@dataclass(frozen=True)
class Reader:
    """A person as a notice needs them. `mail` is empty when no mail may go there."""

    id: UUID
    name: str
    language: str
    zone: str
    mail: str


def is_earlier(event_id: UUID | None, start: datetime | None, now: datetime) -> bool:
    """Say whether an event came before the moment from which people are told (NOTIFY_FROM).

    Event ids are UUIDs of version 7, which begin with the time in milliseconds. What comes of no
    event, but of the clock, comes now.
    """
    if start is None:
        return False
    if event_id is None or event_id.version != TIME_ORDERED:
        return now < start
    return (event_id.int >> 80) < start.timestamp() * 1000


def calendar(code: str, title: str, closes: datetime, url: str, stamp: datetime) -> str:
    """Return an iCalendar file (RFC 5545) of a deadline, in UTC, with an alarm a day before."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Roundtable//Deadlines//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:deadline-{code}@roundtable",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{closes.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_escaped(title)}",
        f"URL:{url}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(title)}",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _escaped(text: str) -> str:
    flat = " ".join(text.split())
    return re.sub(r"([\\;,])", r"\\\1", flat)


def _folded(line: str) -> str:
    """Break a line so that none has more than 75 bytes, never within a character."""
    parts, size = [""], 0
    for letter in line:
        wide = len(letter.encode())
        if size + wide > LINE_BYTES:
            parts.append("")
            size = 1
        parts[-1] += letter
        size += wide
    return "\r\n ".join(parts)
