"""A worker writes down every few seconds how it is, so that other processes need not ask it."""

import logging
import os
import socket
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.database import vitals
from shared.database.session import Database
from shared.database.vitals import Hearing, Measured, Sending, Share, Stuck, Vital
from shared.messaging.bus import Bus, BusAway, TopicUnknown
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay

log = logging.getLogger(__name__)

SECONDS = 5.0
REMEMBERED = timedelta(days=1)
"""How long a worker that fell silent is shown."""


class Pulse:
    """Says how one worker is. `start` runs it in a thread; `once` does it by hand.

    The worker that leads the relay also measures how far the group is, for all workers: one
    question to the log a service, and never within a request.
    """

    def __init__(
        self, database: Database, bus: Bus, relay: Relay, consumer: Consumer, topics: Sequence[str]
    ) -> None:
        self._database, self._bus, self._topics = database, bus, list(topics)
        self._relay, self._consumer = relay, consumer
        self._worker = f"{socket.gethostname()}:{os.getpid()}"[:120]
        self._started_at = self._now()
        self._lag: Measured | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of its own until `stop`."""
        name = f"pulse-{self._relay.source}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and leave the list of workers."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None
            with self._database.session_for_write() as session:
                vitals.forget(session, self._worker)

    def once(self) -> None:
        """Write down how the worker is now."""
        if self._relay.counters.leading:
            self._lag = self._measured()
        vital = Vital(
            worker=self._worker,
            started_at=self._started_at,
            seen_at=self._now(),
            sending=self._sending(),
            hearing=self._hearing(),
            lag=self._lag if self._relay.counters.leading else None,
        )
        with self._database.session_for_write() as session:
            vitals.write(session, vital)
            vitals.prune(session, vital.seen_at - REMEMBERED)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.once()
            except Exception as error:  # noqa: BLE001 - it is tried again before it is missed
                log.warning("the worker could not say how it is: %s", type(error).__name__)
            self._stopping.wait(SECONDS)

    def _now(self) -> datetime:
        return self._relay.clock.system()

    def _measured(self) -> Measured:
        try:
            found = self._bus.lag(self._consumer.group, self._topics)
        except (BusAway, TopicUnknown) as error:
            last = self._lag or Measured(at=self._now())
            return last.model_copy(update={"error": type(error).__name__})
        shares = tuple(
            Share(
                topic=one.partition.topic,
                partition=one.partition.number,
                position=one.position,
                end=one.end,
            )
            for one in found
        )
        return Measured(at=self._now(), shares=shares)

    def _sending(self) -> Sending:
        counters = self._relay.counters
        return Sending(
            leading=counters.leading,
            published=counters.published,
            refused=counters.refused,
            parked=counters.parked,
            outages=counters.outages,
            last_published_at=counters.last_published_at,
            last_error=counters.last_error,
        )

    def _hearing(self) -> Hearing:
        counters = self._consumer.counters
        waiting = tuple(
            Stuck(
                topic=place.topic,
                partition=place.number,
                offset=one.offset,
                since=one.since,
                attempts=one.attempts,
                error=one.error,
            )
            for place, one in list(counters.waiting.items())
        )
        return Hearing(
            handled=counters.handled,
            repeated=counters.repeated,
            retried=counters.retried,
            parked=counters.parked,
            skipped=dict(counters.skipped),
            waiting=waiting,
            last_handled_at=counters.last_handled_at,
            last_error=counters.last_error,
        )
