"""Events handled: one row an event and group, written in the transaction of the effect."""

from datetime import datetime
from functools import cache
from typing import cast
from uuid import UUID

from sqlalchemy import BigInteger, Executable, Integer, String, Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.base import Shared

CHUNK = 500


class InboxRow(Shared):
    """An event that a consumer group has handled, set aside or must not handle again."""

    __tablename__ = "inbox"

    consumer_group: Mapped[str] = mapped_column(String(60), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(120))
    partition: Mapped[int] = mapped_column(Integer)
    offset: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(index=True)


def enter(
    session: Session,
    group: str,
    event_id: UUID,
    place: tuple[str, int, int],
    at: datetime,
) -> bool:
    """Enter an event and say whether it is new to the group.

    `place` is (topic, partition, offset). On PostgreSQL a second transaction with the same event
    waits here for the first one, so that no two of them work on it.
    """
    topic, partition, offset = place
    values = {
        "consumer_group": group,
        "event_id": event_id,
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "received_at": at,
    }
    connection = session.connection()
    return connection.execute(_entry(connection.dialect.name), values).first() is not None


@cache
def _entry(dialect: str) -> Executable:
    """Return the insert of an entry, which returns a row when the entry is new."""
    kind = sqlite if dialect == "sqlite" else postgresql
    entry = kind.insert(cast(Table, InboxRow.__table__)).on_conflict_do_nothing()
    fresh: Executable = entry.returning(InboxRow.__table__.c.event_id)
    return fresh


def forget(session: Session, group: str, event_id: UUID) -> None:
    """Delete an entry, so that a forced replay handles the event again in this transaction."""
    session.execute(
        delete(InboxRow).where(InboxRow.consumer_group == group, InboxRow.event_id == event_id)
    )


def prune(session: Session, before: datetime, limit: int = CHUNK) -> int:
    """Delete at most `limit` entries received before a time and return how many were.

    Safe after 30 days: projections are guarded by version and notices by occasion.
    """
    key = (InboxRow.consumer_group, InboxRow.event_id)
    old = (
        select(*key)
        .where(InboxRow.received_at < before)
        .order_by(InboxRow.received_at)
        .limit(limit)
    )
    found = [(group, event_id) for group, event_id in session.execute(old)]
    if found:
        session.execute(delete(InboxRow).where(tuple_(*key).in_(found)))
    return len(found)
