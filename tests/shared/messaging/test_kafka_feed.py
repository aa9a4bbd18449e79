"""What the feed adds to the client: a leader that knows its topics, and no batch that is gone."""

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("kafka")

from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from shared import ids
from shared.contracts.topics import Topic
from shared.messaging.bus import Partition, Record, TopicUnknown
from shared.messaging.kafka import KafkaBus
from shared.messaging.kafka_feed import KnowingAssignor

if TYPE_CHECKING:
    from tests.support.kafka import Broker

PATIENCE = 30.0
TOPICS = ["consultation.calls", "consultation.submissions"]
Assignor = type[CooperativeStickyAssignor]


def divided(kind: Assignor, known: dict[str, set[int]]) -> set[tuple[str, int]]:
    """What the only member of a group gets when its leader knows these topics."""
    assignor: Any = kind()
    cluster = SimpleNamespace(partitions_for_topic=known.get, topics=lambda *_: set(known))
    member = SimpleNamespace(member_id="one", metadata=assignor.metadata(TOPICS))
    given = assignor.assign(cluster, [member])["one"]
    return {(topic, number) for topic, numbers in given.assigned_partitions for number in numbers}


def test_what_is_known_is_divided() -> None:
    known = {name: {0, 1} for name in TOPICS}
    assert divided(KnowingAssignor, known) == {(name, n) for name in TOPICS for n in (0, 1)}


def test_a_topic_that_is_not_known_is_given_to_nobody_in_silence_by_the_client_alone() -> None:
    half = {TOPICS[0]: {0, 1}}
    assert divided(CooperativeStickyAssignor, half) == {(TOPICS[0], 0), (TOPICS[0], 1)}
    with pytest.raises(TopicUnknown, match=TOPICS[1]):
        divided(KnowingAssignor, half)


@pytest.mark.kafka
def test_a_batch_that_was_taken_away_is_not_waited_for(kafka_broker: "Broker") -> None:
    bus, name = KafkaBus([kafka_broker.address]), f"taken.{ids.new().hex}"
    bus.ensure_topics([Topic(name, owner="registry", readers=(), partitions=2)])
    bus.append([Record(name, str(ids.new()).encode(), b"{}", []) for _ in range(20)])
    one = bus.consumer(name, [name])
    held: set[Partition] = set()
    until = time.monotonic() + PATIENCE
    while len(held) < 2 and time.monotonic() < until:
        held |= {batch.partition for batch in one.poll(0.1)}
    assert set(one._out) == held
    other = bus.consumer(name, [name])
    while len(one._out) == 2 and time.monotonic() < until + PATIENCE:
        other.poll(0.1)
    left = set(one._out)
    other.close()
    one.close()
    bus.close()
    assert len(left) == 1
