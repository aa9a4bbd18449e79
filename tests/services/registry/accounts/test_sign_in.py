"""Signing in by mail: as a person sees it, and as somebody who tries sees it."""

import re
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from services.registry.accounts.actions import sign_in
from services.registry.accounts.models import Person, Session, SignInCode
from shared.contracts.registry import PersonChanged
from shared.database.outbox import OutboxRow
from shared.security import tokens
from tests.services.registry.accounts.conftest import SLOWLY, Registry


def ask(client: TestClient, email: str, next_place: str = "", **traps: str) -> None:
    data = {"email": email, "next": next_place, **(traps or SLOWLY)}
    answer = client.post("/en/sign-in", data=data)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/en/sign-in/code"


def count(registry: Registry, model: type) -> int:
    with registry.bench.view() as view:
        return view.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_known_person_signs_in_with_a_pasted_code_and_goes_on(registry: Registry) -> None:
    registry.person()
    client = registry.browser()
    ask(client, " Amina@Example.org ", "/en/calls/2026-014")
    assert "amina@example.org" in client.get("/en/sign-in/code").text
    answer = client.post("/en/sign-in/code", data={"code": f"  {registry.code()} "})
    assert answer.headers["location"] == "/en/calls/2026-014"
    assert "Amina" in client.get("/en/account").text


def test_known_and_unknown_addresses_get_the_same_answer_and_both_a_mail(
    registry: Registry,
) -> None:
    registry.person("known@example.org")
    answers = []
    for email in ("known@example.org", "unknown@example.org"):
        client = registry.browser()
        posted = client.post("/en/sign-in", data={"email": email, **SLOWLY, "next": ""})
        shown = client.get("/en/sign-in/code")
        secret = {name for name in posted.headers if name not in ("set-cookie", "server-timing")}
        answers.append((posted.status_code, posted.text, secret, shown.text.replace(email, "-")))
    assert answers[0] == answers[1]
    known, unknown = registry.mails()
    assert {known.to, unknown.to} == {"known@example.org", "unknown@example.org"}
    assert len(known.text) == len(unknown.text)


def test_an_unknown_address_becomes_an_account_only_when_it_is_proved(registry: Registry) -> None:
    client = registry.browser()
    ask(client, "new@example.org", "/en/calls")
    assert count(registry, Person) == 0
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert answer.headers["location"].startswith("/en/sign-in/welcome?next=")
    wrong = client.post("/en/sign-in/welcome", data={"name": "", "language": "fr", "zone": ""})
    assert wrong.status_code == 422
    answer = client.post(
        "/en/sign-in/welcome",
        data={"name": "Aïcha", "language": "fr", "zone": "Africa/Dakar", "next": "/en/calls"},
    )
    assert answer.headers["location"] == "/en/calls"
    told = registry.bench.told_of(PersonChanged)
    assert [(e.version, e.name, e.email_confirmed) for e in told] == [  # type: ignore[attr-defined]
        (1, "", True),
        (2, "Aïcha", True),
    ]


def test_opening_the_link_changes_nothing_and_the_button_signs_in(registry: Registry) -> None:
    registry.person()
    ask(registry.browser(), "amina@example.org")
    other = registry.browser()
    before = (count(registry, Session), count(registry, OutboxRow))
    for _ in range(3):
        shown = other.get(registry.link())
        assert shown.status_code == 200
        assert "amina@example.org" in shown.text
        assert tokens.COOKIE not in other.cookies
    assert (count(registry, Session), count(registry, OutboxRow)) == before
    assert other.post(registry.link()).status_code == 303
    assert other.get("/en/account").status_code == 200


def test_a_link_and_its_code_work_once(registry: Registry) -> None:
    registry.person()
    client = registry.browser()
    ask(client, "amina@example.org")
    link, code = registry.link(), registry.code()
    assert registry.browser().post(link).status_code == 303
    replayed = registry.browser()
    assert replayed.post(link).status_code == 410
    assert replayed.get(link).status_code == 410
    assert tokens.COOKIE not in replayed.cookies
    assert client.post("/en/sign-in/code", data={"code": code}).status_code == 422


def test_codes_and_links_end_after_fifteen_minutes(registry: Registry) -> None:
    registry.person()
    client = registry.browser()
    ask(client, "amina@example.org")
    registry.later(minutes=15)
    assert client.post(registry.link()).status_code == 410
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert answer.status_code == 422
    assert "expired" in answer.text


def test_five_wrong_attempts_end_a_code(registry: Registry) -> None:
    registry.person()
    client = registry.browser()
    ask(client, "amina@example.org")
    right = registry.code()
    wrong = "000000" if not right.startswith("000") else "111111"
    for _ in range(5):
        assert client.post("/en/sign-in/code", data={"code": wrong}).status_code == 422
    assert client.post("/en/sign-in/code", data={"code": right}).status_code == 422
    assert tokens.COOKIE not in client.cookies


def test_a_code_is_good_only_in_the_browser_that_asked(registry: Registry) -> None:
    registry.person()
    ask(registry.browser(), "amina@example.org")
    thief = registry.browser()
    assert thief.post("/en/sign-in/code", data={"code": registry.code()}).status_code == 422
    ask(thief, "thief@example.org")
    with registry.bench.view() as view:
        assert view.session.scalars(select(SignInCode.attempts)).all() == [0, 0]


def test_too_many_mails_to_one_address_are_refused_whoever_asks(registry: Registry) -> None:
    for _ in range(5):
        ask(registry.browser(), "amina@example.org")
    refused = registry.browser().post("/en/sign-in", data={"email": "amina@example.org", **SLOWLY})
    assert refused.status_code == 429
    assert len(registry.mails()) == 5
    ask(registry.browser(), "other@example.org")
    registry.later(minutes=15)
    ask(registry.browser(), "amina@example.org")


def test_one_place_cannot_mail_the_world(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "FROM_ONE_PLACE", 3)
    for number in range(3):
        ask(registry.browser(), f"p{number}@example.org")
    refused = registry.browser().post("/en/sign-in", data={"email": "p9@example.org", **SLOWLY})
    assert refused.status_code == 429


@pytest.mark.parametrize("email", ["", "a", "a@b", "a@b.c\r\nBcc: x@y.z", "a\x00@b.c", "a" * 300])
def test_what_is_no_address_is_said_beside_the_field_and_kept(
    registry: Registry, email: str
) -> None:
    answer = registry.browser().post("/en/sign-in", data={"email": email, **SLOWLY})
    assert answer.status_code == 422
    assert 'href="#field-email"' in answer.text
    assert registry.mails() == []


def test_undeclared_fields_are_refused(registry: Registry) -> None:
    answer = registry.browser().post(
        "/en/sign-in", data={"email": "a@b.org", **SLOWLY, "staff": "yes"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_way_on_stays_on_the_site(registry: Registry, place: str) -> None:
    registry.person()
    client = registry.browser()
    ask(client, "amina@example.org", place)
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert answer.headers["location"] == "/en/"


def test_a_form_of_another_site_is_refused(registry: Registry) -> None:
    client = registry.browser()
    client.headers["Sec-Fetch-Site"] = "cross-site"
    assert client.post("/en/sign-in", data={"email": "a@b.org", **SLOWLY}).status_code == 403


def test_a_closed_account_cannot_sign_in(registry: Registry) -> None:
    amina = registry.person()
    with registry.bench.work() as work:
        work.get(Person, id=amina.person).active = False
    client = registry.browser()
    ask(client, "amina@example.org")
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert answer.status_code == 403
    assert tokens.COOKIE not in client.cookies


def test_the_mail_speaks_the_language_of_the_page(registry: Registry) -> None:
    registry.browser().post("/ar/sign-in", data={"email": "a@example.org", **SLOWLY})
    assert "/ar/sign-in/link/" in registry.mails()[0].text
    assert registry.mails()[0].language == "ar"
    assert registry.mails()[0].secret


def test_cookies_are_kept_from_scripts_and_marked_secure_over_tls(registry: Registry) -> None:
    registry.person()
    client = registry.browser()
    client.base_url = "https://testserver"
    ask(client, "amina@example.org")
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    kept = {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    for name in (tokens.COOKIE, tokens.SESSION_COOKIE):
        cookie = kept[f"__Host-{name}"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" in cookie


def test_staff_without_a_place_to_go_start_at_their_work(registry: Registry) -> None:
    registry.person("staff@example.org", "Staff", "analyst")
    client = registry.browser()
    ask(client, "staff@example.org")
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert unquote(answer.headers["location"]) == "/en/staff"


def test_who_is_signed_in_is_sent_on(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    assert client.get("/en/sign-in?next=/en/calls").headers["location"] == "/en/calls"


def test_another_code_goes_on_to_the_same_place(registry: Registry) -> None:
    registry.person()
    client = registry.browser()
    ask(client, "amina@example.org", "/en/calls/2026-014")
    client.post("/en/sign-in", data={"email": "amina@example.org", **SLOWLY})
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert answer.headers["location"] == "/en/calls/2026-014"


@pytest.mark.parametrize(
    ("taken", "remarks"),
    [(0, ""), (0.9, ""), (60, "Buy now"), (None, "")],
    ids=["at once", "in less than a second", "what people do not see", "without the page"],
)
def test_a_machine_gets_the_answer_of_a_person_and_no_mail(
    registry: Registry, taken: float | None, remarks: str
) -> None:
    client = registry.browser()
    drawn = re.search(r'name="asked" value="(\d+)"', client.get("/en/sign-in").text)
    assert drawn
    traps = {"remarks": remarks, "asked": drawn[1]} if taken is not None else {"remarks": ""}
    registry.later(seconds=taken or 0)
    ask(client, "amina@example.org", **traps)
    assert registry.mails() == []
    assert "amina@example.org" in client.get("/en/sign-in/code").text


def test_a_person_takes_a_second_and_gets_a_mail(registry: Registry) -> None:
    client = registry.browser()
    drawn = re.search(r'name="asked" value="(\d+)"', client.get("/en/sign-in").text)
    assert drawn
    registry.later(seconds=1)
    ask(client, "amina@example.org", remarks="", asked=drawn[1])
    assert [one.to for one in registry.mails()] == ["amina@example.org"]


def test_people_neither_see_nor_reach_the_trap(registry: Registry) -> None:
    client = registry.browser()
    ask(client, "amina@example.org")
    for place in ("/en/sign-in", "/en/sign-in/code"):
        found = re.search(r"<div hidden><label>(.*?)</label></div>", client.get(place).text)
        assert found, place
        assert 'name="remarks" tabindex="-1" autocomplete="off"' in found[1]
