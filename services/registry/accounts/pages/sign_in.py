"""Signing in by mail, the first page of a new person, signing out, the keys for outsiders."""

from typing import Annotated, Any

from fastapi import Request
from pydantic import Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.registry.accounts import queries, rules
from services.registry.accounts.actions import people, sessions, sign_in
from services.registry.accounts.pages import arriving, browser, choices
from services.registry.accounts.pages.details import Details, details_form
from services.registry.errors import WrongAddress, WrongCode
from shared.errors import Gone
from shared.i18n import _
from shared.web.edge import PersonView, PersonWork, Posted, Pressed, PublicView, PublicWork
from shared.web.forms import Form, Guarded, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()
KEYS_SECONDS = 300


class SignInForm(Guarded):
    """Who wants to sign in, and where they go on to."""

    email: Annotated[str, Field(min_length=1, max_length=254)]
    next: Annotated[str, Field(max_length=rules.LONGEST_PLACE)] = ""


class CodeForm(Form):
    """Six digits as they were typed or pasted, with whatever stands between them."""

    code: Annotated[str, Field(min_length=1, max_length=60)]


class WelcomeForm(Details):
    """What a new person is asked for."""

    next: Annotated[str, Field(max_length=rules.LONGEST_PLACE)] = ""


@pages.get("/sign-in", name="account.sign_in")
def ask(view: PublicView, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """Ask for an address."""
    view.require("account.sign_in")
    if view.actor.signed_in:
        return RedirectResponse(rules.place(next, link("home.index")), 303)
    form = blank(SignInForm, {"next": rules.place(next, "")})
    return _sign_in_page(view, form)


@pages.post("/sign-in", name="account.sign_in")
def begin(request: Request, work: PublicWork, posted: Posted) -> Response:
    """Send a code; the answer is the same for every address."""
    work.require("account.sign_in")
    form = posted.read(SignInForm)
    if form.value is not None:
        typed, place = form.value.email, form.value.next
        with form.refusing("email", WrongAddress):
            flow = sign_in.begin(
                work,
                typed,
                next_place=place,
                flow=browser.flow(),
                caller=browser.caller(request),
                silent=form.value.is_of_a_machine(work.system_now),
            )
    if form.value is None:
        return _sign_in_page(work, form, status=422)
    response = see_other("account.code")
    browser.keep_flow(response, flow)
    return response


@pages.get("/sign-in/code", name="account.code")
def ask_code(view: PublicView) -> Response:
    """Ask for the six digits."""
    view.require("account.code")
    email = queries.flow_address(view, browser.flow())
    if email is None:
        return see_other("account.sign_in")
    return page("registry/accounts/code.html", form=blank(CodeForm), email=email)


@pages.post("/sign-in/code", name="account.code")
def enter_code(request: Request, work: PublicWork, posted: Posted) -> Response:
    """Sign in by the six digits; a wrong attempt is counted."""
    form, flow = posted.read(CodeForm), browser.flow()
    email = queries.flow_address(work, flow)
    if form.value is None:
        work.require("account.code")
        return page("registry/accounts/code.html", status=422, form=form, email=email or "")
    found = sign_in.by_code(work, flow, form.value.code, browser.agent(request))
    if found is not None:
        return arriving.go_on(found)
    form.refuse("code", WrongCode().say())
    return page("registry/accounts/code.html", status=422, keep=True, form=form, email=email or "")


@pages.get("/sign-in/link/{secret}", name="account.link")
def show_link(secret: str, view: PublicView) -> Response:
    """Show one button: scanners of mail follow links, so opening it changes nothing."""
    view.require("account.link")
    try:
        email = queries.link_address(view, secret)
    except Gone:
        return page("registry/accounts/gone.html", status=410)
    return page("registry/accounts/link.html", secret=secret, email=email)


@pages.post("/sign-in/link/{secret}", name="account.link")
def follow_link(secret: str, request: Request, work: PublicWork, _pressed: Pressed) -> Response:
    """Sign in by the link, once."""
    try:
        found = sign_in.by_link(work, secret, browser.agent(request))
    except Gone:
        return page("registry/accounts/gone.html", status=410)
    return arriving.go_on(found)


@pages.get("/sign-in/welcome", name="account.welcome")
def welcome(view: PersonView, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """Ask a new person for name, language and zone."""
    view.require("account.welcome")
    form = details_form(WelcomeForm, queries.me(view), new=True, next=rules.place(next, ""))
    return page(
        "registry/accounts/welcome.html",
        form=form,
        languages_to_choose=choices.languages(),
        zones=choices.zones(view.now, form.get("zone")),
    )


@pages.post("/sign-in/welcome", name="account.welcome")
def introduce(work: PersonWork, posted: Posted) -> Response:
    """Keep what the new person said of themselves, and go on to where they wanted."""
    form = posted.read(WelcomeForm)
    if form.value is None:
        work.require("account.welcome")
        return page(
            "registry/accounts/welcome.html",
            status=422,
            form=form,
            languages_to_choose=choices.languages(),
            zones=choices.zones(work.now, form.get("zone")),
        )
    said = form.value
    people.edit(work, name=said.name, language=said.language, zone=said.zone)
    home = link("home.index", in_language=said.language)
    response = RedirectResponse(rules.place(said.next, home), 303)
    browser.refresh(work, response)
    return response


@pages.post("/sign-out", name="account.sign_out")
def sign_out(work: PublicWork, _pressed: Pressed) -> Response:
    """End the session of this browser."""
    sessions.sign_out(work, browser.session_secret())
    response = see_other("home.index", saying=_("You are signed out."))
    browser.forget(response)
    return response


@pages.get("/.well-known/jwks.json", name="account.keys")
def keys(view: PublicView) -> JSONResponse:
    """Give the public keys to outsiders who verify our tokens."""
    view.require("account.keys")
    return JSONResponse(
        {"keys": list(queries.public_keys(view).values())},
        headers={"Cache-Control": f"public, max-age={KEYS_SECONDS}"},
    )


def _sign_in_page(view: View, form: Any, status: int = 200) -> Response:
    provider = view.settings.provider
    return page("registry/accounts/sign_in.html", status=status, form=form, provider=provider)
