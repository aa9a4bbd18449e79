"""The port to the log: what relay and consumers need of it, whichever log it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from shared.contracts.topics import Topic
from shared.messaging.topics import Difference

Headers = Sequence[tuple[str, bytes]]

MAX_RECORD = 1_000_000
"""Bytes of key, value and headers together; Kafka's own default is a little above."""


class Partition(NamedTuple):
    """One ordered part of a topic. A key is always in the same part."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """What is to be appended. A value of None is a tombstone: the key is to be forgotten."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers = ()

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        names = sum(len(name.encode()) + len(value) for name, value in self.headers)
        return len(self.key) + len(self.value or b"") + names


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the log keeps it; `at` is when it was appended."""

    partition: Partition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    at: datetime


@dataclass(frozen=True, slots=True)
class Appended:
    """The log has the record, durably."""

    partition: Partition
    offset: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The log does not have the record, as far as we know.

    `own_fault` says that the record itself is the reason (too large), so that trying again cannot
    help; otherwise the log was away or a record of the same key before it was refused.
    """

    error: BaseException
    own_fault: bool = False


Result = Appended | Refused


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition in their order; never empty."""

    partition: Partition
    records: Sequence[Kept]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is in one partition.

    `position` is the next offset that it wants, `end` the next one that the log will give out.
    """

    partition: Partition
    position: int
    end: int

    @property
    def behind(self) -> int:
        """Offsets between the group and the end; compacted ones count."""
        return max(self.end - self.position, 0)


Place = Literal["start", "end"] | datetime | Mapping[Partition, int]
"""Where in the log: its start, its end, the first record at or after a time, or exact offsets."""


class BusAway(Exception):
    """The log cannot be reached now; try again later."""


class TopicUnknown(Exception):
    """The log has no such topic; `ensure_topics` was not called for it."""


class TooLarge(Exception):
    """A record is larger than the log takes."""


class GroupBusy(Exception):
    """A group that has members cannot be moved; stop its consumers first."""


class Feed(Protocol):
    """One member of a consumer group. Used by one thread, except `wake`."""

    def poll(self, timeout: float) -> list[Batch]:
        """Wait at most `timeout` seconds and return batches of partitions that are not paused.

        A partition whose batch was given out is paused until `resume`.
        """
        ...

    def ack(self, partition: Partition, next_offset: int) -> None:
        """Say that everything below `next_offset` has been dealt with, durably.

        Ignored for a partition that is not ours any longer.
        """
        ...

    def pause(self, partition: Partition) -> None:
        """Give out nothing more of a partition."""
        ...

    def resume(self, partition: Partition) -> None:
        """Give out the partition again, from what was last acknowledged."""
        ...

    def revoked(self) -> frozenset[Partition]:
        """Return what was taken away since the last call; drop the rest of those batches."""
        ...

    def wake(self) -> None:
        """Let a waiting `poll` return early."""
        ...

    def close(self) -> None:
        """Leave the group."""
        ...


class Bus(Protocol):
    """A log of topics, partitions and groups."""

    def ensure_topics(self, topics: Iterable[Topic], *, apply: bool = False) -> list[Difference]:
        """Make missing topics and return how the others differ from their declaration.

        With `apply` those differences are then taken away that can be; without it nothing of a
        topic that exists is changed. Raises BusAway.
        """
        ...

    def append(self, records: Sequence[Record]) -> list[Result]:
        """Append durably and return one result per record, in order.

        Never raises for a log that is away. Once a record was refused, later ones of its key in
        the same call are refused as well.
        """
        ...

    def consumer(self, group: str, topics: Sequence[str], max_records: int = 100) -> Feed:
        """Join a group. A group without positions begins at the start."""
        ...

    def lag(self, group: str, topics: Sequence[str]) -> list[Lag]:
        """Return how far a group is, one entry a partition. Raises BusAway."""
        ...

    def size(self, topics: Sequence[str]) -> dict[str, int]:
        """Return about how many bytes each topic takes, one copy of it. Raises BusAway."""
        ...

    def reset(self, group: str, topics: Sequence[str], to: Place) -> None:
        """Move a group that has no members. Raises BusAway, GroupBusy."""
        ...

    def read(self, topic: str, start: Place = "start", end: Place = "end") -> Iterator[Kept]:
        """Yield the records of a topic from `start` up to, not including, `end`.

        One partition after another; outside of any group. "end" is the end when the call is made.
        """
        ...

    def close(self) -> None:
        """Let go of files, connections and threads."""
        ...
