"""The front page and the standing pages. All are public."""

from fastapi import Response

from services.consultation.home import queries
from shared.web.edge import PublicView
from shared.web.pages import Pages, page
from shared.web.shelf import for_everybody

pages = Pages()


@pages.get("/", name="home.index")
@for_everybody
def index(view: PublicView) -> Response:
    """Show what is open, what changed, and who is at the table."""
    view.require("home.index")
    return page("consultation/home/index.html", front=queries.front(view))


@pages.get("/how-it-works", name="page.how_it_works")
@for_everybody
def how_it_works(view: PublicView) -> Response:
    """Say what happens from a call to its report."""
    view.require("page.how_it_works")
    return page("consultation/home/how_it_works.html")


@pages.get("/privacy", name="page.privacy")
@for_everybody
def privacy(view: PublicView) -> Response:
    """Say what is known about people and who sees it."""
    view.require("page.privacy")
    return page("consultation/home/privacy.html")


@pages.get("/accessibility", name="page.accessibility")
@for_everybody
def accessibility(view: PublicView) -> Response:
    """Say who can use the portal and how to report a barrier."""
    view.require("page.accessibility")
    return page("consultation/home/accessibility.html")


@pages.get("/contact", name="page.contact")
@for_everybody
def contact(view: PublicView) -> Response:
    """Say how to reach the secretariat."""
    view.require("page.contact")
    return page("consultation/home/contact.html", address=view.settings.contact)
