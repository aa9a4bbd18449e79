"""The databases of `deploy/postgres`: each service reads and writes its own rows, and no more."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import make_url

from services.everything import BUILDERS
from shared.database import migrate
from tests.support.postgres import Server
from tests.support.roles import SCRIPT

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("urls")]

PREPARE = SCRIPT.parent / "prepare"
Urls = dict[str, str]
"""What the files of environment say, by name of the variable."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("passwords")


def run(server: Server, folder: Path) -> Urls:
    environment = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres"}
    done = subprocess.run(
        [PREPARE, folder],
        env=os.environ | environment | {"PREFIX": "portal"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    lines = [line for one in folder.glob("*.env") for line in one.read_text().splitlines()]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@pytest.fixture(scope="module")
def urls(postgres_server: Server, folder: Path) -> Iterator[Urls]:
    """The databases of all three services, prepared, and migrated by their owners."""
    found = run(postgres_server, folder)
    for name in BUILDERS:
        migrate.upgrade(name, found[f"{name.upper()}_MIGRATION_DATABASE_URL"])
    yield found
    for name in BUILDERS:
        postgres_server.drop(found[f"{name.upper()}_DATABASE_URL"])


@contextmanager
def connected(url: str, database: str = "") -> Iterator[psycopg.Connection]:
    given = make_url(url).set(drivername="postgresql")
    if database:
        given = given.set(database=database)
    address = given.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def test_what_is_secret_is_for_its_owner_alone(folder: Path) -> None:
    files = list(folder.iterdir())
    assert len(files) == 9
    assert {oct(one.stat().st_mode & 0o777) for one in files} == {"0o600"}
    passwords = [one.read_text() for one in folder.glob("*.password")]
    assert len(set(passwords)) == 6
    assert min(map(len, passwords)) >= 40


def test_running_it_again_changes_nothing(
    urls: Urls, postgres_server: Server, folder: Path
) -> None:
    assert run(postgres_server, folder) == urls


def test_passwords_are_kept_as_verifiers(postgres_server: Server) -> None:
    with connected(postgres_server.url("postgres")) as connection:
        kept = connection.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'portal_%'"
        ).fetchall()
    assert len(kept) == 6
    assert all(password.startswith("SCRAM-SHA-256$") for (password,) in kept)


@pytest.mark.parametrize("service", BUILDERS)
@pytest.mark.parametrize("role", ["DATABASE_URL", "MIGRATION_DATABASE_URL"])
def test_no_role_of_a_service_comes_into_the_database_of_another(
    urls: Urls, service: str, role: str
) -> None:
    for other in BUILDERS:
        if other == service:
            continue
        with (
            pytest.raises(psycopg.OperationalError, match="permission denied for database"),
            connected(urls[f"{service.upper()}_{role}"], f"portal_{other}"),
        ):
            pass


FORBIDDEN = [
    "ALTER TABLE outbox ADD COLUMN more text",
    "DROP TABLE outbox",
    "TRUNCATE outbox",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE INDEX mine ON outbox (key)",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT * FROM pg_authid",
    "SET ROLE portal_registry_owner",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_serving_role_changes_rows_and_nothing_else(urls: Urls, statement: str) -> None:
    with connected(urls["REGISTRY_DATABASE_URL"]) as connection:
        connection.execute("SELECT count(*) FROM outbox")
        connection.execute("DELETE FROM outbox")
        with pytest.raises((errors.InsufficientPrivilege, errors.InvalidObjectDefinition)):
            connection.execute(statement.encode())


@pytest.mark.parametrize("service", BUILDERS)
def test_every_table_belongs_to_the_role_that_migrates(urls: Urls, service: str) -> None:
    with connected(urls[f"{service.upper()}_DATABASE_URL"]) as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert owners == [(f"portal_{service}_owner",)]
