"""Links by route name: the application's own routes first, the site map for other services."""

import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from shared.web.frame import frame
from shared.web.site import PATHS, WITHOUT_LANGUAGE

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


class Links:
    """Paths by route name for one application."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self.paths = dict(PATHS)
        for route in iter_route_contexts(list(routes)):
            if route.name and route.path is not None:
                # The first route of a name is the page; a form posted to it comes after.
                self.paths[route.name] = route.path
        # A page has dozens of links: what stands still in a path is found once.
        self._shapes = {name: _shape(path) for name, path in self.paths.items()}

    def add(self, name: str, path: str) -> None:
        """Know a page of another process that the site map does not name: the demo's."""
        self.paths[name], self._shapes[name] = path, _shape(path)

    def path(self, name: str, **params: object) -> str:
        """Return the path of a route, unused parameters as query. Raises KeyError."""
        shape, named = self._shapes[name]
        if not params:
            return shape if not named else shape.format(**params)
        left = {key: value for key, value in params.items() if value not in (None, "")}
        path = shape.format(**{key: quote(str(left.pop(key)), safe="") for key in named})
        if not left:
            return path
        anchor = left.pop("anchor", None)
        query = f"?{urlencode(left, doseq=True)}" if left else ""
        return path + query + (f"#{anchor}" if anchor else "")


def _shape(path: str) -> tuple[str, tuple[str, ...]]:
    """Return a path as a format string, and the names of its parameters."""
    return PARAMETER.sub(r"{\1}", path), tuple(PARAMETER.findall(path))


def link(name: str, *, in_language: str | None = None, **params: object) -> str:
    """Return the link to a page by its route name, in the reader's language.

    Parameters that the path does not name become the query; `anchor` becomes the fragment.
    """
    here = frame()
    path = here.scope["app"].state.links.path(name, **params)
    return path if path.startswith(WITHOUT_LANGUAGE) else f"/{in_language or here.language}{path}"
