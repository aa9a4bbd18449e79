"""Measures 4 and 5: from commit to effect over Kafka, and an outbox drained after an outage."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import Engine, text

from benchmarks.floors import records
from benchmarks.measuring import Effort, Figure, Outcome, alternate
from benchmarks.serving import Server
from benchmarks.stores import Moved
from shared import ids, logs
from shared.contracts.registry import OrganisationChanged
from shared.contracts.topics import ORGANISATIONS
from shared.database.session import Database
from shared.messaging.kafka import KafkaBus
from shared.messaging.relay import Relay
from tools.snapshots import sample_of, schema_of

Say = Callable[[str], None]
WORKS = {"registry": 8312, "consultation": 8313}
PACE = 0.1
"""Seconds between two commits: what is measured is the way of one event. At fifty a second the five
processes of the measure queue on two processors."""
PATIENCE = 60.0
KEYS = 500
"""Aggregates whose events are drained: enough for all partitions, few enough to have an order."""


def event(key: UUID, version: int) -> OrganisationChanged:
    """Return an event as large as they are."""
    sample = sample_of(schema_of(OrganisationChanged))
    return OrganisationChanged.model_validate(sample | {"id": key, "version": version})


# ---------------------------------------------------------------------------------- 4: the way


def delivery(moved: Moved, folder: Path, effort: Effort, say: Say) -> Outcome:
    """Measure milliseconds from a commit in registry to its effect's commit in consultation.

    Two processes as they are shipped, `roundtable work registry` and `work consultation`; the
    commits are another process's, as a page's are. The server of the databases says when the
    effect was committed.
    """
    with moved.copied("registry") as told, moved.copied("consultation") as heard, ExitStack() as on:
        for name, url in (("registry", told), ("consultation", heard)):
            environment = moved.environment(name, url, folder)
            given = ["-m", "services", "work", name, "--port", str(WORKS[name])]
            server = Server(given, WORKS[name], environment=environment)
            on.callback(server.stop)
            server.until("/health/live")
        product = on.enter_context(_way(told, heard))
        floor = on.enter_context(_raw(moved.stores.kafka.address, folder))
        return alternate(
            lambda: _spread(floor(effort.events)),
            lambda: _spread(product(effort.events)),
            say,
            effort,
        )


def _spread(took: Sequence[float]) -> Figure:
    ordered = sorted(took)
    p99 = ordered[int(len(ordered) * 0.99)] * 1000
    return Figure(median(ordered) * 1000, {"p99": p99})


@contextmanager
def _way(told: str, heard: str) -> Iterator[Callable[[int], list[float]]]:
    from services.registry.main import build  # noqa: PLC0415 - only this measure needs it
    from services.registry.settings import Settings  # noqa: PLC0415
    from shared.runtime import Front  # noqa: PLC0415

    registry = build(Settings(database_url=told))
    front = Front(registry)
    front.start()
    reader = Database(heard)

    def once(events: int) -> list[float]:
        committed = {}
        for _ in range(events):
            key = ids.new()
            with registry.room.work() as work:
                work.tell(event(key, 1))
            committed[str(key)] = time.time()
            time.sleep(PACE)
        effects = _effects(reader.engine, committed)
        return [effects[key] - at for key, at in committed.items()]

    try:
        yield once
    finally:
        front.stop()
        reader.dispose()


def _effects(engine: Engine, wanted: dict[str, float]) -> dict[str, float]:
    """Return when the copies of organisations were committed, once all are there."""
    ends = time.monotonic() + PATIENCE
    statement = text(
        "SELECT id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM known_organisation"
        " WHERE id = ANY(:ids)"
    )
    while time.monotonic() < ends:
        with engine.connect() as connection:
            rows = connection.execute(statement, {"ids": [UUID(one) for one in wanted]}).all()
        if len(rows) == len(wanted):
            return {str(key): float(at) for key, at in rows}
        time.sleep(0.2)
    raise TimeoutError("effects are missing")


@contextmanager
def _raw(servers: str, folder: Path) -> Iterator[Callable[[int], list[float]]]:
    topic = replace(ORGANISATIONS, name="floor.delivery")
    _made(servers, topic)
    file = folder / "floor-delivery.txt"
    file.touch()
    reader = Server(["-m", "benchmarks.floors.records", servers, topic.name, str(file)], 0)
    producer = records.producer(servers)
    value = event(ids.new(), 1).model_dump_json().encode()

    def once(events: int) -> list[float]:
        sent = {}
        for _ in range(events):
            key = str(ids.new())
            sent[key] = time.time()
            producer.send(topic.name, key=key.encode(), value=value)
            time.sleep(PACE)
        producer.flush()
        read = _noted(file, sent)
        return [read[key] - at for key, at in sent.items()]

    try:
        yield once
    finally:
        producer.close()
        reader.stop()


def _noted(file: Path, wanted: dict[str, float]) -> dict[str, float]:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
        found = {line[0]: float(line[1]) for line in lines if len(line) == 2 and line[0] in wanted}
        if len(found) == len(wanted):
            return found
        time.sleep(0.2)
    raise TimeoutError("records are missing")


# ---------------------------------------------------------------------------------- 5: the drain


@dataclass
class Drain:
    """An outbox with everything that an outage left in it, and the relay that sends it."""

    database: Database
    bus: KafkaBus
    servers: str
    each: int

    @cached_property
    def relay(self) -> Relay:
        """The product's own, run by hand as fast as it goes."""
        return Relay(self.database, self.bus, source="registry")

    def fill(self, rounds: int) -> None:
        """Have so many rounds of events wait, told by works as they are told."""
        payload = event(ids.new(), 1).model_dump_json().encode()
        with self.database.session_for_write() as session:
            session.execute(text("DELETE FROM outbox"))
            session.execute(
                text(
                    "INSERT INTO outbox (event_id, topic, key, type, headers, payload,"
                    " occurred_at, attempts)"
                    " SELECT gen_random_uuid(), :topic, keys.key, CAST(:type AS text),"
                    " json_build_array(json_build_array('ce_specversion', '1.0'),"
                    " json_build_array('ce_type', CAST(:type AS text)),"
                    " json_build_array('ce_aggregateversion', n::text)), :payload, now(), 0"
                    " FROM generate_series(1, CAST(:many AS integer)) AS n JOIN LATERAL"
                    " (SELECT md5((n % CAST(:keys AS integer))::text)::uuid::text AS key) AS keys"
                    " ON true ORDER BY n"
                ),
                {
                    "topic": ORGANISATIONS.name,
                    "type": OrganisationChanged.type,
                    "payload": payload,
                    "many": self.each * rounds,
                    "keys": KEYS,
                },
            )
        with self.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("ANALYZE outbox")
            )

    def product(self) -> Figure:
        """Return events a second, each marked as sent."""
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            # As shipped: a line of the log for each event.
            logs.configure("info", to=nowhere)
            started, sent = time.perf_counter(), 0
            while sent < self.each:
                sent += self.relay.once()
            took = time.perf_counter() - started
            logs.configure("warning")
        return Figure(sent / took)

    def order(self) -> None:
        """Raise AssertionError unless every key's events stand in the log in the order told."""
        consumer = KafkaConsumer(bootstrap_servers=self.servers, enable_auto_commit=False)
        places = [TopicPartition(ORGANISATIONS.name, n) for n in range(ORGANISATIONS.partitions)]
        consumer.assign(places)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(places)
        last: dict[bytes, int] = {}
        while any(consumer.position(place) < ends[place] for place in places):
            for found in consumer.poll(timeout_ms=500).values():
                for record in found:
                    version = int(dict(record.headers)["ce_aggregateversion"])
                    if version < last.get(record.key, 0):
                        raise AssertionError(f"{record.key!r}: {version} after {last[record.key]}")
                    last[record.key] = version
        consumer.close()
        if not last:
            raise AssertionError("nothing was sent")


def drain(moved: Moved, effort: Effort, say: Say) -> Outcome:
    """Measure events a second of a relay that finds a long outbox, against a bare producer.

    Both send the same bytes; the relay reads them from the database and marks them there.
    """
    servers, each = moved.stores.kafka.address, effort.drained
    topic = replace(ORGANISATIONS, name="floor.drain")
    _made(servers, topic)
    with moved.copied("registry") as url:
        made = Drain(Database(url), KafkaBus([servers]), servers, each)
        producer = records.producer(servers)
        try:
            made.fill(1 + effort.rounds * effort.runs)
            value = event(ids.new(), 1).model_dump_json().encode()
            headers = [
                ("ce_specversion", b"1.0"),
                ("ce_type", OrganisationChanged.type.encode()),
                ("ce_aggregateversion", b"10000"),
            ]
            many = [(str(ids.new()).encode(), value, headers) for _ in range(each)]

            def floor() -> Figure:
                started = time.perf_counter()
                records.send(producer, topic.name, many)
                return Figure(each / (time.perf_counter() - started))

            outcome = alternate(floor, made.product, say, effort)
            made.order()
            return outcome
        finally:
            producer.close()
            made.relay.stop()
            made.bus.close()
            made.database.dispose()


def _made(servers: str, topic: object) -> None:
    bus = KafkaBus([servers])
    bus.ensure_topics([topic])  # type: ignore[list-item]
    bus.close()
