"""`roundtable check` on the ground that an operator prepared, and on what may be wrong with it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from services.__main__ import app
from tests.support.apart import roles
from tests.support.needs import free_port
from tests.support.production import SERVICES, Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


@pytest.fixture(scope="module")
def prepared(production: Production, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a portal whose roles are least privileged, migrated and not started."""
    folder = tmp_path_factory.mktemp("prepared")
    given = production.environment | roles(production.postgres, folder / "roles")
    given |= {f"{name.upper()}_FILES": str(folder / name) for name in SERVICES}
    given |= {"MAIL_URL": f"captured:{folder / 'mail'}", "SECRET_FILE": str(folder / "secret")}
    for name in SERVICES:
        words = [*production.command, "migrate", name]
        subprocess.run(words, env=given, check=True, stdout=subprocess.DEVNULL, timeout=60)
    return {name: value for name, value in given.items() if "_MIGRATION_" not in name}


Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(prepared: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Check:
    def run(*services: str, **changed: str) -> tuple[int, str]:
        with monkeypatch.context() as environment:
            for name, value in (prepared | changed).items():
                environment.setenv(name, value)
            done = CliRunner().invoke(app, ["check", *services])
        return done.exit_code, " ".join(done.output.split())

    return run


def test_nothing_is_amiss(check: Check) -> None:
    assert check() == (0, "Nothing is amiss: the portal can be started.")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"REGISTRY_DATABASE_URL": "sqlite:////srv/r.db"}, "REGISTRY_DATABASE_URL: services in"),
        ({"REGISTRY_MAIL_FROM": "nobody"}, "REGISTRY_MAIL_FROM: "),
        ({"REGISTRY_FILES": "/proc/nowhere"}, "REGISTRY_FILES: /proc/nowhere cannot be written"),
        ({"KAFKA_SERVERS": ""}, "KAFKA_SERVERS: services in processes of their own need"),
        ({"MAIL_URL": ""}, "MAIL_URL: say where mail goes"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL: "),
        (
            {"MAIL_URL": f"smtp://127.0.0.1:{free_port()}"},
            "MAIL_URL: the mail server does not take us: ConnectionRefusedError",
        ),
        ({"PORTAL_URL": "https://roundtable.example.org"}, "MAIL_URL: mail is captured"),
        (
            {"REGISTRY_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/registry"},
            "REGISTRY_DATABASE_URL: the database cannot be used: ",
        ),
    ],
)
def test_each_thing_amiss_is_a_sentence(
    check: Check, changed: dict[str, str], sentence: str
) -> None:
    status, said = check("registry", **changed)
    assert status == 1
    assert said.startswith(sentence)


def test_a_log_that_does_not_answer_is_said(check: Check) -> None:
    status, said = check("registry", KAFKA_SERVERS=f"127.0.0.1:{free_port()}")
    assert status == 1
    assert said.startswith("KAFKA_SERVERS: the log cannot be reached")


def test_a_role_that_may_too_much_and_one_that_may_too_little(
    check: Check, prepared: dict[str, str], production: Production
) -> None:
    name = prepared["REGISTRY_DATABASE_URL"].rpartition("/")[2]
    superuser = production.postgres.url(name)
    status, said = check("registry", REGISTRY_DATABASE_URL=superuser)
    assert status == 1
    assert "its role may change more than rows" in said
    with psycopg.connect(superuser.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'REVOKE UPDATE ON person FROM "{name}"'.encode())
        try:
            assert check("registry") == (1, "registry: the role lacks UPDATE on person.")
        finally:
            connection.execute(f'GRANT UPDATE ON person TO "{name}"'.encode())


def test_an_old_database_is_said_with_what_to_do(
    check: Check, prepared: dict[str, str], production: Production
) -> None:
    url = production.postgres.url(prepared["REGISTRY_DATABASE_URL"].rpartition("/")[2])
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert row is not None
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            status, said = check("registry")
        finally:
            connection.execute("UPDATE alembic_version SET version_num = %s", row)
    assert status == 1
    assert said.startswith("registry: the database is at 0001")
    assert "roundtable migrate" in said


def test_a_secret_that_others_read_is_said(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("ab" * 32)
    path.chmod(0o644)
    status, said = check("registry", SECRET_FILE=str(path))
    assert status == 1
    assert said.startswith("SECRET_FILE: others than its owner can read")
