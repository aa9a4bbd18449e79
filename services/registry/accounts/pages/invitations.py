"""The page that a mailed invitation opens: what is offered, and the button that takes it."""

from starlette.responses import Response

from services.registry.accounts import queries
from services.registry.accounts.actions import members
from services.registry.accounts.pages import browser, choices
from services.registry.organisations.queries import registering
from shared.errors import Gone
from shared.i18n import _
from shared.web.edge import PersonWork, Pressed, PublicView
from shared.web.pages import Pages, page, see_other

pages = Pages()


@pages.get("/people/invitation/{secret}", name="invitation.show")
def show(secret: str, view: PublicView) -> Response:
    """Show an invitation; opening it changes nothing."""
    view.require("invitation.show")
    try:
        invitation = queries.invitation(view, secret)
    except Gone:
        return page("registry/accounts/invitation_gone.html", status=410)
    return page(
        "registry/accounts/invitation.html",
        invitation=invitation,
        secret=secret,
        mine=view.actor.email == invitation.email,
        first=registering(view, invitation.organisation_id) is not None,
        roles=[choices.member_role(role) for role in invitation.roles],
    )


@pages.post("/people/invitation/{secret}", name="invitation.accept")
def accept(secret: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Take the place."""
    organisation_id = members.accept(work, secret).organisation_id
    slug = registering(work, organisation_id)
    name, more = ("organisation.home", {"slug": slug}) if slug else ("answer.index", {})
    response = see_other(name, saying=_("You are a member now."), **more)
    browser.refresh(work, response)
    return response
