"""One suite that every log passes: the embedded one and Apache Kafka."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import ids
from shared.contracts.partitions import partition_of
from shared.contracts.topics import Topic
from shared.messaging.bus import (
    MAX_RECORD,
    Appended,
    Bus,
    Feed,
    GroupBusy,
    Kept,
    Partition,
    Record,
    Refused,
    TooLarge,
    TopicUnknown,
)

PATIENCE = 20.0
PARTITIONS = 3


@pytest.fixture
def topic(bus: Bus) -> str:
    """A fresh topic of three partitions."""
    name = f"t.{ids.new().hex}"
    bus.ensure_topics([Topic(name, owner="registry", readers=(), partitions=PARTITIONS)])
    return name


@pytest.fixture
def group() -> str:
    return f"g.{ids.new().hex}"


def record(topic: str, key: str, value: str | None = "v") -> Record:
    return Record(topic, key.encode(), None if value is None else value.encode(), [("n", b"\xff")])


def append(bus: Bus, topic: str, count: int, keys: int = 7) -> list[Appended]:
    results = bus.append([record(topic, f"k{n % keys}", str(n)) for n in range(count)])
    assert all(isinstance(one, Appended) for one in results), results
    return [one for one in results if isinstance(one, Appended)]


def take(feed: Feed, enough: Callable[[list[Kept]], bool]) -> list[Kept]:
    """Take, acknowledge and go on until there is enough."""
    found: list[Kept] = []
    until = time.monotonic() + PATIENCE
    while not enough(found):
        assert time.monotonic() < until, f"only {len(found)} records came"
        for batch in feed.poll(0.2):
            found += batch.records
            feed.ack(batch.partition, batch.records[-1].offset + 1)
            feed.resume(batch.partition)
    return found


def first_batch(feed: Feed) -> list[Kept]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if batches := feed.poll(0.2):
            return list(batches[0].records)
    raise AssertionError("nothing came")


def settled(bus: Bus, group: str, topic: str) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not sum(one.behind for one in bus.lag(group, [topic])):
            return True
        time.sleep(0.05)
    return False


def test_a_record_comes_back_as_it_was_appended(bus: Bus, topic: str, group: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    [result] = bus.append([Record(topic, b"key", b"\x00\xffbytes", [("a", b"1"), ("a", b"2")])])
    feed = bus.consumer(group, [topic])
    [found] = take(feed, bool)
    feed.close()
    assert isinstance(result, Appended)
    assert (found.partition, found.offset) == (result.partition, result.offset)
    assert (found.key, found.value) == (b"key", b"\x00\xffbytes")
    assert list(found.headers) == [("a", b"1"), ("a", b"2")]
    assert before < found.at < datetime.now(UTC) + timedelta(seconds=5)


def test_a_tombstone_has_no_value(bus: Bus, topic: str) -> None:
    bus.append([record(topic, "gone", None)])
    [found] = bus.read(topic)
    assert found.value is None
    assert found.key == b"gone"


def test_a_key_is_where_every_client_expects_it(bus: Bus, topic: str) -> None:
    for result in append(bus, topic, 14):
        assert result.partition.topic == topic
    for found in bus.read(topic):
        assert found.key is not None
        assert found.partition.number == partition_of(found.key, PARTITIONS)


def test_offsets_of_a_partition_have_the_order_of_appending(bus: Bus, topic: str) -> None:
    append(bus, topic, 30)
    append(bus, topic, 30)
    by_key: dict[bytes, list[int]] = {}
    for found in bus.read(topic):
        by_key.setdefault(found.key or b"", []).append(int(found.value or b"-1"))
    assert sum(map(len, by_key.values())) == 60
    for values in by_key.values():
        halves = sorted(values[: len(values) // 2]) + sorted(values[len(values) // 2 :])
        assert values == halves


def test_a_record_too_large_is_its_own_fault_and_holds_back_its_key(bus: Bus, topic: str) -> None:
    large = Record(topic, b"k1", b"x" * (MAX_RECORD + 1))
    good, refused, held, other = bus.append(
        [record(topic, "k1"), large, record(topic, "k1"), record(topic, "k2")]
    )
    assert isinstance(good, Appended)
    assert isinstance(refused, Refused)
    assert refused.own_fault
    assert isinstance(refused.error, TooLarge)
    assert isinstance(held, Refused)
    assert not held.own_fault
    assert isinstance(other, Appended)
    assert len(list(bus.read(topic))) == 2


def test_an_unknown_topic_refuses_only_its_own_records(bus: Bus, topic: str, group: str) -> None:
    refused, good = bus.append([record(f"no.{group}", "k1"), record(topic, "k2")])
    assert isinstance(refused, Refused)
    assert not refused.own_fault
    assert isinstance(good, Appended)


def test_an_unknown_topic_cannot_be_read(bus: Bus, group: str) -> None:
    with pytest.raises(TopicUnknown):
        list(bus.read(f"no.{group}"))
    with pytest.raises(TopicUnknown):
        bus.consumer(group, [f"no.{group}"]).poll(PATIENCE)


def declared(name: str, **given: Any) -> Topic:
    return Topic(name, owner="registry", readers=(), **{"partitions": 2, **given})


def test_a_topic_as_it_was_declared_has_no_differences(bus: Bus) -> None:
    name = f"t.{ids.new().hex}"
    for topic in (
        declared(f"{name}.kept"),
        declared(f"{name}.short", retention=timedelta(days=2)),
        declared(
            f"{name}.compacted",
            compacted=True,
            tombstone_retention=timedelta(days=30),
            max_compaction_lag=timedelta(days=7),
        ),
    ):
        assert bus.ensure_topics([topic]) == []
        assert bus.ensure_topics([topic]) == []


def test_a_topic_that_differs_is_reported_and_left(bus: Bus) -> None:
    name = f"t.{ids.new().hex}"
    bus.ensure_topics([declared(name)])
    append(bus, name, 4)
    changed = declared(name, partitions=3, retention=timedelta(days=3650))
    for _ in range(2):
        partitions, retention = map(str, bus.ensure_topics([changed]))
        assert partitions.startswith(f"{name}: partitions is 2, and 3 is declared.")
        assert "is -1 (for ever), and 315360000000 (3650 days) is declared." in retention
    assert bus.ensure_topics([declared(name)]) == []
    assert len(list(bus.read(name))) == 4


def test_a_topic_is_brought_up_to_its_declaration_when_asked(bus: Bus) -> None:
    name = f"t.{ids.new().hex}"
    bus.ensure_topics([declared(name, retention=timedelta(days=2))])
    changed = declared(name, partitions=3, compacted=True, tombstone_retention=timedelta(days=30))
    found = bus.ensure_topics([changed], apply=True)
    assert [(one.setting, one.can_be_applied) for one in found] == [
        ("partitions", False),
        ("cleanup.policy", True),
        ("delete.retention.ms", True),
    ]
    assert [one.setting for one in bus.ensure_topics([changed])] == ["partitions"]
    assert bus.ensure_topics([declared(name, retention=timedelta(days=2))]) != []


def test_a_group_gets_everything_once_in_order(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 500)
    feed = bus.consumer(group, [topic], max_records=20)
    found = take(feed, lambda found: len(found) >= 500)
    assert not feed.poll(0.3)
    feed.close()
    by_partition: dict[int, list[int]] = {}
    for one in found:
        by_partition.setdefault(one.partition.number, []).append(one.offset)
    assert len(found) == 500
    assert all(offsets == list(range(len(offsets))) for offsets in by_partition.values())


def test_batches_are_no_longer_than_asked_for(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 100, keys=1)
    feed = bus.consumer(group, [topic], max_records=8)
    assert len(first_batch(feed)) == 8
    feed.close()


def test_a_partition_is_silent_until_it_is_resumed(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 1, keys=1)
    feed = bus.consumer(group, [topic])
    [one] = first_batch(feed)
    append(bus, topic, 3, keys=1)
    assert not feed.poll(0.5)
    feed.ack(one.partition, one.offset + 1)
    feed.resume(one.partition)
    assert [int(found.value or b"") for found in take(feed, lambda found: len(found) >= 3)] == [
        0,
        1,
        2,
    ]
    feed.close()


def test_resuming_gives_again_what_was_not_acknowledged(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 10, keys=1)
    feed = bus.consumer(group, [topic], max_records=6)
    batch = first_batch(feed)
    feed.ack(batch[0].partition, batch[2].offset)
    feed.resume(batch[0].partition)
    again = take(feed, lambda found: len(found) >= 8)
    feed.close()
    assert [one.offset for one in again] == [one.offset for one in batch[2:]] + [6, 7, 8, 9]


def test_a_paused_partition_does_not_hold_up_the_others(bus: Bus, topic: str, group: str) -> None:
    placed = append(bus, topic, 60)
    stuck = placed[0].partition
    others = {(one.partition, one.offset) for one in placed if one.partition != stuck}
    feed = bus.consumer(group, [topic], max_records=5)
    got: set[tuple[Partition, int]] = set()
    held = 0
    until = time.monotonic() + PATIENCE
    while got != others and time.monotonic() < until:
        for batch in feed.poll(0.2):
            if batch.partition == stuck:
                held += 1
                continue
            got |= {(one.partition, one.offset) for one in batch.records}
            feed.ack(batch.partition, batch.records[-1].offset + 1)
            feed.resume(batch.partition)
    feed.close()
    assert got == others
    assert held == 1


def test_a_partition_can_be_paused_between_batches(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 1, keys=1)
    feed = bus.consumer(group, [topic])
    [one] = first_batch(feed)
    feed.ack(one.partition, one.offset + 1)
    feed.resume(one.partition)
    feed.pause(one.partition)
    assert not feed.poll(0.3)
    append(bus, topic, 1, keys=1)
    assert not feed.poll(0.5)
    feed.resume(one.partition)
    assert len(take(feed, bool)) == 1
    feed.close()


def test_a_group_goes_on_where_it_was(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 40)
    feed = bus.consumer(group, [topic])
    take(feed, lambda found: len(found) >= 40)
    feed.close()
    append(bus, topic, 5)
    feed = bus.consumer(group, [topic])
    assert len(take(feed, lambda found: len(found) >= 5)) == 5
    assert not feed.poll(0.3)
    feed.close()


def test_what_was_taken_but_not_acknowledged_comes_again(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 3, keys=1)
    feed = bus.consumer(group, [topic])
    assert len(first_batch(feed)) == 3
    feed.close()
    feed = bus.consumer(group, [topic])
    assert len(first_batch(feed)) == 3
    feed.close()


def test_groups_do_not_disturb_each_other(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 10)
    one, other = bus.consumer(group, [topic]), bus.consumer(f"{group}.other", [topic])
    assert len(take(one, lambda found: len(found) >= 10)) == 10
    assert len(take(other, lambda found: len(found) >= 10)) == 10
    one.close()
    other.close()


def test_lag_counts_what_a_group_has_not_dealt_with(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 30)
    assert sum(one.behind for one in bus.lag(group, [topic])) == 30
    feed = bus.consumer(group, [topic])
    take(feed, lambda found: len(found) >= 30)
    assert settled(bus, group, topic)
    assert len(bus.lag(group, [topic])) == PARTITIONS
    feed.close()


def test_a_second_member_takes_over_a_share(bus: Bus, topic: str, group: str) -> None:
    one = bus.consumer(group, [topic])
    append(bus, topic, 30)
    take(one, lambda found: len(found) >= 30)
    other = bus.consumer(group, [topic])
    until = time.monotonic() + PATIENCE
    lost: frozenset[Partition] = frozenset()
    while not lost and time.monotonic() < until:
        assert not [batch for batch in other.poll(0.1) if batch.partition not in lost]
        one.poll(0.1)
        lost |= one.revoked()
    assert lost
    append(bus, topic, 30)
    seen: set[tuple[Partition, int]] = set()
    shares: list[set[Partition]] = [set(), set()]
    until = time.monotonic() + PATIENCE
    while len(seen) < 30 and time.monotonic() < until:
        for number, feed in enumerate((one, other)):
            for batch in feed.poll(0.1):
                shares[number].add(batch.partition)
                seen |= {(found.partition, found.offset) for found in batch.records}
                feed.ack(batch.partition, batch.records[-1].offset + 1)
                feed.resume(batch.partition)
    assert len(seen) == 30
    assert not shares[0] & shares[1]
    assert shares[1]
    one.close()
    other.close()


def test_a_group_is_moved_to_start_end_time_and_offsets(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 12)
    bus.reset(group, [topic], "end")
    assert sum(one.behind for one in bus.lag(group, [topic])) == 0
    bus.reset(group, [topic], "start")
    assert sum(one.behind for one in bus.lag(group, [topic])) == 12
    bus.reset(group, [topic], datetime.now(UTC) + timedelta(hours=1))
    assert sum(one.behind for one in bus.lag(group, [topic])) == 0
    bus.reset(group, [topic], datetime.now(UTC) - timedelta(hours=1))
    assert sum(one.behind for one in bus.lag(group, [topic])) == 12
    [place] = [one.partition for one in bus.lag(group, [topic]) if one.behind][:1]
    bus.reset(group, [topic], "end")
    bus.reset(group, [topic], {place: 1})
    [only] = [one for one in bus.lag(group, [topic]) if one.behind]
    assert (only.partition, only.position) == (place, 1)


def test_a_group_with_members_cannot_be_moved(bus: Bus, topic: str, group: str) -> None:
    append(bus, topic, 3)
    feed = bus.consumer(group, [topic])
    first_batch(feed)
    with pytest.raises(GroupBusy):
        bus.reset(group, [topic], "end")
    feed.close()


def test_reading_stays_within_its_range(bus: Bus, topic: str) -> None:
    placed = append(bus, topic, 30)
    place = next(one.partition for one in placed if one.offset == 3)
    assert len(list(bus.read(topic))) == 30
    assert [one.offset for one in bus.read(topic, {place: 1}, {place: 3})] == [1, 2]
    assert not list(bus.read(topic, "end"))
    assert not list(bus.read(topic, datetime.now(UTC) + timedelta(hours=1)))
    assert len(list(bus.read(topic, datetime.now(UTC) - timedelta(hours=1)))) == 30


def test_a_topic_says_about_how_large_it_is(bus: Bus, topic: str) -> None:
    assert bus.size([topic]) == {topic: 0}
    bus.append([Record(topic, b"k", b"x" * 5000)])
    assert 40 < bus.size([topic])[topic] < 10_000


def test_waking_ends_a_wait(bus: Bus, topic: str, group: str) -> None:
    feed = bus.consumer(group, [topic])
    feed.poll(0.5)
    feed.wake()
    before = time.monotonic()
    feed.poll(10)
    assert time.monotonic() - before < 5
    feed.close()
