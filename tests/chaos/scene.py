"""The portal of the chaos run: its processes, what they stand on, and everything between.

PostgreSQL and Kafka are reached through wires that can be cut; mail goes to a server of the test's
own; whatever process ends is started again, as systemd or Kubernetes would.
"""

import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from shared import crash
from shared.web.site import owner_of
from tests.chaos import faulty
from tests.chaos.people import Ledger
from tests.chaos.postbox import Postbox
from tests.chaos.sown import Sown, sow
from tests.chaos.wire import Wire
from tests.support import kafka, postgres
from tests.support.production import COMMAND, SERVICES, Process, Production, Role

LANGUAGE = re.compile(r"^/(ar|zh|en|fr|ru|es)(?=/|$)")
ANSWERS_WITHIN = 20.0
PATIENCE = 150.0
ROOM_FOR_DATABASE = "400m"
REST = 0.3
FAULTY = (*COMMAND[:1], "-m", "tests.chaos.faulty")
WAITING = ("created", "sending", "temporary_failure")
"""States of mail that has not found its end."""


@dataclass
class Wired(Production):
    """A portal whose mail goes to a server of ours."""

    mail_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What every process is given."""
        return super().environment | {"MAIL_URL": self.mail_url}


@dataclass
class Scene:
    """Everything of one chaos run."""

    production: Wired
    sown: Sown
    wires: dict[str, Wire]
    postbox: Postbox
    small_disk: Path | None
    """Where PostgreSQL's folder is a file system of its own, that can be filled."""
    ledger: Ledger = field(default_factory=Ledger)
    poison: dict[str, bool] = field(default_factory=dict)
    """Keys of made-up records, and whether each must be set aside."""
    forged: set[str] = field(default_factory=set)
    """Ids under which records were sent again as if they were new."""
    lost: set[str] = field(default_factory=set)
    """Ids of events that went with an emptied log: they come again, late."""
    hold: threading.RLock = field(default_factory=threading.RLock)
    begun: dict[str, int] = field(default_factory=dict)
    """The last id of each outbox before the processes started."""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When they started: mail before that went nowhere."""
    emptied: bool = False
    frozen: list[threading.Thread] = field(default_factory=list)
    avoided: set[int] = field(default_factory=set)
    """Ports of web processes to which nobody new is sent."""

    # -- what people meet --

    def browser(self, _language: str) -> httpx2.Client:
        """A browser before which something stands that knows which process answers for what."""
        return httpx2.Client(
            base_url=self.production.portal_url,
            transport=_Proxy(self),
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
            timeout=ANSWERS_WITHIN,
        )

    def is_there(self) -> bool:
        """There is always somebody to knock at."""
        return True

    # -- processes --

    def process(self, role: Role, service: str) -> Process:
        """Return the first process of a role and service."""
        return self.production.process(role, service)

    def start(self, process: Process, *, fault: str = "", point: str = "", **given: str) -> None:
        """Start a process, with a fault built in or to die at a named point."""
        if fault:
            process.command, given[faulty.VARIABLE] = FAULTY, fault
        else:
            process.command = COMMAND
        if point:
            given[crash.VARIABLE] = point
        with self.hold:
            process.start(wait=not point, **given)

    def dies(self, process: Process) -> None:
        """Wait until a process has died at its named point, the only worker of its service.

        Mail that it had in hand is given back, as after the ten minutes of its lease.
        """
        assert process.died(PATIENCE) == crash.STATUS, process.said()[-2000:]
        self.hurry()

    @contextmanager
    def kept_running(self) -> Iterator[None]:
        """Start again whatever ends by itself."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(REST):
                with self.hold:
                    for one in self.production.processes:
                        if one.running is None or one.running.poll() is not None:
                            if one.running is not None:
                                one.died(1)
                            self.ledger.counts["started again"] += 1
                            one.start(wait=False)

        thread = threading.Thread(target=keep, name="keeper")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    # -- databases --

    def rows(self, service: str, query: str, *given: Any) -> list[tuple[Any, ...]]:
        """Ask a database by itself, past the wires and without anything of ours."""
        with self.connected(service) as connection:
            return list(connection.execute(query.encode(), given))

    @contextmanager
    def connected(self, service: str) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """Open a database past the wires."""
        name = self.production.urls[service].rsplit("/", 1)[1]
        address = self.production.postgres.url(name).replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection

    # -- the end of a trial --

    def mend(self) -> None:
        """Take every fault away; what was in the hands of the dead is given back.

        That is done by the clock, ten minutes after: here the time of what waits is put back.
        """
        for thread in self.frozen:
            thread.join()
        self.frozen.clear()
        for wire in self.wires.values():
            wire.delay, wire.away = 0.0, False
        self.postbox.fare("well", 0)
        workers = [one for one in self.production.processes if one.role == "work"]
        with self.hold:
            for one in workers:
                if one.running is not None:
                    one.stop()
            self.hurry()
            for one in workers:
                one.start(wait=False)
        for one in self.production.processes:
            one.wait_until_ready()

    def hurry(self, states: tuple[str, ...] = WAITING) -> None:
        """Let the time pass that mail waits for."""
        for service in SERVICES:
            self.rows(
                service,
                "UPDATE mail SET next_at = now() WHERE state = ANY(%s) RETURNING id",
                list(states),
            )

    def settled(self, patience: float = PATIENCE) -> bool:
        """Wait until nothing waits to be sent, heard, done or mailed."""
        until = time.monotonic() + patience
        while self.unsettled():
            if time.monotonic() > until:
                return False
            self.hurry(("temporary_failure",))
            time.sleep(REST)
        return True

    def unsettled(self) -> list[str]:
        """What waits. Databases are asked before and after the log: events go from one to it."""
        return self._kept_back() or self._behind() or self._kept_back()

    def _kept_back(self) -> list[str]:
        return [
            f"{service}: {what} {count}"
            for service in SERVICES
            for what, count in self.rows(
                service,
                "SELECT 'outbox', count(*) FROM outbox WHERE published_at IS NULL UNION ALL"
                " SELECT 'due', count(*) FROM due WHERE at <= now() UNION ALL"
                " SELECT 'mail', count(*) FROM mail WHERE state = ANY(%s)",
                list(WAITING),
            )
            if count
        ]

    def _behind(self) -> list[str]:
        from shared.messaging.bus import BusAway  # noqa: PLC0415 - only where Kafka is there
        from shared.messaging.kafka import KafkaBus  # noqa: PLC0415
        from shared.runtime import topics_read_by  # noqa: PLC0415

        bus = KafkaBus([self.production.broker.address])
        try:
            return [
                f"{service} is behind in {lag.partition}"
                for service in SERVICES
                for lag in bus.lag(service, topics_read_by(service))
                if lag.behind
            ]
        except BusAway as error:
            return [str(error)]
        finally:
            bus.close()


class _Proxy(httpx2.BaseTransport):
    """Sends each request to a running process of the service that owns its path."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._inner = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        owner = owner_of(LANGUAGE.sub("", request.url.path) or "/")
        running = [
            one
            for one in self._scene.production.processes
            if (one.role, one.service) == ("web", owner)
            and one.running is not None
            and one.port not in self._scene.avoided
        ]
        if not running:
            raise httpx2.ConnectError(f"no web of {owner}", request=request)
        port = random.choice(running).port  # noqa: S311 - shares the load
        return self._inner.handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(port=port),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


@contextmanager
def small_disk() -> Iterator[tuple[Path, bool]]:
    """A folder for PostgreSQL; on a small file system of its own where one can be mounted."""
    home = Path(tempfile.mkdtemp(prefix="roundtable-chaos-"))
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM_FOR_DATABASE}", "tmpfs", home],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        == 0
    )
    home.chmod(0o755)
    try:
        yield home, mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", home], check=False)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def scene_in(folder: Path) -> Iterator[Scene]:
    """Sow, and start every process: a worker of consultation more, so that one takes over."""
    kafka.need()
    programs = postgres.need()
    with ExitStack() as stack:
        home, mounted = stack.enter_context(small_disk())
        server = postgres.Server(programs, home / "data", durable=True)
        server.start()
        stack.callback(_quietly, server.stop)
        urls = {name: server.create() for name in SERVICES}
        sown = sow(folder / "sown", urls)
        broker = kafka.Broker(folder / "kafka" / "data")
        broker.folder.parent.mkdir(parents=True)
        wires = {"postgres": Wire(server.port), "kafka": Wire(broker.port)}
        for wire in wires.values():
            stack.callback(wire.close)
        broker.advertised = wires["kafka"].port
        broker.start()
        stack.callback(broker.stop)
        postbox = Postbox()
        stack.callback(postbox.close)
        production = Wired(
            folder,
            server,
            broker,
            _through(urls, server.port, wires["postgres"].port),
            "http://127.0.0.1:8080",
            mail_url=postbox.url,
        )
        scene = Scene(production, sown, wires, postbox, home if mounted else None)
        for name in SERVICES:
            scene.begun[name] = scene.rows(name, "SELECT coalesce(max(id), 0) FROM outbox")[0][0]
        production.run("migrate")
        stack.callback(production.close)
        production.start()
        production.add("work", "consultation")
        yield scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One portal for a whole file: what a test finds wrong is what it added."""
    with scene_in(tmp_path_factory.mktemp("chaos")) as made:
        yield made


def _through(urls: Mapping[str, str], port: int, wire: int) -> dict[str, str]:
    return {name: url.replace(f":{port}/", f":{wire}/") for name, url in urls.items()}


def _quietly(stop: Any) -> None:
    with suppress(RuntimeError):
        # A server that a full disk ended is gone already.
        stop()
