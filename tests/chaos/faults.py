"""What is done to the portal: each kind of fault, with what puts it right where somebody has to."""

import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from shared import ids
from shared.contracts.topics import SUBMISSIONS, TOPICS
from shared.operations import pulse
from tests.chaos.scene import PATIENCE, Scene
from tests.support.production import SERVICES, Process, Role

ABSENCE = float(os.environ.get("CHAOS_ABSENCE", "4"))
"""Seconds that something is away."""
FROZEN = max(12.0, ABSENCE / 2)
"""Longer than the 10 s after which a member of a group counts as dead."""
HELD_BACK = 0.03
DOUBLED = 20
SEEN = pulse.SECONDS + 1.0
"""Seconds in which every worker that runs has said so."""
RETOLD = 600.0
"""Seconds that telling everything again may take on a busy machine."""
FULL_FOR = 3.0
PIECE, PAGE = 1 << 20, 1 << 12
SWITCHES = 8
MESSAGE = "SELECT pg_logical_emit_message(false, 'x', repeat('x', 100000))"
MUCH = "CREATE TABLE much AS SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"
Record = Any


def kill_web(scene: Scene, chance: random.Random) -> None:
    """SIGKILL a process that answers requests."""
    _kill(scene, "web", chance)


def kill_worker(scene: Scene, chance: random.Random) -> None:
    """SIGKILL a process that sends, hears, works by the clock and mails."""
    _kill(scene, "work", chance)


def _kill(scene: Scene, role: Role, chance: random.Random) -> None:
    victim = chance.choice([one for one in scene.production.processes if one.role == role])
    scene.ledger.counts[f"killed {role} {victim.service}"] += 1
    with scene.hold:
        if victim.running is not None:
            victim.kill()
        victim.start(wait=False)


def freeze_worker(scene: Scene, chance: random.Random) -> None:
    """SIGSTOP a worker for longer than its group waits for it; everything else goes on."""
    victim = chance.choice([one for one in scene.production.processes if one.role == "work"])

    def freeze() -> None:
        with scene.hold:
            if not _signalled(victim, Process.freeze):
                return
        time.sleep(FROZEN)
        with scene.hold:
            _signalled(victim, Process.thaw)

    thread = threading.Thread(target=freeze, name="freezer")
    scene.frozen.append(thread)
    thread.start()


def _signalled(process: Process, signal: Callable[[Process], None]) -> bool:
    if process.running is None or process.running.poll() is not None:
        return False
    signal(process)
    return True


def kill_database(scene: Scene, chance: random.Random) -> None:
    """SIGKILL PostgreSQL and start it after a while."""
    scene.production.postgres.kill()
    time.sleep(chance.uniform(0, ABSENCE))
    scene.production.postgres.start()


def kill_broker(scene: Scene, _chance: random.Random) -> None:
    """SIGKILL the broker; it is away, then comes back with what it had."""
    scene.production.broker.kill()
    time.sleep(ABSENCE)
    scene.production.broker.start()


def empty_broker(scene: Scene, _chance: random.Random) -> None:
    """The broker comes back with nothing: topics are made again, everything is told again."""
    broker = scene.production.broker
    broker.kill()
    for service in SERVICES:
        told = scene.rows(service, "SELECT event_id FROM outbox WHERE published_at IS NOT NULL")
        scene.lost.update(str(event) for (event,) in told)
    broker.empty()
    # Nobody will say what of it was never read.
    scene.poison = {key: False for key in scene.poison if not _is_parked(scene, key)} | {
        key: must for key, must in scene.poison.items() if must and _is_parked(scene, key)
    }
    scene.emptied = True
    broker.start()
    scene.production.run("migrate")
    for one in scene.frozen:
        one.join()
    # The command asks for a worker of each service, and says so when there is none.
    until = time.monotonic() + PATIENCE
    while any(one.health("ready")[0] != 200 for one in scene.production.processes):
        assert time.monotonic() < until, "not every process came back"
        time.sleep(0.5)
    time.sleep(SEEN)
    scene.production.run("retell", patience=RETOLD)


def _is_parked(scene: Scene, key: str) -> bool:
    query = "SELECT 1 FROM dead_letter WHERE key = %s"
    return all(scene.rows(one, query, key) for one in SUBMISSIONS.readers)


def cut_connections(scene: Scene, chance: random.Random) -> None:
    """Reset every connection to the database and the log, and refuse new ones for a moment."""
    wires = list(scene.wires.values())
    for wire in wires:
        wire.away = True
        scene.ledger.counts["connections cut"] += wire.cut()
    time.sleep(chance.uniform(0, ABSENCE))
    for wire in wires:
        wire.away = False
        # Whoever came meanwhile and was half way in.
        scene.ledger.counts["connections cut"] += wire.cut()


def slow_connections(scene: Scene, _chance: random.Random) -> None:
    """Everything between the services and their database and log takes its time."""
    for wire in scene.wires.values():
        wire.delay = HELD_BACK
    time.sleep(ABSENCE)
    for wire in scene.wires.values():
        wire.delay = 0.0


def double_events(scene: Scene, chance: random.Random) -> None:
    """Send records of the log again: as they were, and some as if nobody had seen them."""
    log = [one for one in records(scene) if headers_of(one).get("ce_id") and one.value]
    chosen = [chance.choice(log) for _ in range(DOUBLED)] if log else []
    chance.shuffle(chosen)
    told = []
    for record in chosen:
        headers = list(record.headers)
        if chance.random() < 0.3:
            # As when its row of the inbox has been pruned: only versions and occasions guard.
            name = str(ids.new())
            scene.forged.add(name)
            headers = [(k, name.encode() if k == "ce_id" else v) for k, v in headers]
        told.append((record.topic, record.key, record.value, headers))
    put(scene, told)
    scene.ledger.counts["events doubled"] += len(told)


def poison_events(scene: Scene, chance: random.Random) -> None:
    """Send what is no event of ours: it is set aside, and nothing waits behind it."""
    broken = [
        ("roundtable.consultation.submission-sent.v1", b'{"id": 7', True),
        ("roundtable.consultation.submission-sent.v1", b"\xff\xfe\x00", True),
        ("roundtable.consultation.submission-withdrawn.v1", b"{}", True),
        ("roundtable.consultation.submission-forgotten.v9", b"{}", False),
    ]
    told = []
    for kind, value, parked in broken:
        key = str(ids.new())
        scene.poison[key] = parked
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(ids.new()),
            "ce_type": kind,
            "ce_source": "consultation",
            "ce_subject": key,
            "ce_time": "2026-01-01T00:00:00+00:00",
            "ce_aggregateversion": "1",
            "content-type": "application/json",
        }
        told.append(
            (SUBMISSIONS.name, key.encode(), value, [(k, v.encode()) for k, v in headers.items()])
        )
    bare = str(ids.new())
    scene.poison[bare] = True
    told.append((SUBMISSIONS.name, bare.encode(), b"{}", []))
    chance.shuffle(told)
    put(scene, told)
    scene.ledger.counts["events poisoned"] += len(told)


def refuse_mail_for_now(scene: Scene, chance: random.Random) -> None:
    """The mail server says 4xx for a while."""
    scene.postbox.fare("later", chance.randint(1, 4))
    _wait_for_mail(scene)


def refuse_mail_for_good(scene: Scene, _chance: random.Random) -> None:
    """The mail server says 5xx to one message."""
    scene.postbox.fare("never", 1)
    _wait_for_mail(scene)


def hang_after_data(scene: Scene, _chance: random.Random) -> None:
    """The mail server takes a message whole and does not say so."""
    scene.postbox.fare("hang", 1)
    _wait_for_mail(scene)


def _wait_for_mail(scene: Scene) -> None:
    until = time.monotonic() + ABSENCE
    while scene.postbox.left > 0 and time.monotonic() < until:
        time.sleep(0.1)


def fill_disk(scene: Scene, _chance: random.Random) -> None:
    """The file system of the database is full for a while; needs one of its own."""
    assert scene.small_disk is not None
    filler = scene.small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for piece in (b"\0" * PIECE, b"\0" * PAGE):
            with suppress(OSError):
                while file.write(piece):
                    pass
    until = time.monotonic() + FULL_FOR
    _write_much(scene)
    time.sleep(max(0.0, until - time.monotonic()))
    filler.unlink()
    if not _answers(scene, 5.0):
        scene.ledger.counts["databases ended by a full disk"] += 1
        scene.production.postgres.start()


def _write_much(scene: Scene) -> None:
    """Have the server need new files: pages of a table, and of its own log."""
    try:
        with scene.connected("registry") as connection:
            for _ in range(SWITCHES):
                connection.execute(MESSAGE)
                connection.execute("SELECT pg_switch_wal()")
            connection.execute(MUCH)
            connection.execute("DROP TABLE much")
    except psycopg.Error as error:
        scene.ledger.counts[f"disk full: {type(error).__name__}"] += 1
        return
    raise AssertionError("the disk was not full")


def _answers(scene: Scene, patience: float) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            scene.rows("registry", "SELECT 1")
        except psycopg.Error:
            time.sleep(0.2)
        else:
            return True
    return False


Fault = Callable[[Scene, random.Random], None]
FAULTS: Mapping[str, Fault] = {
    one.__name__.replace("_", " "): one
    for one in (
        freeze_worker,
        kill_web,
        kill_worker,
        kill_database,
        kill_broker,
        empty_broker,
        cut_connections,
        slow_connections,
        double_events,
        poison_events,
        refuse_mail_for_now,
        refuse_mail_for_good,
        hang_after_data,
        fill_disk,
    )
}


def records(scene: Scene) -> list[Record]:
    """Read the whole log with the bare client, in the order of its partitions."""
    consumer = KafkaConsumer(
        bootstrap_servers=[scene.production.broker.address],
        enable_auto_commit=False,
        allow_auto_create_topics=False,
    )
    try:
        places = [TopicPartition(one.name, n) for one in TOPICS for n in range(one.partitions)]
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        consumer.seek_to_beginning(*places)
        found: list[Record] = []
        until = time.monotonic() + PATIENCE
        while any(consumer.position(place) < end for place, end in ends.items()):
            assert time.monotonic() < until, "the log cannot be read to its end"
            for some in consumer.poll(timeout_ms=500).values():
                found += some
        return found
    finally:
        consumer.close(autocommit=False)


def headers_of(record: Record) -> dict[str, str]:
    """Return the headers of a record as text."""
    return {name: value.decode(errors="replace") for name, value in record.headers}


def put(scene: Scene, told: Sequence[tuple[str, bytes, bytes, list[tuple[str, bytes]]]]) -> None:
    """Put records into the log with the bare client."""
    producer = KafkaProducer(bootstrap_servers=[scene.production.broker.address], acks="all")
    try:
        for topic, key, value, headers in told:
            producer.send(topic, key=key, value=value, headers=headers)
        producer.flush(timeout=PATIENCE)
    finally:
        producer.close()
