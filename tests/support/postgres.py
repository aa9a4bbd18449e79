"""A PostgreSQL server of the test run's own: on loopback, in a folder that is gone at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.support.needs import free_port, missing

USER = "postgres"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
"""Fast rather than durable; tests of crashes start a `Server` with `durable=True`."""

PATIENCE = 60.0
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Server:
    """One server; `create` gives a fresh database."""

    def __init__(self, binaries: Path, folder: Path, *, durable: bool = False) -> None:
        self.binaries, self.folder, self.port = binaries, folder, free_port()
        self.settings = SETTINGS | (DURABLE if durable else {})
        self._numbers = count(1)

    def start(self) -> None:
        """Initialise the folder when it is new, and start."""
        if not (self.folder / "PG_VERSION").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(self.folder, USER, USER)
            self._run(
                "initdb",
                "-D",
                self.folder,
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-N",
            )
        given = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        log = self.folder / "server.log"
        self._run(
            "pg_ctl",
            "-D",
            self.folder,
            "-l",
            log,
            "-w",
            "-t",
            "60",
            "-o",
            f"-p {self.port} {given}",
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        """Stop; `immediate` is what a crash looks like, `fast` what an operator does."""
        self._run("pg_ctl", "-D", self.folder, "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """SIGKILL the server and wait until it is gone; `start` recovers from what is on disk."""
        pid = int((self.folder / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        # As long as a child lives the shared memory is in use and a new server refuses to start.
        while any(Path(f"/proc/{one}").exists() for one in children) and time.monotonic() < until:
            time.sleep(0.05)

    def create(self, template: str = "template0") -> str:
        """Create a database, optionally as a copy of another, and return its SQLAlchemy URL."""
        name = f"t{next(self._numbers)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database by its URL, with whoever is still connected."""
        self._say(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database by name."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def _say(self, statement: str) -> None:
        address = self.url("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: object) -> None:
        # initdb and pg_ctl refuse root.
        become = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*become, self.binaries / program, *map(str, arguments)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs, None when there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")]
    if not found and (one := shutil.which("pg_ctl")):
        found = [Path(one).resolve().parent]
    return max(found, key=lambda path: _number(path.parent.name), default=None)


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0


def need() -> Path:
    """Return the server's programs, or skip (REQUIRE_ALL=1: fail) the test with the reason."""
    found = binaries()
    if found is None:
        missing("PostgreSQL's server is not installed: apt-get install postgresql")
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(USER)
        except KeyError:
            missing(f"PostgreSQL refuses to run as root and there is no user {USER}")
    return found


@contextmanager
def started(*, durable: bool = False) -> Iterator[Server]:
    """Start a server of our own, whose folder is gone at the end."""
    programs = need()
    # Not tmp_path: pytest's folders are closed to the user postgres.
    folder = Path(tempfile.mkdtemp(prefix="roundtable-postgres-"))
    folder.chmod(0o755)
    server = Server(programs, folder / "data", durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The run's PostgreSQL."""
    with started() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty database, dropped afterwards."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)
