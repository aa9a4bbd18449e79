"""What is kept in the browser: never for scripts, never for other sites, over TLS for this host."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message

from shared.web.frame import frame


def keep(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Have the browser keep a cookie, for as long as it runs when no seconds are given."""
    here = frame()
    response.set_cookie(
        here.cookie_name(name),
        value,
        max_age=seconds,
        path="/",
        secure=here.secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, name: str) -> None:
    """Have the browser forget a cookie."""
    here = frame()
    response.delete_cookie(
        here.cookie_name(name), path="/", secure=here.secure, httponly=True, samesite="lax"
    )


def sets_one(start: Message) -> bool:
    """Say whether an answer, by its first message, sets or drops a cookie."""
    return "set-cookie" in Headers(raw=start["headers"])
