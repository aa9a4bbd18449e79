"""The production form: web and worker processes on a PostgreSQL and a Kafka of their own.

`process("work", "registry")` is one of the first processes of a portal, `add` starts a replica of
it beside; each can be stopped as an operator does, killed, frozen, started again. What a process
was given stands in `environment`, what it says in its `log`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.support.kafka import Broker
from tests.support.kafka import need as need_kafka
from tests.support.needs import free_port
from tests.support.postgres import Server, started

ROOT = Path(__file__).parents[2]
SERVICES = ("registry", "consultation", "notifications")
ROLES: tuple["Role", ...] = ("web", "work")
COMMAND = (sys.executable, "-m", "services")
PATIENCE = 60.0

Role = Literal["web", "work"]


@dataclass
class Process:
    """One process of one service, which may be started several times."""

    role: Role
    service: str
    environment: Mapping[str, str]
    log: Path
    command: Sequence[str] = COMMAND
    port: int = field(default_factory=free_port)
    running: "subprocess.Popen[bytes] | None" = None
    _out: IO[bytes] | None = None

    @property
    def name(self) -> str:
        """What it is, for people."""
        return f"{self.role} {self.service} {self.port}"

    @property
    def url(self) -> str:
        """Where it answers: pages for `web`, how it is for both."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's number. Raises AssertionError when it was not started."""
        assert self.running is not None, f"{self.name} was not started"
        return self.running.pid

    def start(self, *, wait: bool = True, **given: str) -> "Process":
        """Start, with further variables of the environment, and wait until it is ready."""
        assert self.running is None, f"{self.name} runs"
        self._out = self.log.open("ab")
        self.running = subprocess.Popen(
            [*self.command, self.role, self.service, "--port", str(self.port)],
            cwd=ROOT,
            env=dict(self.environment) | given,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._out,
            start_new_session=True,
        )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, patience: float = PATIENCE) -> None:
        """Return when it says that it can serve. Raises AssertionError when it ended or is late."""
        until = time.monotonic() + patience
        while self.health("ready")[0] != 200:
            ended = self.running is None or self.running.poll() is not None
            assert not ended, f"{self.name} ended: {self.said()[-3000:]}"
            assert time.monotonic() < until, f"{self.name} is not ready: {self.said()[-3000:]}"
            time.sleep(0.05)

    def health(self, what: str) -> tuple[int, dict[str, object]]:
        """Return status and body of `/health/…`; status 0 when nobody answers."""
        try:
            with urlopen(f"{self.url}/health/{what}", timeout=5) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)
        except (URLError, OSError):
            return 0, {}

    def said(self) -> str:
        """Return what it wrote so far, of all its starts."""
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""

    def lines(self) -> list[dict[str, object]]:
        """Return its log lines; what is none is left out."""
        found = []
        for line in self.said().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return [one for one in found if isinstance(one, dict)]

    def stop(self, patience: float = 30.0) -> float:
        """Ask it to stop as an operator does; return how many seconds it took."""
        begun = time.monotonic()
        self._signal(signal.SIGTERM)
        self._gone(patience)
        return time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is given back."""
        self._signal(signal.SIGKILL)
        self._gone(10)

    def freeze(self) -> None:
        """SIGSTOP: it is there and does nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on where it stood."""
        self._signal(signal.SIGCONT)

    def died(self, patience: float = PATIENCE) -> int:
        """Wait until it has ended by itself and return with which status."""
        assert self.running is not None, f"{self.name} was not started"
        ended = self.running
        self._gone(patience)
        return int(ended.returncode)

    def end(self) -> None:
        """Kill it if it runs, whatever state it is in."""
        if self.running is not None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _gone(self, patience: float) -> None:
        assert self.running is not None
        try:
            self.running.wait(patience)
        finally:
            if self.running.poll() is not None:
                self.running = None
                if self._out is not None:
                    self._out.close()


@dataclass
class Production:
    """A portal of three services, and what it stands on."""

    folder: Path
    postgres: Server
    broker: Broker
    urls: dict[str, str]
    portal_url: str
    command: Sequence[str] = COMMAND
    processes: list[Process] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What every process is given."""
        given = {f"{name.upper()}_DATABASE_URL": url for name, url in self.urls.items()}
        files = {f"{name.upper()}_FILES": str(self.folder / "files" / name) for name in SERVICES}
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **given,
            **files,
            "KAFKA_SERVERS": self.broker.address,
            "PORTAL_URL": self.portal_url,
            "MAIL_URL": f"captured:{self.folder / 'mail'}",
            "SECRET_FILE": str(self.folder / "secret"),
            "LOG_LEVEL": "info",
            **self.more,
        }

    def run(self, *words: str, status: int = 0, patience: float = 120.0) -> str:
        """Run a command as an operator does, and return what it said."""
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patience,
            check=False,
        )
        assert done.returncode == status, f"{words} ended with {done.returncode}: {done.stdout}"
        return done.stdout

    def start(self) -> None:
        """Start one process of each role and service, all at once."""
        first = [self._made(role, service) for service in SERVICES for role in ROLES]
        for one in first:
            one.start(wait=False)
        for one in first:
            one.wait_until_ready()

    def add(self, role: Role, service: str, **given: str) -> Process:
        """Start one more process of a role and service."""
        return self._made(role, service).start(wait=True, **given)

    def process(self, role: Role, service: str, number: int = 0) -> Process:
        """Return a process; the first by default."""
        found = [one for one in self.processes if (one.role, one.service) == (role, service)]
        return found[number]

    def remove(self, process: Process) -> None:
        """Forget a process; it is killed if it runs."""
        process.end()
        self.processes.remove(process)

    def close(self) -> None:
        """End every process."""
        for one in self.processes:
            one.end()

    def _made(self, role: Role, service: str) -> Process:
        log = self.folder / f"{role}-{service}-{len(self.processes)}.log"
        made = Process(role, service, self.environment, log, self.command)
        self.processes.append(made)
        return made


@contextmanager
def ground(folder: Path, *, durable: bool = False) -> Iterator[tuple[Server, Broker]]:
    """Start a PostgreSQL and a broker of our own, which may be killed."""
    need_kafka()
    with started(durable=durable) as postgres:
        broker = Broker(folder / "kafka" / "data")
        broker.folder.parent.mkdir(parents=True)
        broker.start()
        try:
            yield postgres, broker
        finally:
            broker.stop()


@contextmanager
def portal_of_processes(
    folder: Path,
    postgres: Server,
    broker: Broker,
    *,
    portal_url: str = "http://127.0.0.1:8080",
    command: Sequence[str] = COMMAND,
) -> Iterator[Production]:
    """Make the databases and topics of a portal and start its six processes."""
    urls = {name: postgres.create() for name in SERVICES}
    made = Production(folder, postgres, broker, urls, portal_url, command)
    made.run("migrate")
    try:
        made.start()
        yield made
    finally:
        made.close()
        for url in urls.values():
            postgres.drop(url)


@pytest.fixture(scope="package")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A portal of processes for one folder of tests; whoever ends one of them starts it again."""
    folder = tmp_path_factory.mktemp("production")
    with (
        ground(folder) as (postgres, broker),
        portal_of_processes(folder, postgres, broker) as made,
    ):
        yield made
