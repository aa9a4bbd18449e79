"""Writing on a train: drafts save themselves, also without a network or after the session."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from services.demo.personas import BY_KEY
from tests.support.running import Running

pytestmark = pytest.mark.browser

EMAIL = BY_KEY["contact-point"].email
SAVED = re.compile(r"^Saved \d\d:\d\d$")


@pytest.fixture(scope="module")
def hub(chromium: Browser, running: Running) -> str:
    """The address of an answer that the city is writing."""
    code = running.places["open"]
    with running.page(chromium, EMAIL) as page:
        page.goto(f"/en/calls/{code}/answer")
        button = page.locator(f'main form[action$="/calls/{code}/answer"] button')
        if button.count():
            button.click()
        return re.sub(r"[?#].*", "", page.url)


@pytest.fixture
def page(chromium: Browser, running: Running, hub: str) -> Iterator[Page]:
    """A page of the contact point, whose answer is begun."""
    assert "/answers/" in hub
    with running.page(chromium, EMAIL) as opened:
        yield opened


def test_a_comment_saves_itself_while_it_is_typed(page: Page, hub: str) -> None:
    page.goto(f"{hub}/paragraphs/5")
    page.locator('input[name="stance"][value="comment"]').check()
    page.locator('textarea[name="text"]').fill("Typed and never sent by a button.")
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    page.goto(f"{hub}/paragraphs/5")
    expect(page.locator('textarea[name="text"]')).to_have_value("Typed and never sent by a button.")


def test_without_a_network_the_text_stays_on_the_device_and_goes_when_it_is_back(
    page: Page, hub: str
) -> None:
    page.goto(f"{hub}/paragraphs/6")
    page.context.set_offline(True)
    page.locator('input[name="stance"][value="comment"]').check()
    page.locator('textarea[name="text"]').fill("Written in a tunnel.")
    expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    page.locator("main form .govuk-button").first.click()
    expect(page.locator('textarea[name="text"]')).to_have_value("Written in a tunnel.")
    page.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    expect(page.locator('textarea[name="text"]')).to_have_value("Written in a tunnel.")


def test_a_page_that_was_closed_without_a_network_says_what_waits(page: Page, hub: str) -> None:
    page.goto(f"{hub}/paragraphs/7")
    page.context.set_offline(True)
    page.locator('input[name="stance"][value="comment"]').check()
    page.locator('textarea[name="text"]').fill("Closed too early.")
    expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    # Closed before the network is back, of which no event tells the new page.
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(hub)
    waiting = page.locator("[data-kept] a")
    expect(waiting).to_be_visible()
    waiting.click()
    expect(page.locator('textarea[name="text"]')).to_have_value("Closed too early.")
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    page.goto(hub)
    expect(page.locator("[data-kept]")).to_be_hidden()


def test_a_request_whose_answer_was_lost_is_no_conflict(page: Page, hub: str) -> None:
    page.goto(f"{hub}/paragraphs/8")
    lost = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/autosave", lose_the_first_answer)
    page.locator('input[name="stance"][value="comment"]').check()
    page.locator('textarea[name="text"]').fill("It arrived")
    expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    assert lost == [200]
    page.locator('textarea[name="text"]').fill("It arrived, and went on.")
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    page.reload()
    expect(page.locator('textarea[name="text"]')).to_have_value("It arrived, and went on.")


def test_two_colleagues_see_both_texts_and_nothing_is_written_over(
    chromium: Browser, running: Running, page: Page, hub: str
) -> None:
    page.goto(f"{hub}/paragraphs/9")
    with running.page(chromium, BY_KEY["preparer"].email) as colleague:
        colleague.goto(f"{hub}/paragraphs/9")
        colleague.locator('input[name="stance"][value="change"]').check()
        colleague.locator('textarea[name="text"]').fill("The colleague's text")
        expect(colleague.locator("[data-saved]")).to_have_text(SAVED)
    page.locator('input[name="stance"][value="comment"]').check()
    page.locator('textarea[name="text"]').fill("My own text")
    expect(page.locator("[data-theirs]")).to_contain_text("The colleague's text")
    expect(page.locator("[data-saved]")).to_contain_text("Not saved")
    page.locator('textarea[name="text"]').fill("My own text, and theirs")
    page.locator("main form .govuk-button").first.click()
    page.goto(f"{hub}/paragraphs/9")
    expect(page.locator('textarea[name="text"]')).to_have_value("My own text, and theirs")


def test_the_button_waits_for_what_is_on_its_way(page: Page, hub: str) -> None:
    page.goto(f"{hub}/paragraphs/10")
    held: list[Route] = []
    # Playwright cannot mark a builtin such as `held.append` as its own.
    page.route("**/autosave", lambda route: held.append(route))  # noqa: PLW0108
    page.locator('input[name="stance"][value="comment"]').check()
    with page.expect_request("**/autosave"):
        page.locator('textarea[name="text"]').fill("First half")
    page.locator('textarea[name="text"]').fill("First half and second half")
    page.locator("main form .govuk-button").first.click()
    held[0].continue_()
    page.wait_for_url("**/paragraphs/11*")
    page.goto(f"{hub}/paragraphs/10")
    expect(page.locator('textarea[name="text"]')).to_have_value("First half and second half")


def test_the_text_goes_along_when_the_session_has_ended(
    page: Page, hub: str, running: Running
) -> None:
    page.goto(f"{hub}/paragraphs/12")
    kept = [one for one in page.context.cookies() if one["name"] != "roundtable_language"]
    page.context.clear_cookies()
    page.locator('input[name="stance"][value="comment"]').check()
    page.locator('textarea[name="text"]').fill("Written after the session")
    expect(page.locator("[data-saved]")).to_contain_text("You are signed out.")
    page.locator("main form .govuk-button").first.click()
    expect(page.locator("main")).to_contain_text("kept")
    page.context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": running.address} for one in kept]
    )
    page.goto("/en/sign-in/parked")
    page.get_by_role("button", name="Send it now").click()
    page.goto(f"{hub}/paragraphs/12")
    expect(page.locator('textarea[name="text"]')).to_have_value("Written after the session")
