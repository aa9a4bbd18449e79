"""Every error as a page that says what happened and what to do next: the one map to HTTP."""

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from shared.errors import Gone, NotFound, Problem, SignInNeeded, TooLarge
from shared.i18n import N_, _, translate
from shared.web.csrf import SAFE
from shared.web.edge import Renew
from shared.web.frame import frame
from shared.web.links import link
from shared.web.pages import page

log = logging.getLogger("roundtable.web")

TITLES = {
    400: N_("We could not read this"),
    403: N_("You cannot do this"),
    404: N_("Page not found"),
    405: N_("Page not found"),
    409: N_("Somebody was faster"),
    410: N_("This link no longer works"),
    413: N_("Too large"),
    422: N_("This cannot be done yet"),
    429: N_("Too many attempts"),
    500: N_("Something broke on our side"),
}
ADVICE = {
    403: N_(
        "If you think you should be able to, "
        "ask an administrator of your organisation or write to us."
    ),
    404: N_("Check the address, or start again from the list of calls."),
    405: N_("Check the address, or start again from the list of calls."),
    409: N_("Go back, reload the page and look at what changed."),
    410: N_("Ask for a new one where you got it."),
    413: N_("Make it smaller, or send it in several parts."),
    422: N_("Go back; what you typed is still there."),
    429: N_("Nothing is lost. Wait a little, then go on."),
    500: N_(
        "Nothing was changed. Go back and try again in a minute; if it happens again, write to us."
    ),
}


def install(app: FastAPI) -> None:
    """Install the handlers of everything that a handler may raise."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Renew, _renew)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for Problem only
    if isinstance(error, SignInNeeded):
        here = frame()
        target = quote(f"/{here.language}{here.path}{here.query}")
        if request.method in SAFE:
            return RedirectResponse(f"{link('account.sign_in')}?next={target}", 303)
        # What was posted goes along: it is kept there until somebody has signed in.
        return RedirectResponse(f"{link('account.renew')}?next={target}", 307)
    return refusal(error.status, error.say())


async def _renew(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Renew)  # noqa: S101 - registered for Renew only
    return RedirectResponse(error.to, 307)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for HTTPException only
    status = 413 if "exceeded" in str(error.detail).lower() else error.status_code
    sentence = {404: NotFound, 405: NotFound, 410: Gone, 413: TooLarge}.get(status, Problem)
    response = refusal(status, sentence().say())
    if error.headers:
        response.headers.update(error.headers)
    return response


async def _unreadable(_request: Request, _error: Exception) -> Response:
    return refusal(404, NotFound().say())


def broken(scope: Scope, error: Exception) -> Response:
    """Log what nobody expected and draw the page of it."""
    if isinstance(error, Problem):
        return refusal(error.status, error.say())
    log.error("request failed: %s %s", scope["method"], scope["path"], exc_info=error)
    return refusal(500, _("The page could not be made."))


def refusal(status: int, sentence: str) -> Response:
    """Draw the page of an error."""
    return page(
        "error.html",
        status=status,
        title=translate(TITLES.get(status, TITLES[422])),
        sentence=sentence,
        advice=translate(ADVICE.get(status, ADVICE[422])),
        code=status,
    )
