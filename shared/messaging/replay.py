"""Handling again what is in the log or was set aside.

Everything goes through the same handlers and the same inbox, never back into the topic it came
from. None of these may be called inside a Work of the same database: each opens its own.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.contracts.topics import TOPICS
from shared.database import dead_letters, outbox
from shared.database.dead_letters import DeadLetterRow, Status
from shared.errors import Conflict
from shared.messaging.bus import Bus, Kept, Partition, Place
from shared.messaging.handling import Handling, is_passing
from shared.messaging.hearing import Heard, UnknownValue
from shared.messaging.relay import GROUP
from shared.work import Work

log = logging.getLogger(__name__)


class NobodyHears(Exception):
    """No handler of this service hears the event that was set aside."""


@dataclass
class Replayed:
    """What a replay did: handled again or first, known already, and failed (type and error)."""

    handled: int = 0
    known: int = 0
    failed: list[tuple[Kept, Exception]] = field(default_factory=list)


Say = Callable[[str, Replayed], None]
"""Told the topic and what was done so far, after each event."""


def replay(
    bus: Bus,
    handling: Handling,
    topics: Sequence[str],
    start: Place = "start",
    end: Place = "end",
    *,
    force: bool = False,
    say: Say = lambda _topic, _done: None,
) -> Replayed:
    """Hand a stretch of the log to a service's handlers again; who asked stands in the audit.

    Without `force` only events that the inbox does not know have an effect; with it each is
    handled again, its inbox row written anew in the same transaction. An event that fails is
    reported and the replay goes on; a failure that passes by itself (a database away, a copy that
    has not come) ends it. Topics are taken one after another, in the order given.
    """
    done = Replayed()
    with handling.open_work() as work:
        work.record(
            "events.replay", topics=list(topics), start=str(start), end=str(end), force=force
        )
    for topic in topics:
        for record in bus.read(topic, start, end):
            _again(handling, record, done, force=force)
            say(topic, done)
    with handling.open_work() as work:
        work.record(
            "events.replayed", handled=done.handled, known=done.known, failed=len(done.failed)
        )
    return done


def _again(handling: Handling, record: Kept, done: Replayed, *, force: bool) -> None:
    try:
        fresh = handling.handle(record, force=force)
    except UnknownValue:
        return
    except Exception as error:
        if is_passing(error):
            raise
        log.warning("a replayed event failed: %s", type(error).__name__)
        done.failed.append((record, error))
        return
    if fresh:
        done.handled += 1
    else:
        done.known += 1


def replay_parked(handling: Handling, letter_id: UUID, by: UUID | None, note: str) -> None:
    """Hand a parked record to its handlers again, in one transaction with the decision.

    Raises NotFound, Conflict, NobodyHears, or what the handlers raise; then the record stays
    parked and its attempts and error are brought up to date.
    """
    at, found = handling.clock.system(), False
    try:
        with handling.open_work() as work:
            row = dead_letters.lock(work.session, letter_id)
            found = True
            record = record_of(row)
            heard = _listen(handling, record, row.type)
            handling.enter(work, heard, record, force=True)
            heard.handle(work)
            row.replays += 1
            dead_letters.settle(row, Status.REPLAYED, by, note, at)
            _audit(work, "parked.retried", row, by)
    except Exception as error:
        if found:
            with handling.open_work() as work:
                row = dead_letters.lock(work.session, letter_id)
                row.replays += 1
                dead_letters.failed_again(row, error, at)
                _audit(work, "parked.failed_again", row, by)
        raise


def _listen(handling: Handling, record: Kept, kind: str) -> Heard:
    heard = handling.ears.listen(record)
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
    outbox.put(work.connection, envelope, topic, row.key, row.payload)
    row.replays += 1
    dead_letters.settle(row, Status.REPLAYED, work.actor.person, note, at)
    _audit(work, "parked.sent_again", row, work.actor.person)


def discard(work: Work, letter_id: UUID, note: str, at: datetime) -> None:
    """Decide that a parked record is never to be handled. Raises NotFound, Conflict."""
    row = dead_letters.lock(work.session, letter_id)
    dead_letters.settle(row, Status.DISCARDED, work.actor.person, note, at)
    _audit(work, "parked.discarded", row, work.actor.person)


def _audit(work: Work, act: str, row: DeadLetterRow, by: UUID | None) -> None:
    work.record(act, row, person=by, topic=row.topic, type=row.type, event=str(row.event_id))


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
