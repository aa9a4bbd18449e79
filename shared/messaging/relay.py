"""The relay: sends the outbox to the log until the log has confirmed every row.

One leader per service. It reads unmarked rows by id, sends them all, and marks those that the log
has confirmed. A crash between the two sends some rows twice; the readers' inboxes absorb that.
"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shared import crash, logs, trace
from shared.clock import Clock, SystemClock
from shared.crowd import CROWD
from shared.database import dead_letters, outbox
from shared.database.dead_letters import Failure, Letter
from shared.database.outbox import Waiting
from shared.database.session import Database, number_of
from shared.messaging.backoff import wait
from shared.messaging.bus import Bus, BusAway, Record, Refused, Result

log = logging.getLogger(__name__)
lines = structlog.get_logger()

GROUP = "relay"
"""Under this name refused rows stand among the dead letters."""
BATCH = 2000
POLL_SECONDS = 1.0
GONE_SOON = ("tcp_keepalives_idle = 2", "tcp_keepalives_interval = 1", "tcp_keepalives_count = 2")
"""So that the server frees the lock of a leader whose machine is gone within five seconds."""
ATTEMPTS = 5


@dataclass
class Counters:
    """What the relay did since it was made; read by the operations pages."""

    published: int = 0
    refused: int = 0
    parked: int = 0
    outages: int = 0
    leading: bool = False
    last_published_at: datetime | None = None
    last_error: str | None = None


@dataclass
class Relay:
    """Sends one service's outbox. `start` runs it in a thread; `once` does one round by hand."""

    database: Database
    bus: Bus
    source: str
    clock: Clock = field(default_factory=SystemClock)
    batch: int = BATCH
    counters: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        """Prepare; nothing is connected yet."""
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._leadership = _Leadership(self.database, self.source)

    def start(self) -> None:
        """Run in a thread of its own until `stop`."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"relay-{self.source}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the round and end the thread."""
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._leadership.give_up()
        self.counters.leading = False

    def wake(self) -> None:
        """Look for rows at once; called after a commit."""
        self._bell.set()

    def once(self) -> int:
        """Send one batch and return how many rows the log confirmed.

        Raises BusAway when the log took nothing though there were rows, and SQLAlchemyError.
        """
        self.counters.leading = self._leadership.held()
        if not self.counters.leading:
            return 0
        with self.database.session_for_read() as session:
            rows = outbox.waiting(session, self.batch)
        if not rows:
            return 0
        crash.at("relay.before_send")
        results = self.bus.append([_record(row) for row in rows])
        crash.at("relay.after_send")
        done = self._mark(rows, results)
        crash.at("relay.after_mark")
        return done

    def _mark(self, rows: list[Waiting], results: list[Result]) -> int:
        now = self.clock.system()
        good, bad = _sort(rows, results)
        faults = [(row, refusal) for row, refusal in bad if refusal.own_fault]
        with self.database.session_for_write() as session:
            if good:
                outbox.mark(session, [row.id for row in good], now)
            for row, refusal in faults:
                with trace.following(row.handed):
                    self._refused(session, row, refusal, now)
        if good:
            self.counters.published += len(good)
            self.counters.last_published_at = now
            for row in good:
                with trace.following(row.handed):
                    lines.info("event.sent", type=row.type, event_id=str(row.event_id))
        elif bad and not faults:
            self.counters.outages += 1
            raise BusAway(dead_letters.printable(bad[0][1].error))
        return len(good)

    def _refused(self, session: Session, row: Waiting, refusal: Refused, now: datetime) -> None:
        self.counters.refused += 1
        self.counters.last_error = f"{row.type}: {type(refusal.error).__name__}"
        outbox.refuse(session, row.id, dead_letters.printable(refusal.error))
        if row.attempts + 1 >= ATTEMPTS:
            failure = Failure(refusal.error, row.attempts + 1, now, now)
            dead_letters.park(session, GROUP, _letter(row), failure)
            outbox.remove(session, [row.id])
            self.counters.parked += 1
            log.error("outbox row of %s parked: %s", row.type, failure.kind)

    def _run(self) -> None:
        with logs.of(self.source):
            self._go_on()

    def _go_on(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._bell.clear()
            CROWD.give_way()
            try:
                sent = self.once()
                failures = 0
            except (BusAway, SQLAlchemyError) as error:
                failures += 1
                self.counters.last_error = type(error).__name__
                log.warning("relay of %s waits: %s", self.source, type(error).__name__)
                self._stopping.wait(wait(failures))
                continue
            except Exception:
                failures += 1
                log.exception("relay of %s failed", self.source)
                self._stopping.wait(wait(failures))
                continue
            if not sent:
                self._bell.wait(POLL_SECONDS)


class _Leadership:
    """On PostgreSQL an advisory lock on a connection of its own; elsewhere there is one process."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._number = number_of(f"relay.{source}")
        self._connection: Connection | None = None

    def held(self) -> bool:
        """Say whether we lead, trying to when nobody does. Asks the server each time."""
        if self._database.is_sqlite:
            return True
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self.give_up()
                raise
            return True
        connection = self._database.detached()
        for setting in GONE_SOON:
            connection.execute(text(f"SET {setting}"))
        taken = connection.scalar(
            text("SELECT pg_try_advisory_lock(:number)"), {"number": self._number}
        )
        if taken:
            self._connection = connection
        else:
            connection.close()
        return bool(taken)

    def give_up(self) -> None:
        """Let another relay lead."""
        if self._connection is not None:
            try:
                self._connection.close()
            except SQLAlchemyError:
                log.debug("the leader's connection was gone already")
            self._connection = None


def _sort(
    rows: list[Waiting], results: list[Result]
) -> tuple[list[Waiting], list[tuple[Waiting, Refused]]]:
    # A row after a refused one of its key is sent again even when the log took it: marking it
    # now would let it overtake for good.
    good: list[Waiting] = []
    bad: list[tuple[Waiting, Refused]] = []
    held: set[tuple[str, str]] = set()
    for row, result in zip(rows, results, strict=True):
        place = (row.topic, row.key)
        if isinstance(result, Refused):
            held.add(place)
            bad.append((row, result))
        elif place not in held:
            good.append(row)
    return good, bad


def _record(row: Waiting) -> Record:
    headers = [(name, value.encode()) for name, value in row.headers]
    return Record(row.topic, row.key.encode(), row.payload, headers)


def _letter(row: Waiting) -> Letter:
    return Letter(
        topic=row.topic,
        partition=-1,
        offset=-1,
        key=row.key,
        type=row.type,
        headers=row.headers,
        payload=row.payload,
        event_id=row.event_id,
    )
