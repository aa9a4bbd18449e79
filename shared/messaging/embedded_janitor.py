"""Retention and compaction of the embedded log, in small transactions so that nobody waits."""

import sqlite3
from contextlib import AbstractContextManager
from typing import Protocol

BATCH = 1000

EXPIRED = """
DELETE FROM record WHERE (topic, part, off) IN (
    SELECT topic, part, off FROM record WHERE topic = ?1 AND ts < ?2 LIMIT ?3)
"""
SUPERSEDED = """
DELETE FROM record WHERE (topic, part, off) IN (
    SELECT topic, part, off FROM (
        SELECT topic, part, off, max(off) OVER (PARTITION BY part, key) AS last
        FROM record WHERE topic = ?1 AND key IS NOT NULL)
    WHERE off < last LIMIT ?2)
"""
BURIED = """
DELETE FROM record WHERE (topic, part, off) IN (
    SELECT topic, part, off FROM record
    WHERE topic = ?1 AND value IS NULL AND ts < ?2 LIMIT ?3)
"""


class Log(Protocol):
    """What the janitor needs of the log."""

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Yield a connection in a write transaction, committed at the end."""
        ...


def tidy(bus: Log, now: int) -> int:
    """Delete what is past its time or superseded; `now` in milliseconds. Return how many went.

    Tombstones go after their own time, and only then: a reader that comes late must meet them.
    """
    with bus.writing() as connection:
        topics = connection.execute(
            "SELECT name, compacted, retention_ms, tombstone_ms FROM topic"
        ).fetchall()
    gone = 0
    for name, compacted, retention, tombstone in topics:
        if retention is not None:
            gone += _repeat(bus, EXPIRED, (name, now - retention, BATCH))
        if compacted:
            gone += _repeat(bus, SUPERSEDED, (name, BATCH))
        if compacted and tombstone is not None:
            gone += _repeat(bus, BURIED, (name, now - tombstone, BATCH))
    return gone


def _repeat(bus: Log, statement: str, values: tuple[object, ...]) -> int:
    total = 0
    while True:
        with bus.writing() as connection:
            gone = connection.execute(statement, values).rowcount
        total += gone
        if gone < BATCH:
            return total
