"""One's own account: name, language, zone, address, sessions, and the way out."""

from typing import Annotated

from fastapi import Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from services.registry import errors
from services.registry.accounts import queries
from services.registry.accounts.actions import addresses, people, sessions
from services.registry.accounts.pages import browser, choices
from services.registry.accounts.pages.details import Details, details_form
from services.registry.accounts.pages.renewal import as_id
from services.registry.accounts.pages.sign_in import CodeForm
from shared.i18n import _, ngettext, speaking
from shared.web.edge import PersonView, PersonWork, Posted
from shared.web.forms import Filled, Form, blank
from shared.web.links import link
from shared.web.pages import Pages, page, say, see_other
from shared.work import View

pages = Pages()


class AddressForm(Form):
    """A new address."""

    email: Annotated[str, Field(min_length=1, max_length=254)]


class EraseForm(Form):
    """That the account is to be erased, said with a tick."""

    sure: bool = False


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
    typed = form.value.code if form.value is not None else ""
    done = False
    with form.refusing("code", errors.AddressTaken):
        done = addresses.confirm(work, browser.flow(), typed)
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
    sessions.end(work, as_id(posted.get("session")))
    return see_other("account.sessions", saying=_("That browser is signed out."))


@pages.post("/account/sessions/end-others", name="session.end_others")
def end_other_sessions(work: PersonWork, posted: Posted) -> Response:
    """Sign all other browsers out."""
    del posted
    ended = sessions.end_others(work)
    sentence = ngettext("%(n)s browser is signed out.", "%(n)s browsers are signed out.", ended)
    return see_other("account.sessions", saying=sentence)


@pages.get("/account/erase", name="account.erase")
def ask_erase(view: PersonView) -> Response:
    """Say what erasing means, and ask."""
    view.require("account.erase")
    return page("registry/accounts/erase.html", form=blank(EraseForm))


@pages.post("/account/erase", name="account.erase")
def erase(work: PersonWork, posted: Posted) -> Response:
    """Erase the reader's account and sign the browser out."""
    form = posted.read(EraseForm)
    if form.value is None or not form.value.sure:
        work.require("account.erase")
        form.refuse("sure", _("Tick the box if you want to erase your account."))
        return page("registry/accounts/erase.html", status=422, form=form)
    people.erase_me(work)
    response = see_other("home.index", saying=_("Your account is erased."))
    browser.forget(response)
    return response
