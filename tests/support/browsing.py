"""Somebody in Chromium, with the same words as somebody over HTTP (tests/support/walker.py).

The portal answers at a loopback port; the browser knows it by the name that its mail spells out.
People who read French or Arabic have a phone without script, everybody else a desktop.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import httpx2

from tests.support.chromium import launch
from tests.support.needs import free_port
from tests.support.portal import Portal
from tests.support.running import served
from tests.support.walker import FormFound, Page, Walker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator
    from playwright.sync_api import Page as Tab

NAME = "testserver"
PHONE, DESKTOP = 360, 1280
ON_A_PHONE = ("fr", "ar")
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
SET = "(field, value) => { field.value = value }"


@dataclass
class Street:
    """A browser that finds the portal under its name, and what is looked at on each page."""

    browser: "Browser"
    port: int
    look: Callable[["BrowserWalker"], None] = lambda _walker: None
    walkers: list["BrowserWalker"] = field(default_factory=list)


@contextmanager
def street(portal: Portal, chromium: "Browser") -> Iterator[Street]:
    """Serve a portal at a port and open a browser for it, beside the run's own.

    Events wait for `settle`.
    """
    port = free_port()
    with served(portal.everything.application_without_threads, port):
        rule = f"--host-resolver-rules=MAP {NAME} 127.0.0.1:{port}"
        browser = launch(chromium.browser_type, rule)
        try:
            yield Street(browser, port)
        finally:
            browser.close()


class Forged:
    """Posts and files without a page, with the browser's cookies."""

    def __init__(self, walker: "BrowserWalker") -> None:
        self._walker = walker

    def get(self, path: str) -> httpx2.Response:
        """Ask for an address."""
        with self._opened() as client:
            return client.get(path)

    def post(self, path: str, data: dict[str, Any]) -> httpx2.Response:
        """Post what no page offers."""
        with self._opened() as client:
            return client.post(path, data=data)

    def _opened(self) -> httpx2.Client:
        jar = {str(one["name"]): str(one["value"]) for one in self._walker.context.cookies()}
        return httpx2.Client(
            base_url=f"http://127.0.0.1:{self._walker.street.port}",
            cookies=jar,
            headers={"Host": NAME, "Sec-Fetch-Site": "same-origin"},
        )


class BrowserWalker(Walker):
    """One person in one browser window."""

    street: Street

    def __init__(self, portal: Portal, language: str = "en") -> None:
        self.portal, self.language = portal, language
        self.page, self.status, self.url = Page(""), 0, ""
        self.is_on_a_phone = language in ON_A_PHONE
        self.context: BrowserContext = self.street.browser.new_context(
            base_url=f"http://{NAME}",
            viewport={"width": PHONE if self.is_on_a_phone else DESKTOP, "height": 800},
            java_script_enabled=not self.is_on_a_phone,
            locale=language,
            reduced_motion="reduce",
        )
        self.tab = self.context.new_page()
        self.client = cast("Any", Forged(self))
        self.street.walkers.append(self)

    @contextmanager
    def second_window(self) -> "Iterator[Tab]":
        """Open an empty window beside, with script, in which the same person is signed in."""
        context = self.street.browser.new_context(
            base_url=f"http://{NAME}", reduced_motion="reduce"
        )
        context.add_cookies(cast("Any", self.context.cookies()))
        try:
            yield context.new_page()
        finally:
            context.close()

    def visit(self, path: str, *, status: int = 200) -> "BrowserWalker":
        full = path if re.match(r"^(https?:|/(ar|zh|en|fr|ru|es|static)(/|$))", path) else ""
        return self._seen(self.tab.goto(full or f"/{self.language}{path}"), status)

    def submit(
        self,
        action: str,
        *,
        button: str = "",
        files: dict[str, Any] | None = None,
        status: int = 200,
        **fields: Any,
    ) -> "BrowserWalker":
        form = self.form(action)
        unknown = set(fields) - form.names - {name for _, name, _ in form.buttons}
        assert not unknown, f"not in the form {form.action}: {unknown}; it has {form.names}"
        place = self.tab.locator("form").nth(self.page.forms.index(form))
        self.tab.evaluate(OPEN_ALL)
        for name, value in fields.items():
            self._fill(place, form, name, value)
        for name, (file, data, kind) in (files or {}).items():
            place.locator(f'[name="{name}"]').set_input_files(
                {"name": file, "mimeType": kind, "buffer": data}
            )
        if "asked" in form.names:
            # People take their time (shared.web.forms.Guarded); tests do not wait for them.
            place.locator('[name="asked"]').evaluate(SET, "0")
        pressed = place.locator("button").nth(_button(form, button or action, fields))
        with self.tab.expect_navigation() as turned:
            pressed.click()
        return self._seen(turned.value, status)

    @staticmethod
    def _fill(place: "Locator", form: FormFound, name: str, value: Any) -> None:
        kind, found = form.kinds.get(name, ""), place.locator(f'[name="{name}"]')
        if kind in ("radio", "checkbox"):
            wanted = {str(one) for one in value} if isinstance(value, list) else {str(value)}
            for at, option in enumerate(form.options[name]):
                if kind == "checkbox":
                    found.nth(at).set_checked(option in wanted)
                elif option in wanted:
                    found.nth(at).check()
        elif kind == "select":
            found.select_option(str(value))
        elif kind == "hidden":
            found.evaluate(SET, str(value))
        elif isinstance(value, list):
            for at, one in enumerate(value):
                found.nth(at).fill(str(one))
        elif kind:
            found.first.fill(str(value))

    def _seen(self, response: Any, status: int) -> "BrowserWalker":
        assert response is not None
        self.tab.wait_for_load_state("load")
        self.status, self.url = response.status, self.tab.url.replace(f"http://{NAME}", "")
        self.page = Page(self.tab.content())
        assert self.status == status, f"{self.status} at {self.url}: {self.page.text[:2000]}"
        self.street.look(self)
        return self


def _button(form: FormFound, words: str, fields: dict[str, Any]) -> int:
    """Return which button is pressed: that of these words, of a given value, else the first."""
    for at, (text, name, value) in enumerate(form.buttons):
        if words.lower() in text.lower() or (name in fields and str(fields[name]) == value):
            return at
    return 0
