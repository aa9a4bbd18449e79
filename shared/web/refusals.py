"""Every error as a page that says what happened and what to do next: the one map to HTTP."""

from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from shared.database.trouble import Trouble, trouble
from shared.errors import Away, Busy, Gone, NotFound, Problem, SignInNeeded, TooLarge
from shared.i18n import N_, _, translate
from shared.web.csrf import SAFE
from shared.web.edge import Renew, recognise
from shared.web.forms import WrongForm
from shared.web.frame import frame
from shared.web.links import link
from shared.web.middleware import act_of
from shared.web.pages import page, tell

log = structlog.get_logger()

TITLES = {
    400: N_("We could not read this"),
    403: N_("You cannot do this"),
    404: N_("Page not found"),
    405: N_("Page not found"),
    409: N_("Somebody was faster"),
    408: N_("Too slow"),
    410: N_("This link no longer works"),
    413: N_("Too large"),
    414: N_("Page not found"),
    421: N_("Wrong address"),
    422: N_("This cannot be done yet"),
    429: N_("Too many attempts"),
    431: N_("Too large"),
    500: N_("Something broke on our side"),
    503: N_("Not available just now"),
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
    408: N_("Go back; what you typed is still there."),
    413: N_("Make it smaller, or send it in several parts."),
    414: N_("Check the address, or start again from the list of calls."),
    421: N_("Go there. If you did, write to us: our server is set up wrongly."),
    422: N_("Go back; what you typed is still there."),
    429: N_("Nothing is lost. Wait a little, then go on."),
    500: N_(
        "Nothing was changed. Go back and try again in a minute; if it happens again, write to us."
    ),
    503: N_("Wait a minute, then go back and try again. If it happens again, write to us."),
}
TROUBLES: dict[Trouble, type[Problem]] = {
    Trouble.AWAY: Away,
    Trouble.BUSY: Busy,
    Trouble.CONFLICT: Busy,
}
SECONDS = "10"
"""After which a program may ask again."""


def install(app: FastAPI) -> None:
    """Install the handlers of everything that a handler may raise."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(WrongForm, _wrong_form)
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
    await recognise(frame())
    return refusal(error.status, error.say())


async def _wrong_form(_request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongForm)  # noqa: S101 - registered for WrongForm only
    return page(
        "wrong_form.html",
        status=error.status,
        sentence=error.say(),
        form=error.form,
        typed=error.typed,
    )


async def _renew(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Renew)  # noqa: S101 - registered for Renew only
    return RedirectResponse(error.to, 307)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for HTTPException only
    status = error.status_code
    sentence = {404: NotFound, 405: NotFound, 410: Gone, 413: TooLarge}.get(status, Problem)
    await recognise(frame())
    response = refusal(status, sentence().say())
    if error.headers:
        response.headers.update(error.headers)
    return response


async def _unreadable(_request: Request, _error: Exception) -> Response:
    await recognise(frame())
    return refusal(404, NotFound().say())


def broken(scope: Scope, error: Exception) -> Response:
    """Log what nobody expected and draw the page of it."""
    if isinstance(error, Problem):
        return refusal(error.status, error.say())
    if isinstance(error, OverflowError | DataError):
        # A number in an address that is larger than any database keeps names nothing.
        return refusal(404, NotFound().say())
    if found := trouble(error):
        log.error("request.refused", act=act_of(scope), method=scope["method"], trouble=found)
        problem = TROUBLES[found]
        response = refusal(problem.status, problem().say())
        response.headers["Retry-After"] = SECONDS
        return response
    # The act and not the path, in which secrets of links stand.
    log.error("request.failed", act=act_of(scope), method=scope["method"], exc_info=error)
    return refusal(500, _("The page could not be made."))


def refusal(status: int, sentence: str) -> Response:
    """Draw the page of an error; a script of ours gets the sentence alone."""
    if frame().by_script:
        return tell(status, saying=sentence)
    return page(
        "error.html",
        status=status,
        title=translate(TITLES.get(status, TITLES[422])),
        sentence=sentence,
        advice=translate(ADVICE.get(status, ADVICE[422])),
        code=status,
    )
