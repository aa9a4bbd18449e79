"""The edge commits before the first byte, always asks, and speaks the reader's language."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi.testclient import TestClient
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import PlainTextResponse, Response

from shared.database.audit import AuditRow
from shared.database.base import Shared
from shared.database.session import Database
from shared.errors import Conflict
from shared.files import Files
from shared.i18n import language
from shared.security.permissions import Permissions, anyone, may, staff
from shared.web.edge import PersonView, Posted, PublicView, PublicWork
from shared.web.forms import Form
from shared.web.pages import Pages, see_other
from shared.work import Room
from tests.support.shop import browser_of, shop

ROOT = Path(__file__).parents[3]
pages = Pages()


class NameForm(Form):
    name: Annotated[str, Field(min_length=1, max_length=20)]


@pages.get("/things", name="thing.index")
def index(view: PublicView) -> Response:
    view.require("thing.index")
    return PlainTextResponse(language())


@pages.get("/forgotten", name="thing.forgotten")
def forgotten(view: PublicView) -> Response:
    return PlainTextResponse(str(view.now))


@pages.get("/mine", name="thing.mine")
def mine(view: PersonView) -> Response:
    view.require("thing.index")
    return PlainTextResponse("mine")


@pages.post("/things", name="thing.add")
def add(work: PublicWork, posted: Posted) -> Response:
    form = posted.read(NameForm)
    work.require("thing.add")
    if form.value is None:
        return PlainTextResponse(form.errors[0].message, 422)
    if form.value.name == "taken":
        raise Conflict
    return see_other("thing.index", saying="Added.")


@pages.post("/staff/things", name="thing.close")
def close(work: PublicWork) -> Response:
    work.require("thing.close")
    return see_other("thing.index")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    Shared.metadata.create_all(database.engine)
    table = Permissions(
        may("thing.index", anyone), may("thing.add", anyone), may("thing.close", staff("decider"))
    )
    yield Room("shop", database, table, Files(tmp_path))
    database.dispose()


@pytest.fixture
def browser(room: Room) -> TestClient:
    return browser_of(room, pages)


def acts(room: Room) -> list[str]:
    with room.view() as view:
        return list(view.session.scalars(select(AuditRow.act)))


def test_a_write_is_audited_and_committed(browser: TestClient, room: Room) -> None:
    answer = browser.post("/en/things", data={"name": "Table"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/en/things"
    assert acts(room) == ["thing.add"]


def test_a_commit_that_fails_gives_a_500_and_no_receipt(
    browser: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: Session) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("shared.database.session.Transaction.commit", fail)
    answer = browser.post("/en/things", data={"name": "Table"}, follow_redirects=False)
    assert answer.status_code == 500
    assert "Nothing was changed" in answer.text
    assert acts(room) == []


def test_a_route_that_asks_no_permission_does_not_answer(browser: TestClient) -> None:
    assert browser.get("/en/forgotten").status_code == 500


def test_a_refused_write_leaves_no_trace(browser: TestClient, room: Room) -> None:
    assert browser.post("/en/things", data={"name": "taken"}).status_code == 409
    assert acts(room) == []


def test_the_language_stands_in_the_address(browser: TestClient) -> None:
    assert browser.get("/ar/things").text == "ar"
    assert browser.get("/en/things").text == "en"


def test_a_bare_path_goes_to_the_readers_language(browser: TestClient) -> None:
    answer = browser.get(
        "/things?a=1", headers={"accept-language": "de, fr;q=0.8"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/fr/things?a=1"


def test_nobody_signed_in_is_sent_to_sign_in_and_back(browser: TestClient) -> None:
    answer = browser.get("/en/mine", follow_redirects=False)
    assert answer.headers["location"] == "/en/sign-in?next=/en/mine"


def test_a_form_from_elsewhere_is_refused(browser: TestClient, room: Room) -> None:
    answer = browser.post(
        "/en/things", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert acts(room) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Fill this in."),
        ({"name": "x" * 21}, "Shorten this to 20 characters."),
        ({"name": "a\x00b"}, "Remove characters that cannot be printed"),
        ({"name": "a", "role": "administrator"}, "This form has no such field."),
    ],
)
def test_bad_input_gets_a_sentence(
    browser: TestClient, data: dict[str, str], sentence: str
) -> None:
    answer = browser.post("/en/things", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text


POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def test_headers_forbid_scripts_of_others_and_frames(browser: TestClient) -> None:
    for path in ("/en/things", "/en/nowhere", "/things"):
        headers = browser.get(path, follow_redirects=False).headers
        parts = dict(
            part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
        )
        assert parts.items() >= POLICY.items()
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers


def test_over_tls_everything_stays_with_it(room: Room) -> None:
    browser = TestClient(
        shop(room, pages, "https://testserver"),
        base_url="https://testserver",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    answer = browser.post("/en/things", data={"name": "Table"}, follow_redirects=False)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    kept = answer.headers.get_list("set-cookie")
    assert len(kept) == 2
    for cookie in kept:
        assert cookie.startswith("__Host-roundtable_")
        marks = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert marks >= {"secure", "httponly", "samesite=lax", "path=/"}
        assert not any(mark.startswith("domain") for mark in marks)
    browser.cookies.clear()
    # A page of another host below the same domain can set the plain name, not the other.
    plain = browser.get("/things", headers={"cookie": "roundtable_language=ar"})
    assert plain.text == "en"
    ours = browser.get("/things", headers={"cookie": "__Host-roundtable_language=ar"})
    assert ours.text == "ar"


def test_a_wrong_host_gets_a_page_that_says_the_right_one(browser: TestClient) -> None:
    answer = browser.get("/fr/things", headers={"host": "elsewhere.example"})
    assert answer.status_code == 421
    assert "http://testserver" in answer.text
    assert '<html lang="fr"' in answer.text


def test_cookies_are_kept_in_one_way() -> None:
    """Only `cookies.py` sets them, and the frame the one that it sets on every page."""
    for package in ("services", "shared"):
        for path in (ROOT / package).rglob("*.py"):
            if path.name not in ("cookies.py", "middleware.py"):
                text = path.read_text("utf-8").lower()
                assert not re.search(r"set_cookie|delete_cookie|set-cookie", text), path
