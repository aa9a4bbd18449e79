"""Events told, kept in the transaction of the fact until the log has confirmed them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.contracts.envelope import Envelope
from shared.contracts.topics import Topic
from shared.database.base import Shared
from shared.ids import made_at

Serial = BigInteger().with_variant(Integer, "sqlite")
CHUNK = 500
ERROR_LENGTH = 500


class OutboxRow(Shared):
    """One event: the exact bytes for the wire. A payload of None empties the key (erasure)."""

    __tablename__ = "outbox"
    # Ids are never used twice: the relay marks by id what an erasure may have deleted meanwhile.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    topic: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(120))
    headers: Mapped[list[list[str]]] = mapped_column(JSON)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    occurred_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    published_at: Mapped[datetime | None]


INSERT = insert(cast(Table, OutboxRow.__table__)).inline()
unpublished = OutboxRow.published_at.is_(None)

# The relay asks for unmarked rows by id and nothing else; the index holds only those.
Index(
    "ix_outbox_unpublished",
    OutboxRow.id,
    postgresql_where=unpublished,
    sqlite_where=unpublished,
)
Index("ix_outbox_published_at", OutboxRow.published_at)
Index("ix_outbox_topic_key", OutboxRow.topic, OutboxRow.key)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that the log has not confirmed yet."""

    id: int
    event_id: UUID
    topic: str
    key: str
    type: str
    headers: list[list[str]]
    payload: bytes | None
    attempts: int

    @property
    def handed(self) -> str | None:
        """The traceparent under which it was told."""
        return dict(self.headers).get("ce_traceparent")


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and since when the oldest of it does, by the machine's clock."""

    rows: int
    oldest: datetime | None


def put(
    connection: Connection, envelope: Envelope, topic: Topic, key: str, payload: bytes | None
) -> None:
    """Insert an event; its aggregate's rows must be flushed before: their lock gives the order."""
    connection.execute(
        INSERT,
        {
            "event_id": envelope.id,
            "topic": topic.name,
            "key": key,
            "type": envelope.type,
            "headers": [[name, value.decode()] for name, value in envelope.headers()],
            "payload": payload,
            "occurred_at": envelope.time,
            "attempts": 0,
        },
    )


def waiting(session: Session, limit: int) -> list[Waiting]:
    """Return the first unmarked rows by id.

    Never "ids above the last one": ids are handed out at insert, not at commit, so that a cursor
    loses every row whose transaction committed after a later one.
    """
    row = OutboxRow
    columns = (
        row.id,
        row.event_id,
        row.topic,
        row.key,
        row.type,
        row.headers,
        row.payload,
        row.attempts,
    )
    found = session.execute(select(*columns).where(unpublished).order_by(row.id).limit(limit))
    return [Waiting(*values) for values in found]


def envelope_of(headers: list[list[str]]) -> Envelope:
    """Return the envelope that headers were made of. Raises KeyError, ValueError."""
    return Envelope.of([(name, value.encode()) for name, value in headers])


def mark(session: Session, ids: Sequence[int], at: datetime) -> None:
    """Mark rows as confirmed by the log."""
    for start in range(0, len(ids), CHUNK):
        chosen = OutboxRow.id.in_(ids[start : start + CHUNK])
        session.execute(
            update(OutboxRow).where(chosen).values(published_at=at),
            execution_options={"synchronize_session": False},
        )


def send_again(session: Session, after: int, limit: int = CHUNK) -> list[int]:
    """Take the mark from the next confirmed rows above an id, so that they are sent once more."""
    sent = (
        select(OutboxRow.id)
        .where(OutboxRow.published_at.is_not(None), OutboxRow.id > after)
        .order_by(OutboxRow.id)
        .limit(limit)
    )
    ids = list(session.scalars(sent))
    if ids:
        session.execute(
            update(OutboxRow).where(OutboxRow.id.in_(ids)).values(published_at=None),
            execution_options={"synchronize_session": False},
        )
    return ids


def refuse(session: Session, row_id: int, error: str) -> None:
    """Count one more refusal of a row by the log."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id)
        .values(attempts=OutboxRow.attempts + 1, last_error=error[:ERROR_LENGTH]),
        execution_options={"synchronize_session": False},
    )


def remove(session: Session, ids: Collection[int]) -> None:
    """Take rows out, because they were set aside as dead letters."""
    session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))


def prune(session: Session, before: datetime, limit: int = CHUNK) -> int:
    """Delete at most `limit` rows confirmed before a time and return how many were."""
    old = (
        select(OutboxRow.id)
        .where(OutboxRow.published_at < before)
        .order_by(OutboxRow.published_at)
        .limit(limit)
    )
    ids = session.scalars(old).all()
    if ids:
        session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)))
    return len(ids)


def erase(session: Session, topic: Topic, key: UUID) -> None:
    """Delete every row of a key, sent or not; tell the erasure itself after this."""
    session.execute(
        delete(OutboxRow).where(OutboxRow.topic == topic.name, OutboxRow.key == str(key))
    )


def backlog(session: Session, up_to: int | None = None) -> Backlog:
    """Return how many rows wait, of those up to an id where one is given, and since when.

    Since when by the machine's clock: portal time may be moved, and seeds lie in the past.
    """
    waiting = unpublished if up_to is None else and_(unpublished, OutboxRow.id <= up_to)
    rows = session.scalar(select(func.count()).select_from(OutboxRow).where(waiting)) or 0
    first = select(OutboxRow.event_id).where(waiting).order_by(OutboxRow.id).limit(1)
    oldest = session.scalar(first) if rows else None
    return Backlog(rows, made_at(oldest) if oldest else None)


def last(session: Session) -> int:
    """Return the highest id there is, 0 for an empty table."""
    return session.scalar(select(func.max(OutboxRow.id))) or 0
