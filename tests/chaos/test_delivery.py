"""Kafka and PostgreSQL under chaos: every committed event arrives, has its effect once, in order.

Four writers with rollbacks, two relays, two consumers with their inbox in another database, and a
loop that kills and freezes relays and consumers at random and kills broker and database. Runs for
`CHAOS_SECONDS` (8) and prints its ledger.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared import crash, ids
from shared.contracts.envelope import Envelope
from shared.contracts.topics import SESSIONS
from shared.database import dead_letters
from shared.database.outbox import OutboxRow
from shared.database.session import Database
from tests.chaos.actor import CONTROL
from tests.shared.messaging.tables import Effect, Thing, create
from tests.support import kafka, postgres

pytestmark = [pytest.mark.chaos, pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("CHAOS_SECONDS", "8"))
PATIENCE = 120.0
THINGS = 8
FROZEN = 4.0
Versions = dict[UUID, list[int]]


@dataclass
class Stage:
    """A broker, a database server and the processes between them."""

    broker: kafka.Broker
    server: postgres.Server
    source: str
    target: str
    ledger: Counter[str] = field(default_factory=Counter)
    actors: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    readers: list[threading.Thread] = field(default_factory=list)
    shown: dict[UUID, set[int]] = field(default_factory=lambda: defaultdict(set))

    def enter(self, name: str, **environment: str) -> None:
        """Start an actor; what stands before the dash is its role."""
        role = name.split("-", maxsplit=1)[0]
        self.actors[name] = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.chaos.actor",
                role,
                self.source,
                self.target,
                self.broker.address,
            ],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE if role == "write" else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if role == "write":
            reader = threading.Thread(target=self._note, args=(self.actors[name],), daemon=True)
            reader.start()
            self.readers.append(reader)

    def _note(self, writer: subprocess.Popen[str]) -> None:
        assert writer.stdout is not None
        with writer.stdout as lines:
            for line in lines:
                thing, version = line.split()
                self.shown[UUID(thing)].add(int(version))

    def kill(self, name: str) -> None:
        """SIGKILL an actor and start it anew."""
        self.actors[name].kill()
        self.actors[name].wait()
        self.enter(name)

    def freeze(self, name: str) -> None:
        """Stop an actor for a while, with whatever it holds."""
        self.actors[name].send_signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        self.actors[name].send_signal(signal.SIGCONT)

    def leave(self, name: str) -> None:
        """Let an actor finish in good order."""
        actor = self.actors.pop(name)
        actor.terminate()
        try:
            actor.wait(timeout=30)
        except subprocess.TimeoutExpired:
            actor.kill()
            actor.wait()
        for reader in self.readers:
            reader.join()

    def committed(self) -> Versions:
        """What the source's database says was told, by thing, in the order of its ids."""
        found: Versions = defaultdict(list)
        database = Database(self.source)
        with database.session_for_read() as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        database.dispose()
        for row in rows:
            envelope = Envelope.of([(name, value.encode()) for name, value in row.headers])
            found[UUID(row.key)].append(envelope.aggregateversion)
        return dict(found)

    def effects(self) -> Versions:
        """What the target's database says happened, by thing, in the order in which it did."""
        found: Versions = defaultdict(list)
        database = Database(self.target)
        with database.session_for_read() as session:
            for row in session.scalars(select(Effect).order_by(Effect.number)):
                found[row.subject].append(row.version)
        database.dispose()
        return dict(found)

    def parked(self) -> int:
        """How many records were set aside on either side."""
        total = 0
        for url in (self.source, self.target):
            database = Database(url)
            with database.session_for_read() as session:
                total += dead_letters.count(session)
            database.dispose()
        return total

    def settled(self, expected: int) -> bool:
        """Wait until so many effects are there."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if sum(map(len, self.effects().values())) >= expected:
                    return True
            except SQLAlchemyError:
                self.ledger["checker cut off"] += 1
            time.sleep(0.5)
        return False


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Servers of its own, because they are killed, with both databases and the topic."""
    kafka.need()
    from shared.messaging.kafka import KafkaBus  # noqa: PLC0415 - only where Kafka is there

    home = Path(tempfile.mkdtemp(prefix="roundtable-chaos-"))
    home.chmod(0o755)
    server = postgres.Server(postgres.need(), home / "data", durable=True)
    broker = kafka.Broker(tmp_path_factory.mktemp("chaos") / "broker")
    server.start()
    broker.start()
    made = Stage(broker, server, server.create(), server.create())
    for url in (made.source, made.target):
        database = Database(url)
        create(database)
        database.dispose()
    database = Database(made.source)
    with database.session_for_write() as session:
        session.add_all(Thing(id=ids.new(), version=0) for _ in range(THINGS))
    database.dispose()
    bus = KafkaBus([broker.address])
    bus.ensure_topics([SESSIONS])
    bus.close()
    yield made
    for actor in made.actors.values():
        actor.send_signal(signal.SIGCONT)
        actor.kill()
        actor.wait()
    for reader in made.readers:
        reader.join()
    broker.stop()
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def strike(stage: Stage, chance: random.Random) -> None:
    """Do one bad thing."""
    victim = chance.choice(["relay-1", "relay-2", "hear-1", "hear-2"])
    what = chance.choices(["kill", "freeze", "broker", "database"], weights=[6, 3, 1, 1])[0]
    stage.ledger[f"{what} {victim.split('-')[0]}" if what in {"kill", "freeze"} else what] += 1
    if what == "kill":
        stage.kill(victim)
    elif what == "freeze":
        stage.freeze(victim)
    elif what == "broker":
        stage.broker.kill()
        time.sleep(chance.random() * 2)
        stage.broker.start()
    else:
        stage.server.kill()
        time.sleep(chance.random())
        stage.server.start()


def differences(stage: Stage) -> list[str]:
    """What the independent checker finds wrong; empty when all is well."""
    committed, done, wrong = stage.committed(), stage.effects(), []
    for thing, versions in committed.items():
        found = done.get(thing, [])
        if lost := set(versions) - set(found):
            wrong.append(f"{thing} lost {sorted(lost)}")
        if len(found) != len(set(found)):
            wrong.append(f"{thing} doubled: {found}")
        if found != sorted(found):
            wrong.append(f"{thing} out of order: {found}")
        if versions != sorted(versions):
            wrong.append(f"{thing} told out of order: {versions}")
    for thing, shown in stage.shown.items():
        if phantom := shown - set(committed.get(thing, [])):
            wrong.append(f"{thing} receipts without a commit {sorted(phantom)}")
    if extra := set(done) - set(committed):
        wrong.append(f"effects of nothing {extra}")
    return wrong


def test_nothing_is_lost_doubled_or_overtaken(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random()  # noqa: S311 - a test's dice
    for name in ("write-1", "relay-1", "relay-2", "hear-1", "hear-2"):
        stage.enter(name)
    until = time.monotonic() + SECONDS
    time.sleep(3)
    while time.monotonic() < until:
        strike(stage, chance)
        time.sleep(chance.uniform(0.2, 1.5))
    if not stage.ledger["broker"]:
        stage.broker.kill()
        stage.broker.start()
        stage.ledger["broker"] += 1
    if not stage.ledger["database"]:
        stage.server.kill()
        stage.server.start()
        stage.ledger["database"] += 1
    stage.leave("write-1")
    expected = sum(map(len, stage.committed().values()))
    complete = stage.settled(expected)
    for name in list(stage.actors):
        stage.leave(name)
    stage.ledger["committed"] = expected
    stage.ledger["receipts"] = sum(map(len, stage.shown.values()))
    stage.ledger["effects"] = sum(map(len, stage.effects().values()))
    stage.ledger["parked"] = stage.parked()
    with capsys.disabled():
        print("\nledger:", ", ".join(f"{k} {v}" for k, v in sorted(stage.ledger.items())))  # noqa: T201
    assert complete
    assert differences(stage) == []
    assert stage.ledger["parked"] == 0
    assert expected > THINGS


def test_control_without_the_inbox_the_checker_finds_doubles(stage: Stage) -> None:
    stage.enter("write-1")
    stage.enter("relay-1")
    stage.enter("hear-1", **{CONTROL: "1", crash.VARIABLE: "consumer.after_commit:25"})
    assert stage.actors["hear-1"].wait(timeout=PATIENCE) == crash.STATUS
    stage.leave("write-1")
    stage.enter("hear-1", **{CONTROL: "1"})
    assert stage.settled(sum(map(len, stage.committed().values())) + 1)
    assert any("doubled" in one for one in differences(stage))
