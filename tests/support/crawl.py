"""Somebody who follows every link: finds each page and form that a person can come to."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi.routing import iter_route_contexts

from tests.support.marks import BEGINS
from tests.support.walker import FormFound, Page, Walker

if TYPE_CHECKING:
    from fastapi.routing import RouteContext

    from tests.support.portal import Portal

AT_MOST = 6
"""Addresses of one route that one person looks at: the same page with other contents."""
OK = 200
CANARIES = re.compile(r"canary-[a-z]+(?: [a-z]+)*")
"""How private texts of the peopled portal begin."""


@dataclass(frozen=True)
class Way:
    """A route of a service as it stands in the application."""

    service: str
    name: str
    path: str
    methods: frozenset[str]


@dataclass(frozen=True)
class Place:
    """A form that somebody found, and the page it stands on."""

    who: str
    page: str
    way: Way
    action: str
    form: FormFound


def ways(portal: "Portal") -> list[Way]:
    """Return every route of the application."""
    return [
        Way(service.name, str(route.name), str(route.path), frozenset(route.methods or ()))
        for service in portal.everything.services
        for route in _routes(service.routers)
    ]


def _routes(routers: object) -> "Iterator[RouteContext]":
    for router in routers:  # type: ignore[attr-defined]
        yield from iter_route_contexts(router.routes)


class Ways:
    """Finds the route that answers an address."""

    def __init__(self, portal: "Portal") -> None:
        self._all: list[tuple[Way, re.Pattern[str]]] = []
        for way in ways(portal):
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(way.path))
            self._all.append((way, re.compile(pattern)))

    def of(self, address: str, method: str) -> Way | None:
        """Return the route of an address; the first that fits, as the application does."""
        path = re.sub(r"^/(ar|zh|en|fr|ru|es)(?=/|$)", "", urlsplit(address).path) or "/"
        for way, pattern in self._all:
            if method in way.methods and pattern.fullmatch(path):
                return way
        return None


@dataclass
class Crawl:
    """What one person came to: addresses of pages by route, forms, canaries by address,
    and where marks stand."""

    who: str
    pages: dict[str, list[str]]
    forms: list[Place]
    canaries: dict[str, set[str]] = field(default_factory=dict)
    marks: dict[str, set[str]] = field(default_factory=dict)


def crawl(walker: Walker, who: str, known: Ways, starts: list[str]) -> Crawl:
    """Follow every link from the first page and from `starts`; no page may fail on the way."""
    found = Crawl(who, {}, [])
    queue = [*starts, f"/{walker.language}/"]
    seen, looked = set(queue), Counter[str]()
    while queue:
        address = queue.pop(0)
        way = known.of(address, "GET")
        if way is None or looked[way.name] >= AT_MOST:
            continue
        looked[way.name] += 1
        answer = walker.client.get(address)
        assert answer.status_code < 500, f"{who}: {answer.status_code} at {address}"
        if answer.status_code != OK:
            continue
        at = str(answer.url).replace("http://testserver", "")
        found.pages.setdefault(way.name, []).append(at)
        if "html" not in answer.headers["content-type"]:
            continue
        if shown := set(CANARIES.findall(answer.text)):
            found.canaries[at] = shown
        for text in re.findall(rf"{BEGINS}[a-z-]+", answer.text):
            found.marks.setdefault(text, set()).add(at)
        page = Page(answer.text)
        found.forms += _forms(page, who, at, known)
        for _, href in page.links:
            target = href.partition("#")[0]
            if target.startswith(f"/{walker.language}/") and target not in seen:
                seen.add(target)
                queue.append(target)
    return found


def _forms(page: Page, who: str, at: str, known: Ways) -> Iterator[Place]:
    for form in page.forms:
        for action in (form.action or at, form.saved_at):
            way = known.of(action, "POST")
            if form.method == "post" and action:
                assert way is not None, f"no route takes the form {action} at {at}"
                yield Place(who, at, way, action, form)
