"""Two requests that met in the database are both answered; a database that is away is said so."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update
from starlette.responses import Response

from shared.database.audit import AuditRow
from shared.database.base import Shared
from shared.database.jobs import JobRow
from shared.database.session import Database, Transaction
from shared.database.settings import Settings
from shared.files import Files
from shared.security.permissions import Permissions, anyone, may
from shared.web import again
from shared.web.edge import Posted, PublicView, PublicWork
from shared.web.pages import Pages, see_other
from shared.work import Room
from tests.support.postgres import Server, started
from tests.support.shop import browser_of


class Meeting:
    """Where the first two requests wait for each other; who is answered again waits no more."""

    def __init__(self, guests: int = 2) -> None:
        self.barrier = threading.Barrier(2)
        self._guests = guests

    def attend(self) -> None:
        self._guests -= 1
        if self._guests >= 0:
            self.barrier.wait(PATIENCE)


pages = Pages()
meetings = [Meeting()]
PATIENCE = 20
BODY = "word " * 60_000


@pages.get("/shelves", name="shelf.index")
def index(view: PublicView) -> Response:
    view.require("shelf.index")
    view.session.scalar(text("SELECT 1"))
    return Response("here")


@pages.get("/slow", name="shelf.slow")
def slow(view: PublicView) -> Response:
    view.require("shelf.index")
    view.session.execute(text("SELECT pg_sleep(30)"))
    return Response("late")


@pages.post("/shelves/{first}/{second}", name="shelf.fill")
def fill(work: PublicWork, posted: Posted, first: str, second: str) -> Response:
    """Write one row, let the other request write its own, then want that one too."""
    work.require("shelf.fill")
    upload = posted.file("note")
    assert upload is not None
    _write(work.session, first, upload.data.decode())
    meetings[-1].attend()
    _write(work.session, second, upload.data.decode())
    return see_other("shelf.index")


@pages.post("/counted", name="shelf.count")
def count(work: PublicWork) -> Response:
    """Add one to what was read, as of one moment."""
    work.connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    work.require("shelf.fill")
    read = len(work.session.scalar(select(JobRow.last_error).filter_by(name="a")) or "")
    meetings[-1].attend()
    work.session.execute(update(JobRow).filter_by(name="a").values(last_error="x" * (read + 1)))
    return see_other("shelf.index")


def _write(session: Any, name: str, words: str) -> None:
    new = JobRow.last_error + f"{len(words)} "
    session.execute(update(JobRow).filter_by(name=name).values(last_error=new))
    session.flush()


def room_on(url: str, folder: Path, **limits: Any) -> Room:
    database = Database(url, Settings(**limits))
    table = Permissions(may("shelf.index", anyone), may("shelf.fill", anyone))
    return Room("shop", database, table, Files(folder))


@pytest.fixture
def shop(postgres_url: str, tmp_path: Path) -> Iterator[Callable[..., tuple[Room, TestClient]]]:
    """A function that opens the shop on PostgreSQL, which sees at once that two wait in vain."""
    rooms = []

    def open_(**limits: Any) -> tuple[Room, TestClient]:
        quick = f"{postgres_url}?options=-c%20deadlock_timeout%3D50ms"
        room = room_on(quick, tmp_path, **limits)
        rooms.append(room)
        Shared.metadata.create_all(room.database.engine)
        with room.work() as work:
            for name in "ab":
                work.add(JobRow(name=name, last_run_at=datetime.now(UTC), last_error=""))
        return room, browser_of(room, pages)

    meetings.append(Meeting())
    yield open_
    for room in rooms:
        room.database.dispose()


def both(browser: TestClient, paths: list[str]) -> list[int]:
    """Post to two addresses at once and return what was answered, the better one first."""

    def post(path: str) -> int:
        files = {"note": ("note.txt", BODY.encode(), "text/plain")}
        return browser.post(f"/en{path}", files=files, follow_redirects=False).status_code

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(post, paths))


MEETINGS = {
    "each waits for the other": ["/shelves/a/b", "/shelves/b/a"],
    "both count from one number": ["/counted", "/counted"],
}


def written(room: Room) -> dict[str, str]:
    with room.view() as view:
        return {row.name: str(row.last_error) for row in view.session.scalars(select(JobRow))}


@pytest.mark.parametrize("paths", MEETINGS.values(), ids=MEETINGS)
def test_of_two_that_meet_both_are_kept(shop: Any, paths: list[str]) -> None:
    room, browser = shop()
    assert both(browser, paths) == [303, 303]

    found = written(room)
    if "count" in paths[0]:
        assert found["a"] == "xx"
    else:
        # The whole body was there the second time, too.
        assert found == {"a": f"{len(BODY)} " * 2, "b": f"{len(BODY)} " * 2}
    with room.view() as view:
        assert len(view.session.scalars(select(AuditRow)).all()) == 2


@pytest.mark.parametrize("paths", MEETINGS.values(), ids=MEETINGS)
def test_without_another_time_one_is_refused(
    shop: Any, monkeypatch: pytest.MonkeyPatch, paths: list[str]
) -> None:
    monkeypatch.setattr(again, "TIMES", 1)
    _, browser = shop()
    assert both(browser, paths) == [303, 503]


def test_a_statement_without_end_is_ended(shop: Any) -> None:
    _, browser = shop(statement_timeout=0.2)
    answer = browser.get("/en/slow")
    assert answer.status_code == 503
    assert "very busy just now" in answer.text


def test_what_somebody_else_holds_is_not_waited_for_without_end(shop: Any) -> None:
    room, browser = shop(lock_timeout=0.2)
    meetings.append(Meeting(0))
    with room.work() as work:
        work.lock(JobRow, name="a")
        files = {"note": ("note.txt", b"x", "text/plain")}
        answer = browser.post("/en/shelves/a/b", files=files)
    assert answer.status_code == 503
    assert "very busy just now" in answer.text


def test_no_free_connection_is_a_page_and_no_hang(shop: Any) -> None:
    room, browser = shop(pool=2, pool_timeout=0.2)
    with room.view() as one, room.view() as two:
        for view in (one, two):
            view.session.scalar(text("SELECT 1"))
        answer = browser.get("/en/shelves")
        assert answer.status_code == 503
        assert "Nothing was changed" in answer.text
        assert answer.headers["retry-after"]
    assert browser.get("/en/shelves").status_code == 200


def test_a_transaction_that_stands_still_is_ended(shop: Any) -> None:
    """As of a process that is frozen while it holds a row that others want."""
    room, browser = shop(idle_timeout=0.2)
    meetings.append(Meeting(0))
    frozen = room.database.writing()
    frozen.connection.execute(update(JobRow).values(last_error="frozen"))
    files = {"note": ("note.txt", b"x", "text/plain")}
    answer = browser.post("/en/shelves/a/b", files=files, follow_redirects=False)
    assert answer.status_code == 303
    with pytest.raises(Exception, match=r"terminat|closed"):
        frozen.commit()
    frozen.close()
    assert written(room) == {"a": "1 ", "b": "1 "}


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that a test may kill."""
    with started(durable=True) as server:
        yield server


def test_a_database_that_is_killed_is_said_so_and_comes_back_by_itself(
    own_server: Server, tmp_path: Path
) -> None:
    room = room_on(own_server.create(), tmp_path)
    Shared.metadata.create_all(room.database.engine)
    with room.work() as work:
        for name in "ab":
            work.add(JobRow(name=name, last_run_at=datetime.now(UTC), last_error=""))
    browser = browser_of(room, pages)
    meetings.append(Meeting(1))
    files = {"note": ("note.txt", b"x", "text/plain")}

    def post() -> Any:
        return browser.post("/en/shelves/a/b", files=files, follow_redirects=False)

    with ThreadPoolExecutor(1) as pool:
        halfway = pool.submit(post)
        while meetings[-1].barrier.n_waiting == 0:
            time.sleep(0.01)
        own_server.kill()
        meetings[-1].barrier.wait(PATIENCE)
        answer = halfway.result(PATIENCE)
    assert answer.status_code == 503
    assert "cannot reach its database" in answer.text
    while_away = browser.get("/fr/shelves")
    assert while_away.status_code == 503
    assert '<html lang="fr"' in while_away.text

    own_server.start()
    assert browser.get("/en/shelves").text == "here"
    assert written(room) == {"a": "", "b": ""}, "nothing half-done"
    assert post().status_code == 303
    room.database.dispose()


def test_a_commit_without_an_answer_is_called_unsure(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = room_on(own_server.create(), tmp_path)
    Shared.metadata.create_all(room.database.engine)
    browser = browser_of(room, pages)
    meetings.append(Meeting(0))
    commit = Transaction.commit

    def lose(transaction: Transaction) -> None:
        mine = transaction.connection.scalar(text("SELECT pg_backend_pid()"))
        with room.database.session_for_read() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
        commit(transaction)

    monkeypatch.setattr("shared.database.session.Transaction.commit", lose)
    files = {"note": ("note.txt", b"x", "text/plain")}
    answer = browser.post("/en/shelves/a/b", files=files, follow_redirects=False)
    assert answer.status_code == 503
    assert "look before you send it again" in answer.text
    room.database.dispose()
