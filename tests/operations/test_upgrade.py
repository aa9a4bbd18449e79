"""Old code serves on new tables: a migration adds, and only a later one takes away.

Two halves. While a portal is open its databases are migrated to what a next release might want, and
its people go on. And every migration of ours is looked at for what the code before cannot bear.
"""

import ast
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from packaging.version import Version
from sqlalchemy.exc import SQLAlchemyError

from services.registry.accounts.actions import people
from services.registry.accounts.models import Person
from shared.database import histories, migrate
from shared.operations.health import unready
from tests.journeys.test_starting_again import staff
from tests.journeys.test_trace import publish
from tests.support.bench import SERVICES, Bench
from tests.support.seeded import opened

ROOT = Path(__file__).parents[2]
ADDED = "added_by_a_next_release"
MARK = "CONTRACTS_AFTER"
"""In a migration: the last release whose code still used what it takes away."""
Schema = dict[str, dict[str, dict[str, Any]]]


def expand(engine: sa.Engine) -> int:
    """Give every table what a next release might add; returns how many tables there are."""
    names = [one for one in sa.inspect(engine).get_table_names() if one != "alembic_version"]
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        for name in names:
            op.add_column(name, sa.Column("of_a_next_release", sa.String(60), nullable=True))
            op.add_column(name, sa.Column(ADDED, sa.Integer(), nullable=False, server_default="0"))
            op.create_index(f"ix_{name}_{ADDED}", name, [ADDED])
        op.create_table("new_noun", sa.Column("id", sa.Uuid(), primary_key=True))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9998'"))
    return len(names)


def test_a_portal_goes_on_while_its_databases_get_the_tables_of_a_next_release(
    copied: Path,
) -> None:
    with opened(copied) as portal:
        for service in portal.everything.services:
            assert expand(service.room.database.engine) > 10
            # Nor is a process that starts now kept from serving.
            assert unready(service.room) == ""
        publish(portal)
        portal.settle()
        assert len(portal.mail) > 5
        staff(portal, "call-manager").visit("/staff/calls")
    # A process of the old release that starts again leaves the new tables as they are.
    with opened(copied) as portal:
        staff(portal, "call-manager").visit("/staff/calls")
        engine = portal.everything.service("registry").room.database.engine
        assert "new_noun" in sa.inspect(engine).get_table_names()


@contextmanager
def owning(bench: Bench) -> Iterator[sa.Engine]:
    """The database of a service, by the role that migrates."""
    url = bench.service.room.database.url
    if url.get_backend_name() != "sqlite":
        url = url.set(username=f"{url.username}_owner")
    engine = sa.create_engine(url.difference_update_query(["synchronous"]))
    try:
        yield engine
    finally:
        engine.dispose()


def test_the_same_on_both_engines(registry_bench: Bench) -> None:
    with owning(registry_bench) as engine:
        expand(engine)
    with registry_bench.work() as work:
        people.appoint_first_administrator(work, "first@secretariat.example")
    with registry_bench.view() as view:
        assert view.get(Person, email="first@secretariat.example").staff_roles
    assert registry_bench.told


def test_control_what_is_renamed_at_once_stops_the_code_before(registry_bench: Bench) -> None:
    with owning(registry_bench) as engine, engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE person RENAME COLUMN email TO address"))
    with pytest.raises(SQLAlchemyError), registry_bench.work() as work:
        people.appoint_first_administrator(work, "first@secretariat.example")


def schema(url: str) -> Schema:
    """Columns of every table, and under an empty name what must be unique."""
    engine = sa.create_engine(url)
    try:
        found = sa.inspect(engine)
        return {
            table: {str(one["name"]): dict(one) for one in found.get_columns(table)}
            | {"": {"unique": _unique(found, table)}}
            for table in found.get_table_names()
        }
    finally:
        engine.dispose()


def _unique(found: sa.Inspector, table: str) -> set[tuple[str | None, ...]]:
    keys = {tuple(one["column_names"]) for one in found.get_unique_constraints(table)}
    return keys | {tuple(one["column_names"]) for one in found.get_indexes(table) if one["unique"]}


def unbearable(before: Schema, after: Schema) -> Iterator[str]:
    """What code that knows the tables before cannot bear in those after."""
    for table, columns in before.items():
        if table not in after:
            yield f"{table} is gone"
            continue
        now = after[table]
        for name, column in columns.items():
            if not name:
                for key in now[""]["unique"] - column["unique"]:
                    yield f"{table}: {key} must be unique"
            elif name not in now:
                yield f"{table}.{name} is gone"
            else:
                yield from _narrowed(f"{table}.{name}", column, now[name])
        for name in set(now) - set(columns):
            if not now[name]["nullable"] and now[name]["default"] is None:
                yield f"{table}.{name} is wanted by every insert"


def _narrowed(what: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if before["nullable"] and not after["nullable"]:
        yield f"{what} must not be empty any longer"
    old, new = before["type"], after["type"]
    if type(old) is not type(new) and not isinstance(new, sa.Text):
        yield f"{what} is of another type"
    shorter = getattr(new, "length", None)
    if shorter is not None and shorter < (getattr(old, "length", None) or 10**9):
        yield f"{what} is shorter"


def marked(path: Path) -> str | None:
    """The release after which a migration contracts, None when it does not say so."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == MARK:
            return str(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("service", SERVICES)
def test_no_migration_takes_away_what_the_code_before_uses(service: str, tmp_path: Path) -> None:
    present = Version(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    url = f"sqlite:///{tmp_path / 'steps.db'}"
    paths = sorted((migrate.SERVICES / service / "migrations" / "versions").glob("[0-9]*.py"))
    before: Schema = {}
    for path in paths:
        command.upgrade(histories.config(service, url), path.name[:4])
        after = schema(url)
        found = list(unbearable(before, after))
        contracts = marked(path)
        if contracts is None:
            assert not found, f"{path.name}: see docs/operations.md, Upgrade"
        else:
            assert found, f"{path.name} takes nothing away and says that it does"
            assert Version(contracts) < present, f"{path.name}: not before the next release"
        before = after


CHANGES = {
    "ALTER TABLE call RENAME COLUMN title TO name": "call.title is gone",
    "ALTER TABLE call DROP COLUMN title": "call.title is gone",
    "DROP TABLE call": "call is gone",
    "ALTER TABLE call ADD COLUMN tone TEXT NOT NULL DEFAULT ''": None,
    "ALTER TABLE call ADD COLUMN tone TEXT": None,
    "CREATE TABLE noun (id INTEGER)": None,
    "CREATE INDEX ix_title ON call (title)": None,
    "CREATE UNIQUE INDEX ux_title ON call (title)": "call: ('title',) must be unique",
}
REBUILT = {
    "id INTEGER, title VARCHAR(20)": "call.title is shorter",
    "id INTEGER, title VARCHAR(90) NOT NULL": "call.title must not be empty any longer",
    "id INTEGER, title INTEGER": "call.title is of another type",
    "id INTEGER, title TEXT": None,
    "id INTEGER, title VARCHAR(200), tone TEXT NOT NULL": "call.tone is wanted by every insert",
}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [((change,), said) for change, said in CHANGES.items()]
    + [(("DROP TABLE call", f"CREATE TABLE call ({one})"), said) for one, said in REBUILT.items()],
)
def test_each_kind_of_change_is_told_apart(
    statements: tuple[str, ...], expected: str | None, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'made.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE call (id INTEGER, title VARCHAR(90))"))
    before = schema(url)
    with engine.begin() as connection:
        for one in statements:
            connection.execute(sa.text(one))
    engine.dispose()
    assert list(unbearable(before, schema(url))) == ([expected] if expected else [])
