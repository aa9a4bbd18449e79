"""Every macro in Chromium: no barrier that axe finds, nothing wider than a phone."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.barriers import barriers

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "build/gallery"
PAGES = ("parts", "forms", "index", "how_it_works", "privacy", "accessibility", "contact")


@pytest.fixture(scope="module")
def gallery() -> Path:
    subprocess.run([sys.executable, ROOT / "tools/gallery.py"], check=True, timeout=120)
    return GALLERY


@pytest.mark.parametrize(
    ("language", "width", "surroundings"), [("en", 1280, "light"), ("ar", 360, "dark")]
)
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out(
    chromium: Browser, gallery: Path, name: str, language: str, width: int, surroundings: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if surroundings == "dark" else "light",
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((gallery / f"{name}-{language}-person.html").as_uri())
    found = barriers(page)
    context.close()
    assert found == []
    assert wrong == []


def test_a_draft_saves_itself_and_says_so(chromium: Browser) -> None:
    page = chromium.new_page()
    page.route(
        "**/saved",
        lambda route: route.fulfill(
            json={"saying": "Saved 14:02", "fields": {"version": "8"}},
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    page.set_content(
        "<span data-saved>Saved 13:00</span>"
        '<form data-autosave="https://portal.example/saved"><input type="hidden" name="csrf">'
        '<input type="hidden" name="version" value="7"><textarea name="text"></textarea></form>'
    )
    page.add_script_tag(path=ROOT / "shared/web/static/app.js")
    page.fill("textarea", "Cities train each other.")
    page.wait_for_function("document.querySelector('[data-saved]').textContent === 'Saved 14:02'")
    assert page.input_value("[name=version]") == "8"


def test_a_lost_connection_is_said_where_nothing_can_be_kept(chromium: Browser) -> None:
    page = chromium.new_page()
    page.route("**/saved", lambda route: route.abort())
    page.set_content(
        "<span data-saved>Saved 13:00</span>"
        '<form data-autosave="https://portal.example/saved" data-not-kept="Not saved">'
        "<input type='hidden' name='csrf'><textarea name='text'></textarea></form>"
    )
    page.add_script_tag(path=ROOT / "shared/web/static/app.js")
    page.fill("textarea", "Cities train each other.")
    page.wait_for_function("document.querySelector('[data-saved]').textContent === 'Not saved'")
