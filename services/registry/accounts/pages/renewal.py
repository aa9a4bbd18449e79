"""The way back for an expired token, and what was being written when a session had ended."""

import dataclasses
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from services.registry.accounts import queries, rules
from services.registry.accounts.actions import sessions
from services.registry.accounts.pages import browser
from services.registry.organisations.queries import told_version
from shared import ids
from shared.i18n import _
from shared.security import tokens
from shared.web import csrf
from shared.web.edge import PersonView, PersonWork, Posted, PublicWork
from shared.web.forms import printable
from shared.web.frame import frame
from shared.web.links import link
from shared.web.pages import Pages, page, say, see_other
from shared.work import Actor

pages = Pages()


@dataclasses.dataclass(frozen=True)
class Body:
    """What the browser re-sent on its way: fields, names of files, the form's token."""

    fields: list[tuple[str, str]]
    files: list[str]
    token: str | None


async def _body(request: Request) -> Body:
    if request.method != "POST":
        return Body([], [], None)
    async with request.form(max_files=20, max_fields=2000, max_part_size=1024 * 1024) as form:
        given = form.get(csrf.FIELD)
        return Body(_fields(form), _files(form), given if isinstance(given, str) else None)


def _fields(form: FormData) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name != csrf.FIELD and printable(name + value)
    ]


def _files(form: FormData) -> list[str]:
    names = (value.filename for _name, value in form.multi_items() if isinstance(value, UploadFile))
    return [name[:200] for name in names if name and printable(name)]


@pages.api_route("/renew", methods=["GET", "POST"], name="account.renew")
def renew(
    request: Request,
    work: PublicWork,
    body: Annotated[Body, Depends(_body)],
    next: str = "",  # noqa: A002 - the name in the address
    org: str = "",
) -> Response:
    """Give a fresh token and send the browser back with what it carries (307).

    `org` is an organisation whose newest version the next page waits for.
    When the session itself is over, what was posted is kept and the browser is sent to sign in.
    """
    work.require("account.renew")
    place = rules.place(next, link("home.index"))
    organisation = as_id(org)
    version = told_version(work, organisation)
    waited_for = {organisation: version} if version else {}
    token = sessions.renew(work, browser.session_secret(), waited_for)
    if token is not None:
        response: Response = RedirectResponse(place, 307)
        browser.keep_token(response, token)
        return response
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
    sessions.forget_parked(work, as_id(posted.get("parked")), browser.flow())
    return see_other("home.index", saying=_("It was thrown away."))


def as_id(text: str) -> UUID:
    """Return a posted id; what is none is the id of nothing."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
