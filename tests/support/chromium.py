"""Debian's Chromium, driven by Playwright; one for the whole run."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.needs import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType

PATH = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def need() -> None:
    """Skip (REQUIRE_ALL=1: fail) the test with the reason when there is no browser here."""
    if not Path(PATH).exists() and not shutil.which(PATH):
        missing("Chromium is not installed: apt-get install chromium")


def launch(kind: "BrowserType", *more: str) -> "Browser":
    """Start a browser with more arguments, if given."""
    # Chromium's own sandbox refuses root, and in a test it visits nobody but us.
    return kind.launch(executable_path=PATH, args=["--no-sandbox", *more])


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """The run's browser; each test opens contexts of its own."""
    need()
    # Here, so that a run without browser tests does not load it.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()
