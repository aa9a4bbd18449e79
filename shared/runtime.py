"""Putting services together: one application for one or for all, and the threads behind it."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from anyio import create_task_group, to_thread
from fastapi import APIRouter, FastAPI
from sqlalchemy import MetaData
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared import logs
from shared.contracts.topics import TOPICS
from shared.database import (
    limits,  # noqa: F401 - every service has every shared table
    outbox,
)
from shared.database.bell import Bell
from shared.mail.sender import Mailer, Sender
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer, Subscription
from shared.messaging.relay import Relay
from shared.messaging.retell import Each
from shared.operations.health import Probes
from shared.operations.metrics import Measures
from shared.operations.pulse import Pulse
from shared.operations.timer import Due, Job, Timer
from shared.web import refusals
from shared.web.dispatch import PagesOf
from shared.web.edge import Identity
from shared.web.gate import Gate, Network
from shared.web.links import Links
from shared.web.middleware import Framed
from shared.web.pages import STATIC
from shared.web.shelf import LEVEL, SMALLEST, Shelf, Shelved
from shared.work import Room, Work

THREADS = 4
"""Threads that answer requests; more of them fight over the interpreter."""
IN_HAND = 10.0
"""Seconds that a process which was told to stop has for what it has in hand."""


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
    retell: Sequence[Each[Any]] = ()
    prepare: Callable[[Work], None] | None = None

    def prepared(self) -> None:
        """Make what the service needs before its first request; once, however many start."""
        if self.prepare is not None:
            with self.room.work() as work:
                self.room.database.alone(work.session, "prepare")
                self.prepare(work)


class Behind(Protocol):
    """What stands behind the pages of a service in this process."""

    def start(self) -> None:
        """Start the threads."""

    def stop(self) -> None:
        """Stop the threads and let go of the database."""


class Front:
    """Behind the pages of a service whose relay, consumer, jobs and mail run in other processes."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._bell = Bell(service.room.database)
        service.room.after_commit[:] = [self._bell.ring]

    def start(self) -> None:
        """Make what the service needs, and begin to wake the others after each commit."""
        self.service.prepared()
        self._bell.start()

    def stop(self) -> None:
        """Stop the thread and let go of the database."""
        self._bell.stop()
        self.service.room.database.dispose()


class Running:
    """The threads behind one service: relay, consumer, jobs, mail, and what they say of it."""

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
        self.pulse = Pulse(
            service.room.database, bus, self.relay, self.consumer, topics_read_by(service.name)
        )
        self._wakes = (self.relay.wake, self.sender.wake, self.timer.wake)
        service.room.after_commit[:] = self._wakes
        self._bell = Bell(service.room.database)

    def start(self) -> None:
        """Start the threads."""
        self._started = True
        self.service.prepared()
        for part in (self.relay, self.consumer, self.sender, self.timer, self.pulse):
            part.start()
        if not self.service.room.database.is_sqlite:
            # Other processes of this service: web replicas, and workers of whom one leads.
            self.service.room.after_commit.append(self._bell.ring)
            self._bell.start(self._wakes)

    def stop(self) -> None:
        """Stop the threads at once, each after what it has in hand, for which it has 10 s."""
        ends = time.monotonic() + IN_HAND
        parts = (self.pulse, self.timer, self.consumer, self.relay, self.sender, self._bell)
        stopping = [threading.Thread(target=part.stop, daemon=True) for part in parts]
        for one in stopping:
            one.start()
        for one in stopping:
            one.join(max(0.0, ends - time.monotonic()))
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

    def once(self, *, mail: bool = True) -> int:
        """Work off what waits, without threads; returns how much was done."""
        with logs.of(self.service.name):
            done = self.timer.once() + self.relay.once() + self.consumer.once()
            return done + self.sender.once() if mail else done


class ForeverStatic(StaticFiles):
    """Static files whose URL carries their hash, hence kept by browsers for a year."""

    async def get_response(self, path: str, scope: Scope) -> Any:
        """Answer with the file and leave to keep it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def application(
    services: Sequence[Service],
    running: Sequence[Behind] = (),
    extra: Sequence[PagesOf] = (),
    started: Callable[[], None] | None = None,
    proxies: Sequence[Network] = (),
) -> FastAPI:
    """Return the application that serves these services, and starts and stops what runs behind.

    `extra` are pages beside those of the services: the demo's. `proxies` are those whose word on
    who asks, and how, is believed.
    """
    app = FastAPI(
        title="Roundtable",
        lifespan=_lifespan(running, started),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # It would name paths, in which secrets stand; what is counted, shared/web/tally.py counts.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    pages = [*(PagesOf(service, service.routers) for service in services), *extra]
    app.router.routes.extend(pages)
    app.mount("/static", ForeverStatic(directory=STATIC), name="static")
    app.state.links = Links(route for one in pages for route in one.routes)
    app.state.services = {service.name: service for service in services}
    refusals.install(app)
    gate = Gate(services[0].room.settings.portal_url, proxies)
    shelf = Shelf(services[0].room.clock.now)
    for service in services:
        service.room.after_commit.append(shelf.clear)
    app.add_middleware(Shelved, shelf=shelf)
    app.add_middleware(Framed, broken=refusals.broken, gate=gate)
    # Links are slow and metered: the first view has a budget, and it is counted compressed.
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST, compresslevel=LEVEL)
    rooms = [service.room for service in services]
    worked = [service for service in services if any(_works_for(one, service) for one in running)]
    app.add_middleware(Measures, rooms=rooms, timed=worked, trusted=proxies)
    app.add_middleware(Probes, rooms=rooms)
    return app


def _works_for(behind: Behind, service: Service) -> bool:
    return isinstance(behind, Running) and behind.service is service


def background(running: Running) -> Starlette:
    """Return the application of a process that answers no pages; its lifespan starts and stops."""
    app = Starlette(lifespan=_lifespan([running]))
    service = running.service
    app.add_middleware(Measures, rooms=[service.room], timed=[service], inner=True)
    app.add_middleware(Probes, rooms=[service.room])
    return app


def _lifespan(
    running: Sequence[Behind], started: Callable[[], None] | None = None
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        for one in running:
            one.start()
        if started is not None:
            started()
        yield
        async with create_task_group() as stopping:
            for one in running:
                stopping.start_soon(to_thread.run_sync, one.stop)

    return lifespan


def topics_read_by(name: str) -> list[str]:
    """Return the topics that a service reads."""
    return [topic.name for topic in TOPICS if name in topic.readers]
