"""Groups of the embedded log: members share partitions and are woken by appends."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.messaging.bus import Batch, Kept, Partition

LONGEST_WAIT = 1.0
"""Seconds after which a waiting member looks again, whatever it was told."""


class Log(Protocol):
    """What a member needs of the log."""

    groups: "Groups"

    def heads(self, topics: Sequence[str]) -> dict[Partition, int]:
        """Return the next offset of every partition of the topics."""
        ...

    def positions(self, group: str) -> dict[Partition, int]:
        """Return the acknowledged offsets of a group."""
        ...

    def commit(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Write acknowledged offsets of a group."""
        ...

    def records(self, place: Partition, offset: int, limit: int) -> list[Kept]:
        """Return records of a partition in order, from an offset on."""
        ...


class Groups:
    """Who is a member of which group, and the bell that appends ring."""

    def __init__(self) -> None:
        self.bell = threading.Condition()
        self.rung = 0
        self.closed = False
        self._members: dict[str, list[EmbeddedFeed]] = {}

    def changed(self) -> None:
        """Ring: something was appended, or membership changed."""
        with self.bell:
            self.rung += 1
            self.bell.notify_all()

    def members(self, group: str) -> int:
        """Return how many members a group has."""
        with self.bell:
            return len(self._members.get(group, ()))

    def join(self, feed: "EmbeddedFeed", places: Sequence[Partition]) -> None:
        """Add a member and share the partitions anew."""
        with self.bell:
            self._members.setdefault(feed.group, []).append(feed)
            self._share(feed.group, places)
        self.changed()

    def leave(self, feed: "EmbeddedFeed", places: Sequence[Partition]) -> None:
        """Remove a member and share the partitions anew."""
        with self.bell:
            members = self._members.get(feed.group, [])
            if feed in members:
                members.remove(feed)
                feed.take_over(set())
                self._share(feed.group, places)
        self.changed()

    def close(self) -> None:
        """Let every waiting member return."""
        self.closed = True
        self.changed()

    def _share(self, group: str, places: Sequence[Partition]) -> None:
        members = self._members[group]
        for feed in members:
            feed.take_over({place for place in feed.assigned if place.topic in feed.topics})
        for place in sorted(places):
            takers = [feed for feed in members if place.topic in feed.topics]
            for number, feed in enumerate(takers):
                mine = place.number % len(takers) == number
                feed.take_over(feed.assigned | {place} if mine else feed.assigned - {place})


class EmbeddedFeed:
    """One member of a group. See `shared.messaging.bus.Feed` for what each method promises."""

    def __init__(self, bus: Log, group: str, topics: tuple[str, ...], max_records: int) -> None:
        self.group, self.topics = group, topics
        self.assigned: frozenset[Partition] = frozenset()
        self._bus, self._max = bus, max_records
        self._lost: set[Partition] = set()
        self._paused: set[Partition] = set()
        self._positions: dict[Partition, int] = {}
        self._woken = False
        self._turn = 0
        self._places = sorted(bus.heads(topics))
        bus.groups.join(self, self._places)

    def take_over(self, places: "set[Partition] | frozenset[Partition]") -> None:
        """Hold exactly these partitions; called by the group, under its lock."""
        self._lost |= self.assigned - places
        self.assigned = frozenset(places)

    def poll(self, timeout: float) -> list[Batch]:
        """Wait at most `timeout` seconds and return batches of partitions that are not paused."""
        deadline = time.monotonic() + timeout
        groups = self._bus.groups
        while True:
            rung = groups.rung
            batches = self._fetch()
            left = deadline - time.monotonic()
            if batches or left <= 0 or self._woken or groups.closed:
                self._woken = False
                return batches
            with groups.bell:
                groups.bell.wait_for(
                    lambda rung=rung: groups.rung != rung or self._woken,  # type: ignore[misc]
                    min(left, LONGEST_WAIT),
                )

    def ack(self, partition: Partition, next_offset: int) -> None:
        """Write down that everything below `next_offset` has been dealt with."""
        if partition in self.assigned:
            self._bus.commit(self.group, {partition: next_offset})
            self._positions[partition] = next_offset

    def pause(self, partition: Partition) -> None:
        """Give out nothing more of a partition."""
        self._paused.add(partition)

    def resume(self, partition: Partition) -> None:
        """Give out the partition again, from what was last acknowledged."""
        self._paused.discard(partition)

    def revoked(self) -> frozenset[Partition]:
        """Return the partitions taken away since the last call."""
        with self._bus.groups.bell:
            lost = frozenset(self._lost)
            self._lost.clear()
        for partition in lost:
            self._paused.discard(partition)
            self._positions.pop(partition, None)
        return lost

    def wake(self) -> None:
        """Let a waiting `poll` return early."""
        self._woken = True
        self._bus.groups.changed()

    def close(self) -> None:
        """Leave the group."""
        self._bus.groups.leave(self, self._places)

    def _fetch(self) -> list[Batch]:
        mine = self.assigned
        if mine - self._positions.keys():
            known = self._bus.positions(self.group)
            for place in mine - self._positions.keys():
                self._positions[place] = known.get(place, 0)
        heads = self._bus.heads(self.topics)
        behind = sorted(
            place
            for place in mine - self._paused
            if heads.get(place, 0) > self._positions.get(place, 0)
        )
        self._turn += 1
        turn = self._turn % len(behind) if behind else 0
        batches, room = [], self._max
        for place in behind[turn:] + behind[:turn]:
            records = self._bus.records(place, self._positions[place], room)
            if not records:
                # Compaction or retention took what was left; there is nothing to wait for.
                self.ack(place, heads[place])
                continue
            batches.append(Batch(place, records))
            self._paused.add(place)
            room -= len(records)
            if room <= 0:
                break
        return batches
