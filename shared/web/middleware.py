"""What goes round every request: its frame and language, limits, headers."""

import time
from collections.abc import Callable
from urllib.parse import unquote

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import i18n
from shared.errors import TooLarge
from shared.i18n import LANGUAGES
from shared.web.csrf import SAFE
from shared.web.frame import Frame, enter, leave
from shared.web.pages import SAYING
from shared.web.site import WITHOUT_LANGUAGE

LANGUAGE_COOKIE = "roundtable_language"
BODY_BYTES = 24 * 1024 * 1024
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Framed:
    """Make the frame of each request and move its language from the path into `root_path`."""

    def __init__(self, app: ASGIApp, broken: Callable[[Scope, Exception], Response]) -> None:
        self.app = app
        self.broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        here = Frame(scope)
        if not _place(scope, here):
            target = f"/{preferred(here)}{scope['path']}{here.query}"
            status = 302 if scope["method"] in SAFE else 307
            await RedirectResponse(target, status)(scope, receive, _finished(send, here))
            return
        if here.cookie(SAYING):
            here.saying = unquote(here.cookie(SAYING) or "")[:500]
        token = enter(here)
        answering = _Answering(_finished(send, here))
        with i18n.speaking(here.language):
            try:
                await self.app(scope, _limited(scope, receive), answering.send)
            except Exception as error:
                response = self.broken(scope, error)
                if answering.started:
                    raise
                await response(scope, receive, answering.send)
            finally:
                leave(token)


class _Answering:
    """Remembers whether the first byte is out: after it, no error page can be sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)


def _place(scope: Scope, here: Frame) -> bool:
    """Find the language of the path; False when a page was asked for without one."""
    path: str = scope["path"]
    if path.startswith(WITHOUT_LANGUAGE):
        here.path = path
        here.language = preferred(here)
        here.chosen_by_url = False
        return True
    code, _, rest = path[1:].partition("/")
    if code not in LANGUAGES:
        here.chosen_by_url = False
        return False
    here.language, here.path = code, f"/{rest}"
    scope["root_path"] = f"{scope.get('root_path', '')}/{code}"
    if path == f"/{code}":
        scope["path"] = f"/{code}/"
    return True


def preferred(here: Frame) -> str:
    """Return the reader's language: the cookie's, else the browser's first that we have."""
    saved = here.cookie(LANGUAGE_COOKIE)
    if saved in LANGUAGES:
        return str(saved)
    wanted = []
    for part in here.headers.get("accept-language", "").split(","):
        code, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((float(quality or 1), code.strip().lower()[:2]))
        except ValueError:
            continue
    wanted.sort(key=lambda pair: -pair[0])
    return next((code for _, code in wanted if code in LANGUAGES), i18n.DEFAULT)


def _limited(scope: Scope, receive: Receive) -> Receive:
    if int(dict(scope["headers"]).get(b"content-length", b"0") or 0) > BODY_BYTES:
        taken = BODY_BYTES + 1
    else:
        taken = 0

    async def counted() -> Message:
        nonlocal taken
        if taken > BODY_BYTES:
            raise TooLarge
        message = await receive()
        taken += len(message.get("body", b""))
        return message

    return counted


def _finished(send: Send, here: Frame) -> Send:
    started = time.perf_counter()

    async def finished(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if here.secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            if not here.path.startswith("/static"):
                headers.setdefault("Cache-Control", "no-store")
            headers.setdefault("Vary", "Cookie, Accept-Language")
            milliseconds = (time.perf_counter() - started) * 1000
            headers.setdefault("Server-Timing", f"app;dur={milliseconds:.1f}")
            if here.chosen_by_url and here.cookie(LANGUAGE_COOKIE) != here.language:
                headers.append(
                    "set-cookie",
                    f"{LANGUAGE_COOKIE}={here.language}; Path=/; Max-Age=31536000; SameSite=lax",
                )
        await send(message)

    return finished
