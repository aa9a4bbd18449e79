"""How a commit on SQLite is kept: on the disk by default, in the demo and in tests nearly so."""

from pathlib import Path

import pytest
from sqlalchemy import text

from services.everything import build
from shared.database.session import Database, hasty
from shared.database.settings import Settings
from shared.mail.mailers import Captured
from shared.messaging.embedded import EmbeddedBus
from shared.runtime import THREADS

FULL, NORMAL = 2, 1


def synchronous(url: str) -> tuple[int, str]:
    database = Database(url)
    with database.session_for_read() as session:
        level = session.scalar(text("PRAGMA synchronous"))
        mode = session.scalar(text("PRAGMA journal_mode"))
    database.dispose()
    return level, mode


def test_a_commit_outlives_a_power_cut_unless_the_url_says_otherwise(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.db'}"

    assert synchronous(url) == (FULL, "wal")
    assert synchronous(hasty(url)) == (NORMAL, "wal")
    assert [one.name for one in tmp_path.glob("*.db")] == ["one.db"]


def test_every_thread_of_a_process_may_hold_a_connection() -> None:
    assert Settings().pool >= THREADS


def test_a_hasty_url_of_postgresql_is_the_url() -> None:
    url = "postgresql+psycopg://who:secret@db.example/roundtable"

    assert hasty(url) == url


@pytest.mark.parametrize(("durable", "level"), [(True, FULL), (False, NORMAL)])
def test_the_portal_is_durable_by_default(tmp_path: Path, *, durable: bool, level: int) -> None:
    everything = build(tmp_path / "one", Captured(), durable=durable)
    try:
        for service in everything.services:
            with service.room.view() as view:
                assert view.session.scalar(text("PRAGMA synchronous")) == level
        assert isinstance(everything.bus, EmbeddedBus)
        with everything.bus.writing() as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
    finally:
        everything.close()
