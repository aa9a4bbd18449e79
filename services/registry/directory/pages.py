"""Pages of the directory."""

from starlette.responses import Response

from services.registry.directory import queries
from shared.i18n import language
from shared.vocabulary import vocabulary
from shared.web.edge import PublicView
from shared.web.pages import Pages, page
from shared.web.shelf import for_everybody

pages = Pages()


@pages.get("/partners", name="directory.index")
@for_everybody
def index(
    view: PublicView, words: str = "", category: str = "", region: str = "", page_number: int = 1
) -> Response:
    """List verified partners."""
    spoken = language()
    return page(
        "registry/directory/index.html",
        partners=queries.partners(
            view, words=words, category=category, region=region, page=max(1, page_number)
        ),
        words=words,
        category=category,
        region=region,
        categories=vocabulary.options("category_short", spoken),
        regions=vocabulary.options("region", spoken),
    )


@pages.get("/partners/{slug}", name="directory.show")
@for_everybody
def show(slug: str, view: PublicView) -> Response:
    """Show one partner."""
    return page("registry/directory/show.html", partner=queries.partner(view, slug))
