"""The consumer: hands every event to its handlers, once, in the order of its aggregate.

The inbox row stands in the transaction of the effect, so that an event that comes twice has its
effect once. What fails for a passing reason blocks its partition; what can never succeed is set
aside with its reason, and the partition goes on.
"""

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared import crash, logs, trace
from shared.clock import Clock
from shared.database import dead_letters, inbox
from shared.database.dead_letters import Failure
from shared.errors import Problem
from shared.messaging.backoff import wait
from shared.messaging.bus import Batch, Bus, Feed, Kept, Partition
from shared.messaging.handling import (
    Counters,
    Handling,
    NotYet,
    OpenWork,
    Waiting,
    handed,
    is_passing,
    letter_of,
    type_of,
)
from shared.messaging.hearing import Malformed, Subscription, UnknownValue, hear, hear_erased

__all__ = ["Consumer", "Counters", "NotYet", "OpenWork", "Subscription", "hear", "hear_erased"]

log = logging.getLogger(__name__)

TRIES = 3
"""How often an error of an unknown kind is met before the event is set aside."""
ORDINARY = timedelta(seconds=10)
"""Copies of two topics seldom come in the order in which they lean on each other: no fault yet."""
MAX_RECORDS = 100
POLL_SECONDS = 1.0


class Blocked(Exception):
    """A record that could not be dealt with now; its partition waits."""


class Consumer(Handling):
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
        super().__init__(group, subscriptions, open_work, name=name, clock=clock)
        self._bus = bus
        self._feed: Feed | None = None
        self._tries: dict[tuple[Partition, int], tuple[int, datetime]] = {}
        self._lost: set[Partition] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

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
        with trace.following(handed(record)):
            self._decide(record)

    def _decide(self, record: Kept) -> None:
        try:
            self._handle(record)
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
        since = before.since if before is not None and same else now
        self.counters.waiting[partition] = Waiting(
            offset=record.offset,
            since=since,
            attempts=attempts,
            error=type(error).__name__,
            until=time.monotonic() + wait(attempts, first=0.05 if counted else 0.2),
        )
        self.counters.last_error = f"{type_of(record)}: {type(error).__name__}"
        ordinary = isinstance(error, NotYet) and now - since < ORDINARY
        level = logging.INFO if ordinary else logging.WARNING
        log.log(level, "%s waits at %s: %s", self.name, partition, type(error).__name__)
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
        with logs.of(self.name):
            self._go_on()

    def _go_on(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self.once(self._patience())
                failures = 0
            except Exception as error:
                failures += 1
                self.counters.last_error = type(error).__name__
                log.warning(
                    "%s cannot read the log", self.name, exc_info=error if failures == 1 else None
                )
                self._leave()
                self._stopping.wait(wait(failures))

    def _leave(self) -> None:
        if self._feed is not None:
            feed, self._feed = self._feed, None
            self.counters.waiting.clear()
            try:
                feed.close()
            except Exception:
                log.exception("%s could not leave its group in good order", self.name)
