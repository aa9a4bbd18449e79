"""One service on a migrated database of its own, without threads: works, views, what it told."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest
from sqlalchemy import create_engine, make_url, select, text

from shared import ids
from shared.clock import FixedClock
from shared.contracts import consultation, registry
from shared.contracts.envelope import Envelope, Event
from shared.database import migrate
from shared.database.base import Shared
from shared.database.outbox import OutboxRow
from shared.database.session import Database, hasty
from shared.security.permissions import SYSTEM, Actor
from shared.work import View, Work
from tests.support.roles import prepare, roles

if TYPE_CHECKING:
    from shared.runtime import Service

SERVICES = ("registry", "consultation", "notifications")
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CONTRACTS: dict[str, type[Event]] = {
    kind.type: kind for kind in (*registry.EVENTS, *consultation.EVENTS)
}


@dataclass
class Bench:
    """A service under test. `clock` stands still until it is moved."""

    service: "Service"
    clock: FixedClock
    told_so_far: int = field(default=0)

    def view(self, actor: Actor = SYSTEM) -> AbstractContextManager[View]:
        """Open a view as somebody."""
        return self.service.room.view(actor)

    def work(self, actor: Actor = SYSTEM) -> AbstractContextManager[Work]:
        """Open a work as somebody; it commits at the end."""
        return self.service.room.work(actor)

    @property
    def told(self) -> list[Event]:
        """All events in the outbox, in order."""
        with self.view() as view:
            rows = view.session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
        return [
            CONTRACTS[str(Envelope.of(_pairs(row.headers)).type)].model_validate_json(row.payload)
            for row in rows
            if row.payload is not None
        ]

    def told_of(self, *kinds: type[Event]) -> list[Event]:
        """Events of some kinds, in order."""
        return [event for event in self.told if isinstance(event, kinds)]

    def hear(self, event: Event) -> None:
        """Hand an event of another service to the handlers, each in a work of its own."""
        for subscription in self.service.subscriptions:
            if getattr(subscription, "event", None) is type(event):
                with self.service.room.work(SYSTEM, cause=ids.new()) as work:
                    subscription.handler(work, event)

    def later(self, **by: float) -> None:
        """Move the clock forward by a timedelta's arguments."""
        self.clock.at += timedelta(**by)


def _pairs(headers: Any) -> list[tuple[str, bytes]]:
    items = headers.items() if isinstance(headers, dict) else headers
    return [
        (name, value if isinstance(value, bytes) else str(value).encode()) for name, value in items
    ]


def person(*staff_roles: str, name: str = "Staff", **given: Any) -> Actor:
    """Return somebody of the secretariat, or nobody's member when no role is given."""
    return Actor(person=ids.new(), name=name, staff_roles=frozenset(staff_roles), **given)


def member(organisation: UUID, *roles: str, name: str = "Member", **given: Any) -> Actor:
    """Return a member of an organisation."""
    return Actor(person=ids.new(), name=name, memberships={organisation: frozenset(roles)}, **given)


Open = Callable[[str], Bench]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> "Migrated":
    """Migrated SQLite files by service, made when first asked for, copied for each test."""
    return Migrated(tmp_path_factory.mktemp("migrated"))


class Migrated:
    """Migrated SQLite files, one a service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> Path:
        path = self.folder / f"{name}.db"
        if not path.exists():
            _create(name, f"sqlite:///{path}")
        return path

    def into(self, folder: Path) -> None:
        """Copy those of all services into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in SERVICES:
            shutil.copy(self[name], folder)


def builder(name: str) -> tuple[Any, Any]:
    """Return the settings and the build function of a service."""
    return (
        import_module(f"services.{name}.settings").Settings,
        import_module(f"services.{name}.main").build,
    )


def _create(name: str, url: str) -> None:
    if list((migrate.SERVICES / name / "migrations" / "versions").glob("*.py")):
        migrate.upgrade(name, url)
        return
    kind, build = builder(name)
    service = build(kind(database_url=url), FixedClock(START))
    for metadata in service.metadata:
        metadata.create_all(service.room.database.engine)
    service.room.database.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, migrated: "Migrated", tmp_path: Path) -> Iterator[Open]:
    """A function that opens a service on a fresh database of the engine under test."""
    benches: list[Bench] = []
    dropped: list[tuple[str, str]] = []

    def open_(name: str) -> Bench:
        if request.param == "sqlite":
            path = tmp_path / f"{name}.db"
            shutil.copy(migrated[name], path)
            url = hasty(f"sqlite:///{path}")
        else:
            # Not the test's own database, which is dropped before those made here.
            admin = _url(cast("str", request.getfixturevalue("postgres_url")), "postgres")
            url = fresh_postgres(admin, name, dropped)
        benches.append(bench_on(name, url, tmp_path))
        return benches[-1]

    yield open_
    for bench in benches:
        bench.service.room.database.dispose()
    for admin, database in dropped:
        _execute(admin, f'DROP DATABASE "{database}" WITH (FORCE)')


def bench_on(name: str, url: str, folder: Path) -> Bench:
    """Open a service on a migrated database."""
    kind, build = builder(name)
    clock = FixedClock(START)
    files = str(folder / "files" / name)
    given = kind(database_url=url, files=files, portal_url="http://testserver")
    return Bench(build(given, clock), clock)


def fresh_postgres(admin: str, name: str, dropped: list[tuple[str, str]]) -> str:
    """Return a migrated database's URL, in the role that serves: it must do for everything."""
    template = f"template_{name}"
    if template not in _execute(admin, "SELECT datname FROM pg_database"):
        _create(name, prepare(admin, template, name).owner)
    database = f"t_{ids.new().hex}"
    _execute(admin, f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    dropped.append((admin, database))
    return roles(admin, database, name).serving


def _url(admin: str, database: str) -> str:
    return make_url(admin).set(database=database).render_as_string(hide_password=False)


def _execute(admin: str, statement: str) -> list[str]:
    engine = create_engine(admin, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [str(row[0]) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def shared_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the tables that every service has, of each engine."""
    here = f"sqlite:///{tmp_path / 'shared.db'}"
    url = here if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(hasty(url))
    Shared.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture
def registry_bench(opened: Open) -> Bench:
    """Registry on both engines."""
    return opened("registry")


@pytest.fixture
def consultation_bench(opened: Open) -> Bench:
    """Consultation on both engines."""
    return opened("consultation")


@pytest.fixture
def notifications_bench(opened: Open) -> Bench:
    """Notifications on both engines."""
    return opened("notifications")
