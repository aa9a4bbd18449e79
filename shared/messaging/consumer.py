"""The consumer: hands every event to its handlers, once, in the order of its aggregate.

The inbox row stands in the transaction of the effect, so that an event that comes twice has its
effect once. What fails for a passing reason blocks its partition; what can never succeed is set
aside with its reason, and the partition goes on.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.clock import Clock, SystemClock
from shared.database import dead_letters, inbox
from shared.database.dead_letters import Failure, Letter
from shared.errors import Problem
from shared.messaging import crash
from shared.messaging.backoff import wait
from shared.messaging.bus import Batch, Bus, Feed, Kept, Partition
from shared.messaging.hearing import (
    Ears,
    Heard,
    Malformed,
    Subscription,
    UnknownValue,
    hear,
    hear_erased,
)
from shared.work import Work

__all__ = ["Consumer", "Counters", "NotYet", "Subscription", "hear", "hear_erased"]

log = logging.getLogger(__name__)

TRIES = 3
"""How often an error of an unknown kind is met before the event is set aside."""
MAX_RECORDS = 100
POLL_SECONDS = 1.0
KEEP_INBOX = timedelta(days=30)
"""Longer than a log is ever behind; then versions guard copies, and occasions guard notices."""
PRUNE_EVERY = timedelta(hours=1)

OpenWork = Callable[[], AbstractContextManager[Work]]


class NotYet(Exception):
    """Raised by a handler that needs something which will arrive; the partition waits for it."""


class Blocked(Exception):
    """A record that could not be dealt with now; its partition waits."""


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


class Consumer:
    """One member of a service's group. `start` runs it in a thread; `once` works by hand."""

    def __init__(
        self,
        bus: Bus,
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
        self._bus, self.open_work = bus, open_work
        self._feed: Feed | None = None
        self._tries: dict[tuple[Partition, int], tuple[int, datetime]] = {}
        self._lost: set[Partition] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pruned_at = datetime.min.replace(tzinfo=UTC)

    @property
    def topics(self) -> list[str]:
        """Names of the topics heard."""
        return self.ears.topics

    def start(self) -> None:
        """Run in a thread of its own until `stop`."""
        if not self.topics:
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"hear-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the event in hand, leave the group, end the thread."""
        self._stopping.set()
        if self._feed is not None:
            self._feed.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._leave()

    def once(self, timeout: float = 0.0) -> int:
        """Take what is there, waiting at most `timeout` seconds; return how many were done.

        Called by hand, outside of the thread, partitions that wait are tried again each time.
        """
        if not self.topics:
            return 0
        if self._feed is None:
            self._feed = self._bus.consumer(self.group, self.topics, MAX_RECORDS)
        feed = self._feed
        self._let_go_on(feed)
        self._lost.clear()
        return sum(self._take(feed, batch) for batch in feed.poll(timeout))

    def handle(self, record: Kept, *, force: bool = False) -> bool:
        """Handle one record in a Work of its own and say whether it had an effect.

        Raises whatever the handlers raise, Malformed and UnknownValue. With `force` an event that
        was handled before is handled again. The replay tool comes through here as well.
        """
        heard = self.ears.listen(record)
        if heard is None:
            self.counters.skipped[_type(record)] += 1
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
        return fresh

    def enter(self, work: Work, heard: Heard, record: Kept, *, force: bool = False) -> bool:
        """Enter the event into the inbox of this transaction; say whether it is to be handled."""
        work.cause = heard.envelope.id
        if force:
            inbox.forget(work.session, self.group, heard.envelope.id)
        place = (*record.partition, record.offset)
        return inbox.enter(work.session, self.group, heard.envelope.id, place, self.clock.system())

    def _take(self, feed: Feed, batch: Batch) -> int:
        partition, dealt = batch.partition, 0
        for record in batch.records:
            if self._stopping.is_set() or self._is_lost(feed, partition):
                break
            try:
                self._deal(record)
            except Blocked:
                break
            dealt += 1
            self._tries.pop((partition, record.offset), None)
            self.counters.waiting.pop(partition, None)
        if dealt:
            feed.ack(partition, batch.records[dealt - 1].offset + 1)
            crash.at("consumer.after_ack")
        if partition not in self.counters.waiting:
            feed.resume(partition)
        return dealt

    def _deal(self, record: Kept) -> None:
        try:
            self.handle(record)
        except UnknownValue as unknown:
            self.counters.skipped[str(unknown)] += 1
        except (Malformed, Problem) as error:
            self._park(record, error)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is decided on here
            if is_passing(error):
                self._wait(record, error)
            elif self._count(record) >= TRIES:
                self._park(record, error)
            else:
                self.counters.retried += 1
                self._wait(record, error, counted=True)

    def _count(self, record: Kept) -> int:
        at = (record.partition, record.offset)
        tries, first = self._tries.get(at, (0, self.clock.system()))
        self._tries[at] = (tries + 1, first)
        return tries + 1

    def _park(self, record: Kept, error: Exception) -> None:
        now = self.clock.system()
        tries, first = self._tries.get((record.partition, record.offset), (1, now))
        letter = letter_of(record)
        try:
            with self.open_work() as work:
                work.cause = letter.event_id
                failure = Failure(error, tries, first, now)
                fresh = dead_letters.park(work.session, self.group, letter, failure)
                if letter.event_id is not None:
                    place = (*record.partition, record.offset)
                    inbox.enter(work.session, self.group, letter.event_id, place, now)
        except Exception as trouble:  # noqa: BLE001 - the record stays in the log
            self._wait(record, trouble)
        if fresh:
            self.counters.parked += 1
            self.counters.last_error = f"{letter.type}: {failure.kind}"
            log.error("%s set aside an event of %s: %s", self.name, letter.type, failure.kind)

    def _wait(self, record: Kept, error: Exception, *, counted: bool = False) -> None:
        now, partition = self.clock.system(), record.partition
        before = self.counters.waiting.get(partition)
        same = before is not None and before.offset == record.offset
        attempts = before.attempts + 1 if before is not None and same else 1
        self.counters.waiting[partition] = Waiting(
            offset=record.offset,
            since=before.since if before is not None and same else now,
            attempts=attempts,
            error=type(error).__name__,
            until=time.monotonic() + wait(attempts, first=0.05 if counted else 0.2),
        )
        self.counters.last_error = f"{_type(record)}: {type(error).__name__}"
        log.warning("%s waits at %s: %s", self.name, partition, type(error).__name__)
        raise Blocked from error

    def _let_go_on(self, feed: Feed) -> None:
        now = time.monotonic()
        for partition, waiting in self.counters.waiting.items():
            if waiting.until <= now or self._thread is None:
                feed.resume(partition)

    def _is_lost(self, feed: Feed, partition: Partition) -> bool:
        for lost in feed.revoked():
            self._lost.add(lost)
            self.counters.waiting.pop(lost, None)
        return partition in self._lost

    def _patience(self) -> float:
        now = time.monotonic()
        times = [waiting.until - now for waiting in self.counters.waiting.values()]
        return max(0.01, min([POLL_SECONDS, *times]))

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self.once(self._patience())
                self._prune_sometimes()
                failures = 0
            except Exception as error:
                failures += 1
                self.counters.last_error = type(error).__name__
                log.warning("%s cannot read the log: %s", self.name, error, exc_info=failures == 1)
                self._leave()
                self._stopping.wait(wait(failures))

    def _prune_sometimes(self) -> None:
        now = self.clock.system()
        if now - self._pruned_at < PRUNE_EVERY:
            return
        self._pruned_at = now
        self.prune()

    def prune(self) -> int:
        """Delete inbox rows of thirty days ago, in small transactions; return how many went."""
        before, total = self.clock.system() - KEEP_INBOX, 0
        while not self._stopping.is_set():
            with self.open_work() as work:
                gone = inbox.prune(work.session, before)
            total += gone
            if gone < inbox.CHUNK:
                break
        return total

    def _leave(self) -> None:
        if self._feed is not None:
            feed, self._feed = self._feed, None
            self.counters.waiting.clear()
            try:
                feed.close()
            except Exception:
                log.exception("%s could not leave its group in good order", self.name)


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


def _type(record: Kept) -> str:
    return _clean(dict(record.headers).get("ce_type", b"?").decode(errors="replace"))[:120]


def _clean(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
