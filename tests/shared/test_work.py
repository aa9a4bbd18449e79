"""View and Work: the unit of work under contention."""

import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, literal

from shared import ids
from shared.database import plain
from shared.database.audit import AuditRow
from shared.database.base import Shared
from shared.database.due import DueRow
from shared.database.session import Database
from shared.errors import NotFound
from shared.files import Files
from shared.security.permissions import Permissions
from shared.work import Room

PATIENCE = 5.0


@pytest.fixture
def room(tmp_path: Path) -> Room:
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    Shared.metadata.create_all(database.engine)
    return Room("test", database, Permissions(), Files(tmp_path / "files"))


def waits_for_the_write_lock(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and any(one.name == "_take" for one in traceback.extract_stack(frame))


def test_who_holds_the_write_lock_can_tell_the_time_while_others_wait_for_it(room: Room) -> None:
    def second() -> None:
        with room.work() as work:
            assert work.now

    waiting = threading.Thread(target=second)
    with ThreadPoolExecutor(1) as pool, room.work() as first:
        first.session.connection()
        waiting.start()
        while waiting.is_alive() and not waits_for_the_write_lock(waiting):
            pass
        told = pool.submit(lambda: first.now)
        assert told.result(PATIENCE)
    waiting.join(PATIENCE)
    assert not waiting.is_alive()


def test_time_is_read_once(shared_database: Database, tmp_path: Path) -> None:
    room = Room("test", shared_database, Permissions(), Files(tmp_path / "files"))
    with room.work() as work:
        assert work.now is work.now
    with room.view() as view:
        assert view.now is view.now


KIND = "test.kind"
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def due(shared_database: Database, tmp_path: Path) -> Room:
    """A service in which one thing is due."""
    room = Room("test", shared_database, Permissions(), Files(tmp_path / "files"))
    with room.work() as work:
        work.schedule(KIND, ids.new(), AT, words="مدينة")
    return room


def payload(room: Room) -> Any:
    with room.view() as view:
        return view.get(DueRow, kind=KIND).payload


def test_a_plain_row_holds_what_its_entity_holds(due: Room) -> None:
    names = [one.key for one in inspect(DueRow).column_attrs]
    with due.work() as work:
        row = work.take(DueRow, kind=KIND)
        kept = work.get(DueRow, kind=KIND)
        assert isinstance(row, DueRow)
        assert [getattr(row, name) for name in names] == [getattr(kept, name) for name in names]
        with pytest.raises(NotFound):
            work.take(DueRow, kind="another")


def test_what_is_changed_of_a_plain_row_is_kept_when_it_is_written(due: Room) -> None:
    with due.work() as work:
        row = work.take(DueRow, kind=KIND)
        row.payload, row.attempts = {"words": "Stadt"}, 3
        work.write(row)
        assert work.get(DueRow, kind=KIND).attempts == 3
    assert payload(due) == {"words": "Stadt"}


def test_a_plain_row_that_was_changed_and_not_written_is_an_error_and_not_lost(due: Room) -> None:
    with (
        pytest.raises(RuntimeError, match="DueRow was changed and not written"),
        due.work() as work,
    ):
        work.take(DueRow, kind=KIND).payload = {}
    assert payload(due) == {"words": "مدينة"}


def test_a_plain_row_as_it_was_read_needs_no_writing(due: Room) -> None:
    with due.work() as work:
        work.write(work.take(DueRow, kind=KIND))
        work.take(DueRow, kind=KIND)
    assert payload(due) == {"words": "مدينة"}


def test_what_an_outer_join_does_not_find_is_none(due: Room) -> None:
    nothing = (
        plain.select_of(DueRow, AuditRow)
        .add_columns(literal(7))
        .outerjoin(AuditRow, AuditRow.act == "never")
    )
    with due.work() as work:
        ((found, audit, seven),) = work.plain(nothing, {}, DueRow, AuditRow)
    assert (found.kind, audit, seven) == (KIND, None, 7)
