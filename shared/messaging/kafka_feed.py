"""One member of a Kafka consumer group: a thread of its own polls, pauses, resumes and commits.

Whoever holds the feed works on the batches in another thread. While a batch is out its partition
is paused and polling goes on, so that slow work never costs the membership.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    OffsetAndMetadata,
    TopicPartition,
)
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    KafkaTimeoutError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    UnknownTopicOrPartitionError,
)

from shared.messaging.bus import Batch, Kept, Partition, TopicUnknown
from shared.messaging.kafka_clients import away, made

log = logging.getLogger(__name__)

BUSY_POLL_MS = 10
"""How long the thread waits for records while batches are out and acknowledgements may come."""
IDLE_POLL_MS = 100
FETCH_WAIT_MS = 25
"""How long the broker holds an empty fetch; a partition just resumed waits for that long."""
FETCH_BYTES = 262_144
"""At most this much of one partition is fetched ahead."""
EVERYTHING = 1_000_000
"""Records asked for at once: all that were fetched. Client 3.0.12 loses sight of a partition that
is paused with some of its fetched records still to be given out, so we take all and keep the rest.
"""
SESSION_TIMEOUT_MS = 10_000
"""After this silence a member counts as dead and its partitions go to others."""
COMMIT_TIMEOUT_MS = 5000
METADATA_TIMEOUT_MS = 3000
REBALANCING = (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
"""Normal around a rebalance. What stays ours is saved after it; what does not is dropped: another
member will be given it, and the inbox knows it.
"""


@dataclass(frozen=True, slots=True)
class _Order:
    """What the holder wants of the thread; void when the partition was taken away meanwhile."""

    what: Literal["ack", "pause", "resume"]
    partition: Partition
    epoch: int
    offset: int = 0


@dataclass(slots=True)
class _Out:
    """A batch that is out: what is acknowledged, where it ends, what is kept for after it."""

    position: int
    end: int
    rest: Sequence[Any]


class KafkaFeed:
    """One member of a group. See `shared.messaging.bus.Feed` for what each method promises."""

    def __init__(
        self, settings: Mapping[str, Any], group: str, topics: Sequence[str], max_records: int
    ) -> None:
        self._settings, self._group = dict(settings), group
        self._topics, self._max = list(topics), max_records
        self._ready: queue.SimpleQueue[tuple[int, Batch] | None] = queue.SimpleQueue()
        self._orders: deque[_Order] = deque()
        self._lock = threading.Lock()
        self._epochs: dict[Partition, int] = {}
        self._given: dict[Partition, int] = {}
        self._revoked: set[Partition] = set()
        self._out: dict[Partition, _Out] = {}
        self._unsaved: dict[Partition, tuple[int, int]] = {}
        self._closing = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"kafka-{group}", daemon=True)
        self._thread.start()

    # What the holder calls.

    def poll(self, timeout: float) -> list[Batch]:
        """Wait at most `timeout` seconds and return batches of partitions that are not paused.

        Raises BusAway, TopicUnknown when the thread could not go on; make a new feed then.
        """
        batches: list[Batch] = []
        try:
            item = self._ready.get(timeout=timeout) if timeout > 0 else self._ready.get_nowait()
            while True:
                if item is not None and self._is_current(*item):
                    batches.append(item[1])
                item = self._ready.get_nowait()
        except queue.Empty:
            pass
        if not batches and self._error is not None:
            if isinstance(self._error, TopicUnknown):
                raise TopicUnknown(*self._error.args) from self._error
            raise away(self._settings, self._error) from self._error
        return batches

    def ack(self, partition: Partition, next_offset: int) -> None:
        """Say that everything below `next_offset` has been dealt with, durably."""
        self._order("ack", partition, next_offset)

    def pause(self, partition: Partition) -> None:
        """Give out nothing more of a partition."""
        self._order("pause", partition)

    def resume(self, partition: Partition) -> None:
        """Give out the partition again, from what was last acknowledged."""
        self._order("resume", partition)

    def revoked(self) -> frozenset[Partition]:
        """Return what was taken away since the last call."""
        with self._lock:
            found = frozenset(self._revoked)
            self._revoked.clear()
        return found

    def wake(self) -> None:
        """Let a waiting `poll` return early."""
        self._ready.put(None)

    def close(self) -> None:
        """Save what was acknowledged and leave the group."""
        self._closing.set()
        self._thread.join()

    def _order(
        self, what: Literal["ack", "pause", "resume"], at: Partition, offset: int = 0
    ) -> None:
        self._orders.append(_Order(what, at, self._given.get(at, 0), offset))

    def _is_current(self, epoch: int, batch: Batch) -> bool:
        with self._lock:
            current = self._epochs.get(batch.partition, 0) == epoch
        if current:
            self._given[batch.partition] = epoch
        return current

    # What happens in the feed's own thread.

    def _run(self) -> None:
        consumer: KafkaConsumer | None = None
        try:
            self._look_for_topics()
            consumer = self._join()
            while not self._closing.is_set():
                self._obey(consumer)
                busy = bool(self._out)
                found = consumer.poll(BUSY_POLL_MS if busy else IDLE_POLL_MS, EVERYTHING)
                for partition, records in found.items():
                    consumer.pause(partition)
                    self._give(partition, records)
            self._obey(consumer)
        except Exception as error:  # noqa: BLE001 - it is raised where the holder polls
            log.warning("the feed of %s ended: %s", self._group, type(error).__name__)
            self._error = error
            self._ready.put(None)
        finally:
            if consumer is not None:
                self._leave(consumer)

    def _look_for_topics(self) -> None:
        # Not through the consumer: it would fetch every topic of the cluster and join twice.
        admin = made(KafkaAdminClient, **self._settings)
        try:
            for topic in admin.describe_topics(self._topics):
                if topic["error_code"] == UnknownTopicOrPartitionError.errno:
                    raise TopicUnknown(topic["name"])
        finally:
            admin.close()

    def _join(self) -> KafkaConsumer:
        consumer = made(
            KafkaConsumer,
            **self._settings,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            isolation_level="read_committed",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            partition_assignment_strategy=[KnowingAssignor],
        )
        consumer.subscribe(self._topics, listener=_Listener(self))
        with suppress(KafkaTimeoutError):
            # Learns the partitions of just these topics, without which the first join is for none.
            first = [TopicPartition(topic, 0) for topic in self._topics]
            consumer.beginning_offsets(first, timeout_ms=METADATA_TIMEOUT_MS)
        return consumer

    def _leave(self, consumer: KafkaConsumer) -> None:
        try:
            consumer.close(autocommit=False, timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            log.warning("%s left without saying so: %s", self._group, type(error).__name__)

    def _give(self, tp: TopicPartition, records: Sequence[Any]) -> None:
        place = Partition(tp.topic, tp.partition)
        now, later = records[: self._max], records[self._max :]
        with self._lock:
            epoch = self._epochs.get(place, 0)
        self._out[place] = _Out(now[0].offset, now[-1].offset + 1, later)
        self._ready.put((epoch, Batch(place, [kept(record) for record in now])))

    def _obey(self, consumer: KafkaConsumer) -> None:
        later: list[_Order] = []
        if self._out:
            # Of a batch that was taken away the holder says nothing more.
            ours = consumer.assignment()
            self._out = {at: out for at, out in self._out.items() if TopicPartition(*at) in ours}
        while self._orders:
            order = self._orders.popleft()
            if not self._is_ours(consumer, order.partition, order.epoch):
                self._out.pop(order.partition, None)
                continue
            if order.what == "ack":
                self._unsaved[order.partition] = (order.offset, order.epoch)
                if out := self._out.get(order.partition):
                    out.position = order.offset
            else:
                later.append(order)
        self._save(consumer)
        for order in later:
            partition = TopicPartition(*order.partition)
            if partition not in consumer.assignment():
                continue
            if order.what == "pause":
                consumer.pause(partition)
            else:
                self._resume(consumer, partition)

    def _resume(self, consumer: KafkaConsumer, partition: TopicPartition) -> None:
        out = self._out.pop(Partition(partition.topic, partition.partition), None)
        if out is not None and out.position < out.end:
            consumer.seek(partition, out.position)
        elif out is not None and out.rest:
            self._give(partition, out.rest)
            return
        consumer.resume(partition)

    def _save(self, consumer: KafkaConsumer) -> None:
        # Without offsets `commit` would save what was fetched, not what was dealt with.
        offsets = {
            TopicPartition(*place): OffsetAndMetadata(offset, "", -1)
            for place, (offset, epoch) in self._unsaved.items()
            if self._is_ours(consumer, place, epoch)
        }
        if offsets:
            try:
                consumer.commit(offsets, timeout_ms=COMMIT_TIMEOUT_MS)
            except REBALANCING as error:
                log.info("%s saves after the rebalance: %s", self._group, type(error).__name__)
                return
            except KafkaError as error:
                if not error.retriable:
                    raise
                log.warning("%s could not save its offsets yet", self._group)
                return
        self._unsaved.clear()

    def _is_ours(self, consumer: KafkaConsumer, place: Partition, epoch: int) -> bool:
        with self._lock:
            current = self._epochs.get(place, 0) == epoch
        return current and TopicPartition(*place) in consumer.assignment()

    def take_away(self, partitions: Sequence[TopicPartition]) -> None:
        """Record a revocation; called on the client's I/O thread, hence nothing more than that."""
        with self._lock:
            for partition in partitions:
                place = Partition(partition.topic, partition.partition)
                self._epochs[place] = self._epochs.get(place, 0) + 1
                self._revoked.add(place)


class KnowingAssignor(CooperativeStickyAssignor):  # type: ignore[misc]
    """Divides topics among members only when it knows all of them.

    Client 3.0.12 otherwise gives the partitions of a topic that it has no metadata of to nobody,
    and does not notice when it learns of them: after a broker came back empty a group stood still.
    """

    def assign(self, cluster: Any, members: Sequence[Any]) -> Any:
        """Return who gets what. Raises TopicUnknown, which ends the feed of the group's leader."""
        wanted = {topic for member in members for topic in member.metadata.topics}
        if unknown := sorted(one for one in wanted if not cluster.partitions_for_topic(one)):
            raise TopicUnknown(unknown[0])
        return super().assign(cluster, members)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the feed what was taken away."""

    def __init__(self, feed: KafkaFeed) -> None:
        self._feed = feed

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Record it."""
        self._feed.take_away(revoked)

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Nothing to do: positions come from the group."""


def kept(record: Any) -> Kept:
    """Return a client's record as the port has it."""
    return Kept(
        Partition(record.topic, record.partition),
        record.offset,
        record.key,
        record.value,
        list(record.headers),
        datetime.fromtimestamp(record.timestamp / 1000, UTC),
    )
