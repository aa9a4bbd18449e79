"""Handling again what is in the log or was set aside, and telling again what is true now.

Everything goes through the same handlers and the same inbox, never back into the topic it came
from. None of these may be called inside a Work of the same database: each opens its own.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select

from shared.contracts.envelope import Event
from shared.contracts.topics import TOPICS
from shared.database import dead_letters, outbox
from shared.database.dead_letters import DeadLetterRow, Status
from shared.errors import Conflict
from shared.messaging.bus import Bus, Kept, Partition, Place
from shared.messaging.consumer import Consumer, OpenWork, is_passing
from shared.messaging.hearing import Heard, UnknownValue
from shared.messaging.relay import GROUP
from shared.work import Work

log = logging.getLogger(__name__)

M = TypeVar("M")
PAGE = 200


class NobodyHears(Exception):
    """No handler of this service hears the event that was set aside."""


@dataclass
class Replayed:
    """What a replay did: handled again or first, known already, and failed (type and error)."""

    handled: int = 0
    known: int = 0
    failed: list[tuple[Kept, Exception]] = field(default_factory=list)


def replay(
    bus: Bus,
    consumer: Consumer,
    topics: Sequence[str],
    start: Place = "start",
    end: Place = "end",
    *,
    force: bool = False,
) -> Replayed:
    """Hand a stretch of the log to a service's handlers again.

    Without `force` only events that the inbox does not know have an effect; with it each is
    handled again, its inbox row written anew in the same transaction. An event that fails is
    reported and the replay goes on; a failure that passes by itself (a database away) ends it.
    """
    done = Replayed()
    for topic in topics:
        for record in bus.read(topic, start, end):
            try:
                fresh = consumer.handle(record, force=force)
            except UnknownValue:
                continue
            except Exception as error:
                if is_passing(error):
                    raise
                log.warning("a replayed event failed: %s", type(error).__name__)
                done.failed.append((record, error))
                continue
            if fresh:
                done.handled += 1
            else:
                done.known += 1
    return done


def replay_parked(consumer: Consumer, letter_id: UUID, by: UUID | None, note: str) -> None:
    """Hand a parked record to its handlers again, in one transaction with the decision.

    Raises NotFound, Conflict, NobodyHears, or what the handlers raise; then the record stays
    parked and its attempts and error are brought up to date.
    """
    at, found = consumer.clock.system(), False
    try:
        with consumer.open_work() as work:
            row = dead_letters.lock(work.session, letter_id)
            found = True
            record = record_of(row)
            heard = _listen(consumer, record, row.type)
            consumer.enter(work, heard, record, force=True)
            heard.handle(work)
            row.replays += 1
            dead_letters.settle(row, Status.REPLAYED, by, note, at)
    except Exception as error:
        if found:
            with consumer.open_work() as work:
                row = dead_letters.lock(work.session, letter_id)
                row.replays += 1
                dead_letters.failed_again(row, error, at)
        raise


def _listen(consumer: Consumer, record: Kept, kind: str) -> Heard:
    heard = consumer.ears.listen(record)
    if heard is None:
        raise NobodyHears(kind)
    return heard


def send_again(work: Work, letter_id: UUID, note: str, at: datetime) -> None:
    """Put a record that the log refused back into the outbox. Raises NotFound, Conflict.

    It is sent after whatever was told of its key meanwhile; readers guard by version.
    """
    row = dead_letters.lock(work.session, letter_id)
    if row.consumer_group != GROUP:
        raise Conflict
    topic = next(one for one in TOPICS if one.name == row.topic)
    envelope = outbox.envelope_of(row.headers)
    outbox.put(work.session, envelope, topic, row.key, row.payload)
    row.replays += 1
    dead_letters.settle(row, Status.REPLAYED, work.actor.person, note, at)


def record_of(row: DeadLetterRow) -> Kept:
    """Return a parked row as the record that it was."""
    return Kept(
        Partition(row.topic, row.partition),
        row.offset,
        row.key.encode(),
        row.payload,
        [(name, value.encode()) for name, value in row.headers],
        row.first_failed_at,
    )


@dataclass(frozen=True)
class Each(Generic[M]):
    """Tells one event of every row of a model, page by page; an entry of a service's RETELL.

    `build` makes the state event of a row and counts its version, as when it changes.
    """

    model: type[M]
    build: Callable[[Work, M], Event]
    where: tuple[ColumnElement[bool], ...] = ()

    def __call__(self, work: Work) -> None:
        """Tell of all rows in one work."""
        after: UUID | None = None
        while (after := self.page(work, after)) is not None:
            pass

    def page(self, work: Work, after: UUID | None) -> UUID | None:
        """Tell of the next rows by id; return the last id, None when there are no more."""
        model: Any = self.model
        statement = select(model).where(*self.where).order_by(model.id).limit(PAGE)
        if after is not None:
            statement = statement.where(model.id > after)
        rows = work.session.scalars(statement.with_for_update()).all()
        for row in rows:
            work.tell(self.build(work, row))
        return rows[-1].id if len(rows) == PAGE else None


def retell(open_work: OpenWork, tellers: Sequence[Callable[[Work], None]]) -> None:
    """Tell the present state of everything again: the answer to an emptied log.

    An Each is told page by page, a work a page; any other teller in one work.
    """
    for teller in tellers:
        if not isinstance(teller, Each):
            with open_work() as work:
                teller(work)
            continue
        after: UUID | None = None
        while True:
            with open_work() as work:
                after = teller.page(work, after)
            if after is None:
                break
