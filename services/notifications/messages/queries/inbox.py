"""Reads of the inbox."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from services.notifications.messages.models import Message
from services.notifications.messages.rules import Kind
from shared.work import View

PAGE = 25


@dataclass(frozen=True)
class Entry:
    """One line of the inbox."""

    code: str
    kind: str
    subject: str
    language: str
    at: datetime
    is_unread: bool


@dataclass(frozen=True)
class Inbox:
    """A page of the inbox, the newest first. `next` is where the next page begins."""

    entries: list[Entry]
    unread: int
    next: str | None
    is_first: bool


def inbox(view: View, after: str | None = None) -> Inbox:
    """Return a page of the actor's inbox, older than the message with the code `after`."""
    mine = view.only("message.index", select(Message)).order_by(Message.id.desc())
    if after:
        start = select(Message.id).where(Message.code == after).scalar_subquery()
        mine = mine.where(Message.id < start)
    rows = list(view.session.scalars(mine.limit(PAGE + 1)))
    shown = rows[:PAGE]
    return Inbox(
        entries=[_entry(one) for one in shown],
        unread=unread(view),
        next=shown[-1].code if len(rows) > PAGE else None,
        is_first=not after,
    )


def unread(view: View) -> int:
    """Return how many messages the actor has not opened."""
    mine = select(func.count()).where(
        Message.person_id == view.actor.person, Message.read_at.is_(None)
    )
    return view.session.scalar(mine) or 0


def message(view: View, code: str) -> Message:
    """Return one message of the actor's. Raises NotFound for somebody else's."""
    found = view.get(Message, code=code)
    view.require("message.show", found)
    return found


def messages(view: View, ids: Collection[UUID]) -> dict[UUID, Message]:
    """Return messages by id, in one query, oldest first."""
    if not ids:
        return {}
    rows = view.session.scalars(
        select(Message).where(Message.id.in_(set(ids))).order_by(Message.id)
    )
    return {row.id: row for row in rows}


def _entry(row: Message) -> Entry:
    return Entry(row.code, Kind(row.kind), row.subject, row.language, row.at, row.read_at is None)
