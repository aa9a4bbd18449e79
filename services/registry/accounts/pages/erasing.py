"""Erasing an account: what goes, what stays, what has to be done first, and the address once more.

By its owner, or by an administrator whom the owner has asked.
"""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from services.registry import errors
from services.registry.accounts import queries
from services.registry.accounts.actions import erasing
from services.registry.accounts.pages import browser
from services.registry.accounts.queries import PersonRow
from services.registry.organisations.queries import named
from shared.i18n import _
from shared.web.edge import PersonView, PersonWork, Posted, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

REFUSALS = (
    errors.WrongAddress,
    errors.OtherAddress,
    errors.NotOnesOwn,
    errors.LastAdministrator,
    errors.LastStaffAdministrator,
)


class EraseForm(Form):
    """The address of the account, typed once more."""

    email: Annotated[str, Field(min_length=1, max_length=254)]


@pages.get("/account/erase", name="account.erase")
def ask(view: PersonView) -> Response:
    """Say what erasing means, and ask for the address."""
    view.require("account.erase")
    return _page(view, queries.me(view), blank(EraseForm))


@pages.post("/account/erase", name="account.erase")
def erase(work: PersonWork, posted: Posted) -> Response:
    """Erase the reader's account and sign the browser out."""
    form = posted.read(EraseForm)
    if form.value is None:
        work.require("account.erase")
    else:
        with form.refusing("email", *REFUSALS):
            erasing.erase_me(work, form.value.email)
    if form.value is None:
        return _page(work, queries.me(work), form, status=422)
    response = see_other("home.index", saying=_("Your account is erased."))
    browser.forget(response)
    return response


@pages.get("/staff/people/{code}/erase", name="person.erase")
def ask_on_request(code: str, view: StaffView) -> Response:
    """Say what erasing somebody's account means, and ask for the address."""
    view.require("person.erase")
    return _page(view, queries.person(view, code), blank(EraseForm))


@pages.post("/staff/people/{code}/erase", name="person.erase")
def erase_on_request(code: str, work: StaffWork, posted: Posted) -> Response:
    """Erase somebody's account because they asked for it."""
    form = posted.read(EraseForm)
    if form.value is not None:
        with form.refusing("email", *REFUSALS):
            erasing.erase_on_request(work, code, form.value.email)
    if form.value is None:
        return _page(work, queries.person(work, code), form, status=422)
    return see_other("person.index", saying=_("The account is erased."))


def _page(view: View, person: PersonRow, form: Filled[EraseForm], status: int = 200) -> Response:
    first = queries.to_do_first(view, person)
    return page(
        "registry/accounts/erase.html",
        status=status,
        form=form,
        person=person,
        own=person.id == view.actor.person,
        first=first,
        organisations=named(view, first.organisations),
    )
