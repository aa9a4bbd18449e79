"""One's own account: name, language, zone, address, sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from services.registry import errors
from services.registry.accounts import queries
from services.registry.accounts.actions import addresses, people, sessions
from services.registry.accounts.pages import browser, choices
from services.registry.accounts.pages.details import Details, details_form
from services.registry.accounts.pages.sign_in import CodeForm
from shared.i18n import _, ngettext, speaking
from shared.web.edge import PersonView, PersonWork, Posted, Pressed
from shared.web.forms import Filled, Form, blank
from shared.web.links import link
from shared.web.pages import Pages, page, say, see_other
from shared.work import View

pages = Pages()


class AddressForm(Form):
    """A new address."""

    email: Annotated[str, Field(min_length=1, max_length=254)]


class SessionForm(Form):
    """The session that is to end."""

    session: UUID


@pages.get("/account", name="account.show")
def show(view: PersonView) -> Response:
    """Show what we know of the reader."""
    view.require("account.show")
    return page("registry/accounts/account.html", me=queries.me(view))


@pages.get("/account/details", name="account.edit")
def edit(view: PersonView) -> Response:
    """Ask for name, language and zone."""
    view.require("account.edit")
    return _details(view, details_form(Details, queries.me(view)))


@pages.post("/account/details", name="account.edit")
def save(work: PersonWork, posted: Posted) -> Response:
    """Save name, language and zone, and go on in the language that was chosen."""
    form = posted.read(Details)
    if form.value is None:
        work.require("account.edit")
        return _details(work, form, status=422)
    said = form.value
    people.edit(work, name=said.name, language=said.language, zone=said.zone)
    response = RedirectResponse(link("account.show", in_language=said.language), 303)
    with speaking(said.language):
        say(response, _("Saved."))
    browser.refresh(work, response)
    return response


def _details(view: View, form: Filled[Details], status: int = 200) -> Response:
    return page(
        "registry/accounts/details.html",
        status=status,
        form=form,
        languages_to_choose=choices.languages(),
        zones=choices.zones(view.now, form.get("zone")),
    )


@pages.get("/account/address", name="account.address")
def ask_address(view: PersonView) -> Response:
    """Ask for a new address."""
    view.require("account.address")
    return page("registry/accounts/address.html", form=blank(AddressForm), email=view.actor.email)


@pages.post("/account/address", name="account.address")
def send_address(request: Request, work: PersonWork, posted: Posted) -> Response:
    """Send a code to the new address."""
    work.require("account.address")
    form = posted.read(AddressForm)
    flow = ""
    if form.value is not None:
        with form.refusing("email", errors.WrongAddress):
            flow = addresses.ask(
                work, form.value.email, flow=browser.flow(), caller=browser.caller(request)
            )
    if form.value is None:
        return page("registry/accounts/address.html", status=422, form=form, email=work.actor.email)
    response = see_other("account.address_confirm")
    browser.keep_flow(response, flow)
    return response


@pages.get("/account/address/code", name="account.address_confirm")
def ask_address_code(view: PersonView) -> Response:
    """Ask for the digits that came to the new address."""
    view.require("account.address_confirm")
    email = queries.pending_address(view)
    if email is None:
        return see_other("account.address")
    return page("registry/accounts/address_code.html", form=blank(CodeForm), email=email)


@pages.post("/account/address/code", name="account.address_confirm")
def confirm_address(work: PersonWork, posted: Posted) -> Response:
    """Take the new address over."""
    form, email = posted.read(CodeForm), queries.pending_address(work)
    if form.value is None:
        work.require("account.address_confirm")
        return page("registry/accounts/address_code.html", status=422, form=form, email=email or "")
    done = False
    with form.refusing("code", errors.AddressTaken):
        done = addresses.confirm(work, browser.flow(), form.value.code)
    if done:
        response = see_other("account.show", saying=_("Your address is changed."))
        browser.refresh(work, response)
        return response
    if not form.errors:
        form.refuse("code", errors.WrongCode().say())
    return page(
        "registry/accounts/address_code.html", status=422, keep=True, form=form, email=email or ""
    )


@pages.get("/account/sessions", name="account.sessions")
def list_sessions(view: PersonView) -> Response:
    """List the browsers in which the reader is signed in."""
    view.require("account.sessions")
    return page("registry/accounts/sessions.html", sessions=queries.sessions(view))


@pages.post("/account/sessions/end", name="session.end")
def end_session(work: PersonWork, posted: Posted) -> Response:
    """Sign another browser out."""
    sessions.end(work, posted.take(SessionForm).session)
    return see_other("account.sessions", saying=_("That browser is signed out."))


@pages.post("/account/sessions/end-others", name="session.end_others")
def end_other_sessions(work: PersonWork, _pressed: Pressed) -> Response:
    """Sign all other browsers out."""
    ended = sessions.end_others(work)
    sentence = ngettext("%(n)s browser is signed out.", "%(n)s browsers are signed out.", ended)
    return see_other("account.sessions", saying=sentence)
