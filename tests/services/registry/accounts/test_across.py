"""Who is signed in, as the other services know it by their copies."""

import re
from datetime import timedelta

from fastapi.testclient import TestClient

from services.registry.accounts import queries
from services.registry.accounts.actions import keys, people, sessions
from services.registry.accounts.models import Person
from shared.security import tokens
from shared.security.secret import rotate
from tests.services.registry.accounts.conftest import DOMAIN, SLOWLY
from tests.support.portal import Portal, hidden

ELSEWHERE = "/en/preferences"
"""A page of notifications that is somebody's own."""


def code(portal: Portal) -> str:
    portal.settle()
    found = re.search(r"\b\d{3} \d{3}\b", portal.mail[-1].get_body(("plain",)).get_content())
    assert found
    return found.group(0)


def sign_in(portal: Portal, client: TestClient, next_place: str = "") -> str:
    client.post("/en/sign-in", data={"email": "amina@example.org", **SLOWLY, "next": next_place})
    return str(client.post("/en/sign-in/code", data={"code": code(portal)}).url.path)


def enrol(portal: Portal) -> None:
    with portal.work("registry") as work:
        people.enrol(work, "amina@example.org", name="Amina", confirmed=True)
    portal.settle()


def test_one_sign_in_is_known_everywhere_until_it_ends(portal: Portal) -> None:
    enrol(portal)
    client = portal.browser()
    assert sign_in(portal, client, ELSEWHERE) == ELSEWHERE
    assert "Amina" in client.get(ELSEWHERE).text
    token = client.cookies[tokens.COOKIE]
    client.post("/en/sign-out")
    portal.settle()
    thief = portal.browser()
    thief.cookies.set(tokens.COOKIE, token, domain=DOMAIN)
    assert thief.get(ELSEWHERE).url.path == "/en/sign-in"


def test_a_change_of_keys_is_noticed_by_nobody(portal: Portal) -> None:
    enrol(portal)
    client = portal.browser()
    sign_in(portal, client)
    token = client.cookies[tokens.COOKIE]
    with portal.work("registry") as work:
        keys.rotate(work)
    portal.settle()
    answer = client.get(ELSEWHERE)
    assert [one.status_code for one in answer.history] == []
    assert client.cookies[tokens.COOKIE] == token, "what the old key signed is believed"


def test_what_a_leaked_key_signed_is_believed_by_no_service(portal: Portal) -> None:
    enrol(portal)
    client = portal.browser()
    sign_in(portal, client)
    token = client.cookies[tokens.COOKIE]
    with portal.work("registry") as work:
        keys.rotate(work, leaked=True)
    portal.settle()
    assert [one.status_code for one in client.get(ELSEWHERE).history] == [307, 307]
    assert client.cookies[tokens.COOKIE] != token


def test_a_form_that_is_open_while_its_secret_changes_is_taken(portal: Portal) -> None:
    client = portal.browser()
    open_form = hidden(client.get("/en/sign-in").text, "csrf")
    secret = portal.everything.folder / "secret"
    given = {"email": "amina@example.org", **SLOWLY, "csrf": open_form}
    # Neither header: an old browser, which the token alone vouches for.
    del client.headers["Sec-Fetch-Site"]
    rotate(secret)
    assert client.post("/en/sign-in", data=given).status_code == 200
    rotate(secret)
    assert client.post("/en/sign-in", data=given).status_code == 403


def test_an_expired_token_is_renewed_on_the_way_of_a_form(portal: Portal) -> None:
    enrol(portal)
    client = portal.browser()
    with portal.work("registry") as work:
        person = work.get(Person, email="amina@example.org")
        opened = sessions.start(work, person)
        key = queries.signing_key(work)
        assert key is not None
        claims = tokens.Claims(person.id, opened.session_id, person.version)
        old = tokens.issue(key.private, claims, work.system_now - timedelta(hours=2))
    client.cookies.set(tokens.COOKIE, old, domain=DOMAIN)
    client.cookies.set(tokens.SESSION_COOKIE, opened.secret, domain=DOMAIN)
    answer = client.post(ELSEWHERE, data={"calls": "none"})
    assert [one.status_code for one in answer.history] == [307, 307, 303]
    assert answer.url.path == ELSEWHERE
    assert 'value="none" checked' in answer.text
    assert client.cookies[tokens.COOKIE] != old


def test_what_was_posted_after_signing_out_elsewhere_is_sent_by_a_button(portal: Portal) -> None:
    enrol(portal)
    client = portal.browser()
    answer = client.post(ELSEWHERE, data={"calls": "none"})
    assert answer.url.path == "/en/sign-in"
    assert "What you wrote is kept" in answer.text
    assert sign_in(portal, client, "/en/sign-in/parked") == "/en/sign-in/parked"
    shown = client.get("/en/sign-in/parked").text
    assert f'action="{ELSEWHERE}"' in shown
    assert 'name="calls" value="none"' in shown
    assert 'value="none" checked' in client.post(ELSEWHERE, data={"calls": "none"}).text


def test_erasing_reaches_the_copies(portal: Portal) -> None:
    enrol(portal)
    client = portal.browser()
    sign_in(portal, client, ELSEWHERE)
    client.post("/en/account/erase", data={"email": "amina@example.org"})
    portal.settle()
    for folder_file in portal.everything.folder.glob("*.db"):
        if folder_file.name != "events.db":
            assert b"amina@example.org" not in _rows(folder_file)


def _rows(path: object) -> bytes:
    import sqlite3  # noqa: PLC0415 - a look past our own code

    with sqlite3.connect(str(path)) as connection:
        return "\n".join(connection.iterdump()).encode()
