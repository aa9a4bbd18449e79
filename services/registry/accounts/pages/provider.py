"""Signing in through the organisation's OpenID Connect provider: there by a button, and back."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from services.registry.accounts import rules
from services.registry.accounts.actions import provider
from services.registry.accounts.pages import arriving, browser
from shared import ids
from shared.errors import NotFound, Problem
from shared.security.provider import Provider
from shared.web.edge import Posted, PublicWork
from shared.web.forms import Form
from shared.web.pages import Pages, page
from shared.work import View, Work

pages = Pages()
BACK = "/sign-in/organisation/return"
LONGEST_CODE = 4000

Said = Annotated[str, Query(max_length=LONGEST_CODE)]


class ProviderForm(Form):
    """Where somebody goes on to who signs in through their organisation."""

    next: Annotated[str, Field(max_length=rules.LONGEST_PLACE)] = ""


@pages.post("/sign-in/organisation", name="account.provider")
def leave(request: Request, work: PublicWork, posted: Posted) -> Response:
    """Send the browser to the provider, by a page: its policy forbids a form to lead elsewhere."""
    there, secret = _provider(work), ids.secret()
    place = posted.take(ProviderForm).next
    try:
        address = provider.send(there, secret, _back(work))
    except Problem as problem:
        return _refused(work, None, problem)
    provider.begin(work, secret, next_place=place, caller=browser.caller(request))
    response = page("registry/accounts/leaving.html", provider=there, address=address)
    response.headers["Refresh"] = f"0; url={address}"
    browser.keep_errand(response, secret)
    return response


@pages.get(BACK, name="account.provider_return")
def come_back(request: Request, work: PublicWork, code: Said = "", state: Said = "") -> Response:
    """Sign in whom the provider vouches for.

    A GET by its protocol: it does something once, for the browser that was sent, and nothing when
    it is opened again.
    """
    _provider(work)
    secret = browser.errand()
    try:
        vouched = provider.fetch(work.room, secret, state=state, code=code, redirect=_back(work))
        found = provider.sign_in(work, secret or "", vouched, browser.agent(request))
    except Problem as problem:
        return _refused(work, secret, problem)
    response = arriving.go_on(found)
    browser.end_errand(response)
    return response


def _refused(work: Work, secret: str | None, problem: Problem) -> Response:
    provider.refuse(work, secret, problem)
    response = page(
        "registry/accounts/refused.html",
        status=problem.status,
        keep=True,
        sentence=problem.say(),
    )
    browser.end_errand(response)
    return response


def _provider(view: View) -> Provider:
    """Return the provider. Raises NotFound when there is none."""
    found: Provider | None = view.settings.provider
    if found is None:
        raise NotFound
    return found


def _back(view: View) -> str:
    return f"{view.settings.portal_url.rstrip('/')}{BACK}"
