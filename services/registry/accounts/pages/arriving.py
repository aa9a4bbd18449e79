"""Where somebody goes on to who has just signed in, by whatever way."""

from starlette.responses import RedirectResponse, Response

from services.registry.accounts.actions.sign_in import SignedIn
from services.registry.accounts.pages import browser
from shared.web.links import link


def go_on(found: SignedIn) -> Response:
    """Sign the browser in and send it where it wanted to go, a new person by way of the welcome."""
    default = link("staff.work" if found.is_staff else "home.index")
    place = default if found.next == "/" else found.next
    if found.is_new:
        place = link("account.welcome", next=place)
    response = RedirectResponse(place, 303)
    browser.remember(response, found.opened)
    return response
