"""Pages in the pseudo-language: longer words in brackets, and nothing wider than a small phone."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from services.demo import pseudo
from services.demo.personas import BY_KEY
from tests.browser.test_barriers import WALK
from tests.browser.test_gallery import GALLERY, PAGES, ROOT
from tests.support.running import Running

pytestmark = pytest.mark.browser

SMALL = 320
WHOLE = """() => {
  const words = "a, button, label, h1, h2, h3, th, .govuk-tag, .rt-tag";
  const cut = [...document.querySelectorAll(words)]
    .filter(one => getComputedStyle(one).overflow === "hidden")
    .filter(one => one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1);
  return {
    wide: document.documentElement.scrollWidth - innerWidth,
    cut: cut.map(one => one.textContent.trim()),
  };
}"""
"""How much wider than the screen the page is, and which words are cut off."""


@pytest.fixture
def longer() -> Iterator[None]:
    """English is spoken in the pseudo-language, by the portal of this process too."""
    with pseudo.spoken():
        yield


@pytest.fixture(scope="module")
def drawn() -> None:
    subprocess.run([sys.executable, ROOT / "tools/gallery.py", "pseudo"], check=True, timeout=120)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("drawn")
def test_parts_stay_whole_with_longer_words(chromium: Browser, name: str) -> None:
    context = chromium.new_context(viewport={"width": SMALL, "height": 800})
    page = context.new_page()
    page.goto((GALLERY / f"{name}-pseudo-person.html").as_uri())
    found = page.evaluate(WHOLE)
    context.close()
    assert found == {"wide": 0, "cut": []}


@pytest.mark.parametrize(("who", "path"), WALK)
@pytest.mark.usefixtures("longer")
def test_pages_of_the_walk_stay_whole_with_longer_words(
    chromium: Browser, running: Running, who: str, path: str
) -> None:
    email = BY_KEY[who].email if who else ""
    with running.page(chromium, email, width=SMALL) as page:
        page.goto(f"/en{path.format(**running.places)}")
        expect(page.locator("footer")).to_contain_text("⟦")
        assert page.evaluate(WHOLE) == {"wide": 0, "cut": []}


def test_no_page_offers_it(chromium: Browser, running: Running) -> None:
    with running.page(chromium) as page:
        page.goto("/en")
        assert "⟦" not in page.content()
        assert page.locator("nav a[lang]").count() + page.locator("[hreflang]").count() > 0


@pytest.mark.parametrize("style", ["white-space: nowrap", "overflow: hidden; width: 5em"])
def test_what_does_not_bear_longer_words_is_found(chromium: Browser, style: str) -> None:
    page = chromium.new_page(viewport={"width": SMALL, "height": 800})
    page.set_content(f'<h1 style="{style}">{pseudo.pseudo("Everybody is heard " * 9)}</h1>')
    assert page.evaluate(WHOLE) != {"wide": 0, "cut": []}
    page.close()
