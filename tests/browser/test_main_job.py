"""The seven steps in Chromium: phones in French and Arabic without script, desktops in English.

It is the very job of tests/journeys, walked by people in windows. No page that they come to is
wider than their screen, and each kind of page is looked at in six languages by axe as well.
"""

import re

import pytest
from playwright.sync_api import Browser

from tests.journeys import test_main_job as journey
from tests.support.barriers import OVER, WIDTHS, barriers_at
from tests.support.browsing import BrowserWalker, street
from tests.support.crawl import OK, Ways
from tests.support.logbook import Lines
from tests.support.portal import Portal

pytestmark = pytest.mark.browser

FEWEST = 35
"""Kinds of pages that the job leads over."""


class Looker:
    """Notes each kind of page, and what keeps somebody out of it."""

    def __init__(self, portal: Portal) -> None:
        self.ways = Ways(portal)
        self.looked: set[str] = set()
        self.failures: list[str] = []

    def __call__(self, walker: BrowserWalker) -> None:
        over = walker.tab.evaluate(OVER)
        if over > 0:
            self.failures.append(f"{walker.url} is {over} wider than its window")
        way = self.ways.of(walker.url, "GET")
        if way is not None and way.name not in self.looked and walker.status == OK:
            self.looked.add(way.name)
            self.failures += _in_every_language(walker)


def _in_every_language(walker: BrowserWalker) -> list[str]:
    """Open the page again as the same person, with script, and return what is in the way."""
    found: list[str] = []
    with walker.second_window() as tab:
        for language, widths in WIDTHS.items():
            tab.goto(re.sub(r"^/[a-z]{2}(?=/|$)", f"/{language}", walker.url))
            found += barriers_at(tab, widths)
    return found


@pytest.mark.timeout(900)
def test_the_main_job_in_windows(
    portal: Portal, chromium: Browser, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    with street(portal, chromium) as opened:
        looker = opened.look = Looker(portal)
        monkeypatch.setattr(BrowserWalker, "street", opened, raising=False)
        monkeypatch.setattr(journey, "Walker", BrowserWalker)
        journey.test_the_main_job(portal, lines)
    assert looker.failures == []
    assert len(looker.looked) >= FEWEST, sorted(looker.looked)
    phones = {walker.language for walker in opened.walkers if walker.is_on_a_phone}
    assert phones == {"fr", "ar"}
