"""Records set aside with their reason: what we could not handle, and what we could not send."""

import hashlib
import re
import traceback
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared import ids
from shared.contracts.topics import Topic
from shared.database.base import Shared
from shared.errors import Conflict, NotFound

ERROR_LENGTH = 2000
NOTE_LENGTH = 2000
STACK_LENGTH = 8000
TRACES = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\d+")


class Status(StrEnum):
    """What became of a record that was set aside."""

    PARKED = "parked"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class DeadLetterRow(Shared):
    """One record with everything needed to try it again.

    `consumer_group` is the group that could not handle it, or `relay` for what the log refused;
    then partition and offset are -1. `fingerprint` is the same for failures of one kind.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        UniqueConstraint("consumer_group", "digest"),
        Index("ix_dead_letter_status_id", "status", "id"),
        Index("ix_dead_letter_topic_key", "topic", "key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    consumer_group: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[UUID | None]
    topic: Mapped[str] = mapped_column(String(120))
    partition: Mapped[int] = mapped_column(Integer)
    offset: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(120))
    headers: Mapped[list[list[str]]] = mapped_column(JSON)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    error_class: Mapped[str] = mapped_column(String(120))
    error: Mapped[str] = mapped_column(String(ERROR_LENGTH))
    stack: Mapped[str] = mapped_column(Text, default="", server_default="")
    fingerprint: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int] = mapped_column(Integer)
    first_failed_at: Mapped[datetime]
    last_failed_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(40), default=Status.PARKED)
    replays: Mapped[int] = mapped_column(Integer, default=0)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")


@dataclass(frozen=True, slots=True)
class Letter:
    """A record as it came or should have gone."""

    topic: str
    partition: int
    offset: int
    key: str
    type: str
    headers: list[list[str]]
    payload: bytes | None
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it was set aside, after how many attempts, and between which times (of the machine)."""

    error: BaseException
    attempts: int
    first_at: datetime
    last_at: datetime

    @property
    def kind(self) -> str:
        """The class of the error."""
        return type(self.error).__name__[:120]

    @property
    def fingerprint(self) -> str:
        """The same for failures that differ only in numbers and ids."""
        return _fingerprint(self.error)


def park(session: Session, group: str, letter: Letter, failure: Failure) -> bool:
    """Set a record aside and say whether it was not there already.

    A group keeps one row per record, wherever in the log it stands.
    """
    digest = _digest(letter)
    known = select(DeadLetterRow.id).filter_by(consumer_group=group, digest=digest)
    if session.scalar(known) is not None:
        return False
    session.add(
        DeadLetterRow(
            consumer_group=group,
            event_id=letter.event_id,
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            key=letter.key[:200],
            type=letter.type[:120],
            headers=letter.headers,
            payload=letter.payload,
            digest=digest,
            error_class=failure.kind,
            error=printable(failure.error),
            stack=stack_of(failure.error),
            fingerprint=failure.fingerprint,
            attempts=failure.attempts,
            first_failed_at=failure.first_at,
            last_failed_at=failure.last_at,
        )
    )
    session.flush()
    return True


def parked(
    session: Session, status: Status = Status.PARKED, after: UUID | None = None, limit: int = 25
) -> list[DeadLetterRow]:
    """Return a page of records of a status, oldest first, beginning after the given id."""
    statement = select(DeadLetterRow).where(DeadLetterRow.status == status)
    if after is not None:
        statement = statement.where(DeadLetterRow.id > after)
    return list(session.scalars(statement.order_by(DeadLetterRow.id).limit(limit)))


def count(session: Session, status: Status = Status.PARKED) -> int:
    """Return how many records have a status."""
    return session.scalar(select(func.count()).where(DeadLetterRow.status == status)) or 0


def lock(session: Session, letter_id: UUID) -> DeadLetterRow:
    """Return a parked record, locked until the end. Raises NotFound, Conflict when decided on."""
    row = session.get(DeadLetterRow, letter_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.status != Status.PARKED:
        raise Conflict
    return row


def settle(row: DeadLetterRow, status: Status, actor: UUID | None, note: str, at: datetime) -> None:
    """Write down what became of a record, by whom and why."""
    row.status, row.decided_by, row.decided_at, row.note = status, actor, at, note[:NOTE_LENGTH]


def failed_again(row: DeadLetterRow, error: BaseException, at: datetime) -> None:
    """Write down that a replay failed; the record stays parked."""
    row.error_class, row.error = type(error).__name__[:120], printable(error)
    row.stack = stack_of(error)
    row.fingerprint = _fingerprint(error)
    row.attempts += 1
    row.last_failed_at = at


def erase(session: Session, topic: Topic | str, key: UUID | str) -> None:
    """Delete every record of a key, because its subject was erased."""
    name = topic if isinstance(topic, str) else topic.name
    session.execute(
        delete(DeadLetterRow).where(DeadLetterRow.topic == name, DeadLetterRow.key == str(key))
    )


def printable(error: BaseException) -> str:
    """Return an error's text without control characters, at most 2000 characters long."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(error))
    return text[:ERROR_LENGTH] or type(error).__name__


def stack_of(error: BaseException | None) -> str:
    """Return where in the code an error arose, and what it arose from: no values, no messages."""
    parts: list[str] = []
    while error is not None:
        where = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{where}{type(error).__qualname__}\n")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(parts))[-STACK_LENGTH:]


def _fingerprint(error: BaseException) -> str:
    shape = f"{type(error).__qualname__}:{TRACES.sub('#', str(error))}"
    return hashlib.sha256(shape.encode(errors="replace")).hexdigest()[:16]


def _digest(letter: Letter) -> str:
    if letter.event_id is not None:
        return letter.event_id.hex
    place = f"{letter.topic}\0{letter.partition}\0{letter.offset}\0{letter.key}\0".encode(
        errors="replace"
    )
    return hashlib.sha256(place + (letter.payload or b"")).hexdigest()
