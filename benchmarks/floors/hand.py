"""What the floors share: a connection a thread, rows by name, transactions by hand.

The same statements are said to SQLite and to PostgreSQL: `?` stands for what is given, ids and
instants come and go as text.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from anyio import to_thread
from starlette.applications import Starlette

THREADS = 6
_writer = threading.Lock()


class Row(Protocol):
    """A row whose values are asked for by name."""

    def __getitem__(self, name: str) -> Any:
        """Return a value."""


class Hand:
    """A database spoken to by hand."""

    locked = ""
    held = ""

    def __init__(self) -> None:
        self._local = threading.local()

    def connection(self) -> Any:
        """Return this thread's connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = self._connect()
        return self._local.connection

    def _connect(self) -> Any:
        raise NotImplementedError

    def run(self, statement: str, *given: Any) -> Any:
        """Run a statement and return its cursor."""
        return self.connection().execute(statement, given)

    def all(self, statement: str, *given: Any) -> Sequence[Row]:
        """Return all rows."""
        found: Sequence[Row] = self.run(statement, *given).fetchall()
        return found

    def one(self, statement: str, *given: Any) -> Row:
        """Return the one row. Raises LookupError."""
        row: Row | None = self.run(statement, *given).fetchone()
        if row is None:
            raise LookupError(statement)
        return row

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write in one transaction, committed at the end."""
        self.run("BEGIN")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self.run("ROLLBACK")
            raise


class Sqlite(Hand):
    """A file in WAL with `synchronous=FULL`, one writer at a time."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def _connect(self) -> sqlite3.Connection:
        found = sqlite3.connect(self._path, isolation_level=None)
        found.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
            found.execute(f"PRAGMA {pragma}")
        return found

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write in one transaction while nobody else does."""
        with _writer:
            self.run("BEGIN IMMEDIATE")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                self.run("ROLLBACK")
                raise


class Postgres(Hand):
    """A database of PostgreSQL through psycopg; rows are locked as the product locks them."""

    locked = " FOR UPDATE"
    held = " FOR SHARE"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url.replace("+psycopg", "")
        self._said: dict[str, bytes] = {}

    def _connect(self) -> Any:
        import psycopg  # noqa: PLC0415 - the floor on SQLite does without
        from psycopg.rows import dict_row  # noqa: PLC0415
        from psycopg.types.string import TextLoader  # noqa: PLC0415

        connection = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
        for kind in ("uuid", "timestamptz", "date", "json"):
            connection.adapters.register_loader(kind, TextLoader)
        return connection

    def run(self, statement: str, *given: Any) -> Any:
        """Run a statement and return its cursor."""
        said = self._said.get(statement)
        if said is None:
            said = self._said[statement] = statement.replace("?", "%s").encode()
        return self.connection().execute(said, given)


def hand(where: str) -> Hand:
    """Return a database by its URL."""
    if where.startswith("sqlite:///"):
        return Sqlite(Path(where.removeprefix("sqlite:///")))
    return Postgres(where)


@asynccontextmanager
async def few_threads(_app: Starlette) -> Any:
    """Give the floor as many threads as the product has."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
