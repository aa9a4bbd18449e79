"""What keeps somebody out of a page: what axe finds, and what is wider than the screen."""

from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js")).read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "async rules => (await axe.run(document, {runOnly: rules})).violations"
OVER = "document.documentElement.scrollWidth - innerWidth"
DESKTOP, PHONE = 1280, 360
WIDTHS = {
    "en": (DESKTOP, PHONE),
    "ar": (DESKTOP, PHONE),
    "zh": (PHONE,),
    "fr": (PHONE,),
    "ru": (PHONE,),
    "es": (PHONE,),
}
"""Both directions of writing are looked at on a desktop and a phone, other languages on a phone."""


def barriers(page: "Page") -> list[str]:
    """Return what is in the way on an opened page, as it is laid out now."""
    page.evaluate(AXE)
    found = [
        f"{one['id']}: {one['nodes'][0]['html'][:300]} {one['nodes'][0]['failureSummary'][:200]}"
        for one in page.evaluate(RUN, RULES)
    ]
    over = page.evaluate(OVER)
    return found + ([f"{over} wider than its window"] if over > 0 else [])


def barriers_at(page: "Page", widths: tuple[int, ...]) -> list[str]:
    """Return what is in the way on an opened page at each of the widths."""
    found: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{page.url} at {width}: {one}" for one in barriers(page)]
    return found
