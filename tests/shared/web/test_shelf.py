"""Pages for everybody: kept for a second, for nobody in particular, never beyond a commit."""

import gzip
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from shared import ids
from shared.clock import FixedClock
from shared.database.base import Shared
from shared.database.session import Database
from shared.files import Files
from shared.security.permissions import Actor, Permissions, anyone, may
from shared.security.tokens import COOKIE
from shared.web import shelf
from shared.web.edge import PublicView, PublicWork
from shared.web.frame import frame
from shared.web.pages import Pages, say
from shared.web.shelf import for_everybody
from shared.work import Room, View
from tests.support.shop import shop

ROW = "<p>The table is set for everybody.</p>"
drawn = itertools.count(1)
pages = Pages()


@pages.get("/board", name="board.show")
@for_everybody
def show(view: PublicView, status: int = 200, saying: str = "") -> Response:
    view.require("board.show")
    response = HTMLResponse(f"{next(drawn)} {frame().language} {view.actor.name}" + ROW * 50)
    response.status_code = status
    if saying:
        say(response, saying)
    return response


@pages.get("/draft", name="board.draft")
def draft(view: PublicView) -> Response:
    view.require("board.show")
    return PlainTextResponse(str(next(drawn)))


@pages.post("/board", name="board.write")
def write(work: PublicWork) -> Response:
    work.require("board.write")
    return PlainTextResponse("written")


def somebody(view: View, token: str) -> Actor:
    del view
    return Actor(person=ids.new(), name=token)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, 9, tzinfo=UTC))


@pytest.fixture
def browser(tmp_path: Path, clock: FixedClock) -> Iterator[TestClient]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    Shared.metadata.create_all(database.engine)
    table = Permissions(may("board.show", anyone), may("board.write", anyone))
    room = Room("shop", database, table, Files(tmp_path), clock=clock)
    with TestClient(shop(room, pages, identity=somebody)) as client:
        yield client
    database.dispose()


def number(browser: TestClient, path: str = "/en/board", **headers: str) -> str:
    return browser.get(path, headers=headers).text.partition("<")[0]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    # A slow machine draws no second page in a second; here only the portal's clock ends it.
    monkeypatch.setattr(shelf, "SECOND", 60.0)


def test_what_everybody_gets_is_drawn_once(browser: TestClient) -> None:
    assert number(browser) == number(browser)


def test_another_language_or_question_is_another_page(browser: TestClient) -> None:
    first = number(browser)
    assert number(browser, "/fr/board").split()[1] == "fr"
    assert number(browser, "/en/board?x=1") != first
    assert number(browser) == first


def test_it_goes_with_the_second_of_the_portal(browser: TestClient, clock: FixedClock) -> None:
    first = number(browser)
    clock.at += timedelta(seconds=1)
    assert number(browser) != first


def test_it_goes_with_the_machine_s_second_too(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "SECOND", 0.0)
    assert number(browser) != number(browser)


def test_it_goes_with_a_commit(browser: TestClient) -> None:
    first = number(browser)
    assert browser.post("/en/board", headers={"Sec-Fetch-Site": "same-origin"}).text == "written"
    assert number(browser) != first


def test_nobody_gets_what_somebody_was_shown(browser: TestClient) -> None:
    mine = number(browser, cookie=f"{COOKIE}=Amal")
    assert "Amal" in mine
    assert "Amal" not in number(browser)
    assert number(browser, cookie=f"{COOKIE}=Amal") != mine


@pytest.mark.parametrize("query", ["status=404", "saying=Hello"])
def test_refusals_and_pages_that_set_a_cookie_are_not_kept(browser: TestClient, query: str) -> None:
    assert number(browser, f"/en/board?{query}") != number(browser, f"/en/board?{query}")


def test_a_page_that_says_something_once_is_for_one(browser: TestClient) -> None:
    first = number(browser)
    assert number(browser, cookie="roundtable_saying=Hello") != first


def test_a_route_that_is_not_marked_is_drawn_each_time(browser: TestClient) -> None:
    assert number(browser, "/en/draft") != number(browser, "/en/draft")


def test_it_is_given_compressed_to_whoever_takes_that(browser: TestClient) -> None:
    first = browser.get("/en/board", headers={"accept-encoding": "identity"})
    packed = browser.get("/en/board", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(gzip.compress(first.content)) + 20
    assert packed.text == first.text
    assert set(packed.headers["vary"].split(", ")) == {
        *first.headers["vary"].split(", "),
        "Accept-Encoding",
    }
    assert packed.headers["content-security-policy"] == first.headers["content-security-policy"]
    plain = browser.get("/en/board", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text


def test_a_walk_through_everything_does_not_fill_the_memory(browser: TestClient) -> None:
    pages_before = number(browser)
    for turn in range(shelf.MOST):
        number(browser, f"/en/board?x={turn}")
    assert number(browser) != pages_before
