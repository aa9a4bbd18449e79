"""The pages of a service as one route of the application, found by how their paths begin."""

from collections.abc import Iterable, Iterator

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from shared.web.edge import Served
from shared.web.frame import frame


class PagesOf(BaseRoute):
    """All pages of one service. Whatever one of them answers, the frame knows whose it is.

    FastAPI's `include_router` builds each route a second time for the place where it is included,
    and asks every router about every path: that was a fifth of a start, and 3 % of a short answer.
    """

    def __init__(self, service: Served, routers: Iterable[APIRouter]) -> None:
        self.service = service
        self.routes = list(_routes_of(routers))
        self._by_beginning: dict[str, list[Route]] = {}
        for route in self.routes:
            self._by_beginning.setdefault(_beginning(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the first route that takes path and method, else the first that takes the path."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        almost: tuple[Match, Scope] = (Match.NONE, {})
        for route in self._by_beginning.get(_beginning(path), ()):
            found = route.matches(scope)
            if found[0] is Match.FULL:
                return found
            if almost[0] is Match.NONE:
                almost = found
        return almost

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route that was found answer for this service."""
        frame().answered_by(self.service)
        await scope["route"].handle(scope, receive, send)


def _routes_of(routers: Iterable[APIRouter]) -> Iterator[Route]:
    for router in routers:
        for route in router.routes:
            if not isinstance(route, Route) or "{" in _beginning(route.path):
                raise TypeError(f"{route} is no page whose path begins with a word")
            yield route


def _beginning(path: str) -> str:
    return path[1:].partition("/")[0]
