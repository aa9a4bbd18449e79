"""Somebody with a browser: reads pages, follows links by their words, fills in forms."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient

from tests.support.portal import Portal


@dataclass
class FormFound:
    """A form of a page with what stands in it."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    saved_at: str = ""


class Page(HTMLParser):
    """A page: its links and forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.links: list[tuple[str, str]] = []
        self.forms: list[FormFound] = []
        self._form: FormFound | None = None
        self._link: str | None = None
        self._text: list[str] = []
        self._area: str | None = None
        self._select: str | None = None
        self._button: tuple[str, str] | None = None
        self.feed(html)

    @property
    def text(self) -> str:
        """The words of the page, without marks."""
        plain = re.sub(r"<(script|style)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        words = re.sub(r"<[^>]+>", " ", plain)
        for entity, letter in (("&#39;", "'"), ("&amp;", "&"), ("&#34;", '"'), ("\u2019", "'")):
            words = words.replace(entity, letter)
        return re.sub(r"\s+", " ", words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self._link, self._text = given["href"], []
        elif tag == "form":
            self._form = FormFound(
                given.get("action", ""),
                given.get("method", "get").lower(),
                saved_at=given.get("data-autosave", ""),
            )
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form, name = self._form, given.get("name", "")
        assert form is not None
        if tag == "button":
            self._button, self._text = (name, given.get("value", "")), []
        elif tag == "option" and self._select:
            form.options.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given:
                form.values.append((self._select, given.get("value", "")))
        elif name and tag in ("input", "textarea", "select"):
            form.names.add(name)
            form.kinds[name] = given.get("type", "text") if tag == "input" else tag
            if tag == "input":
                self._input(form, name, given)
            elif tag == "textarea":
                self._area, self._text = name, []
            else:
                self._select = name

    @staticmethod
    def _input(form: FormFound, name: str, given: dict[str, str]) -> None:
        kind = form.kinds[name]
        if kind in ("radio", "checkbox"):
            form.options.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.values.append((name, given.get("value", "on")))
        elif kind not in ("file", "submit", "button"):
            form.values.append((name, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = " ".join("".join(self._text).split())
        if tag == "a" and self._link is not None:
            self.links.append((words, self._link))
            self._link = None
        elif tag == "textarea" and self._form is not None and self._area:
            self._form.values.append((self._area, "".join(self._text).lstrip("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "button" and self._form is not None and self._button is not None:
            self._form.buttons.append((words, *self._button))
            self._button = None
        elif tag == "form":
            self._form = None


class Walker:
    """One person in one browser."""

    def __init__(self, portal: Portal, language: str = "en") -> None:
        self.portal = portal
        self.language = language
        self.client: TestClient = portal.browser(language)
        self.page = Page("")
        self.status = 0
        self.url = ""

    def visit(self, path: str, *, status: int = 200) -> "Walker":
        """Open a path, in the person's language unless it names one."""
        full = (
            path
            if re.match(r"^(https?:|/(ar|zh|en|fr|ru|es|static|\.well-known)(/|$))", path)
            else f"/{self.language}{path}"
        )
        return self._got(self.client.get(full), status)

    def follow(self, words: str, *, status: int = 200) -> "Walker":
        """Follow the first link that holds these words."""
        for text, href in self.page.links:
            if words.lower() in text.lower():
                return self.visit(href, status=status)
        raise AssertionError(f"no link {words!r} at {self.url}: {self.page.links}")

    def submit(
        self,
        action: str,
        *,
        button: str = "",
        files: dict[str, Any] | None = None,
        status: int = 200,
        **fields: Any,
    ) -> "Walker":
        """Fill in the first form whose action or button holds these words, and send it.

        Every field that is given must be on the page: nobody can fill in what is not there.
        """
        form = self.form(action)
        unknown = set(fields) - form.names - {name for _, name, _ in form.buttons}
        assert not unknown, f"not in the form {form.action}: {unknown}; it has {form.names}"
        data: dict[str, list[str]] = {}
        for name, value in form.values:
            if name == "asked":
                # People take their time (shared.web.forms.Guarded); tests do not wait for them.
                data[name] = ["0"]
            elif name not in fields:
                data.setdefault(name, []).append(value)
        for name, value in fields.items():
            data[name] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        wanted = button or action
        pressed = [one for one in form.buttons if wanted.lower() in one[0].lower()]
        if pressed and pressed[0][1]:
            data[pressed[0][1]] = [pressed[0][2]]
        elif button:
            assert pressed, f"no button {button!r} in {form.buttons}"
        target = form.action or self.url
        if form.method == "get":
            return self._got(self.client.get(target, params=data), status)
        return self._got(self.client.post(target, data=data, files=files), status)

    def form(self, action: str) -> FormFound:
        """Return the first form whose action, or one of whose buttons, holds these words."""
        for one in self.page.forms:
            if action in one.action or any(
                action.lower() in text.lower() for text, _, _ in one.buttons
            ):
                return one
        raise AssertionError(
            f"no form {action!r} at {self.url}: {[(f.action, f.buttons) for f in self.page.forms]}"
        )

    def sees(self, *sentences: str) -> "Walker":
        """Expect words on the page."""
        for one in sentences:
            assert one in self.page.text, f"{one!r} is not at {self.url}: {self.page.text[:3000]}"
        return self

    def does_not_see(self, *sentences: str) -> "Walker":
        """Expect words not to be on the page."""
        for one in sentences:
            assert one not in self.page.html, f"{one!r} is at {self.url}"
        return self

    def _got(self, response: Any, status: int) -> "Walker":
        self.status, self.url = (
            response.status_code,
            str(response.url).replace("http://testserver", ""),
        )
        self.page = Page(response.text)
        assert self.status == status, f"{self.status} at {self.url}: {self.page.text[:2000]}"
        return self
