"""The way back for an expired token, and what was being written when a session had ended."""

import dataclasses
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from services.registry.accounts import queries, rules
from services.registry.accounts.actions import sessions
from services.registry.accounts.pages import browser
from services.registry.organisations.queries import told_versions
from shared import ids
from shared.i18n import _
from shared.security import tokens
from shared.web import csrf
from shared.web.edge import PersonView, PersonWork, Posted, PublicWork
from shared.web.forms import Form, printable
from shared.web.frame import frame
from shared.web.links import link
from shared.web.pages import Pages, page, say, see_other
from shared.web.posted import receive
from shared.web.refusals import refusal
from shared.work import Actor

pages = Pages()
WAITED_AT_MOST = 20
"""Organisations of one person that a page may wait for."""


class ParkedForm(Form):
    """What was kept and is to be thrown away."""

    parked: UUID


@dataclasses.dataclass(frozen=True)
class Body:
    """What the browser re-sent on its way: fields, names of files, the form's token."""

    fields: list[tuple[str, str]]
    files: list[str]
    token: str | None


async def _body(request: Request) -> Body:
    if request.method != "POST":
        return Body([], [], None)
    form = await receive(request)
    fields = [(name, value) for name, value in form.pairs if printable(name + value)]
    return Body(fields, form.file_names, form.token)


@pages.api_route("/renew", methods=["GET", "POST"], name="account.renew")
def renew(
    request: Request,
    work: PublicWork,
    body: Annotated[Body, Depends(_body)],
    next: str = "",  # noqa: A002 - the name in the address
    org: Annotated[list[str], Query(max_length=WAITED_AT_MOST)] = [],  # noqa: B006 - only read
) -> Response:
    """Give a fresh token and send the browser back with what it carries (307).

    `org` names organisations whose newest version the next page waits for.
    When the session itself is over, what was posted is kept and the browser is sent to sign in.
    """
    work.require("account.renew")
    place = rules.place(next, link("home.index"))
    organisations = {as_id(one) for one in org}
    token = sessions.renew(work, browser.session_secret(), told_versions(work, organisations))
    if token is not None:
        response: Response = RedirectResponse(place, 307)
        browser.keep_token(response, token)
        browser.keep_waited(response, organisations)
        return response
    if frame().by_script:
        # The page is open still, with what was typed in it: it says how to go on.
        return refusal(401, _("Your session has ended."))
    flow = browser.flow() or ids.secret()
    kept = bool(body.fields) and _park(request, work, body, place, flow)
    if request.method == "POST":
        # Somewhere to land after signing in; the page that took the form may know no GET.
        place = link("account.parked") if kept else link("home.index")
    response = see_other("account.sign_in", next=place)
    if kept:
        say(response, _("Your session had ended. What you wrote is kept; sign in to send it."))
        browser.keep_flow(response, flow)
    browser.forget(response)
    return response


def _park(request: Request, work: PublicWork, body: Body, place: str, flow: str) -> bool:
    owner = sessions.whose(work, browser.session_secret(), frame().cookie(tokens.COOKIE))
    here = dataclasses.replace(frame(), actor=Actor(session=owner.session if owner else None))
    csrf.check(here, body.token)
    return sessions.park(
        work,
        path=place,
        fields=body.fields,
        files=body.files,
        person_id=owner.person if owner else None,
        flow=flow,
        caller=browser.caller(request),
    )


@pages.get("/sign-in/parked", name="account.parked")
def show_parked(view: PersonView) -> Response:
    """Show what was kept, with the button that sends it again."""
    view.require("account.parked")
    parked = queries.parked(view, browser.flow())
    if parked is None:
        return see_other("home.index")
    return page("registry/accounts/parked.html", parked=parked)


@pages.post("/sign-in/parked", name="account.parked")
def throw_away(work: PersonWork, posted: Posted) -> Response:
    """Throw away what was kept."""
    sessions.forget_parked(work, posted.take(ParkedForm).parked, browser.flow())
    return see_other("home.index", saying=_("It was thrown away."))


def as_id(text: str) -> UUID:
    """Return a posted id; what is none is the id of nothing."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
