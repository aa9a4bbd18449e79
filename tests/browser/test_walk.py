"""The main pages in a real browser, as the people who use them."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from services.demo.personas import BY_KEY
from tests.support.running import Running

pytestmark = pytest.mark.browser

PHONE = 360


def _stays_in(page: Page) -> None:
    """No page is wider than its screen."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def _press(page: Page, action: str) -> None:
    """Press the first button of the form whose action ends so."""
    page.locator(f'form[action$="{action}"] button').first.click()
    _stays_in(page)


def test_a_group_answers_in_french_on_a_phone_without_script(
    chromium: Browser, running: Running
) -> None:
    code = running.places["open"]
    with running.page(chromium, running.french, width=PHONE, script=False, language="fr") as page:
        page.goto(f"/fr/calls/{code}")
        start = page.locator(f'main a.govuk-button[href*="/calls/{code}/answer"]')
        box = start.bounding_box()
        assert box is not None
        start.click()
        _press(page, f"/calls/{code}/answer")
        hub = re.sub(r"\?.*", "", page.url)
        assert re.search(r"/fr/answers/[0-9A-Z]{10}$", hub)

        page.locator('main a[href*="/questions/"]').first.click()
        page.locator('textarea[name^="answer-"]').first.fill(
            "Nos quartiers tiennent leurs données."
        )
        page.locator('input[name^="answer-"][value="yes"]').first.check()
        page.locator('main form button[type="submit"], main form button').first.click()
        _stays_in(page)

        page.goto(f"{hub}/paragraphs/4")
        _stays_in(page)
        page.locator('input[name="stance"][value="comment"]').check()
        page.locator('textarea[name="text"]').fill("Nommez ceux qui décident.")
        _press(page, "/paragraphs/4")
        page.goto(hub)
        _stays_in(page)

        page.locator('main a[href$="/consent"]').first.click()
        page.locator('input[name="consent"][value="named"]').check()
        _press(page, "/consent")
        page.goto(f"{hub}/check")
        _stays_in(page)
        expect(page.locator("main")).to_contain_text("Nommez ceux qui décident.")
        _press(page, "/send")
        expect(page.locator("main")).to_contain_text(re.compile(r"RT-[0-9A-Z]{4}-[0-9A-Z]{4}"))
        assert page.locator("html").get_attribute("lang") == "fr"


def test_the_button_to_answer_is_on_the_first_screen_of_a_phone(
    chromium: Browser, running: Running
) -> None:
    with running.page(chromium, width=PHONE, language="fr") as page:
        page.goto(f"/en/calls/{running.places['open']}")
        box = page.locator("main a.govuk-button").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800


def test_a_city_reads_its_answers_from_right_to_left(chromium: Browser, running: Running) -> None:
    with running.page(chromium, BY_KEY["contact-point"].email, language="ar") as page:
        page.goto("/ar/answers")
        assert page.locator("html").get_attribute("dir") == "rtl"
        heading = page.locator("main h1").bounding_box()
        assert heading is not None
        assert heading["x"] + heading["width"] > 1280 / 2
        page.locator('main a[href$="/receipt"]').first.click()
        _stays_in(page)
        expect(page.locator("main bdi, main .rt-panel").first).to_be_visible()
        expect(page.locator("main")).to_contain_text(re.compile(r"RT-[0-9A-Z]{4}-[0-9A-Z]{4}"))


def test_staff_find_call_review_queue_and_points(chromium: Browser, running: Running) -> None:
    drafted, analysed = running.places["in_review"], running.places["analysed"]
    with running.page(chromium, BY_KEY["second-manager"].email) as page:
        page.goto(f"/en/staff/calls/{drafted}/parts/texts")
        expect(page.locator("main h1")).to_be_visible()
        page.goto(f"/en/staff/calls/{drafted}/review")
        expect(page.locator('main form[action$="/publish"] button')).to_be_visible()
    with running.page(chromium, BY_KEY["analyst"].email) as page:
        page.goto(f"/en/staff/calls/{analysed}/answers")
        expect(page.locator("main tbody tr").first).to_be_visible()
        page.goto(f"/en/staff/calls/{analysed}/points")
        rows = page.locator("main tbody tr")
        assert rows.count() > 1
        rows.first.locator("a").first.click()
        assert re.search(r"/points/\d+$", page.url)
        _stays_in(page)


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
@pytest.mark.parametrize("path", ["calls", "results", "partners"])
def test_lists_fit_the_smallest_screen(
    chromium: Browser, running: Running, path: str, language: str
) -> None:
    with running.page(chromium, width=320, language=language) as page:
        page.goto(f"/{language}/{path}")
        _stays_in(page)


@pytest.mark.parametrize("first", ["home", "call"])
def test_a_first_view_is_light(chromium: Browser, running: Running, first: str) -> None:
    """A metered link carries at most 60 KB, and nothing comes from anybody else."""
    with running.page(chromium) as page:
        sizes: dict[str, int] = {}
        page.on(
            "requestfinished",
            lambda one: sizes.update({one.url: one.sizes()["responseBodySize"]}),
        )
        path = "/en" if first == "home" else f"/en/calls/{running.places['open']}"
        page.goto(path, wait_until="networkidle")
        assert {url for url in sizes if not url.startswith(running.address)} == set()
        assert sizes[f"{running.address}{path}"] <= 30_000
        assert sum(sizes.values()) <= 60_000, sizes
