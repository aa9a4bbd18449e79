"""Putting what was written into the mail: now, when quiet hours end, or with the next digest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.messages.rules import Reader
from services.notifications.preferences.rules import Pace, Quiet, Topic, comes_too_late, next_digest
from shared import ids
from shared.database.due import DueRow
from shared.mail import MailRow, MailState, Written
from shared.mail.message import stop_headers
from shared.mail.post import portal_of, row_of
from shared.work import Work


@dataclass(frozen=True)
class Letter:
    """What is written to one person. `stop` is the secret that stops such mail."""

    reader: Reader
    occasion: str
    written: Written
    stop: str | None = None
    calendar: str | None = None


def put(work: Work, letter: Letter, until: datetime | None = None) -> MailRow:
    """Put a letter into the mail, to leave at once or, where `until` is given, then."""
    row = row_of(work, letter.written, to=letter.reader.mail, occasion=letter.occasion)
    row.id = ids.new()
    if letter.stop:
        row.headers = stop_headers(stop_address(work, letter.written.language, letter.stop))
    if letter.calendar:
        row.attachments = [{"name": "deadline.ics", "subtype": "calendar", "text": letter.calendar}]
    if until is not None:
        # The date in its head is that of leaving. The row keeps system time; should portal time
        # get there first (the demo's clock), `release` lets it go.
        row.created_at = row.next_at = work.system_now + (until - work.now)
        work.schedule("release", row.id, until)
    return work.add(row)


def release(work: Work, subject: UUID, _payload: Mapping[str, Any]) -> None:
    """Let mail go that waited for the end of its reader's quiet hours."""
    row = work.find(MailRow, id=subject)
    if row is not None and row.state == MailState.CREATED and row.next_at > work.system_now:
        row.created_at = row.next_at = work.system_now


def quiet_until(
    work: Work, quiet: Quiet | None, zone: str, deadline: datetime | None = None
) -> datetime | None:
    """Return when a reader's quiet hours end; None when mail may go now, or must."""
    until = quiet.until(work.now, zone) if quiet is not None else None
    return None if until is None or comes_too_late(until, deadline, work.now) else until


def digest_at(work: Work, pace: Pace, zone: str, deadline: datetime | None) -> datetime | None:
    """Return when the digest comes that a reader's mail waits for; None when it may not wait."""
    at = next_digest(work.now, zone, pace)
    return None if comes_too_late(at, deadline, work.now) else at


def plan_digest(work: Work, person: UUID, topic: Topic, at: datetime) -> None:
    """Have a digest sent then; one that is planned for earlier, or overdue, stays."""
    planned = work.find(DueRow, kind="digest", subject=person, mark=topic)
    if planned is None or planned.at > at:
        work.schedule("digest", person, at, mark=topic, topic=topic)


def stop_address(work: Work, language: str, secret: str) -> str:
    """Return the address that stops a topic for one person, in their language."""
    return f"{portal_of(work)}/{language}/unsubscribe/{secret}"
