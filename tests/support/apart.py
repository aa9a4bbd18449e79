"""The portal in the production form, with the words of tests/support/portal.py.

Nine processes: a web and a worker process of each service as `make production` starts them, on
PostgreSQL (roles as deploy/postgres/prepare makes them), Kafka and nginx. Nothing is worked off by
hand: `settle` waits until nothing is left to do.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx2
import pytest
from sqlalchemy import func, select

from services import apart
from services.demo.apart import PAGES, PREFIX, SharedClock
from services.everything import Everything
from shared.database import outbox
from shared.database.due import DueRow
from shared.database.jobs import JobRow
from shared.mail.mailers import Captured
from shared.mail.models import WAITING, MailRow, MailState
from shared.operations.timer import UPKEEP
from shared.runtime import topics_read_by
from shared.web.nginx import configuration
from tests.support import nginx
from tests.support.needs import free_port
from tests.support.portal import Portal
from tests.support.postgres import Server
from tests.support.production import ROOT, SERVICES, Production, ground

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from shared.runtime import Service

NAME = "testserver"
STAGED = (sys.executable, "-m", "services.commands.staged")
PATIENCE = 120.0


class Through(httpx2.HTTPTransport):
    """The way to the portal under its name: to the port of its proxy."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask the proxy."""
        there = request.url.copy_with(host="127.0.0.1", port=self._port)
        return super().handle_request(
            httpx2.Request(
                request.method,
                there,
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )


@dataclass
class ApartPortal(Portal):
    """A portal of processes, and what a test does with it."""

    production: Production = field(kw_only=True)
    port: int = field(kw_only=True)

    def browser(self, language: str = "en") -> "TestClient":
        """Return a browser in which nobody is signed in."""
        client = httpx2.Client(
            base_url=f"http://{NAME}",
            transport=Through(self.port),
            headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": language},
            follow_redirects=True,
            timeout=60,
        )
        self.browsers.append(cast("TestClient", client))
        return self.browsers[-1]

    def settle(self) -> None:
        """Wait until every event, due row, job and mail went its way: seen twice in a row."""
        until, quiet = time.monotonic() + PATIENCE, 0
        while quiet < 2:
            left = self.left()
            quiet = 0 if left else quiet + 1
            assert time.monotonic() < until, f"never at rest: {left}"
            if left:
                time.sleep(0.05)

    def left(self) -> list[str]:
        """Return what is still to be done, cheapest question first."""
        services = self.everything.services
        if found := [what for one in services for what in self._in_tables(one)]:
            return found
        return [
            f"{one.name} is behind"
            for one in services
            if any(
                lag.behind for lag in self.everything.bus.lag(one.name, topics_read_by(one.name))
            )
        ]

    def _in_tables(self, service: "Service") -> list[str]:
        with service.room.view() as view:
            session, now, system = view.session, view.now, view.system_now
            due = select(func.count()).select_from(DueRow).where(DueRow.at <= now)
            mail = (
                select(func.count())
                .select_from(MailRow)
                .where(
                    (MailRow.state.in_(WAITING) & (MailRow.next_at <= system))
                    | (MailRow.state == MailState.SENDING)
                )
            )
            ran = {row.name: row.last_run_at for row in session.scalars(select(JobRow))}
            late = [
                one.name
                for one in (*UPKEEP, *service.jobs)
                if one.name not in ran or ran[one.name] + one.every <= now
            ]
            counts = {
                "events": outbox.backlog(session).rows,
                "due": session.scalar(due) or 0,
                "mail": session.scalar(mail) or 0,
                "jobs": len(late),
            }
        return [f"{service.name}: {many} {what}" for what, many in counts.items() if many]

    def advance(self, **by: float) -> None:
        """Move portal time forward and wait until what became due has happened."""
        self.clock.advance(timedelta(**by))
        self.settle()


def roles(server: Server, folder: Path) -> dict[str, str]:
    """Make databases and roles as an operator does; return the variables that name them."""
    subprocess.run(
        [ROOT / "deploy" / "postgres" / "prepare", folder],
        env={
            "PATH": f"{server.binaries}:/usr/bin:/bin",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGUSER": "postgres",
        },
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    lines = [(folder / f"{name}.env").read_text().split() for name in SERVICES]
    return dict(line.split("=", 1) for one in lines for line in one)


@contextmanager
def portal_apart(folder: Path) -> Iterator[ApartPortal]:
    """Start everything that `make production` starts, without seeds."""
    nginx.nginx()
    port = free_port()
    with ground(folder) as (postgres, broker):
        given = roles(postgres, folder / "roles")
        urls = {name: given[f"{name.upper()}_DATABASE_URL"] for name in SERVICES}
        owners = {name: value for name, value in given.items() if "_MIGRATION_" in name}
        made = Production(folder, postgres, broker, urls, f"http://{NAME}", STAGED, more=owners)
        made.run("migrate")
        made.more = {"DEMO_FOLDER": str(folder), "TRUSTED_PROXIES": "127.0.0.1"}
        try:
            made.start()
            addresses = {name: [f"127.0.0.1:{made.process('web', name).port}"] for name in SERVICES}
            listen = f"127.0.0.1:{port}"
            proxy = folder / "nginx"
            written = configuration(listen, addresses, proxy, {PREFIX: PAGES})
            with nginx.serving(written, proxy, listen), _inside(made, folder) as everything:
                clock, mailer = SharedClock(folder), Captured(folder / "mail")
                portal = ApartPortal(everything, mailer, clock, production=made, port=port)
                try:
                    yield portal
                finally:
                    for client in portal.browsers:
                        client.close()
        finally:
            made.close()


@contextmanager
def _inside(made: Production, folder: Path) -> Iterator[Everything]:
    """Open the portal's databases and log in this process, to look at them and to begin."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in made.environment.items():
            environment.setenv(name, value)
        clock = SharedClock(folder)
        services = [apart.build(name, clock) for name in apart.NAMES]
        everything = Everything(apart.kafka().bus(), services, [], folder)
        try:
            yield everything
        finally:
            everything.close()
