"""What the clock starts: rows that fall due, and jobs, each in a Work of its own.

Any number of workers may do so side by side: a row in hand is skipped by the others, and a job is
looked at again under the lock of its row.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Select, delete, select

from shared import crash, logs, trace
from shared.crowd import CROWD
from shared.database import jobs
from shared.database.due import DueRow
from shared.database.jobs import JobRow
from shared.operations import upkeep
from shared.work import Room, Work

log = logging.getLogger("roundtable.timer")

TICK = 1.0
TRIES = 8

S = TypeVar("S", bound=Select[Any])


@dataclass(frozen=True)
class Job:
    """What the clock starts: `run` in a Work of its own, at most once `every` portal interval.

    A run that returns True has done a piece and is called again, in a Work of its own each time.
    """

    name: str
    every: timedelta
    run: Callable[[Work], bool | None]


UPKEEP = (
    Job("inbox.prune", every=timedelta(hours=1), run=upkeep.prune_inbox),
    Job("outbox.prune", every=timedelta(minutes=10), run=upkeep.prune_outbox),
    Job("audit.seal", every=timedelta(minutes=1), run=upkeep.seal_audit),
    Job("mail.forget_old", every=timedelta(days=1), run=upkeep.forget_mail),
)
"""Jobs of every service, because every service has these tables."""

Due = Callable[[Work, UUID, dict[str, Any]], None]


class Timed(Protocol):
    """What the timer needs of a service."""

    name: str
    room: Room
    jobs: Sequence[Job]
    due: dict[str, Due]


class Timer:
    """Runs due rows and jobs by portal time, each in a Work of its own."""

    def __init__(self, service: Timed) -> None:
        self.service = service
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(
            target=self._loop, name=f"timer-{self.service.name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop after the row in hand."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def wake(self) -> None:
        """Look at the due table soon."""
        self._wake.set()

    def _loop(self) -> None:
        with logs.of(self.service.name):
            self._go_on()

    def _go_on(self) -> None:
        # Each commit wakes the timer, for it may have scheduled something; jobs are not in a hurry.
        jobs_at = 0.0
        while not self._stop.is_set():
            CROWD.give_way()
            try:
                self._due_rows()
                if time.monotonic() >= jobs_at:
                    self._jobs()
                    jobs_at = time.monotonic() + TICK
            except Exception:
                log.exception("timed work of %s failed", self.service.name)
                time.sleep(TICK)
            self._wake.wait(TICK)
            self._wake.clear()

    def once(self) -> int:
        """Run everything that is due now, in order of time; returns how many were run."""
        return self._due_rows() + self._jobs()

    def _due_rows(self) -> int:
        done = 0
        while not self._stop.is_set() and self._one():
            CROWD.give_way()
            done += 1
        return done

    def _one(self) -> bool:
        room = self.service.room
        now, system = room.clock.now(), room.clock.system()
        with room.view() as view:
            # Mostly there is nothing: not to take the write lock for that.
            if view.session.scalar(_due(select(DueRow.id), now, system)) is None:
                return False
        row = None
        try:
            with room.work() as work:
                columns = select(
                    DueRow.id, DueRow.kind, DueRow.subject, DueRow.payload, DueRow.traceparent
                )
                mine = _due(columns, now, system).with_for_update(skip_locked=True)
                row = work.session.execute(mine).first()
                if row is None:
                    return False
                with trace.following(row.traceparent):
                    work.session.execute(delete(DueRow).where(DueRow.id == row.id))
                    self.service.due[row.kind](work, row.subject, dict(row.payload))
                    crash.at("due.before_commit")
        except Exception as error:
            if row is None:
                raise
            with trace.following(row.traceparent):
                log.exception("due row %s of %s failed", row.kind, self.service.name)
            self._put_off(row.id, system, error)
        return True

    def _put_off(self, key: UUID, system: datetime, error: Exception) -> None:
        with self.service.room.work() as work:
            row = work.lock(DueRow, id=key)
            row.not_before = system + timedelta(seconds=min(600, 2**row.attempts))
            row.attempts += 1
            row.last_error = _said(error)

    def _jobs(self) -> int:
        return sum(self._run(job) for job in self._waiting())

    def _waiting(self) -> list[Job]:
        """Return the jobs whose time it is; looked at again under the lock of each."""
        with self.service.room.view() as view:
            last = {row.name: row.last_run_at for row in view.all(JobRow)}
            now = view.now
        jobs = (*UPKEEP, *self.service.jobs)
        return [one for one in jobs if one.name not in last or last[one.name] + one.every <= now]

    def _run(self, job: Job) -> bool:
        with trace.following(None):
            try:
                more = self._piece(job, job.every)
                ran = more is not None
                while more and not self._stop.is_set():
                    more = self._piece(job, timedelta())
            except Exception as error:
                log.exception("job %s failed", job.name)
                with self.service.room.work() as work:
                    jobs.note(work.session, job.name, work.now, _said(error))
                return True
        return ran

    def _piece(self, job: Job, every: timedelta) -> bool | None:
        """Run a job once under the lock of its row; None when another worker has just done so."""
        with self.service.room.work() as work:
            if not jobs.take(work.session, job.name, every, lambda: work.now):
                return None
            return bool(job.run(work))


def _due(columns: S, now: datetime, system: datetime) -> S:
    """Narrow to the first row whose time has come."""
    return (
        columns.where(
            DueRow.at <= now,
            (DueRow.not_before.is_(None)) | (DueRow.not_before <= system),
            DueRow.attempts < TRIES,
        )
        .order_by(DueRow.at, DueRow.id)
        .limit(1)
    )


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
