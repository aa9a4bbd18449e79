"""Staff who come through their organisation's sign-in, and everybody who must not."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from services.registry.accounts.actions import erasing, people, sessions
from services.registry.accounts.models import Person, ProviderErrand, ProviderSubject, Session
from services.registry.settings import Settings
from shared.database.audit import AuditRow
from tests.services.registry.accounts.conftest import SLOWLY, Registry
from tests.support.provider import CLIENT, SECRET, SmallProvider, rsa, small_provider

OFFICER = "amina@example.org"
BACK = "/en/sign-in/organisation/return"
UNCONFIRMED = "could not confirm this sign-in"


def use(registry: Registry, issuer: str, **given: Any) -> None:
    old = registry.bench.service.room.settings
    registry.bench.service.room.settings = Settings(
        database_url=old.database_url,
        files=old.files,
        portal_url="http://testserver",
        oidc_issuer=issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        **given,
    )


@pytest.fixture
def provider(registry: Registry) -> Iterator[SmallProvider]:
    with small_provider() as running:
        running.vouch(OFFICER, registry.clock.at)
        use(registry, running.issuer, oidc_name="Habitat ID")
        yield running


def leave(client: TestClient, place: str = "") -> str:
    """Press the button; return the address to which the browser is sent."""
    answer = client.post("/en/sign-in/organisation", data={"next": place})
    assert answer.status_code == 200, answer.text
    address = answer.headers["refresh"].removeprefix("0; url=")
    found = re.search(r'class="govuk-button" role="button" href="([^"]+)"', answer.text)
    assert found, "without the header one goes on by a link"
    assert html.unescape(found.group(1)) == address
    return address


def come(client: TestClient, provider: SmallProvider, place: str = "") -> Any:
    """Go to the provider and come back."""
    return client.get(BACK, params=provider.authorize(leave(client, place)))


def count(registry: Registry, model: type) -> int:
    with registry.bench.view() as view:
        return view.session.scalar(select(func.count()).select_from(model)) or 0


def refusals(registry: Registry) -> list[tuple[str, str]]:
    with registry.bench.view() as view:
        rows = view.session.scalars(
            select(AuditRow).where(AuditRow.act == "account.provider_refused").order_by(AuditRow.id)
        )
        return [(row.details["reason"], row.details["claim"]) for row in rows]


def test_an_officer_comes_through_the_organisation_and_goes_on(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person(OFFICER, "Amina", "partnership_officer")
    client = registry.browser()
    assert "Sign in with Habitat ID" in client.get("/en/sign-in").text
    answer = come(client, provider, "/en/staff/partners")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/en/staff/partners"
    assert "Amina" in client.get("/en/account").text
    again = come(registry.browser(), provider)
    assert again.headers["location"] == "/en/staff"
    assert count(registry, ProviderSubject) == 1
    assert refusals(registry) == []


@pytest.mark.filterwarnings("ignore")  # it still uses what authlib itself deprecates
def test_it_speaks_with_a_provider_that_others_wrote(registry: Registry) -> None:
    from oidc_provider_mock import run_server_in_thread  # noqa: PLC0415 - it warns when read

    registry.person(OFFICER, "Amina", "partnership_officer")
    registry.clock.at = datetime.now(UTC)
    client = registry.browser()
    with run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        use(registry, issuer)
        claims = {"email": OFFICER, "email_verified": True}
        httpx2.put(f"{issuer}/users/amina", json=claims).raise_for_status()
        sent = httpx2.post(leave(client), data={"sub": "amina"})
        answer = client.get(BACK, params=parse_qsl(urlsplit(sent.headers["location"]).query))
    assert answer.status_code == 303, refusals(registry)
    assert answer.headers["location"] == "/en/staff"
    assert "Amina" in client.get("/en/account").text


def test_who_was_appointed_and_never_came_signs_in_and_says_their_name(
    registry: Registry, provider: SmallProvider
) -> None:
    with registry.bench.work() as work:
        people.appoint_first_administrator(work, OFFICER)
    answer = come(registry.browser(), provider)
    assert answer.headers["location"].startswith("/en/sign-in/welcome")
    with registry.bench.view() as view:
        assert view.get(Person, email=OFFICER).email_confirmed


def test_without_settings_there_is_no_button_and_no_page(registry: Registry) -> None:
    client = registry.browser()
    assert "/sign-in/organisation" not in client.get("/en/sign-in").text
    assert client.post("/en/sign-in/organisation", data={"next": ""}).status_code == 404
    assert client.get(BACK, params={"code": "1", "state": "2"}).status_code == 404


def test_the_way_on_stays_on_the_site(registry: Registry, provider: SmallProvider) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    answer = come(registry.browser(), provider, "https://elsewhere.example/")
    assert answer.headers["location"] == "/en/staff"


Spoil = Callable[[SmallProvider], None]


def says(**claims: Any) -> Spoil:
    return lambda provider: provider.claims.update(claims)


def signed_by_another(provider: SmallProvider) -> None:
    provider.published = [provider.key]
    provider.key = rsa("first", "somebody else")


@pytest.mark.parametrize(
    ("spoil", "claim"),
    [
        (says(nonce="another"), "nonce"),
        (says(nonce=None), "nonce"),
        (says(iss="https://elsewhere.example"), "iss"),
        (says(aud="another-client"), "aud"),
        (says(aud=[CLIENT, "another-client"]), "azp"),
        (says(azp="another-client"), "azp"),
        (says(exp=0), "exp"),
        (says(exp=float("nan")), "exp"),
        (says(exp=None), "exp"),
        (says(iat=10**11), "iat"),
        (says(nbf=10**11), "nbf"),
        (says(sub=""), "sub"),
        (lambda provider: setattr(provider, "algorithm", "none"), "algorithm"),
        (lambda provider: setattr(provider, "algorithm", "HS256"), "algorithm"),
        (signed_by_another, "signature"),
    ],
)
def test_a_token_that_does_not_say_what_it_must_signs_nobody_in(
    registry: Registry, provider: SmallProvider, spoil: Spoil, claim: str
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    spoil(provider)
    client = registry.browser()
    answer = come(client, provider)
    assert answer.status_code == 403
    assert UNCONFIRMED in answer.text
    assert 'href="/en/sign-in"' in answer.text
    assert count(registry, Session) == 0
    assert refusals(registry) == [("Unconfirmed", claim)]


@pytest.mark.parametrize(
    ("claims", "reason", "sentence"),
    [
        ({"email_verified": False}, "AddressUnverified", "has not confirmed your e-mail address"),
        ({"email_verified": "true"}, "AddressUnverified", "has not confirmed"),
        ({"email": None}, "AddressUnverified", "has not confirmed"),
        ({"email": "nobody@example.org"}, "NotOfTheSecretariat", "Nobody of the secretariat"),
        ({"email": "partner@example.org"}, "NotOfTheSecretariat", "Partners sign in by e-mail"),
    ],
)
def test_only_the_verified_address_of_staff_is_let_in_and_nobody_is_made(
    registry: Registry,
    provider: SmallProvider,
    claims: dict[str, Any],
    reason: str,
    sentence: str,
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    registry.person("partner@example.org", "Paul")
    provider.claims.update(claims)
    answer = come(registry.browser(), provider)
    assert answer.status_code == 403
    assert sentence in answer.text
    assert count(registry, Person) == 2
    assert count(registry, Session) == count(registry, ProviderSubject) == 0
    assert refusals(registry) == [(reason, "")]


def test_a_person_is_bound_to_who_came_first(registry: Registry, provider: SmallProvider) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    registry.person("bo@example.org", "Bo", "analyst")
    assert come(registry.browser(), provider).status_code == 303
    provider.vouch(OFFICER, registry.clock.at, subject="sub-2")
    other = come(registry.browser(), provider)
    assert other.status_code == 403
    assert "belongs to another sign-in" in other.text
    provider.vouch("bo@example.org", registry.clock.at, subject="sub-1")
    assert come(registry.browser(), provider).status_code == 403
    assert refusals(registry) == [("OtherSubject", "")] * 2
    assert count(registry, Session) == 1


def test_an_administrator_lets_another_identity_in(
    registry: Registry, provider: SmallProvider
) -> None:
    officer = registry.person(OFFICER, "Amina", "analyst")
    with registry.bench.view() as view:
        code = view.get(Person, id=officer.person).code
    plain = registry.signed_in(registry.person("bo@example.org", "Bo", "analyst"))
    boss = registry.signed_in(registry.person("ada@example.org", "Ada", "administrator"))
    assert come(registry.browser(), provider).status_code == 303
    provider.vouch(OFFICER, registry.clock.at, subject="sub-2")
    assert come(registry.browser(), provider).status_code == 403
    page = boss.get(f"/en/staff/people/{code}")
    assert provider.issuer in page.text
    assert plain.post(f"/en/staff/people/{code}/release").status_code == 403
    done = boss.post(f"/en/staff/people/{code}/release", follow_redirects=True)
    assert "The next identity that comes with this address is let in." in done.text
    assert "Release the old identity" not in done.text
    assert come(registry.browser(), provider).status_code == 303


def test_a_closed_account_stays_closed(registry: Registry, provider: SmallProvider) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    with registry.bench.work() as work:
        work.get(Person, email=OFFICER).active = False
    answer = come(registry.browser(), provider)
    assert "This account is closed" in answer.text
    assert count(registry, Session) == 0


def test_coming_back_twice_signs_in_once(registry: Registry, provider: SmallProvider) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    client = registry.browser()
    carried = provider.authorize(leave(client))
    kept = dict(client.cookies)
    assert client.get(BACK, params=carried).status_code == 303
    thief = registry.browser()
    thief.cookies.update(kept)
    asked = len(provider.asked)
    answer = thief.get(BACK, params=carried)
    assert answer.status_code == 403
    assert UNCONFIRMED in answer.text
    assert len(provider.asked) == asked, "nobody is asked about an errand that is over"
    assert count(registry, Session) == 1


def test_what_another_browser_began_is_not_ended_here(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    theirs = provider.authorize(leave(registry.browser()))
    victim = registry.browser()
    assert victim.get(BACK, params=theirs).status_code == 403
    leave(victim)
    assert victim.get(BACK, params=theirs).status_code == 403
    assert count(registry, Session) == 0


def test_who_stays_away_too_long_begins_again(registry: Registry, provider: SmallProvider) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    client = registry.browser()
    carried = provider.authorize(leave(client))
    registry.later(minutes=16)
    provider.vouch(OFFICER, registry.clock.at)
    assert client.get(BACK, params=carried).status_code == 403
    leave(registry.browser())
    registry.later(minutes=16)
    with registry.bench.work() as work:
        sessions.sweep(work)
    assert count(registry, ProviderErrand) == 0


def test_who_says_no_at_the_provider_is_not_signed_in(
    registry: Registry, provider: SmallProvider
) -> None:
    client = registry.browser()
    state = provider.authorize(leave(client))["state"]
    answer = client.get(BACK, params={"error": "access_denied", "state": state})
    assert answer.status_code == 403
    assert UNCONFIRMED in answer.text


def test_a_new_key_is_fetched_and_what_is_known_is_kept(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    assert come(registry.browser(), provider).status_code == 303
    assert come(registry.browser(), provider).status_code == 303
    assert provider.asked.count("/jwks") == 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1
    provider.key = rsa("second")
    assert come(registry.browser(), provider).status_code == 303
    assert provider.asked.count("/jwks") == 2


@pytest.mark.parametrize(
    "itself", [{"issuer": "https://elsewhere.example"}, {"authorization_endpoint": None}]
)
def test_a_provider_that_is_another_is_not_believed(
    registry: Registry, provider: SmallProvider, itself: dict[str, Any]
) -> None:
    provider.itself = itself
    answer = registry.browser().post("/en/sign-in/organisation", data={"next": ""})
    assert answer.status_code == 503


def test_a_provider_that_is_away_is_said_at_both_ends(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    client = registry.browser()
    carried = provider.authorize(leave(client))
    provider.stop()
    answer = client.get(BACK, params=carried)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    use(registry, provider.issuer)
    assert registry.browser().post("/en/sign-in/organisation").status_code == 503
    assert refusals(registry) == [("ProviderSilent", "")] * 2


def test_no_write_waits_for_the_provider(registry: Registry, provider: SmallProvider) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    answered = provider.get

    def write_meanwhile(path: str) -> dict[str, Any]:
        registry.person(f"meanwhile-{len(provider.asked)}@example.org", "Meanwhile")
        return answered(path)

    provider.get = write_meanwhile  # type: ignore[method-assign]
    assert come(registry.browser(), provider).status_code == 303
    assert count(registry, Person) == 3


def test_erasing_forgets_who_somebody_is_at_the_provider(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person("boss@example.org", "Boss", "administrator")
    actor = registry.person(OFFICER, "Amina", "analyst")
    assert come(registry.browser(), provider).status_code == 303
    with registry.bench.work(actor) as work:
        erasing.erase_me(work, OFFICER)
    assert count(registry, ProviderSubject) == 0


# -- staff by mail --


def test_staff_get_no_code_where_mail_is_closed_to_them_and_nobody_sees_it(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    registry.person("partner@example.org", "Paul")
    use(registry, provider.issuer, staff_by_mail=False)
    answers = []
    for email in (OFFICER, "partner@example.org", "unknown@example.org"):
        client = registry.browser()
        posted = client.post("/en/sign-in", data={"email": email, **SLOWLY, "next": ""})
        shown = client.get("/en/sign-in/code").text.replace(email, "-")
        answers.append((posted.status_code, posted.text, shown))
    assert answers[0] == answers[1] == answers[2]
    staff, partner, unknown = (mail.text for mail in registry.mails())
    assert not re.search(r"\d{3} \d{3}|/link/", staff)
    assert "through their organisation" in staff
    assert "/link/" in partner
    assert "/link/" in unknown


def test_a_code_from_before_does_not_let_staff_in_where_mail_is_closed(
    registry: Registry, provider: SmallProvider
) -> None:
    registry.person(OFFICER, "Amina", "analyst")
    client = registry.browser()
    client.post("/en/sign-in", data={"email": OFFICER, **SLOWLY, "next": ""})
    use(registry, provider.issuer, staff_by_mail=False)
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert answer.status_code == 403
    assert count(registry, Session) == 0
