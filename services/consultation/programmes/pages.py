"""Pages of programmes: all of them with the outcomes of the plan, and one with its calls."""

from collections.abc import Iterable

from fastapi import Response

from services.consultation.calls import queries as calls
from services.consultation.home import queries as home
from services.consultation.programmes import queries
from shared.i18n import language
from shared.web.edge import PublicView
from shared.web.pages import Pages, page
from shared.web.shelf import for_everybody
from shared.work import View

pages = Pages()

SHELVES = (calls.Shelf.OPEN, calls.Shelf.UPCOMING, calls.Shelf.CLOSED)
EACH = 10
"""Calls of a shelf that a programme's page shows; the rest stands on the page of calls."""


@pages.get("/programmes", name="programme.index")
@for_everybody
def index(view: PublicView) -> Response:
    """Show the flagship programmes and the twelve outcomes."""
    view.require("programme.index")
    return page(
        "consultation/programmes/index.html",
        programmes=queries.index(language()),
        domains=queries.domains(language()),
    )


@pages.get("/programmes/{slug}", name="programme.show")
@for_everybody
def show(slug: str, view: PublicView) -> Response:
    """Show one programme: what it is about, and its calls, the open ones first."""
    view.require("programme.show")
    return page(
        "consultation/programmes/show.html",
        programme=queries.programme(slug, language()),
        shelves={shelf.value: _cards(view, slug, shelf) for shelf in SHELVES},
    )


def _cards(view: View, slug: str, shelf: calls.Shelf) -> Iterable[home.CallCard]:
    found = calls.index(view, calls.Wanted(shelf=shelf, programme=slug, size=EACH))
    return home.call_cards(view, found.rows)
