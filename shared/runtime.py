"""Putting services together: one application for one or for all, and the threads behind it."""

import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from sqlalchemy import MetaData, select, update
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.contracts.topics import TOPICS
from shared.database import (
    limits,  # noqa: F401 - every service has every shared table
    outbox,
)
from shared.database.due import DueRow
from shared.database.jobs import JobRow
from shared.mail.sender import Mailer, Sender
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer, Subscription
from shared.messaging.relay import Relay
from shared.web import refusals
from shared.web.edge import Identity, bind
from shared.web.links import Links
from shared.web.middleware import Framed
from shared.web.pages import STATIC
from shared.work import Room, Work

log = logging.getLogger("roundtable.runtime")

THREADS = 6
"""Threads that answer requests; more of them fight over the interpreter."""
TICK = 1.0
TRIES = 8


@dataclass(frozen=True)
class Job:
    """What the clock starts: `run` in a Work of its own, at most once `every` portal interval."""

    name: str
    every: timedelta
    run: Callable[[Work], None]


Due = Callable[[Work, UUID, dict[str, Any]], None]


@dataclass
class Service:
    """One service, wired: what it serves, what it hears, what the clock starts."""

    name: str
    room: Room
    identity: Identity
    routers: Sequence[APIRouter]
    subscriptions: Sequence[Subscription]
    metadata: Sequence[MetaData]
    jobs: Sequence[Job] = ()
    due: dict[str, Due] = field(default_factory=dict)
    retell: Sequence[Callable[[Work], None]] = ()
    prepare: Callable[[Work], None] | None = None


class Running:
    """The threads behind one service: relay, consumer, jobs, mail."""

    def __init__(self, service: Service, bus: Bus, mailer: Mailer) -> None:
        self.service = service
        self._bus = bus
        self._started = False
        self.relay = Relay(service.room.database, bus, source=service.name)
        self.consumer = Consumer(
            bus, service.name, service.subscriptions, service.room.work, name=service.name
        )
        self.sender = Sender(service.room, mailer)
        self.timer = Timer(service)
        service.room.after_commit[:] = [self.relay.wake, self.sender.wake, self.timer.wake]

    def start(self) -> None:
        """Start the threads."""
        self._started = True
        if self.service.prepare is not None:
            with self.service.room.work() as work:
                self.service.prepare(work)
        for part in (self.relay, self.consumer, self.sender, self.timer):
            part.start()

    def stop(self) -> None:
        """Stop the threads, each after what it has in hand."""
        for part in (self.timer, self.consumer, self.relay, self.sender):
            part.stop()
        self.service.room.database.dispose()

    @property
    def is_running(self) -> bool:
        """Say whether the threads were started."""
        return self._started

    def is_behind(self) -> bool:
        """Say whether something told waits to be sent, or something sent waits to be heard."""
        with self.service.room.database.session_for_read() as session:
            if outbox.backlog(session).rows:
                return True
        lags = self._bus.lag(self.service.name, topics_read_by(self.service.name))
        return any(one.behind for one in lags)

    def once(self) -> int:
        """Work off what waits, without threads; returns how much was done. For tests and seeds."""
        return self.timer.once() + self.relay.once() + self.consumer.once() + self.sender.once()


class Timer:
    """Runs due rows and jobs by portal time, each in a Work of its own."""

    def __init__(self, service: Service) -> None:
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
        while not self._stop.is_set():
            try:
                self.once()
            except Exception:
                log.exception("timed work of %s failed", self.service.name)
                time.sleep(TICK)
            self._wake.wait(TICK)
            self._wake.clear()

    def once(self) -> int:
        """Run everything that is due now, in order of time; returns how many were run."""
        done = 0
        while not self._stop.is_set() and self._one():
            done += 1
        return done + self._jobs()

    def _one(self) -> bool:
        room = self.service.room
        now, system = room.clock.now(), room.clock.system()
        with room.view() as view:
            row = view.session.scalars(
                select(DueRow)
                .where(
                    DueRow.at <= now,
                    (DueRow.not_before.is_(None)) | (DueRow.not_before <= system),
                    DueRow.attempts < TRIES,
                )
                .order_by(DueRow.at, DueRow.id)
                .limit(1)
            ).first()
        if row is None:
            return False
        try:
            with room.work() as work:
                mine = work.session.scalars(
                    select(DueRow).where(DueRow.id == row.id).with_for_update(skip_locked=True)
                ).first()
                if mine is None or mine.at > now:
                    return True
                work.delete(mine)
                work.session.flush()
                self.service.due[mine.kind](work, mine.subject, dict(mine.payload))
        except Exception as error:
            log.exception("due row %s of %s failed", row.kind, self.service.name)
            self._put_off(row, system, error)
        return True

    def _put_off(self, row: DueRow, system: datetime, error: Exception) -> None:
        wait = timedelta(seconds=min(600, 2**row.attempts))
        with self.service.room.work() as work:
            work.session.execute(
                update(DueRow)
                .where(DueRow.id == row.id)
                .values(
                    attempts=DueRow.attempts + 1,
                    not_before=system + wait,
                    last_error=f"{type(error).__name__}: {error}"[:500],
                )
            )

    def _jobs(self) -> int:
        ran = 0
        for job in self.service.jobs:
            if self._is_time(job):
                self._run(job)
                ran += 1
        return ran

    def _is_time(self, job: Job) -> bool:
        with self.service.room.view() as view:
            row = view.session.get(JobRow, job.name)
            return row is None or row.last_run_at + job.every <= view.now

    def _run(self, job: Job) -> None:
        room = self.service.room
        try:
            with room.work() as work:
                row = work.session.get(JobRow, job.name, with_for_update=True)
                if row is None:
                    row = work.add(JobRow(name=job.name, last_run_at=work.now))
                row.last_run_at, row.last_error = work.now, None
                job.run(work)
        except Exception as error:
            log.exception("job %s failed", job.name)
            with room.work() as work:
                work.session.merge(
                    JobRow(
                        name=job.name,
                        last_run_at=work.now,
                        last_error=f"{type(error).__name__}: {error}"[:500],
                    )
                )


class ForeverStatic(StaticFiles):
    """Static files whose URL carries their hash, hence kept by browsers for a year."""

    async def get_response(self, path: str, scope: Scope) -> Any:
        """Answer with the file and leave to keep it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def application(
    services: Sequence[Service],
    running: Sequence[Running] = (),
    extra: Sequence[APIRouter] = (),
    started: Callable[[], None] | None = None,
) -> FastAPI:
    """Return the application that serves these services, and starts and stops what runs behind."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        for one in running:
            one.start()
        if started is not None:
            started()
        yield
        for one in running:
            await to_thread.run_sync(one.stop)

    app = FastAPI(
        title="Roundtable", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    for service in services:
        for router in service.routers:
            app.include_router(router, dependencies=[bind(service)])
    for router in extra:
        app.include_router(router)
    app.mount("/static", ForeverStatic(directory=STATIC), name="static")
    app.state.links = Links(app.routes)
    app.state.services = {service.name: service for service in services}
    refusals.install(app)
    app.add_middleware(Framed, broken=refusals.broken)
    # Links are slow and metered: the first view has a budget, and it is counted compressed.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    return app


def topics_read_by(name: str) -> list[str]:
    """Return the topics that a service reads."""
    return [topic.name for topic in TOPICS if name in topic.readers]
