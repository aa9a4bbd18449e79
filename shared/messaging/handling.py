"""Handling one event: read, entered into the inbox, and its effects, in one transaction.

No log is needed for it: the consumer, the replay tool and the retry of a parked event all come
through here.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared import crash, trace
from shared.clock import Clock, SystemClock
from shared.crowd import CROWD
from shared.database import dead_letters, inbox
from shared.database.dead_letters import Letter
from shared.messaging.bus import Kept, Partition
from shared.messaging.hearing import Ears, Heard, Subscription
from shared.work import Work

lines = structlog.get_logger()

OpenWork = Callable[[], AbstractContextManager[Work]]


class NotYet(Exception):
    """Raised by a handler that needs something which will arrive; the partition waits for it."""


@dataclass
class Waiting:
    """A partition that waits: the offset it stands at, since when, until when, and why."""

    offset: int
    since: datetime
    attempts: int
    error: str
    until: float


@dataclass
class Counters:
    """What a consumer did since it was made; read by the operations pages."""

    handled: int = 0
    repeated: int = 0
    retried: int = 0
    parked: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    waiting: dict[Partition, Waiting] = field(default_factory=dict)
    last_handled_at: datetime | None = None
    last_error: str | None = None


class Handling:
    """What one service does about a record, each time in a Work of its own."""

    def __init__(
        self,
        group: str,
        subscriptions: Sequence[Subscription],
        open_work: OpenWork,
        *,
        name: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.group = group
        self.name = name or group
        self.ears = Ears(subscriptions)
        self.counters = Counters()
        self.clock = clock or SystemClock()
        self.open_work = open_work

    @property
    def topics(self) -> list[str]:
        """Names of the topics heard."""
        return self.ears.topics

    def handle(self, record: Kept, *, force: bool = False) -> bool:
        """Handle one record in a Work of its own and say whether it had an effect.

        Raises whatever the handlers raise, Malformed and UnknownValue. With `force` an event that
        was handled before is handled again. The replay tool comes through here as well.
        """
        with trace.following(handed(record)):
            return self._handle(record, force=force)

    def _handle(self, record: Kept, *, force: bool = False) -> bool:
        CROWD.give_way()
        heard = self.ears.listen(record)
        if heard is None:
            self.counters.skipped[type_of(record)] += 1
            return False
        with self.open_work() as work:
            fresh = self.enter(work, heard, record, force=force)
            if fresh:
                if record.value is None:
                    # What was set aside of an erased subject goes with the rest of it.
                    dead_letters.erase(work.session, record.partition.topic, letter_of(record).key)
                heard.handle(work)
                crash.at("consumer.before_commit")
        crash.at("consumer.after_commit")
        if fresh:
            self.counters.handled += 1
            self.counters.last_handled_at = self.clock.system()
        else:
            self.counters.repeated += 1
        told = {"type": heard.envelope.type, "event_id": str(heard.envelope.id)}
        lines.info("event.handled" if fresh else "event.repeated", **told)
        return fresh

    def enter(self, work: Work, heard: Heard, record: Kept, *, force: bool = False) -> bool:
        """Enter the event into the inbox of this transaction; say whether it is to be handled."""
        work.cause = heard.envelope.id
        if force:
            inbox.forget(work.session, self.group, heard.envelope.id)
        place = (*record.partition, record.offset)
        return inbox.enter(work.session, self.group, heard.envelope.id, place, self.clock.system())


def is_passing(error: BaseException) -> bool:
    """Say whether an error goes away by itself: the database or a dependency is away or busy."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(
        error,
        (NotYet, OperationalError, InterfaceError, PoolTimeout, ConnectionError, TimeoutError),
    )


def letter_of(record: Kept) -> Letter:
    """Return a record as it is kept among the dead letters; text that is none becomes readable."""
    headers = [[name, value.decode(errors="replace")] for name, value in record.headers]
    found = dict(headers)
    try:
        event_id = UUID(found.get("ce_id", ""))
    except ValueError:
        event_id = None
    return Letter(
        topic=record.partition.topic,
        partition=record.partition.number,
        offset=record.offset,
        key=_clean((record.key or b"").decode(errors="replace")),
        type=_clean(found.get("ce_type", "")),
        headers=headers,
        payload=record.value,
        event_id=event_id,
    )


def handed(record: Kept) -> str | None:
    """Return the traceparent under which an event was told."""
    return dict(record.headers).get("ce_traceparent", b"").decode(errors="replace")


def type_of(record: Kept) -> str:
    """Return the type that a record claims to have, printable, whatever it is."""
    return _clean(dict(record.headers).get("ce_type", b"?").decode(errors="replace"))[:120]


def _clean(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
