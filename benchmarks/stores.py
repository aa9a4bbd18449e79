"""PostgreSQL and Apache Kafka of the run's own, and the material moved onto PostgreSQL."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, Table, create_engine, insert, select, text

from services.apart import NAMES
from shared.contracts.topics import TOPICS
from shared.database import migrate
from shared.database.session import Database
from shared.messaging.kafka import KafkaBus
from tests.support.kafka import Broker
from tests.support.postgres import Server, binaries

MANY = 2000


@dataclass
class Stores:
    """Servers that are started when they are first asked for, and stopped at the end."""

    folder: Path
    _stack: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def postgres(self) -> Server:
        """A server as production has it: what is committed is on the disk."""
        programs = binaries()
        if programs is None:
            raise RuntimeError("PostgreSQL's server is not installed: deploy/setup-tests")
        place = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="roundtable-")))
        place.chmod(0o755)
        server = Server(programs, place / "data", durable=True)
        # When a transaction was committed is read from the server itself (measure 4).
        server.settings |= {"track_commit_timestamp": "on", "shared_buffers": "128MB"}
        server.start()
        self._stack.callback(server.stop)
        return server

    @cached_property
    def kafka(self) -> Broker:
        """A broker with the topics of the declaration."""
        broker = Broker(self.folder / "kafka")
        broker.start()
        self._stack.callback(broker.stop)
        bus = KafkaBus([broker.address])
        bus.ensure_topics(TOPICS)
        bus.close()
        return broker

    def close(self) -> None:
        """Stop what was started."""
        self._stack.close()

    def moved(self, folder: Path) -> "Moved":
        """Return the embedded form's databases of a folder, moved onto PostgreSQL."""
        urls = {}
        for name in NAMES:
            urls[name] = self.postgres.create()
            migrate.upgrade(name, urls[name])
            _move(name, f"sqlite:///{folder / name}.db", urls[name])
        return Moved(self, urls)


@dataclass(frozen=True)
class Moved:
    """Databases on PostgreSQL by service; each measure gets copies, so that all begin alike."""

    stores: Stores
    urls: dict[str, str]

    @contextmanager
    def copied(self, name: str) -> Iterator[str]:
        """Yield the URL of a fresh copy of a service's database."""
        server = self.stores.postgres
        url = server.create(self.urls[name].rsplit("/", 1)[1])
        try:
            yield url
        finally:
            server.drop(url)

    def environment(self, name: str, url: str, folder: Path) -> dict[str, str]:
        """Return the environment of a process that runs one service apart."""
        known = {
            f"{name.upper()}_DATABASE_URL": url,
            f"{name.upper()}_FILES": str(folder / "files"),
            "SECRET_FILE": str(folder / "secret"),
            "PORTAL_URL": "http://127.0.0.1",
            "MAIL_URL": f"captured:{folder / 'mail'}",
        }
        if "kafka" in vars(self.stores):
            known["KAFKA_SERVERS"] = self.stores.kafka.address
        return dict(os.environ) | known


def _move(name: str, source: str, target: str) -> None:
    settings = import_module(f"services.{name}.settings").Settings(database_url=source)
    service = import_module(f"services.{name}.main").build(settings)
    before = Database(source).engine
    after = create_engine(target)
    with after.begin() as connection:
        # Keys between tables and triggers are looked after by the rows' own origin.
        connection.execute(text("SET session_replication_role = replica"))
        for table in _tables(service.metadata):
            connection.execute(table.delete())
            with before.connect() as old:
                rows = [dict(row._mapping) for row in old.execute(select(table))]  # noqa: SLF001 - its public name
            for start in range(0, len(rows), MANY):
                connection.execute(insert(table), rows[start : start + MANY])
    _count_on(after, service.metadata)
    with after.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    for engine in (before, after, service.room.database.engine):
        engine.dispose()


def _tables(metadata: list[MetaData]) -> list[Table]:
    return [table for one in metadata for table in one.sorted_tables]


def _count_on(engine: Engine, metadata: list[MetaData]) -> None:
    """Have counting keys go on after the rows that were moved."""
    with engine.begin() as connection:
        for table in _tables(metadata):
            for column in table.primary_key:
                given: dict[str, Any] = {"table": table.name, "column": column.name}
                counter = connection.scalar(
                    text("SELECT pg_get_serial_sequence(:table, :column)"), given
                )
                if counter is not None:
                    most = connection.scalar(select(column).order_by(column.desc()).limit(1)) or 0
                    connection.execute(
                        text("SELECT setval(:counter, :most)"),
                        {"counter": counter, "most": most + 1},
                    )
