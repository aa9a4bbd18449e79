"""Walks over the peopled portal: who stands where, and every form they come to."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.support.books import Books
from tests.support.crawl import Crawl, Place, Ways, crawl
from tests.support.marks import mark
from tests.support.peopled import Peopled
from tests.support.portal import Portal
from tests.support.walker import Walker

LANGUAGE = "fr"
"""Nobody in these walks is answered in English, so that a sentence without translation shows."""
Pairs = list[tuple[str, str]]


class Walk:
    """A copy of the portal, its people's browsers, and what they find by following links."""

    def __init__(self, peopled: Peopled, portal: Portal) -> None:
        self.peopled = peopled
        self.portal = portal
        self.marked = self._mark()
        self.books = Books(peopled_folder(portal))
        self.walkers = {who: peopled.walker(portal, who) for who in ("", *peopled.cookies)}
        self.ways = Ways(portal)

    def _mark(self) -> dict[str, int]:
        """Mark what is personal to the contact point of the city, and to the city."""
        from services.demo.personas import BY_KEY  # noqa: PLC0415

        email, city = BY_KEY["contact-point"].email, self.peopled.keyed["city"]
        with self.portal.view("registry") as view:
            person = view.session.execute(
                text("SELECT id FROM person WHERE email = :email"), {"email": email}
            ).scalar_one()
        return mark(self.portal, UUID(str(person)), email, city)

    @cached_property
    def crawls(self) -> dict[str, Crawl]:
        """What each person comes to."""
        return {
            who: crawl(walker, who, self.ways, self.peopled.starts.get(who, []))
            for who, walker in self.walkers.items()
        }

    @cached_property
    def forms(self) -> list[Place]:
        """One form of each kind: the same route may show several, such as the parts of a draft."""
        found: dict[object, Place] = {}
        for one in self.crawls.values():
            for place in one.forms:
                names = frozenset(re.sub(r"[\W_]?[0-9a-f-]{4,}$", "#", n) for n in place.form.names)
                found.setdefault((place.way, names), place)
        # Renewing a token on the way notes when a session was seen last.
        self.books.changed()
        return list(found.values())

    def send(self, place: Place, **given: Any) -> "Answer":
        """Send a form as the person who found it, to its French address; follow nothing."""
        action = re.sub(r"^/en/", f"/{LANGUAGE}/", given.pop("action", place.action))
        response = self.walkers[place.who].client.post(action, follow_redirects=False, **given)
        is_page = "html" in response.headers.get("content-type", "")
        text = response.text if is_page or not response.content else _saying(response.json())
        return Answer(response.status_code, text, action, is_page)


def _saying(told: dict[str, Any]) -> str:
    """What a script is told to show."""
    return str(told.get("saying", ""))


def peopled_folder(portal: Portal) -> Any:
    """Return where a portal keeps its databases."""
    return portal.everything.folder


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    action: str
    is_page: bool


def filled(place: Place, portal: Portal) -> Pairs:
    """Fill in a form as somebody would: what stands there, and something good in what is empty."""
    form = place.form
    given = {name for name, value in form.values if value}
    pairs = [(name, value) for name, value in form.values if value]
    for name in sorted(form.names - given):
        pairs += [(name, value) for value in _good(name, form.kinds.get(name, ""), form, portal)]
    for _, name, value in form.buttons[:1]:
        pairs += [(name, value)] if name else []
    return pairs


def _good(name: str, kind: str, form: Any, portal: Portal) -> list[str]:
    if kind in ("file", "hidden"):
        return []
    if kind in ("radio", "select", "checkbox"):
        return [value for value in form.options.get(name, []) if value][:1]
    if kind == "date" or name == "on":
        day = portal.clock.now() + timedelta(weeks=30 if kind == "date" else -1)
        return [day.date().isoformat()]
    known = {"email": "somebody@elsewhere.example", "time": "17:00", "number": "7"}
    return [known.get(kind, "Les quartiers décident ensemble.")]


def writable(place: Place) -> list[str]:
    """Return the fields into which a body can put a text, hidden ones too."""
    return sorted(
        name
        for name in place.form.names | {name for _, name, _ in place.form.buttons if name}
        if name != "csrf" and place.form.kinds.get(name) != "file"
    )


def with_value(pairs: Pairs, name: str, value: str) -> Pairs:
    """Return pairs with one field holding only this value."""
    return [*((n, v) for n, v in pairs if n != name), (name, value)]


def encoded(pairs: Pairs) -> dict[str, list[str]]:
    """Return pairs as the client takes them."""
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data


__all__ = ["Answer", "Walk", "Walker", "encoded", "filled", "with_value", "writable"]
