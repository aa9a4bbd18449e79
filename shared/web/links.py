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

    def path(self, name: str, **params: object) -> str:
        """Return the path of a route, unused parameters as query. Raises KeyError."""
        left = {key: value for key, value in params.items() if value not in (None, "")}

        def fill(found: re.Match[str]) -> str:
            return quote(str(left.pop(found.group(1))), safe="")

        path = PARAMETER.sub(fill, self.paths[name])
        anchor = left.pop("anchor", None)
        query = f"?{urlencode(left, doseq=True)}" if left else ""
        return path + query + (f"#{anchor}" if anchor else "")


def link(name: str, *, in_language: str | None = None, **params: object) -> str:
    """Return the link to a page by its route name, in the reader's language.

    Parameters that the path does not name become the query; `anchor` becomes the fragment.
    """
    here = frame()
    path = here.scope["app"].state.links.path(name, **params)
    return path if path.startswith(WITHOUT_LANGUAGE) else f"/{in_language or here.language}{path}"
