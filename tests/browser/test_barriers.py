"""axe finds no barrier on any main page, in either direction of writing, on a desk or a phone."""

import pytest
from playwright.sync_api import Browser

from services.demo.personas import BY_KEY
from tests.support.barriers import barriers_at
from tests.support.running import Running

pytestmark = pytest.mark.browser

PAGES = {
    "": (
        "",
        "/calls",
        "/calls/{open}",
        "/calls/{open}/document",
        "/results",
        "/results/{reported}",
        "/programmes",
        "/partners",
        "/sign-in",
    ),
    "contact-point": (
        "/answers",
        "/answers/{sent}/receipt",
        "/answers/{told}/words",
        "/answers/{told}/publication",
        "/calls/{open}/answer",
        "/inbox",
        "/account",
        "/account/erase",
        "/preferences",
    ),
    "analyst": (
        "/staff",
        "/staff/calls/{analysed}/answers",
        "/staff/calls/{analysed}/points",
        "/staff/calls/{analysed}/points/1",
        "/staff/calls/{analysed}/publication",
    ),
    "call-manager": (
        "/staff/calls",
        "/staff/calls/{in_review}",
        "/staff/calls/{in_review}/preview",
        "/staff/calls/{in_review}/review",
        "/staff/calls/{reported}/report",
    ),
    "officer": ("/staff/organisation", "/staff/organisation/requests"),
    "administrator": (
        "/staff/people",
        "/staff/inbox/reconciliation",
        "/staff/operations/notifications",
        "/staff/operations/notifications/parked",
        "/staff/operations/notifications/parked/{letter}",
    ),
}
WALK = [(who, path) for who, paths in PAGES.items() for path in paths]
FEWER = [("", ""), ("", "/calls/{open}"), ("contact-point", "/answers")]


def _look(
    chromium: Browser, running: Running, who: str, address: str, widths: tuple[int, ...]
) -> None:
    email = BY_KEY[who].email if who else ""
    with running.page(chromium, email, width=widths[0]) as page:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert barriers_at(page, widths) == []


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("who", "path"), WALK)
def test_nobody_is_kept_out_of_the_walk(
    chromium: Browser, running: Running, who: str, path: str, language: str
) -> None:
    _look(chromium, running, who, f"/{language}{path.format(**running.places)}", (1280, 360))


@pytest.mark.parametrize("language", ["zh", "fr", "ru", "es"])
@pytest.mark.parametrize(("who", "path"), FEWER)
def test_nobody_is_kept_out_in_other_languages(
    chromium: Browser, running: Running, who: str, path: str, language: str
) -> None:
    _look(chromium, running, who, f"/{language}{path.format(**running.places)}", (360,))
