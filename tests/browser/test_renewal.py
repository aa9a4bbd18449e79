"""A token that expired while somebody chose a file: nothing that they sent is lost."""

import hashlib
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, expect

from services.demo.personas import BY_KEY
from services.demo.seeds.partners import PAPER
from services.registry.accounts import queries
from services.registry.accounts.models import Person
from shared.security import tokens
from tests.support.running import Running

pytestmark = pytest.mark.browser

FIVE_MEGABYTES = PAPER + b"\x00" * (5 * 1024 * 1024)
"""A photograph that is larger than anything a browser or proxy keeps in one piece."""
WHO = BY_KEY["contact-point"].email


def expire(running: Running, context: BrowserContext) -> None:
    """Give the browser the token that it would have had for two hours."""
    cookies = {one["name"]: one["value"] for one in context.cookies()}
    with running.stage.everything.service("registry").room.work() as work:
        person = work.get(Person, email=WHO)
        key = queries.signing_key(work)
        assert key is not None
        known = tokens.read(cookies[tokens.COOKIE], queries.public_keys(work), work.system_now)
        claims = tokens.Claims(person.id, known.session, person.version)
        old = tokens.issue(key.private, claims, work.system_now - timedelta(hours=2))
    context.add_cookies(
        [{"name": tokens.COOKIE, "value": old, "url": running.address, "httpOnly": True}]
    )


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_upload_of_five_megabytes_survives_an_expired_token(
    chromium: Browser, running: Running, script: bool
) -> None:
    upload: FilePayload = {
        "name": f"signed-{'with' if script else 'without'}-script.png",
        "mimeType": "image/png",
        "buffer": FIVE_MEGABYTES,
    }
    with running.page(chromium, WHO, script=script, width=360) as page:
        page.goto("/en/answers")
        slug = page.locator('a[href*="/answers/settings/"]').first.get_attribute("href")
        assert slug is not None
        page.goto(f"/en/organisation/{slug.rsplit('/', 1)[1]}")
        for href in page.locator('main a[href*="/registration/"]').evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        ):
            page.goto(href)
            if page.locator('input[type="file"]').count():
                break
        page.locator('input[type="file"]').first.set_input_files(upload)
        expire(running, page.context)
        passed: list[tuple[int, str]] = []
        page.on("response", lambda one: passed.append((one.status, one.url)))
        with page.expect_navigation(timeout=60_000):
            page.get_by_role("button", name="Save and go on").click()
        assert [status for status, url in passed if "/renew" in url] == [307], passed
        page.goto(href)
        link = page.locator("main a", has_text=str(upload["name"]))
        expect(link).to_be_visible()
        kept = page.request.get(str(link.get_attribute("href"))).body()
        assert hashlib.sha256(kept).digest() == hashlib.sha256(FIVE_MEGABYTES).digest()
