"""Sessions, renewal, and what was being written when a session ended."""

import re
from html import unescape

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from services.registry.accounts import rules
from services.registry.accounts.actions import keys, sessions
from services.registry.accounts.models import ParkedBody, Person, Session, SigningKey
from services.registry.accounts.queries import public_keys
from services.registry.organisations.actions import registering
from shared import ids
from shared.contracts.registry import KeyPublished, SessionEnded
from shared.security import tokens
from tests.services.registry.accounts.conftest import DOMAIN, SLOWLY, Registry

ESSAY = "We ask that women's groups are heard before the plan is drawn.\r\nSecond line <b>."


def parked(registry: Registry) -> int:
    with registry.bench.view() as view:
        return view.session.scalar(select(func.count()).select_from(ParkedBody)) or 0


def test_sessions_are_listed_and_another_one_can_be_ended(registry: Registry) -> None:
    amina = registry.person()
    here, there = registry.signed_in(amina), registry.signed_in(amina)
    shown = here.get("/en/account/sessions").text
    assert "This browser" in shown
    (other,) = re.findall(r'name="session" value="([^"]+)"', shown)
    assert here.post("/en/account/sessions/end", data={"session": other}).status_code == 303
    assert there.get("/en/account").headers["location"].startswith("/en/renew")
    assert there.get("/en/renew?next=/en/account").headers["location"].startswith("/en/sign-in?")
    assert here.get("/en/account").status_code == 200
    assert len(registry.bench.told_of(SessionEnded)) == 1


def test_all_others_are_ended_at_once(registry: Registry) -> None:
    amina = registry.person()
    here, *others = (registry.signed_in(amina) for _ in range(3))
    here.post("/en/account/sessions/end-others")
    assert here.get("/en/account").status_code == 200
    assert [one.get("/en/account").status_code for one in others] == [307, 307]


def test_nobody_ends_the_session_of_another(registry: Registry) -> None:
    amina, badr = registry.person(), registry.person("badr@example.org", "Badr")
    hers, his = registry.signed_in(amina), registry.signed_in(badr)
    hers_too = registry.signed_in(amina)
    (session,) = re.findall(
        r'name="session" value="([^"]+)"', hers.get("/en/account/sessions").text
    )
    assert his.post("/en/account/sessions/end", data={"session": session}).status_code == 404
    assert his.post("/en/account/sessions/end", data={"session": "rubbish"}).status_code == 422
    assert hers_too.get("/en/account").status_code == 200


def test_signing_out_ends_the_session_for_a_stolen_token_too(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    token = client.cookies[tokens.COOKIE]
    answer = client.post("/en/sign-out")
    assert answer.status_code == 303
    assert tokens.COOKIE not in client.cookies
    thief = registry.browser()
    thief.cookies.set(tokens.COOKIE, token)
    assert thief.get("/en/account").headers["location"].startswith("/en/renew")
    assert len(registry.bench.told_of(SessionEnded)) == 1


def test_getting_the_address_of_signing_out_signs_nobody_out(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    assert client.get("/en/sign-out").status_code in (404, 405)
    assert client.get("/en/account").status_code == 200


def expired(registry: Registry) -> TestClient:
    client = registry.signed_in(registry.person())
    registry.later(minutes=61)
    return client


def test_an_expired_token_is_renewed_and_the_body_is_sent_again(registry: Registry) -> None:
    client = expired(registry)
    body = {"name": "Amina Odhiambo", "language": "fr", "zone": "Africa/Nairobi"}
    first = client.post("/en/account/details", data=body)
    assert first.status_code == 307
    second = client.post(first.headers["location"], data=body)
    assert (second.status_code, second.headers["location"]) == (307, "/en/account/details")
    third = client.post(second.headers["location"], data=body)
    assert third.headers["location"] == "/fr/account"
    assert "Amina Odhiambo" in client.get("/en/account").text
    assert parked(registry) == 0


def test_renewal_stays_on_the_site(registry: Registry) -> None:
    client = expired(registry)
    for place in ("https://evil.example", "//evil.example", "/\\evil.example", ""):
        assert client.get("/en/renew", params={"next": place}).headers["location"] == "/en/"


def test_a_session_that_is_left_alone_for_a_month_is_over(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    registry.later(days=31)
    answer = client.get("/en/renew?next=/en/account")
    assert answer.headers["location"] == "/en/sign-in?next=%2Fen%2Faccount"


def write_after_the_end(registry: Registry, client: TestClient) -> None:
    with registry.bench.work() as work:
        person = work.find(Person, email="amina@example.org")
        assert person is not None
        sessions.end_all(work, person.id)
    answer = client.post(
        "/en/renew?next=/en/answers/X/paragraphs/3",
        data={"comment": ESSAY, "stance": "change", "csrf": "x"},
        files={"scan": ("letter.pdf", b"%PDF-1.4")},
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/en/sign-in?next=%2Fen%2Fsign-in%2Fparked"


def sign_in(registry: Registry, client: TestClient, email: str) -> str:
    client.post("/en/sign-in", data={"email": email, **SLOWLY, "next": "/en/sign-in/parked"})
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    return str(answer.headers["location"])


def test_what_was_written_when_the_session_ended_is_sent_by_a_button(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    write_after_the_end(registry, client)
    assert sign_in(registry, client, "amina@example.org") == "/en/sign-in/parked"
    shown = client.get("/en/sign-in/parked").text
    assert 'action="/en/answers/X/paragraphs/3"' in shown
    assert unescape(re.findall(r'name="comment" value="([^"]*)"', shown)[0]) == ESSAY
    assert 'name="stance" value="change"' in shown
    assert 'name="csrf" value="x"' not in shown
    assert "letter.pdf" in shown


def test_a_script_is_told_that_the_session_ended_and_nothing_is_parked(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    with registry.bench.work() as work:
        sessions.end_all(work, work.get(Person, email="amina@example.org").id)
    answer = client.post(
        "/en/renew?next=/en/answers/X/paragraphs/3/autosave",
        data={"comment": ESSAY, "csrf": "x"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 401
    assert answer.json() == {"saying": "Your session has ended."}
    assert parked(registry) == 0


def test_nobody_else_finds_what_was_parked(registry: Registry) -> None:
    registry.person("badr@example.org", "Badr")
    client = registry.signed_in(registry.person())
    write_after_the_end(registry, client)
    sign_in(registry, client, "badr@example.org")
    answer = client.get("/en/sign-in/parked")
    assert answer.status_code == 303
    assert "women" not in answer.text


def test_what_was_parked_is_gone_after_a_day(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    write_after_the_end(registry, client)
    registry.later(hours=24)
    sign_in(registry, client, "amina@example.org")
    assert client.get("/en/sign-in/parked").status_code == 303
    with registry.bench.work() as work:
        sessions.sweep(work)
    assert parked(registry) == 0


def test_sessions_that_are_long_over_are_deleted(registry: Registry) -> None:
    amina = registry.person()
    registry.signed_in(amina)
    ended = registry.signed_in(amina)
    ended.post("/en/sign-out")
    registry.later(days=31)
    registry.signed_in(amina)

    def swept() -> int:
        with registry.bench.work() as work:
            sessions.sweep(work)
            return len(work.session.scalars(select(Session.id)).all())

    assert swept() == 2
    registry.later(days=31)
    assert swept() == 1


def test_what_was_parked_can_be_thrown_away_by_its_owner_only(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    write_after_the_end(registry, client)
    badr = registry.signed_in(registry.person("badr@example.org", "Badr"))
    with registry.bench.view() as view:
        row = view.session.scalars(select(ParkedBody.id)).one()
    assert badr.post("/en/sign-in/parked", data={"parked": str(row)}).status_code == 404
    assert parked(registry) == 1
    sign_in(registry, client, "amina@example.org")
    client.post("/en/sign-in/parked", data={"parked": str(row)})
    assert parked(registry) == 0


def test_another_site_cannot_have_a_body_parked(registry: Registry) -> None:
    client = registry.browser()
    client.headers["Sec-Fetch-Site"] = "cross-site"
    answer = client.post("/en/renew?next=/en/account/details", data={"name": "Forged"})
    assert answer.status_code == 403
    assert parked(registry) == 0


def test_parking_has_limits(registry: Registry) -> None:
    client = registry.browser()
    client.post("/en/renew?next=/en/x", data={"a": "x" * (rules.PARKED_LONGEST // 2)})
    assert parked(registry) == 1
    for _ in range(30):
        client.post("/en/renew?next=/en/x", data={"a": "b"})
    assert parked(registry) == sessions.PARKED_AT_MOST


def test_a_token_of_a_retired_key_is_good_until_it_expires(registry: Registry) -> None:
    registry.later(days=90)
    client = registry.signed_in(registry.person())
    with registry.bench.work() as work:
        keys.keep_young(work)
        keys.keep_young(work)
    assert client.get("/en/account").status_code == 200
    told = registry.bench.told_of(KeyPublished)
    assert [event.retired_at is None for event in told] == [True, True, False]  # type: ignore[attr-defined]
    registry.later(hours=3)
    with registry.bench.view() as view:
        assert len(public_keys(view)) == 1
        privates = [one.private for one in view.session.scalars(select(SigningKey))]
    assert sorted("d" in one for one in privates) == [False, True], "it signs nothing any more"
    # Somebody comes back after weeks: the session is renewed, though the key is gone.
    assert client.get("/en/account").headers["location"].startswith("/en/renew?")
    registry.later(days=31)
    with registry.bench.work() as work:
        keys.keep_young(work)
        assert len(work.session.scalars(select(SigningKey)).all()) == 1


def test_what_a_leaked_key_signed_is_renewed_at_once(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    with registry.bench.work() as work:
        keys.rotate(work, leaked=True)
    away = client.get("/en/account")
    assert away.headers["location"].startswith("/en/renew?")
    assert client.get(away.headers["location"]).headers["location"] == "/en/account"
    assert client.get("/en/account").status_code == 200, "nobody is signed out"


def test_outsiders_get_public_keys_only(registry: Registry) -> None:
    answer = registry.browser().get("/.well-known/jwks.json")
    assert [set(key) for key in answer.json()["keys"]] == [{"kty", "crv", "x", "kid", "alg", "use"}]
    with registry.bench.view() as view:
        private = view.session.scalars(select(SigningKey)).one().private
    assert private["d"] not in answer.text


def test_a_tampered_token_is_nobodys(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    head, body, signature = client.cookies[tokens.COOKIE].split(".")
    client.cookies.set(tokens.COOKIE, f"{head}.{body}.{signature[:-4]}AAAA", domain=DOMAIN)
    assert client.get("/en/account").headers["location"].startswith("/en/sign-in")


def test_a_change_of_ones_own_record_gives_a_token_of_its_version(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    body = {"name": "Amina O.", "language": "en", "zone": "Africa/Nairobi"}
    client.post("/en/account/details", data=body)
    with registry.bench.view() as view:
        claims = tokens.read(
            client.cookies[tokens.COOKIE], public_keys(view), registry.clock.system()
        )
        assert claims.version == view.get(Person, id=claims.person).version == 2


def test_a_renewed_token_can_name_an_organisation_to_wait_for(registry: Registry) -> None:
    amina = registry.person()
    with registry.bench.work(amina) as work:
        city = registering.register(work, name="Amman", category="local_authority", country="JOR")
        wanted = {city.id: city.version}
    client = registry.signed_in(amina)
    for org in (str(city.id), str(ids.new()), "rubbish", ""):
        answer = client.get(f"/en/renew?next=/en/account&org={org}")
        assert answer.headers["location"] == "/en/account"
        with registry.bench.view() as view:
            claims = tokens.read(
                client.cookies[tokens.COOKIE], public_keys(view), registry.clock.system()
            )
        assert claims.organisations == (wanted if org == str(city.id) else {})
