"""A database of PostgreSQL put back keeps its roles apart, and what is only added to stays so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from shared.database import dumps
from shared.database.dumps import DumpFailed
from tests.support.bench import Bench
from tests.support.postgres import Server
from tests.support.roles import Roles, prepare

pytestmark = pytest.mark.postgres
on_postgres = pytest.mark.parametrize("opened", ["postgres"], indirect=True)


@pytest.fixture
def fresh(postgres_server: Server) -> Iterator[Roles]:
    """An empty database with the roles of registry."""
    made = prepare(postgres_server.url("postgres"), "put_back", "registry")
    yield made
    postgres_server.drop(made.owner)


def say(url: str, statement: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


@on_postgres
def test_rights_are_as_migrations_left_them(
    registry_bench: Bench, fresh: Roles, tmp_path: Path
) -> None:
    with registry_bench.work() as work:
        work.record("test.act")
    url = registry_bench.service.room.database.url
    owner = url.set(username=f"{url.username}_owner").render_as_string(hide_password=False)
    assert dumps.is_empty(fresh.owner)
    dumps.dump(owner, tmp_path / "registry.dump")
    dumps.load(fresh.owner, tmp_path / "registry.dump")
    assert not dumps.is_empty(fresh.owner)
    assert dumps.version(fresh.owner) == dumps.version(owner)
    assert say(fresh.serving, "SELECT count(*) FROM audit WHERE act = 'test.act'") == 1
    say(fresh.serving, "UPDATE person SET name = name")
    for refused in (
        "UPDATE audit SET act = 'another'",
        "DELETE FROM audit",
        "UPDATE alembic_version SET version_num = '0000'",
        "CREATE TABLE noun (id integer)",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            say(fresh.serving, refused)
    # Into a database with something in it nothing is put, and nothing is changed.
    with pytest.raises(DumpFailed, match="already exists"):
        dumps.load(fresh.owner, tmp_path / "registry.dump")


def test_a_server_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DumpFailed, match="pg_dump of x failed: ") as failed:
        dumps.dump("postgresql+psycopg://me:secret@127.0.0.1:1/x", tmp_path / "x.dump")
    assert "secret" not in str(failed.value)
