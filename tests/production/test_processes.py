"""Three services, each in processes of its own, on PostgreSQL and Kafka."""

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import httpx2
import pytest

from shared.web.site import FOOTER, PATHS, PUBLIC
from tests.support.portal import hidden
from tests.support.production import SERVICES, Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

PAGES = {
    "registry": ("/en/sign-in", "/ar/partners"),
    "consultation": ("/en/", "/fr/calls"),
    "notifications": ("/es/unsubscribe/nothing",),
}
PATIENCE = 20.0


def browser(production: Production, service: str) -> httpx2.Client:
    """A browser at one service's own port: no proxy stands before it."""
    return httpx2.Client(
        base_url=production.process("web", service).url,
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )


def letter(production: Production, to: str) -> EmailMessage:
    """The first message to an address, waited for."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for path in sorted((production.folder / "mail").glob("*.eml")):
            found = message_from_bytes(path.read_bytes(), policy=policy.default)
            if to in str(found["To"]):
                assert isinstance(found, EmailMessage)
                return found
        time.sleep(0.05)
    raise AssertionError(f"no mail to {to}")


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_draws_the_whole_frame_and_knows_only_itself(
    production: Production, service: str
) -> None:
    with browser(production, service) as client:
        for path in PAGES[service]:
            answer = client.get(path)
            assert answer.status_code in (200, 404), f"{path}: {answer.text}"
            for entry in (*PUBLIC, *FOOTER):
                assert f'href="{path[:3]}{PATHS[entry.name]}"' in answer.text
        foreign = next(one for name in SERVICES if name != service for one in PAGES[name])
        assert client.get(foreign).status_code == 404 or foreign.endswith("/nothing")


def sign_in(production: Production, to: str) -> dict[str, str]:
    """Sign somebody in with the mailed code; returns their browser's cookies."""
    with browser(production, "registry") as client:
        field = hidden(client.get("/en/sign-in").text, "csrf")
        client.post("/en/sign-in", data={"email": to, "asked": "0", "csrf": field})
        code = re.search(r"\b(\d{3}) ?(\d{3})\b", str(letter(production, to)["Subject"]))
        assert code
        client.post("/en/sign-in/code", data={"code": f"{code[1]}{code[2]}"})
        return dict(client.cookies)


def test_who_signs_in_at_one_service_is_known_to_the_others(production: Production) -> None:
    to = "thin@path.example"
    cookies = sign_in(production, to)
    for service, path in (("consultation", "/en/calls"), ("notifications", "/en/preferences")):
        with browser(production, service) as client:
            client.cookies.update(cookies)
            until = time.monotonic() + PATIENCE
            while to not in client.get(path).text:
                assert time.monotonic() < until, f"{service} does not know who is signed in"
