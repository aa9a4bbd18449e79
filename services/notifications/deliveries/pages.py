"""For staff: who should have been told of a call, and who was."""

from uuid import UUID

from fastapi import Response

from services.notifications.deliveries import queries
from shared.web.edge import StaffView
from shared.web.pages import Pages, page

pages = Pages()


@pages.get("/staff/inbox/reconciliation", name="reconciliation.index")
def index(view: StaffView, after: UUID | None = None) -> Response:
    """List the calls with the last comparison of should and was."""
    shown = queries.checks(view, after)
    return page("notifications/deliveries/index.html", shown=shown)


@pages.get("/staff/inbox/reconciliation/{code}", name="reconciliation.show")
def show(code: str, view: StaffView, after: UUID | None = None) -> Response:
    """Compare should and was for one call, and list every row with its cause."""
    found = queries.reconciliation(view, code, after)
    return page("notifications/deliveries/show.html", found=found, after=after)
