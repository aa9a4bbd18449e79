"""An Apache Kafka broker of the test run's own, through `deploy/kafka/broker`."""

import gc
import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import certified
from tests.support.needs import free_port, missing

ROOT = Path(__file__).parents[2]
BROKER = ROOT / "deploy" / "kafka" / "broker"
JARS = ROOT / "build" / "kafka" / "libs" / ".complete"
PATIENCE = 60.0
FETCHING = 300.0
USER, PASSWORD = "roundtable", "open-sesame"
"""Who may sign in at the guarded port."""


class Broker:
    """One broker on loopback, with data and ports of its own."""

    def __init__(self, folder: Path, *, tls: bool = False) -> None:
        self.folder, self.port, self.controller = folder, free_port(), free_port()
        self.guarded = free_port()
        self.sealed = free_port() if tls else None
        """The port of the same over TLS."""
        self.advertised = self.port
        """Where clients come: another port when something stands before the broker."""

    @property
    def address(self) -> str:
        """What clients connect to."""
        return f"127.0.0.1:{self.advertised}"

    @property
    def guarded_address(self) -> str:
        """What clients connect to that sign in as USER with PASSWORD."""
        return f"127.0.0.1:{self.guarded}"

    @property
    def sealed_address(self) -> str:
        """What clients connect to over TLS, signing in as well."""
        return f"127.0.0.1:{self.sealed}"

    @property
    def authority(self) -> Path:
        """The certificate that clients over TLS trust."""
        return self.folder.parent / "broker.pem"

    def start(self) -> None:
        """Start and wait until an admin client can list topics."""
        self._run("start", FETCHING + PATIENCE)
        self._wait()

    def stop(self) -> None:
        """Stop in good order; data stay."""
        self._run("stop", PATIENCE)

    def kill(self) -> None:
        """SIGKILL; data stay as they are."""
        pid = int((self.folder / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
            time.sleep(0.05)

    def empty(self) -> None:
        """Forget all data; the broker must be stopped."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        # The script waited for the port: an admin client made before that backs off for long.
        from kafka import KafkaAdminClient  # noqa: PLC0415
        from kafka.errors import KafkaError  # noqa: PLC0415

        until = time.monotonic() + PATIENCE
        while True:
            try:
                admin = KafkaAdminClient(bootstrap_servers=self.address)
                admin.list_topics()
            except KafkaError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                admin.close()
                return

    def _run(self, verb: str, patience: float) -> None:
        given = {
            "KAFKA_PORT": str(self.port),
            "KAFKA_CONTROLLER_PORT": str(self.controller),
            "KAFKA_ADVERTISED_PORT": str(self.advertised),
            "KAFKA_SASL_PORT": str(self.guarded),
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
        }
        if self.sealed:
            if not self.authority.exists():
                certified(self.folder.parent, "broker")
            pem = self.authority.with_name("broker.key.pem")
            given |= {"KAFKA_TLS_PORT": str(self.sealed), "KAFKA_TLS_PEM": str(pem)}
        log = self.folder.parent / f"{self.folder.name}.txt"
        # A file, not a pipe: the broker outlives the script and would keep a pipe open.
        with log.open("w") as out:
            done = subprocess.run(
                [BROKER, verb, self.folder],
                env=os.environ | given,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=patience,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"broker {verb} ended with {done.returncode}: {log.read_text()}")


def need() -> None:
    """Skip (REQUIRE_ALL=1: fail) the test with the reason when no broker can be had here."""
    if not shutil.which("java"):
        missing("Kafka needs Java: apt-get install default-jre-headless")
    if not JARS.exists() and not shutil.which("mvn"):
        missing("Kafka's jars are fetched by Maven: apt-get install maven")
    try:
        __import__("kafka")
    except ImportError:
        missing("kafka-python is not installed: pip install 'roundtable[kafka]'")


def forgive_dropped_sockets(items: list[pytest.Item]) -> None:
    """Let tests that use Kafka pass when kafka-python leaves a socket to the garbage collector.

    It does when a client is closed while it still connects; the warning would fail whichever test
    happens to run then.
    """
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(
                pytest.mark.filterwarnings("ignore:unclosed <(ssl.SSLS|s)ocket:ResourceWarning")
            )


@pytest.fixture(scope="module", autouse=True)
def dropped_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect those sockets at the end of a module that uses Kafka, before other tests begin."""
    yield
    ours = [item for item in request.session.items if item.path == request.node.path]
    if any(item.get_closest_marker("kafka") for item in ours):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The run's broker. Tests share it: each uses topics and groups of its own names."""
    need()
    broker = Broker(tmp_path_factory.mktemp("kafka") / "data", tls=True)
    broker.start()
    yield broker
    broker.stop()
