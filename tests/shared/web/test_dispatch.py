"""The pages of a service as one route: found by path and method, answered for that service."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response

from shared.database.base import Shared
from shared.database.session import Database
from shared.files import Files
from shared.security.permissions import Permissions
from shared.web.dispatch import PagesOf
from shared.web.edge import PublicView
from shared.web.frame import frame
from shared.web.pages import Pages
from shared.work import Room
from tests.support.shop import Shop, browser_of

pages = Pages()


@pages.get("/shelves/new", name="shelf.new")
def new(view: PublicView) -> Response:
    """Stand before the page whose address would take the word as a name."""
    view.asked.append("shelf.new")
    return Response(f"new of {frame().service.name}")


@pages.get("/shelves/{name}", name="shelf.show")
def show(name: str, view: PublicView) -> Response:
    """Say the name."""
    view.asked.append("shelf.show")
    return Response(f"shelf {name}")


@pages.post("/shelves/{name}/books", name="shelf.fill")
def fill(name: str, view: PublicView) -> Response:
    """Take no GET."""
    view.asked.append("shelf.fill")
    return Response(f"filled {name}")


@pages.get("/shelves/{name}/books", name="shelf.books")
def books(name: str, view: PublicView) -> Response:
    """Stand at the same path, for another method."""
    view.asked.append("shelf.books")
    return Response(f"books of {name}")


@pages.get("/", name="shop.index")
def index(view: PublicView) -> Response:
    """Begin with nothing."""
    view.asked.append("shop.index")
    return Response("shop")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    Shared.metadata.create_all(database.engine)
    yield Room("shop", database, Permissions(), Files(tmp_path))
    database.dispose()


@pytest.fixture
def browser(room: Room) -> TestClient:
    return browser_of(room, pages)


def test_the_first_page_whose_path_and_method_fit_answers(browser: TestClient) -> None:
    assert browser.get("/en/").text == "shop"
    assert browser.get("/en/shelves/new").text == "new of shop"
    assert browser.get("/ar/shelves/old").text == "shelf old"
    assert browser.get("/en/shelves/old/books").text == "books of old"
    assert browser.post("/en/shelves/old/books").text == "filled old"


def test_a_path_that_takes_another_method_says_so(browser: TestClient) -> None:
    assert browser.post("/en/shelves/old").status_code == 405


@pytest.mark.parametrize(
    "path", ["/en/shelf", "/en/shelves", "/en/shelves/a/b/c", "/en/shelvesx/a"]
)
def test_what_no_page_takes_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_a_slash_too_many_is_no_other_page(browser: TestClient) -> None:
    answer = browser.get("/en/shelves/old/", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"].endswith("/en/shelves/old")


def test_a_path_must_begin_with_a_word(room: Room) -> None:
    loose = Pages()
    loose.add_api_route("/{anything}", index)
    with pytest.raises(TypeError, match="begins with a word"):
        PagesOf(Shop(room, lambda _view, _token: None), [loose])  # type: ignore[arg-type, return-value]
