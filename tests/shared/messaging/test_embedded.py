"""What only the embedded log has to prove: one process, its own janitor, durable files."""

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import FixedClock
from shared.contracts.partitions import murmur2, partition_of
from shared.contracts.topics import TOPICS, Topic
from shared.messaging.bus import Appended, BusAway, Record, Refused
from shared.messaging.embedded import BusInUse, EmbeddedBus
from tests.shared.messaging.tables import START

PEOPLE = Topic(
    "people",
    owner="registry",
    readers=(),
    partitions=2,
    compacted=True,
    tombstone_retention=timedelta(days=30),
)
SESSIONS = Topic("sessions", owner="registry", readers=(), retention=timedelta(days=2))
FOREVER = Topic("calls", owner="consultation", readers=())


class Machine(FixedClock):
    """The machine's time stands still as well."""

    def system(self) -> datetime:
        return self.at


@pytest.fixture
def machine() -> Machine:
    return Machine(START)


@pytest.fixture
def kept(tmp_path: Path, machine: Machine) -> EmbeddedBus:
    bus = EmbeddedBus(tmp_path / "log.db", machine, janitor=False)
    bus.ensure_topics([PEOPLE, SESSIONS, FOREVER])
    return bus


def put(bus: EmbeddedBus, topic: Topic, key: str, value: str | None) -> None:
    data = None if value is None else value.encode()
    [result] = bus.append([Record(topic.name, key.encode(), data)])
    assert isinstance(result, Appended)


def values(bus: EmbeddedBus, topic: Topic) -> list[tuple[str, str | None]]:
    return sorted(
        ((one.key or b"").decode(), one.value.decode() if one.value is not None else None)
        for one in bus.read(topic.name)
    )


def test_murmur2_agrees_with_kafkas_own_test_values() -> None:
    # From org.apache.kafka.common.utils.UtilsTest.
    cases = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
        b"abc": 479470107,
    }
    for data, expected in cases.items():
        assert murmur2(data) == expected & 0xFFFFFFFF
    assert 0 <= partition_of(b"21", 6) < 6


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    bus = EmbeddedBus(tmp_path / "log.db", janitor=False)
    with pytest.raises(BusInUse):
        EmbeddedBus(tmp_path / "log.db", janitor=False)
    bus.close()
    EmbeddedBus(tmp_path / "log.db", janitor=False).close()


def test_a_log_that_was_closed_says_so(kept: EmbeddedBus) -> None:
    kept.close()
    with pytest.raises(BusAway):
        kept.lag("g", ["calls"])


def test_records_and_positions_outlive_the_process(tmp_path: Path, machine: Machine) -> None:
    bus = EmbeddedBus(tmp_path / "log.db", machine, janitor=False)
    bus.ensure_topics(TOPICS)
    bus.append([Record("consultation.calls", b"k", b"1"), Record("consultation.calls", b"k", b"2")])
    feed = bus.consumer("g", ["consultation.calls"])
    [batch] = feed.poll(0)
    feed.ack(batch.partition, batch.records[0].offset + 1)
    bus.close()
    bus = EmbeddedBus(tmp_path / "log.db", machine, janitor=False)
    [batch] = bus.consumer("g", ["consultation.calls"]).poll(0)
    assert [one.value for one in batch.records] == [b"2"]
    bus.close()


def test_retention_deletes_what_is_past_its_time(kept: EmbeddedBus, machine: Machine) -> None:
    put(kept, SESSIONS, "a", "old")
    put(kept, FOREVER, "a", "old")
    machine.at += timedelta(days=1)
    put(kept, SESSIONS, "a", "new")
    machine.at += timedelta(days=1, hours=1)
    assert kept.tidy() == 1
    assert values(kept, SESSIONS) == [("a", "new")]
    assert values(kept, FOREVER) == [("a", "old")]


def test_compaction_keeps_the_last_record_of_each_key(kept: EmbeddedBus) -> None:
    for number in range(5):
        for key in ("a", "b", "c"):
            put(kept, PEOPLE, key, str(number))
    assert kept.tidy() == 12
    assert values(kept, PEOPLE) == [("a", "4"), ("b", "4"), ("c", "4")]
    assert kept.tidy() == 0


def test_a_tombstone_outlives_what_it_buries_and_then_goes(
    kept: EmbeddedBus, machine: Machine
) -> None:
    put(kept, PEOPLE, "a", "a name")
    put(kept, PEOPLE, "b", "another")
    put(kept, PEOPLE, "a", None)
    kept.tidy()
    assert values(kept, PEOPLE) == [("a", None), ("b", "another")]
    machine.at += timedelta(days=29)
    assert kept.tidy() == 0
    machine.at += timedelta(days=2)
    assert kept.tidy() == 1
    assert values(kept, PEOPLE) == [("b", "another")]


def test_what_was_compacted_away_is_nowhere_in_the_file(kept: EmbeddedBus) -> None:
    put(kept, PEOPLE, "a", "a very particular name")
    put(kept, PEOPLE, "a", None)
    kept.tidy()
    with kept.writing() as connection:
        connection.execute("SELECT 1")
    kept._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"a very particular name" not in kept.path.read_bytes()


def test_offsets_go_on_after_compaction(kept: EmbeddedBus) -> None:
    feed = kept.consumer("g", ["people"])
    for number in range(4):
        put(kept, PEOPLE, "a", str(number))
    kept.tidy()
    put(kept, PEOPLE, "a", "4")
    [batch] = feed.poll(0)
    assert [one.offset for one in batch.records] == [3, 4]
    feed.ack(batch.partition, 5)
    assert sum(one.behind for one in kept.lag("g", ["people"])) == 0


def test_a_group_is_not_behind_for_what_is_gone(kept: EmbeddedBus, machine: Machine) -> None:
    put(kept, SESSIONS, "a", "old")
    machine.at += timedelta(days=3)
    kept.tidy()
    feed = kept.consumer("g", ["sessions"])
    assert feed.poll(0) == []
    assert sum(one.behind for one in kept.lag("g", ["sessions"])) == 0


def test_an_append_wakes_whoever_waits(kept: EmbeddedBus) -> None:
    feed = kept.consumer("g", ["calls"])
    came: list[float] = []

    def waits() -> None:
        feed.poll(20)
        came.append(time.monotonic())

    waiter = threading.Thread(target=waits)
    waiter.start()
    time.sleep(0.1)
    sent = time.monotonic()
    put(kept, FOREVER, "a", "1")
    waiter.join(10)
    assert came
    assert came[0] - sent < 0.9


def test_many_appenders_leave_no_gap(kept: EmbeddedBus) -> None:
    def appends(number: int) -> None:
        for each in range(40):
            put(kept, FOREVER, f"k{number}", str(each))

    threads = [threading.Thread(target=appends, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_partition: dict[int, list[int]] = {}
    for one in kept.read("calls"):
        by_partition.setdefault(one.partition.number, []).append(one.offset)
    assert sum(map(len, by_partition.values())) == 240
    assert all(found == list(range(len(found))) for found in by_partition.values())


def test_a_log_is_read_beside_the_process_that_has_it(tmp_path: Path) -> None:
    path = tmp_path / "a log?.db"
    bus = EmbeddedBus(path, janitor=False)
    bus.ensure_topics([SESSIONS])
    reader = EmbeddedBus(path, reading=True)
    bus.append([Record(SESSIONS.name, b"k", b"v")])
    assert [one.value for one in reader.read(SESSIONS.name)] == [b"v"]
    [result] = reader.append([Record(SESSIONS.name, b"k", b"w")])
    assert isinstance(result, Refused)
    reader.close()
    bus.close()
    with pytest.raises(BusAway):
        EmbeddedBus(tmp_path / "none.db", reading=True).heads([SESSIONS.name])
