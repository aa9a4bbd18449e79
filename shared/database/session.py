"""Engines and sessions: a plain BEGIN to read, BEGIN IMMEDIATE under one lock a file to write."""

import hashlib
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection

from shared import settings
from shared.database.settings import Settings

BUSY_MS = 10_000
POOL = 8
SYNCHRONOUS = "synchronous"
KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that is gone without a word is noticed within 20 seconds."""
AT_REST = 0.1
"""Seconds after which a connection of the pool is asked whether it lives: two trips to the server
that a busy one is spared."""
PLANNING = "-c random_page_cost=1.1"
"""Databases stand on SSDs; the server's own figure is of disks that turn, and shuns indexes."""


class Database:
    """One service's database.

    SQLite allows one writer: writers of this process queue on a lock of their own, which keeps the
    slowest of 16 writers below 80 ms where free competition took 600 ms and more. Each commit
    outlives a power cut, unless the URL says otherwise (see `hasty`). On PostgreSQL no statement
    and no wait is without an end (`DATABASE_*`).
    """

    def __init__(self, url: str, limits: Settings | None = None) -> None:
        self.url = make_url(url)
        self.engine = _engine(self.url, limits)
        self._writer = threading.Lock() if self.is_sqlite else None
        self._immediate = self.engine.execution_options(begin="BEGIN IMMEDIATE")

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is a file of SQLite."""
        return self.url.get_backend_name() == "sqlite"

    def reading(self) -> "Transaction":
        """Return a transaction for reading; nothing is begun until it is needed."""
        return Transaction(self.engine)

    def writing(self) -> "Transaction":
        """Return a transaction that holds the write lock from its first statement on."""
        return Transaction(self._immediate, self._writer, autoflush=True)

    @contextmanager
    def session_for_write(self) -> Iterator[Session]:
        """Yield a writing session, commit it at the end, roll back on an error."""
        with self.writing() as transaction:
            yield transaction.session
            transaction.commit()

    @contextmanager
    def session_for_read(self) -> Iterator[Session]:
        """Yield a reading session and give its connection back at the end."""
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    def alone(self, session: Session, what: str) -> None:
        """Wait until no other transaction, of whichever process, does `what`; until the end."""
        if not self.is_sqlite:
            session.execute(select(func.pg_advisory_xact_lock(number_of(what))))

    def detached(self) -> Connection:
        """Return a connection apart from the pool that commits each statement: for a lock to keep.

        Closing it ends it. Only for PostgreSQL.
        """
        engine = create_engine(
            self.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_arguments(self.url, settings.read(Settings)),
        )
        return engine.connect()

    def dispose(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


class Transaction:
    """A connection, begun when it is first needed, and a session over it for whom wants entities.

    A session costs as much as half a dozen statements: a short act over plain rows does without.
    A transaction that writes to a file of SQLite holds the in-process lock of that file. It is over
    with its `with`, which undoes what was not committed.
    """

    def __init__(
        self, engine: Engine, lock: "threading.Lock | None" = None, *, autoflush: bool = False
    ) -> None:
        self._engine, self._lock, self._autoflush = engine, lock, autoflush
        self._held = False
        self._connection: Connection | None = None
        self._session: Session | None = None

    @property
    def connection(self) -> Connection:
        """The connection, in a transaction."""
        if self._connection is None:
            self._take()
            self._connection = self._engine.connect()
            self._connection.begin()
        return self._connection

    @property
    def session(self) -> Session:
        """A session over the connection; `commit` writes what it still holds."""
        if self._session is None:
            self._session = Session(
                self.connection,
                autoflush=self._autoflush,
                expire_on_commit=False,
                join_transaction_mode="control_fully",
            )
        return self._session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def flush(self) -> None:
        """Write what the session still holds."""
        if self._session is not None:
            self._session.flush()

    def commit(self) -> None:
        """Commit and let the next writer in."""
        self.flush()
        if self._connection is not None:
            self._connection.commit()
        self._release()

    def close(self) -> None:
        """Undo what was not committed and let the next writer in, whatever happened before."""
        try:
            if self._session is not None:
                self._session.close()
            if self._connection is not None:
                self._connection.close()
        finally:
            self._session = self._connection = None
            self._release()

    def _take(self) -> None:
        if self._lock is not None and not self._held:
            self._lock.acquire()
            self._held = True

    def _release(self) -> None:
        if self._lock is not None and self._held:
            self._held = False
            self._lock.release()


def number_of(what: str) -> int:
    """Return the number by which PostgreSQL knows a lock of ours."""
    digest = hashlib.sha256(f"roundtable.{what}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def hasty(url: str) -> str:
    """Return the URL of the same database, whose commits on SQLite need not outlive a power cut.

    They still outlive the end of this process. For the demo and for tests: a commit takes 0.05 ms
    in place of 3.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return url
    return parsed.update_query_dict({SYNCHRONOUS: "normal"}).render_as_string(hide_password=False)


def _engine(parsed: URL, limits: Settings | None) -> Engine:
    if parsed.get_backend_name() != "sqlite":
        limits = limits or settings.read(Settings)
        engine = create_engine(
            parsed,
            pool_size=limits.pool,
            max_overflow=0,
            pool_timeout=limits.pool_timeout,
            hide_parameters=True,
            connect_args=_arguments(parsed, limits),
        )
        event.listen(engine, "checkin", _rest)
        event.listen(engine, "checkout", partial(_wake, engine.dialect))
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed.difference_update_query([SYNCHRONOUS]),
        pool_size=POOL,
        max_overflow=POOL,
        pool_timeout=30,
        hide_parameters=True,
    )
    level = "NORMAL" if parsed.query.get(SYNCHRONOUS) == "normal" else "FULL"
    event.listen(engine, "connect", partial(_prepare, level))
    event.listen(engine, "begin", _begin)
    return engine


def _rest(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["rested_at"] = time.monotonic()


def _wake(
    dialect: Dialect,
    connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Ask a connection that has rested whether it still lives; the pool takes a new one if not."""
    if time.monotonic() - record.info.get("rested_at", math.inf) < AT_REST:
        return
    try:
        alive = dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
    if not alive:
        raise InvalidatePoolError


def _arguments(url: URL, limits: Settings) -> dict[str, Any]:
    ends = {
        "lock_timeout": limits.lock_timeout,
        "statement_timeout": limits.statement_timeout,
        "idle_in_transaction_session_timeout": limits.idle_timeout,
    }
    given = url.query.get("options", "")
    said = [PLANNING, *(f"-c {name}={round(seconds * 1000)}" for name, seconds in ends.items())]
    # What the URL says comes last, and holds.
    options = " ".join([*said, *([given] if isinstance(given, str) else given)]).strip()
    return {
        **{name: value for name, value in KEEPALIVE.items() if name not in url.query},
        "connect_timeout": math.ceil(limits.connect_timeout),
        "options": options,
    }


def _prepare(level: str, connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver must not open transactions of its own: Work chooses BEGIN IMMEDIATE itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={level}",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
