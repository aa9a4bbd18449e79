"""A database is brought to the newest version, whatever version it stands at."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect

from services.everything import BUILDERS
from shared.database import histories, migrate


@pytest.mark.parametrize("service", BUILDERS)
def test_an_empty_database_gets_every_table(tmp_path: Path, service: str) -> None:
    url = f"sqlite:///{tmp_path / 'folder' / 'one.db'}"

    migrate.upgrade(service, url)

    assert migrate.present(url) == migrate.newest(service) is not None
    engine = create_engine(url)
    assert "outbox" in inspect(engine).get_table_names()
    engine.dispose()


def test_an_older_database_gets_what_it_lacks(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.db'}"
    command.upgrade(histories.config("notifications", url), "0001")
    assert migrate.present(url) == "0001"

    migrate.upgrade("notifications", url)

    assert migrate.present(url) == migrate.newest("notifications") != "0001"


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    path.write_text("no database at all, and long enough to be looked at " * 40)

    with pytest.raises(Exception, match="not a database"):
        migrate.upgrade("registry", f"sqlite:///{path}")
