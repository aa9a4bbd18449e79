"""The log on Apache Kafka, through kafka-python 3.0.

Constructors and `send` of that client block: they belong to the threads of relay and consumer and
are never called while a request is answered. A process that forks makes its bus after the fork.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec, OffsetTimestamp
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NoError,
    NonEmptyGroupError,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    UnknownMemberIdError,
    UnknownTopicOrPartitionError,
)

from shared.contracts.topics import Topic
from shared.messaging.bus import (
    MAX_RECORD,
    Appended,
    BusAway,
    GroupBusy,
    Kept,
    Lag,
    Partition,
    Place,
    Record,
    Refused,
    Result,
    TooLarge,
    TopicUnknown,
)
from shared.messaging.kafka_clients import away, made
from shared.messaging.kafka_feed import KafkaFeed, kept
from shared.messaging.topics import Difference, configuration, differences

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that one call to the broker may take."""
OWN_FAULT = (MessageSizeTooLargeError, RecordListTooLargeError, TypeError, ValueError)
BUSY = (NonEmptyGroupError, UnknownMemberIdError)
READ_TIMEOUT_MS = 500
RETRY_SECONDS = 0.2

T = TypeVar("T")


class KafkaBus:
    """A log on Kafka. See `shared.messaging.bus.Bus` for what each method promises.

    `security` holds further settings of the client (`security_protocol`, `ssl_cafile`, `sasl_…`).
    """

    def __init__(
        self,
        servers: Sequence[str],
        *,
        replication: int = -1,
        patience: float = PATIENCE,
        security: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare; nothing is connected yet. A `replication` of -1 is the broker's own default."""
        self._replication, self._patience = replication, patience
        self._settings: dict[str, Any] = {
            "bootstrap_servers": list(servers),
            "reconnect_backoff_max_ms": 2000,
            "metadata_max_age_ms": 30_000,
            "request_timeout_ms": int(patience * 1000),
            "bootstrap_timeout_ms": int(patience * 1000),
            **(security or {}),
        }
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None

    def ensure_topics(self, topics: Iterable[Topic], *, apply: bool = False) -> list[Difference]:
        """Make missing topics and return how the others differ from their declaration."""
        wanted = list(topics)

        def ask(admin: KafkaAdminClient) -> list[Difference]:
            there = {
                one["name"]: len(one["partitions"])
                for one in admin.describe_topics([topic.name for topic in wanted])
                if one["error_code"] != UnknownTopicOrPartitionError.errno
            }
            for topic in wanted:
                if topic.name not in there:
                    _make(admin, topic, self._replication)
            found = _differences(admin, [one for one in wanted if one.name in there], there)
            if apply:
                _apply(admin, found)
            return found

        return self._ask(ask)

    def append(self, records: Sequence[Record]) -> list[Result]:
        """Send all records, wait for all of them, and return what became of each."""
        try:
            producer = self._open_producer()
        except KafkaError as error:
            return [Refused(away(self._settings, error))] * len(records)
        refused: set[tuple[str, bytes]] = set()
        unknown: set[str] = set()
        sent = [self._send(producer, record, refused, unknown) for record in records]
        deadline = time.monotonic() + self._patience * 2
        try:
            producer.flush(timeout=self._patience * 2)
        except KafkaTimeoutError:
            log.warning("the log did not confirm in time")
        results = [one if isinstance(one, Refused) else _outcome(one, deadline) for one in sent]
        if any(isinstance(one, Refused) and not one.own_fault for one in results):
            # Whatever state it is in, a new producer begins with a clean sequence.
            self._drop_producer(producer)
        return results

    def _send(
        self,
        producer: KafkaProducer,
        record: Record,
        refused: set[tuple[str, bytes]],
        unknown: set[str],
    ) -> Any:
        place = (record.topic, record.key)
        if record.size > MAX_RECORD:
            refused.add(place)
            return Refused(TooLarge(f"{record.size} bytes"), own_fault=True)
        if place in refused:
            return Refused(BusAway("a record of the same key before this one was refused"))
        if record.topic in unknown:
            return Refused(TopicUnknown(record.topic))
        try:
            return producer.send(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
        except (KafkaError, TypeError, ValueError) as error:
            refused.add(place)
            if isinstance(error, (KafkaTimeoutError, UnknownTopicOrPartitionError)):
                # Not to wait the same time again for each of the other records.
                unknown.add(record.topic)
            return Refused(error, own_fault=isinstance(error, OWN_FAULT))

    def _open_producer(self) -> KafkaProducer:
        with self._lock:
            if self._producer is None:
                self._producer = made(
                    KafkaProducer,
                    **self._settings,
                    # `acks=1` alone would silently turn idempotence off: both are said here.
                    enable_idempotence=True,
                    acks="all",
                    linger_ms=5,
                    batch_size=131_072,
                    compression_type="lz4",
                    delivery_timeout_ms=int(self._patience * 1500),
                    max_block_ms=int(self._patience * 1000),
                    allow_auto_create_topics=False,
                )
            return self._producer

    def _drop_producer(self, producer: KafkaProducer) -> None:
        with self._lock:
            if self._producer is producer:
                self._producer = None
        producer.close(timeout=0)

    def consumer(self, group: str, topics: Sequence[str], max_records: int = 100) -> KafkaFeed:
        """Join a group; the broker is first asked in the feed's own thread."""
        return KafkaFeed(self._settings, group, topics, max_records)

    def lag(self, group: str, topics: Sequence[str]) -> list[Lag]:
        """Return how far a group is, one entry a partition. Raises BusAway."""

        def ask(admin: KafkaAdminClient) -> list[Lag]:
            places = _places(admin, topics)
            first, last = _offsets(admin, places, "start"), _offsets(admin, places, "end")
            committed = admin.list_group_offsets({group: None}).get(group, {})
            positions = {_place(tp): found.offset for tp, found in committed.items()}
            return [
                Lag(place, max(positions.get(place, -1), first[place]), last[place])
                for place in places
            ]

        return self._ask(ask)

    def size(self, topics: Sequence[str]) -> dict[str, int]:
        """Return about how many bytes each topic takes, one copy of it. Raises BusAway."""

        def ask(admin: KafkaAdminClient) -> dict[str, int]:
            largest: dict[Partition, int] = {}
            for broker in admin.describe_log_dirs(list(topics)):
                for folder in broker["log_dirs"]:
                    for place, size in _sizes(folder):
                        largest[place] = max(size, largest.get(place, 0))
            found = dict.fromkeys(topics, 0)
            for place, size in largest.items():
                found[place.topic] += size
            return found

        return self._ask(ask)

    def reset(self, group: str, topics: Sequence[str], to: Place) -> None:
        """Move a group that has no members. Raises BusAway, GroupBusy."""

        def ask(admin: KafkaAdminClient) -> set[type[KafkaError]]:
            offsets = _offsets(admin, _places(admin, topics), to)
            specs = {TopicPartition(*place): offset for place, offset in offsets.items()}
            done = admin.reset_group_offsets(group, specs)
            return {one["error"] for one in done.values()} - {NoError}

        if errors := self._ask(ask):
            if errors & set(BUSY):
                raise GroupBusy(group)
            raise BusAway(", ".join(sorted(error.__name__ for error in errors)))

    def read(self, topic: str, start: Place = "start", end: Place = "end") -> Iterator[Kept]:
        """Yield the records of a topic from `start` up to, not including, `end`."""

        def ask(admin: KafkaAdminClient) -> list[tuple[Partition, int, int]]:
            places = _places(admin, [topic])
            first = _offsets(admin, places, start)
            last = _offsets(admin, places, "end") | _offsets(admin, places, end)
            return [(place, first[place], last[place]) for place in sorted(first)]

        return self._read(self._ask(ask))

    def _read(self, ranges: list[tuple[Partition, int, int]]) -> Iterator[Kept]:
        consumer = made(
            KafkaConsumer,
            **self._settings,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            allow_auto_create_topics=False,
        )
        try:
            for place, first, last in ranges:
                if first < last:
                    yield from self._read_one(consumer, place, first, last)
        finally:
            consumer.close(autocommit=False)

    def _read_one(
        self, consumer: KafkaConsumer, place: Partition, first: int, last: int
    ) -> Iterator[Kept]:
        partition = TopicPartition(*place)
        consumer.assign([partition])
        consumer.seek(partition, first)
        silent_since = time.monotonic()
        while consumer.position(partition) < last:
            found = consumer.poll(timeout_ms=READ_TIMEOUT_MS).get(partition, [])
            for record in found:
                if record.offset >= last:
                    return
                yield kept(record)
            if found:
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since > self._patience * 3:
                raise BusAway(f"{place.topic} could not be read to its end")

    def close(self) -> None:
        """Close the producer; feeds are closed by those who opened them."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=self._patience)

    def _ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        # A client for a few calls. What passes by itself (a coordinator that is being elected) is
        # asked again; the client's own errors do not leave this place.
        deadline = time.monotonic() + self._patience
        while True:
            try:
                admin = made(KafkaAdminClient, **self._settings)
                try:
                    return question(admin)
                finally:
                    admin.close()
            except UnknownTopicOrPartitionError as error:
                raise TopicUnknown(str(error)) from error
            except BUSY as error:
                raise GroupBusy(str(error)) from error
            except KafkaError as error:
                if not error.retriable or time.monotonic() > deadline:
                    raise away(self._settings, error) from error
                time.sleep(RETRY_SECONDS)


def _places(admin: KafkaAdminClient, topics: Sequence[str]) -> list[Partition]:
    found = admin.describe_topics(list(topics))
    for topic in found:
        if topic["error_code"] == UnknownTopicOrPartitionError.errno:
            raise TopicUnknown(topic["name"])
    return sorted(
        Partition(topic["name"], partition["partition_index"])
        for topic in found
        for partition in topic["partitions"]
    )


def _offsets(
    admin: KafkaAdminClient, places: Sequence[Partition], to: Place
) -> dict[Partition, int]:
    if isinstance(to, Mapping):
        return {place: to[place] for place in places if place in to}
    if not places:
        return {}
    if isinstance(to, datetime):
        spec: Any = OffsetTimestamp(int(to.timestamp() * 1000))
    else:
        spec = OffsetSpec.EARLIEST if to == "start" else OffsetSpec.LATEST
    found = admin.list_partition_offsets({TopicPartition(*place): spec for place in places})
    offsets = {_place(tp): one.offset for tp, one in found.items()}
    if late := [place for place, offset in offsets.items() if offset < 0]:
        # Nothing is as late as the time asked for: the place is the end.
        offsets |= _offsets(admin, late, "end")
    return offsets


def _make(admin: KafkaAdminClient, topic: Topic, replication: int) -> None:
    spec = {
        "num_partitions": topic.partitions,
        "replication_factor": replication,
        "configs": configuration(topic),
    }
    # Another worker may make it at the same moment, from the same declaration.
    with suppress(TopicAlreadyExistsError):
        admin.create_topics({topic.name: spec}, wait_for_metadata=True)


def _differences(
    admin: KafkaAdminClient, topics: Sequence[Topic], partitions: Mapping[str, int]
) -> list[Difference]:
    if not topics:
        return []
    asked = [
        ConfigResource(ConfigResourceType.TOPIC, one.name, configuration(one)) for one in topics
    ]
    said = admin.describe_configs(asked, config_filter="all")["topic"]
    return [
        difference
        for topic in topics
        for difference in differences(
            topic,
            partitions[topic.name],
            {name: str(setting["value"]) for name, setting in said[topic.name].items()},
        )
    ]


def _apply(admin: KafkaAdminClient, found: Sequence[Difference]) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for one in found:
        if one.can_be_applied:
            wanted.setdefault(one.topic, {})[one.setting] = one.declared
    if wanted:
        admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, name, given)
                for name, given in wanted.items()
            ]
        )


def _sizes(folder: Mapping[str, Any]) -> Iterator[tuple[Partition, int]]:
    for topic in folder["topics"]:
        for part in topic["partitions"]:
            yield Partition(topic["name"], part["partition_index"]), part["partition_size"]


def _place(partition: TopicPartition) -> Partition:
    return Partition(partition.topic, partition.partition)


def _outcome(future: Any, deadline: float) -> Result:
    try:
        done = future.get(timeout=max(deadline - time.monotonic(), 0.001))
    except UnknownTopicOrPartitionError as error:
        return Refused(TopicUnknown(str(error)))
    except OWN_FAULT as error:
        return Refused(error, own_fault=True)
    except KafkaError as error:
        return Refused(error)
    return Appended(Partition(done.topic, done.partition), done.offset)
