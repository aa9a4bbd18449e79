"""The log in a SQLite file of its own: topics, partitions, offsets and groups, for one process.

It is for one host. Appends are made in BEGIN IMMEDIATE, so that offsets follow the order of commit
and have no gaps; `synchronous=FULL`, because a relay marks its rows once an append has returned.
"""

import fcntl
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from shared.clock import Clock, SystemClock
from shared.contracts.partitions import partition_of
from shared.contracts.topics import Topic
from shared.messaging.bus import (
    MAX_RECORD,
    Appended,
    BusAway,
    GroupBusy,
    Headers,
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
from shared.messaging.embedded_feed import EmbeddedFeed, Groups
from shared.messaging.embedded_janitor import tidy
from shared.messaging.topics import FOR_EVER, Difference, configuration, differences

log = logging.getLogger(__name__)

PAGE = 500
JANITOR_SECONDS = 600.0
BUSY_MS = 10_000
SCHEMA = """
CREATE TABLE IF NOT EXISTS topic (
    name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, compacted INTEGER NOT NULL,
    retention_ms INTEGER, tombstone_ms INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
    key BLOB, headers TEXT NOT NULL, value BLOB, ts INTEGER NOT NULL,
    PRIMARY KEY (topic, part, off)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS head (
    topic TEXT NOT NULL, part INTEGER NOT NULL, next_off INTEGER NOT NULL,
    PRIMARY KEY (topic, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS group_offset (
    grp TEXT NOT NULL, topic TEXT NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, part)) WITHOUT ROWID;
"""


class BusInUse(Exception):
    """Another process has the log open; the embedded form runs in one process only."""


class EmbeddedBus:
    """A log in one file. See `shared.messaging.bus.Bus` for what each method promises."""

    def __init__(
        self,
        path: Path,
        clock: Clock | None = None,
        *,
        janitor: bool = True,
        durable: bool = True,
        reading: bool = False,
    ) -> None:
        """Open the log, making the file when it is missing. Raises BusInUse.

        What is not `durable` outlives the end of this process, and may not outlive a power cut.
        With `reading` nothing can be written, and another process may have the log.
        """
        self._reading = reading
        self.path = path
        self._synchronous = "FULL" if durable else "NORMAL"
        self.groups = Groups()
        self._clock = clock or SystemClock()
        self._writer = threading.Lock()
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._closing = threading.Event()
        self._lock: int | None = None
        if reading:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _hold(path.with_name(path.name + ".lock"))
        with self.writing() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
        if janitor:
            threading.Thread(target=self._keep_tidy, name="log-janitor", daemon=True).start()

    def ensure_topics(self, topics: Iterable[Topic], *, apply: bool = False) -> list[Difference]:
        """Make missing topics and return how the others differ from their declaration."""
        found: list[Difference] = []
        with self.writing() as connection:
            for topic in topics:
                row = connection.execute(
                    "SELECT partitions, compacted, retention_ms, tombstone_ms FROM topic"
                    " WHERE name = ?",
                    (topic.name,),
                ).fetchone()
                if row is None:
                    _make(connection, topic)
                    continue
                different = differences(topic, row[0], _configured(*row[1:]))
                if apply and different:
                    _apply(connection, topic)
                found += different
        return found

    def append(self, records: Sequence[Record]) -> list[Result]:
        """Append all records that can be appended in one durable transaction."""
        try:
            with self.writing() as connection:
                results = self._append(connection, records)
        except sqlite3.Error as error:
            return [Refused(error)] * len(records)
        self.groups.changed()
        return results

    def _append(self, connection: sqlite3.Connection, records: Sequence[Record]) -> list[Result]:
        heads = {
            Partition(topic, part): head
            for topic, part, head in connection.execute("SELECT topic, part, next_off FROM head")
        }
        counts: dict[str, int] = {}
        for partition in heads:
            counts[partition.topic] = counts.get(partition.topic, 0) + 1
        now = _millis(self._clock.system())
        refused: set[tuple[str, bytes]] = set()
        touched: set[Partition] = set()
        rows: list[tuple[object, ...]] = []
        results: list[Result] = []
        for record in records:
            if refusal := _refusal(record, counts, refused):
                refused.add((record.topic, record.key))
                results.append(refusal)
                continue
            place = Partition(record.topic, partition_of(record.key, counts[record.topic]))
            offset = heads[place]
            heads[place] = offset + 1
            touched.add(place)
            rows.append(
                (*place, offset, record.key, _pack(record.headers), record.value, now),
            )
            results.append(Appended(place, offset))
        connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany(
            "UPDATE head SET next_off = ? WHERE topic = ? AND part = ?",
            [(heads[place], *place) for place in touched],
        )
        return results

    def consumer(self, group: str, topics: Sequence[str], max_records: int = 100) -> EmbeddedFeed:
        """Join a group. Raises TopicUnknown."""
        heads = self.heads(topics)
        if missing := set(topics) - {place.topic for place in heads}:
            raise TopicUnknown(*sorted(missing))
        return EmbeddedFeed(self, group, tuple(topics), max_records)

    def lag(self, group: str, topics: Sequence[str]) -> list[Lag]:
        """Return how far a group is, one entry a partition."""
        positions = self.positions(group)
        return [
            Lag(place, positions.get(place, self._first(place)), head)
            for place, head in sorted(self.heads(topics).items())
        ]

    def size(self, topics: Sequence[str]) -> dict[str, int]:
        """Return about how many bytes each topic takes."""
        asked = (
            "SELECT sum(coalesce(length(key), 0) + coalesce(length(value), 0) + length(headers))"
            " FROM record WHERE topic = ?"
        )
        connection = self._connection()
        return {one: connection.execute(asked, (one,)).fetchone()[0] or 0 for one in topics}

    def reset(self, group: str, topics: Sequence[str], to: Place) -> None:
        """Move a group that has no members. Raises GroupBusy."""
        if self.groups.members(group):
            raise GroupBusy(group)
        places = {
            place: self._offset(place, to, head) for place, head in self.heads(topics).items()
        }
        if isinstance(to, Mapping):
            places = {place: offset for place, offset in places.items() if place in to}
        self.commit(group, places)

    def read(self, topic: str, start: Place = "start", end: Place = "end") -> Iterator[Kept]:
        """Yield the records of a topic from `start` up to, not including, `end`."""
        heads = self.heads([topic])
        if not heads:
            raise TopicUnknown(topic)
        ranges = [
            (place, self._offset(place, start, 0), self._offset(place, end, head))
            for place, head in sorted(heads.items())
            if not isinstance(start, Mapping) or place in start
        ]
        return self._read(ranges)

    def _read(self, ranges: list[tuple[Partition, int, int]]) -> Iterator[Kept]:
        for place, first, last in ranges:
            offset = first
            while found := self.records(place, offset, PAGE, last):
                yield from found
                offset = found[-1].offset + 1

    def close(self) -> None:
        """Close every connection and let another process open the log."""
        self._closing.set()
        self.groups.close()
        with self._writer:
            for connection in self._open:
                connection.close()
            self._open.clear()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    # What the feed and the janitor need.

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a write transaction, committed at the end."""
        with self._writer:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def heads(self, topics: Sequence[str]) -> dict[Partition, int]:
        """Return the next offset of every partition of the topics."""
        marks = ",".join("?" * len(topics))
        found = self._connection().execute(
            f"SELECT topic, part, next_off FROM head WHERE topic IN ({marks})",  # noqa: S608
            tuple(topics),
        )
        return {Partition(topic, part): head for topic, part, head in found}

    def positions(self, group: str) -> dict[Partition, int]:
        """Return the acknowledged offsets of a group."""
        found = self._connection().execute(
            "SELECT topic, part, off FROM group_offset WHERE grp = ?", (group,)
        )
        return {Partition(topic, part): offset for topic, part, offset in found}

    def commit(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Write acknowledged offsets of a group."""
        with self.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?)",
                [(group, *place, offset) for place, offset in offsets.items()],
            )

    def records(
        self, place: Partition, offset: int, limit: int, end: int | None = None
    ) -> list[Kept]:
        """Return records of a partition in order, from an offset up to, not including, `end`."""
        found = self._connection().execute(
            "SELECT off, key, value, headers, ts FROM record WHERE topic = ? AND part = ?"
            " AND off >= ? AND off < ? ORDER BY off LIMIT ?",
            (*place, offset, (1 << 62) if end is None else end, limit),
        )
        return [
            Kept(place, off, key, value, _unpack(headers), datetime.fromtimestamp(ts / 1000, UTC))
            for off, key, value, headers, ts in found
        ]

    def tidy(self) -> int:
        """Apply retention and compaction now; return how many records went."""
        return tidy(self, _millis(self._clock.system()))

    def _keep_tidy(self) -> None:
        while not self._closing.wait(JANITOR_SECONDS):
            try:
                self.tidy()
            except (sqlite3.Error, BusAway):
                log.exception("the log could not be tidied")

    def _offset(self, place: Partition, to: Place, missing: int) -> int:
        if isinstance(to, Mapping):
            return to.get(place, missing)
        if to == "start":
            return self._first(place)
        head = self.heads([place.topic])[place]
        if not isinstance(to, datetime):
            return head
        (found,) = (
            self._connection()
            .execute(
                "SELECT min(off) FROM record WHERE topic = ? AND part = ? AND ts >= ?",
                (*place, _millis(to)),
            )
            .fetchone()
        )
        return head if found is None else int(found)

    def _first(self, place: Partition) -> int:
        (found,) = (
            self._connection()
            .execute(
                "SELECT coalesce((SELECT min(off) FROM record WHERE topic = ?1 AND part = ?2),"
                " (SELECT next_off FROM head WHERE topic = ?1 AND part = ?2), 0)",
                place,
            )
            .fetchone()
        )
        return int(found)

    def _connection(self) -> sqlite3.Connection:
        if self._closing.is_set():
            raise BusAway("the log was closed")
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._open_file()
            for pragma in (
                ()
                if self._reading
                else (
                    f"busy_timeout={BUSY_MS}",
                    "journal_mode=WAL",
                    f"synchronous={self._synchronous}",
                    "foreign_keys=ON",
                    "secure_delete=ON",
                )
            ):
                found.execute(f"PRAGMA {pragma}")
            self._local.connection = found
            self._open.append(found)
        return found

    def _open_file(self) -> sqlite3.Connection:
        address = f"file:{quote(str(self.path))}{'?mode=ro' if self._reading else ''}"
        try:
            return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise BusAway(f"{self.path} cannot be opened") from error


def _make(connection: sqlite3.Connection, topic: Topic) -> None:
    connection.execute(
        "INSERT INTO topic (name, partitions, compacted) VALUES (?, ?, ?)",
        (topic.name, topic.partitions, topic.compacted),
    )
    _apply(connection, topic)
    connection.executemany(
        "INSERT INTO head VALUES (?, ?, 0)", [(topic.name, n) for n in range(topic.partitions)]
    )


def _apply(connection: sqlite3.Connection, topic: Topic) -> None:
    wanted = configuration(topic)
    kept_for = wanted.get("retention.ms", FOR_EVER)
    connection.execute(
        "UPDATE topic SET compacted = ?, retention_ms = ?, tombstone_ms = ? WHERE name = ?",
        (
            topic.compacted,
            None if kept_for == FOR_EVER else int(kept_for),
            wanted.get("delete.retention.ms"),
            topic.name,
        ),
    )


def _configured(compacted: int, retention: int | None, tombstones: int | None) -> dict[str, str]:
    return {
        "cleanup.policy": "compact" if compacted else "delete",
        "retention.ms": FOR_EVER if retention is None else str(retention),
        "delete.retention.ms": str(tombstones),
    }


def _refusal(
    record: Record, counts: Mapping[str, int], refused: set[tuple[str, bytes]]
) -> Refused | None:
    if (record.topic, record.key) in refused:
        return Refused(BusAway("a record of the same key before this one was refused"))
    if record.topic not in counts:
        return Refused(TopicUnknown(record.topic))
    if record.size > MAX_RECORD:
        return Refused(TooLarge(f"{record.size} bytes"), own_fault=True)
    return None


def _hold(path: Path) -> int | None:
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise BusInUse(str(path)) from error
    return lock


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _pack(headers: Headers) -> str:
    # Every byte is one character of latin-1, so that any value comes back as it was.
    return json.dumps([[name, value.decode("latin-1")] for name, value in headers])


def _unpack(text: str) -> list[tuple[str, bytes]]:
    return [(name, value.encode("latin-1")) for name, value in json.loads(text)]
