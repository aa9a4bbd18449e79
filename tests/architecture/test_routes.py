"""Routes: each has its row in the permission table and its place in the site map; no page fails."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import iter_route_contexts

from shared.web.site import OWNERS, PATHS

if TYPE_CHECKING:
    from fastapi.routing import RouteContext

    from shared.runtime import Service
    from tests.support.portal import Portal

FEWEST = 60
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
WITHOUT_OWNER = ("/health/", "/files/", "/api/", "/static", "/demo", "/staff/operations/")


def routes(service: "Service") -> Iterator["RouteContext"]:
    for router in service.routers:
        yield from iter_route_contexts(router.routes)


def owner(path: str) -> str:
    """The service whose path prefix matches longest."""
    prefixes = [(prefix, name) for name, owned in OWNERS.items() for prefix in owned]
    fitting = [
        one for one in prefixes if path == one[0] or path.startswith(one[0].rstrip("/") + "/")
    ]
    return max(fitting, key=lambda one: len(one[0]))[1]


def test_every_route_has_a_row_in_the_permission_table(portal: "Portal") -> None:
    walked = 0
    for service in portal.everything.services:
        for route in routes(service):
            walked += 1
            assert route.name in service.room.permissions, f"{service.name}: {route.path}"
    assert walked >= FEWEST


def test_every_route_stands_where_the_site_map_says(portal: "Portal") -> None:
    for service in portal.everything.services:
        for route in routes(service):
            path = str(route.path)
            if not path.startswith(WITHOUT_OWNER):
                assert owner(path) == service.name, path


def test_the_site_map_names_routes_as_they_are(portal: "Portal") -> None:
    real: dict[str, set[str]] = {}
    for service in portal.everything.services:
        for route in routes(service):
            real.setdefault(str(route.name), set()).add(str(route.path))
    wrong = {name: path for name, path in PATHS.items() if path not in real.get(name, set())}
    assert not wrong


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_fails_for_a_visitor(portal: "Portal", language: str) -> None:
    browser = portal.browser(language)
    for service in portal.everything.services:
        for route in routes(service):
            if "GET" in (route.methods or ()):
                path = PARAMETER.sub("nothing-here", str(route.path))
                answer = browser.get(f"/{language}{path}" if path != "/" else f"/{language}/")
                assert answer.status_code < 500, path
