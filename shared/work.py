"""View and Work: the unit of reading and the unit of work.

Both know the actor and the permission table. The edge (request, handler, job) opens and commits
them; nothing else does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, func, select
from sqlalchemy.orm import Session

from shared import ids, trace
from shared.clock import Clock, FixedClock, SystemClock
from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import Topic
from shared.database import audit, outbox, plain, prepared
from shared.database.due import DueRow
from shared.database.session import Database, Transaction
from shared.errors import NotFound
from shared.files import Files
from shared.security.permissions import NOBODY, SYSTEM, Actor, Permissions

__all__ = ["NOBODY", "SYSTEM", "Actor", "Room", "View", "Work"]

M = TypeVar("M")


@dataclass
class Room:
    """What a service's views and works have in common.

    `after_commit` wakes the relay and other waiters; `notes` hold what the service hands to its
    actions (settings, a mailer's sender address).
    """

    name: str
    database: Database
    permissions: Permissions
    files: Files
    settings: Any = None
    clock: Clock = field(default_factory=SystemClock)
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @contextmanager
    def view(self, actor: Actor = SYSTEM) -> Iterator["View"]:
        """Yield a view that gives its connection back at the end."""
        with self.database.reading() as transaction:
            yield View(self, transaction, actor)

    @contextmanager
    def work(
        self, actor: Actor = SYSTEM, cause: UUID | None = None, clock: Clock | None = None
    ) -> Iterator["Work"]:
        """Yield a work, commit it at the end, roll it back on any error."""
        with self.database.writing() as transaction:
            work = Work(self, transaction, actor, cause=cause, clock=clock)
            yield work
            work.finish()
            transaction.commit()
        for wake in self.after_commit:
            wake()


class View:
    """The unit of reading."""

    def __init__(
        self, room: Room, transaction: Transaction, actor: Actor, clock: Clock | None = None
    ) -> None:
        self.room = room
        self.transaction = transaction
        self.actor = actor
        self.clock = clock or room.clock
        self.asked: list[str] = []
        self.doubted: set[UUID] = set()
        self._now: datetime | None = None

    @property
    def connection(self) -> Connection:
        """The connection, for statements over tables."""
        return self.transaction.connection

    @property
    def session(self) -> Session:
        """The session, for entities."""
        return self.transaction.session

    @property
    def now(self) -> datetime:
        """Portal time, read once."""
        # Not a cached_property: up to Python 3.11 all of a class share one lock while it is made,
        # and a Work that waits in it for the write lock stopped the Work that held it.
        if self._now is None:
            self._now = self._read_clock()
        return self._now

    def _read_clock(self) -> datetime:
        return self.clock.now()

    @property
    def system_now(self) -> datetime:
        """Time of the machine: tokens, codes, limits, retries."""
        return self.clock.system()

    @property
    def files(self) -> Files:
        """The service's uploads."""
        return self.room.files

    @property
    def settings(self) -> Any:
        """The service's settings."""
        return self.room.settings

    def require(self, act: str, thing: object = None) -> None:
        """Refuse with SignInNeeded, Forbidden or NotFound unless the act is open to the actor."""
        self.asked.append(act)
        self.room.permissions.require(self.actor, act, thing)

    def allows(self, act: str, thing: object = None) -> bool:
        """Say whether the act is open to the actor; to show a button or not."""
        return self.room.permissions.allows(self.actor, act, thing)

    def only(self, act: str, statement: Select[Any]) -> Select[Any]:
        """Narrow a list to what the actor may see."""
        self.asked.append(act)
        return self.room.permissions.only(self.actor, act, statement)

    def doubt(self, *organisations: UUID) -> None:
        """Note that an answer rests on a copy of these organisations, which may lag behind."""
        self.doubted.update(organisations)

    def find(self, model: type[M], *conditions: Any, **by: Any) -> M | None:
        """Return the one row that meets the conditions, or None."""
        statement, values = prepared.rows(model, by)
        if conditions:
            statement = statement.where(*conditions)
        return self.session.scalars(statement, values).one_or_none()

    def all(self, model: type[M], *order: str, **by: Any) -> list[M]:
        """Return the rows whose columns have these values; of a collection, any of its values.

        `order` names columns, with a minus for those that run down.
        """
        statement, values = prepared.rows(model, by, *order)
        return list(self.session.scalars(statement, values))

    def rows(self, statement: Select[Any], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Return what a kept statement over columns of tables finds, as plain rows.

        Three times as fast as entities; for what is only read.
        """
        return self.connection.execute(statement, values).all()

    def plain(
        self, statement: Select[Any], values: Mapping[str, Any], *models: type[Any]
    ) -> list[list[Any]]:
        """Return what a kept statement over `plain.select_of` finds: an object of each model."""
        return [plain.read(row, *models) for row in self.rows(statement, values)]

    def get(self, model: type[M], *conditions: Any, **by: Any) -> M:
        """Return the one row that meets the conditions. Raises NotFound."""
        row = self.find(model, *conditions, **by)
        if row is None:
            raise NotFound
        return row


class Work(View):
    """The unit of work: reads and writes in one transaction, tells events, keeps the audit."""

    def __init__(
        self,
        room: Room,
        transaction: Transaction,
        actor: Actor,
        cause: UUID | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(room, transaction, actor, clock)
        self.cause = cause
        self._read: list[object] = []

    def _read_clock(self) -> datetime:
        """Read portal time after the write lock is held, so that no later act is earlier.

        On PostgreSQL the difference between the portal's and the machine's time is added to the
        database's clock: one clock for all replicas.
        """
        if self.room.database.is_sqlite:
            _ = self.connection  # takes the lock
            return self.clock.now()
        if isinstance(self.clock, FixedClock):
            # Two readings of the machine's clock differ: a clock that stands still would tremble.
            return self.clock.now()
        stamped: datetime | None = self.connection.scalar(select(func.clock_timestamp()))
        shift = self.clock.now() - self.clock.system()
        if stamped is None or abs(shift) < timedelta(milliseconds=50):
            return stamped or self.clock.now()
        return stamped + shift

    def rows(self, statement: Select[Any], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Return what a kept statement finds, after what was written so far."""
        self.transaction.flush()
        return super().rows(statement, values)

    def plain(
        self, statement: Select[Any], values: Mapping[str, Any], *models: type[Any]
    ) -> list[list[Any]]:
        """Return objects like a view; what is changed of one is kept by `write`."""
        found = super().plain(statement, values, *models)
        self._read += (one for row in found for one in row[: len(models)] if one is not None)
        return found

    def require(self, act: str, thing: object = None) -> None:
        """Require like a view, and write the audit row of the act."""
        super().require(act, thing)
        self.record(act, thing)

    def record(
        self, act: str, thing: object = None, *, person: UUID | None = None, **details: Any
    ) -> None:
        """Write an audit row; `thing` is a row with an id, an id, or nothing.

        `person` is whoever has the system do it, when that is not the actor.
        """
        subject = getattr(thing, "id", thing)
        self.connection.execute(
            audit.INSERT,
            {
                "id": ids.new(),
                "at": self.now,
                "act": act,
                "kind": type(thing).__name__ if hasattr(thing, "id") else "",
                "subject": str(subject or "")[:80],
                "person": person or self.actor.person,
                "cause": self.cause,
                "details": details,
            },
        )

    def add(self, row: M) -> M:
        """Add a row and return it."""
        self.session.add(row)
        return row

    def delete(self, row: object) -> None:
        """Delete a row."""
        self.session.delete(row)

    def lock(self, model: type[M], *conditions: Any, **by: Any) -> M:
        """Return the one row that meets the conditions, locked until the end. Raises NotFound."""
        row = self.lock_any(model, *conditions, **by)
        if row is None:
            raise NotFound
        return row

    def lock_any(self, model: type[M], *conditions: Any, **by: Any) -> M | None:
        """Return the one row that meets the conditions, locked until the end, or None."""
        statement, values = prepared.rows(model, by, lock=True)
        if conditions:
            statement = statement.where(*conditions)
        return self.session.scalars(statement, values).one_or_none()

    def take(self, model: type[M], **by: Any) -> M:
        """Return the one row with these values, locked like `lock`, as a plain object.

        For the row of a busy act. What is changed of it is kept by `write`.
        """
        found = self.plain(*plain.taken(model, by), model)
        if not found:
            raise NotFound
        row: M = found[0][0]
        return row

    def write(self, row: object) -> None:
        """Keep what was changed of a plain row, after all that was written before; once."""
        changed = plain.changes(row)
        if changed is not None:
            self.transaction.flush()
            self.connection.execute(*changed)
        self._read = [one for one in self._read if one is not row]

    def finish(self) -> None:
        """Write what is left to write. Raises RuntimeError for a plain row that nobody wrote."""
        self.transaction.flush()
        for one in self._read:
            if plain.is_changed(one):
                raise RuntimeError(f"a {type(one).__name__} was changed and not written")

    def tell(self, event: Event) -> None:
        """Put an event into the outbox, in this transaction and after the rows it speaks of."""
        self._put(event.topic, str(event.id), event.type, event.version, event)

    def tell_erased(self, topic: Topic, key: UUID, version: int) -> None:
        """Put a record without a value into the outbox: everybody empties their copy of the key."""
        self._put(topic, str(key), "erased", version, None)

    def _put(self, topic: Topic, key: str, kind: str, version: int, event: Event | None) -> None:
        if topic.owner != self.room.name:
            raise ValueError(f"{self.room.name} does not own {topic.name}")
        # The aggregate's row first: its lock gives the outbox rows of one key their order.
        self.transaction.flush()
        envelope = Envelope(
            id=ids.new(),
            type=kind,
            source=f"/roundtable/{self.room.name}",
            subject=key,
            time=self.now,
            aggregateversion=version,
            traceparent=trace.present(),
        )
        payload = event.model_dump_json().encode() if event is not None else None
        outbox.put(self.connection, envelope, topic, key, payload)

    def schedule(
        self, kind: str, subject: UUID, at: datetime, mark: str = "", **payload: Any
    ) -> None:
        """Do something at a portal time; asking again for (kind, subject, mark) moves it."""
        row = self.find(DueRow, kind=kind, subject=subject, mark=mark)
        if row is None:
            row = self.add(DueRow(kind=kind, subject=subject, mark=mark, at=at))
        row.at, row.payload, row.attempts, row.not_before = at, payload, 0, None
        row.traceparent = trace.present()

    def unschedule(
        self, kind: str, subject: UUID, mark: str | None = None, *, after: datetime | None = None
    ) -> None:
        """Forget what was scheduled; with no mark given, all of that kind for the subject.

        With `after`, only what is due later than that: the rest waits for a worker already.
        """
        statement = delete(DueRow).where(DueRow.kind == kind, DueRow.subject == subject)
        if mark is not None:
            statement = statement.where(DueRow.mark == mark)
        if after is not None:
            statement = statement.where(DueRow.at > after)
        self.session.execute(statement)
