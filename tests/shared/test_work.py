"""View and Work: the unit of work under contention."""

import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.database.base import Shared
from shared.database.session import Database
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
