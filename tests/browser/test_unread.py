"""The number of unread notices in the bar, which every service draws and one knows."""

import pytest
from playwright.sync_api import Browser, Page, expect

from services.demo.personas import BY_KEY
from tests.support.running import Running

pytestmark = pytest.mark.browser

READER = BY_KEY["contact-point"].email
COUNT = ".rt-top__inbox .rt-count"


def _places(page: Page) -> list[object]:
    """Where the parts of the bar stand."""
    return page.evaluate(
        "[...document.querySelectorAll('.rt-top__person > li, .rt-head a')]"
        ".map(one => { const r = one.getBoundingClientRect(); return [r.x, r.y, r.width] })"
    )


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("address", ["/en/calls", "/ar/account", "/en/preferences"])
def test_the_bar_counts_what_is_unread_and_nothing_moves(
    chromium: Browser, running: Running, address: str, width: int
) -> None:
    with running.page(chromium, READER, width=width, script=False) as page:
        page.goto(address)
        expect(page.locator(COUNT)).to_be_hidden()
        before = _places(page)
    with running.page(chromium, READER, width=width) as page:
        page.goto(address)
        expect(page.locator(COUNT)).to_be_visible()
        assert int(page.locator(COUNT).inner_text()) > 0
        assert _places(page) == before
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_link_says_the_number_in_words_and_no_number_after_reading(
    chromium: Browser, running: Running
) -> None:
    with running.page(chromium, READER) as page:
        page.goto("/en/calls")
        expect(page.locator(COUNT)).to_be_visible()
        expect(page.get_by_role("link", name="unread notice")).to_be_visible()
        page.goto("/en/inbox")
        page.get_by_role("button", name="Mark everything as read").click()
        page.goto("/en/calls")
        page.wait_for_load_state("networkidle")
        expect(page.locator(COUNT)).to_be_hidden()
