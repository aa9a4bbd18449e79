"""What only Kafka can prove: settings, slow work that keeps its membership, a broker emptied."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared import ids
from shared.contracts.registry import SessionEnded
from shared.contracts.topics import ORGANISATIONS, SESSIONS, Topic
from shared.messaging.consumer import Consumer, hear
from shared.messaging.relay import Relay
from shared.messaging.retell import Each, retell
from shared.work import Room, Work
from tests.shared.messaging.tables import Thing
from tests.shared.messaging.test_bus import PATIENCE, append, first_batch, settled
from tests.shared.messaging.test_consumer import until
from tests.shared.messaging.told import effects, ended, on_ended, tell, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.messaging.kafka import KafkaBus
    from tests.support.kafka import Broker

pytestmark = pytest.mark.kafka
LONGEST_SILENCE = 2.0
SLOW = 6.0
"""Seconds that work takes: three times what a member may be silent."""


def bus_of(broker: "Broker") -> "KafkaBus":
    from shared.messaging.kafka import KafkaBus  # noqa: PLC0415 - only where Kafka is asked for

    return KafkaBus([broker.address], patience=5)


@pytest.fixture
def log(kafka_broker: "Broker") -> "Iterator[KafkaBus]":
    bus = bus_of(kafka_broker)
    yield bus
    bus.close()


@pytest.fixture
def topic(log: "KafkaBus") -> str:
    name = f"t.{ids.new().hex}"
    log.ensure_topics([Topic(name, owner="registry", readers=(), partitions=1)])
    return name


def members(broker: "Broker", *groups: str) -> list[int]:
    from kafka import KafkaAdminClient  # noqa: PLC0415 - as above

    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    try:
        found: Any = admin.describe_groups(list(groups))
    finally:
        admin.close()
    rows = found.values() if isinstance(found, dict) else found
    by_group = {row["group_id"]: len(row["members"]) for row in rows}
    return [by_group[one] for one in groups]


def test_slow_work_keeps_its_membership_and_who_does_not_poll_loses_it(
    kafka_broker: "Broker", log: "KafkaBus", topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kafka import KafkaConsumer  # noqa: PLC0415 - as above

    silence = int(LONGEST_SILENCE * 1000)
    monkeypatch.setitem(KafkaConsumer.DEFAULT_CONFIG, "max_poll_interval_ms", silence)
    append(log, topic, 3, keys=1)
    ours, control = f"g.{topic}", f"g.{topic}.control"
    silent = KafkaConsumer(
        topic,
        bootstrap_servers=kafka_broker.address,
        group_id=control,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    feed = log.consumer(ours, [topic])
    batch = first_batch(feed)
    ends = time.monotonic() + PATIENCE
    while not silent.poll(200):
        assert time.monotonic() < ends
    assert members(kafka_broker, ours, control) == [1, 1]
    working_until = time.monotonic() + SLOW
    while time.monotonic() < working_until:
        assert feed.poll(0.2) == []
    assert members(kafka_broker, ours, control) == [1, 0]
    assert feed.revoked() == frozenset()
    feed.ack(batch[0].partition, batch[-1].offset + 1)
    feed.resume(batch[0].partition)
    assert settled(log, ours, topic)
    feed.close()
    silent.close(autocommit=False)


def test_settings_that_lose_or_double_when_they_are_left_to_chance(
    log: "KafkaBus", topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.messaging import kafka, kafka_feed  # noqa: PLC0415 - as above

    given: list[dict[str, Any]] = []
    made = kafka.made

    def watched(kind: Any, **settings: Any) -> Any:
        given.append({"kind": kind.__name__, **settings})
        return made(kind, **settings)

    monkeypatch.setattr(kafka, "made", watched)
    monkeypatch.setattr(kafka_feed, "made", watched)
    append(log, topic, 1)
    feed = log.consumer(f"g.{topic}", [topic])
    first_batch(feed)
    feed.close()
    producer = next(one for one in given if one["kind"] == "KafkaProducer")
    assert (producer["enable_idempotence"], producer["acks"]) == (True, "all")
    consumer = next(one for one in given if one["kind"] == "KafkaConsumer")
    assert consumer["enable_auto_commit"] is False
    assert consumer["auto_offset_reset"] == "earliest"
    assert consumer["isolation_level"] == "read_committed"
    assert {one["allow_auto_create_topics"] for one in (producer, consumer)} == {False}


def again(work: Work, things: "Sequence[Thing]") -> None:
    for thing in things:
        work.tell(ended(thing.id, thing.tick()))


@pytest.mark.timeout(300)
def test_a_broker_that_came_back_empty_gets_everything_told_again(
    lite: Room, tmp_path: Path
) -> None:
    from tests.support.kafka import Broker, need  # noqa: PLC0415 - as above

    need()
    broker = Broker(tmp_path / "broker")
    broker.start()
    try:
        bus = bus_of(broker)
        bus.ensure_topics([SESSIONS, ORGANISATIONS])
        relay = Relay(lite.database, bus, "registry")
        things = [tell(lite, times=2) for _ in range(3)]
        assert relay.once() == 6
        reader = reading(bus, lite)
        until(lambda: reader.counters.handled >= 6, lambda: reader.once(0.2))
        reader.stop()
        bus.close()
        broker.stop()
        broker.empty()
        broker.start()

        bus = bus_of(broker)
        assert bus.ensure_topics([SESSIONS, ORGANISATIONS]) == []
        missed = tell(lite)
        retell(lite.work, [Each(Thing, again)])
        relay = Relay(lite.database, bus, "registry")
        until(lambda: not waiting(lite), relay.once)
        # As it was, then what came after, then the state of each.
        assert versions(bus) == {**{key: [1, 2, 3] for key in things}, missed: [1, 2]}
        reader = reading(bus, lite)
        until(lambda: not behind(bus, reader), lambda: reader.once(0.2))
        reader.stop()
        assert effects(lite) == {**{key: [1, 2, 3] for key in things}, missed: [1, 2]}
        assert reader.counters.repeated == 6
        bus.close()
    finally:
        broker.stop()


def reading(bus: "KafkaBus", room: Room) -> Consumer:
    return Consumer(bus, "consultation", [hear(SessionEnded, on_ended)], room.work)


def waiting(room: Room) -> int:
    from shared.database import outbox  # noqa: PLC0415 - used once

    with room.view() as view:
        return outbox.backlog(view.session).rows


def behind(bus: "KafkaBus", reader: Consumer) -> int:
    return sum(one.behind for one in bus.lag(reader.group, [SESSIONS.name]))
