"""What registry keeps in the browser: the token, the session's secret, the flow of a sign-in."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from services.registry.accounts import rules
from services.registry.accounts.actions import sessions
from services.registry.accounts.actions.sessions import Opened
from shared.security import tokens
from shared.web import cookies
from shared.web.frame import WAITED, frame
from shared.work import Work

FLOW: Final = "roundtable_sign_in"
ERRAND: Final = "roundtable_provider"
KEPT_SECONDS: Final = int(rules.SESSION_IDLE.total_seconds())
FLOW_SECONDS: Final = int(rules.PARKED_LIFE.total_seconds())
ERRAND_SECONDS: Final = int(rules.ERRAND_LIFE.total_seconds())
WAITED_SECONDS: Final = 60


def flow() -> str | None:
    """Return the secret of the sign-in that this browser has begun."""
    return frame().cookie(FLOW)


def errand() -> str | None:
    """Return the secret with which this browser was sent to the provider."""
    return frame().cookie(ERRAND)


def session_secret() -> str | None:
    """Return the secret with which this browser renews its token."""
    return frame().cookie(tokens.SESSION_COOKIE)


def agent(request: Request) -> str:
    """Return what the browser says of itself."""
    return request.headers.get("user-agent", "")[:400]


def caller(request: Request) -> str:
    """Return the network address that asks; the server has settled which proxies to believe."""
    return request.client.host if request.client is not None else ""


def remember(response: Response, opened: Opened) -> None:
    """Sign the browser in."""
    cookies.keep(response, tokens.SESSION_COOKIE, opened.secret, KEPT_SECONDS)
    keep_token(response, opened.token)


def keep_token(response: Response, token: str) -> None:
    """Keep a token longer than it is good for: an expired one tells of a session to renew."""
    cookies.keep(response, tokens.COOKIE, token, KEPT_SECONDS)


def refresh(
    work: Work, response: Response, organisations: Mapping[UUID, int] | None = None
) -> None:
    """Give a token of the person's newest version, after a change to their own record.

    The other services then wait for that version, and for those of the organisations that are
    named, instead of showing what was before.
    """
    token = sessions.renew(work, session_secret(), organisations)
    if token is not None:
        keep_token(response, token)


def keep_flow(response: Response, secret: str) -> None:
    """Remember that this browser asked for a code, or parked a body."""
    cookies.keep(response, FLOW, secret, FLOW_SECONDS)


def keep_errand(response: Response, secret: str) -> None:
    """Remember that this browser was sent to the provider."""
    cookies.keep(response, ERRAND, secret, ERRAND_SECONDS)


def end_errand(response: Response) -> None:
    """Forget that this browser was sent to the provider."""
    cookies.drop(response, ERRAND)


def keep_waited(response: Response, organisations: Collection[UUID]) -> None:
    """Say for the next page which organisations it has waited for: it decides as it knows then."""
    if organisations:
        waited = ".".join(sorted(one.hex for one in organisations))
        cookies.keep(response, WAITED, waited, WAITED_SECONDS)


def forget(response: Response) -> None:
    """Sign the browser out."""
    for name in (tokens.COOKIE, tokens.SESSION_COOKIE):
        cookies.drop(response, name)
