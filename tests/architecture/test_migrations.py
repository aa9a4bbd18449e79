"""Migrations: they end where the models are, on both engines, and go from empty in one go."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from shared.database import histories, migrate

SERVICES = ("registry", "consultation", "notifications")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'migrated.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_models_equal_migrations(service: str, url: str) -> None:
    migrate.upgrade(service, url)
    settings = import_module(f"services.{service}.settings").Settings
    built = import_module(f"services.{service}.main").build(settings(database_url=url))
    try:
        assert histories.differences(built.metadata, url) == []
    finally:
        built.room.database.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_numbered_without_gaps(service: str) -> None:
    names = sorted(
        one.name for one in (migrate.SERVICES / service / "migrations" / "versions").glob("*.py")
    )
    assert names
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", one) for one in names)
    assert [int(one[:4]) for one in names] == list(range(1, len(names) + 1))
