"""An Apache Kafka broker of the test run's own, through `deploy/kafka/broker`."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.needs import free_port, missing

ROOT = Path(__file__).parents[2]
BROKER = ROOT / "deploy" / "kafka" / "broker"
JARS = ROOT / "build" / "kafka" / "libs" / ".complete"
PATIENCE = 60.0
FETCHING = 300.0


class Broker:
    """One broker on loopback, with data and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.controller = folder, free_port(), free_port()

    @property
    def address(self) -> str:
        """What clients connect to."""
        return f"127.0.0.1:{self.port}"

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
        ports = {"KAFKA_PORT": str(self.port), "KAFKA_CONTROLLER_PORT": str(self.controller)}
        log = self.folder.parent / f"{self.folder.name}.txt"
        # A file, not a pipe: the broker outlives the script and would keep a pipe open.
        with log.open("w") as out:
            done = subprocess.run(
                [BROKER, verb, self.folder],
                env=os.environ | ports,
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


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The run's broker. Tests share it: each uses topics and groups of its own names."""
    need()
    broker = Broker(tmp_path_factory.mktemp("kafka") / "data")
    broker.start()
    yield broker
    broker.stop()
