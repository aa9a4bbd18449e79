"""The pages of a sensitive call can be left at once: by its button, by three Shifts, unscripted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from services.consultation.calls.models import Call
from tests.support.running import Running

pytestmark = pytest.mark.browser

WEATHER = "https://worldweather.wmo.int/"


@pytest.fixture(scope="module")
def sensitive(running: Running) -> Iterator[str]:
    """The code of a call whose subject is sensitive."""
    code = running.places["open"]
    mark = update(Call).where(Call.code == code)
    consultation = running.stage.everything.service("consultation").room
    with consultation.work() as work:
        work.session.execute(mark.values(sensitive=True))
    yield code
    with consultation.work() as work:
        work.session.execute(mark.values(sensitive=False))


def _weather(page: Page) -> None:
    page.route(f"{WEATHER}**", lambda route: route.fulfill(body="Sunny"))


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ar", 360)])
def test_a_button_in_sight_leads_away(
    chromium: Browser, running: Running, sensitive: str, script: bool, language: str, width: int
) -> None:
    with running.page(chromium, width=width, script=script, language=language) as page:
        _weather(page)
        page.goto(f"/{language}/calls/{sensitive}")
        button = page.locator(".govuk-exit-this-page a")
        page.mouse.wheel(0, 1500)
        box = button.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 800, "it stays in sight"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        middle = box["x"] + box["width"] / 2
        assert width < 640 or (middle > width / 2) == (language == "en")
        button.click()
        page.wait_for_url(f"{WEATHER}**")


def test_three_shifts_lead_away(chromium: Browser, running: Running, sensitive: str) -> None:
    with running.page(chromium) as page:
        _weather(page)
        page.goto(f"/en/calls/{sensitive}/document")
        for _ in range(3):
            page.keyboard.press("Shift")
        page.wait_for_url(f"{WEATHER}**")


def test_other_calls_have_no_such_button(chromium: Browser, running: Running) -> None:
    with running.page(chromium) as page:
        page.goto(f"/en/calls/{running.places['analysed']}")
        expect(page.locator(".govuk-exit-this-page")).to_have_count(0)
