"""axe finds no barrier on any main page, in either direction of writing, on a desk or a phone."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from services.demo.personas import BY_KEY
from tests.support.running import Running

pytestmark = pytest.mark.browser

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js")).read_text("utf-8")
RULES = "['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']"

PAGES = {
    "": (
        "",
        "/calls",
        "/calls/{open}",
        "/calls/{open}/document",
        "/results",
        "/results/{reported}",
        "/partners",
        "/sign-in",
    ),
    "contact-point": (
        "/answers",
        "/answers/{sent}/receipt",
        "/answers/{told}/words",
        "/calls/{open}/answer",
        "/inbox",
        "/account",
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
    "officer": ("/staff/organisation",),
    "administrator": ("/staff/people",),
}
WALK = [(who, path) for who, paths in PAGES.items() for path in paths]
FEWER = [("", ""), ("", "/calls/{open}"), ("contact-point", "/answers")]


def _barriers(page: Page) -> list[tuple[str, str, str]]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
    return [
        (one["id"], one["nodes"][0]["html"][:300], one["nodes"][0].get("failureSummary", "")[:200])
        for one in found["violations"]
    ]


def _look(
    chromium: Browser, running: Running, who: str, address: str, widths: tuple[int, ...]
) -> None:
    email = BY_KEY[who].email if who else ""
    with running.page(chromium, email, width=widths[0]) as page:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            assert _barriers(page) == [], f"{address} at {width}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address


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
