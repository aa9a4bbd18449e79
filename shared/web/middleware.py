"""What goes round every request: its frame and language, limits, headers."""

import time
from collections.abc import Callable
from urllib.parse import unquote

import anyio
import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import i18n, logs, trace
from shared.crowd import CROWD
from shared.errors import Problem, TooLarge, TooSlow
from shared.i18n import LANGUAGES
from shared.web import again
from shared.web.csrf import SAFE
from shared.web.frame import Frame, enter, frame, leave
from shared.web.gate import Gate
from shared.web.pages import SAYING
from shared.web.site import WITHOUT_LANGUAGE
from shared.web.tally import TALLY, Kind

log = structlog.get_logger()

METHODS = ("GET", "HEAD", "POST")
"""What pages are asked with; whatever else is said is counted as one."""
LANGUAGE_COOKIE = "roundtable_language"
BODY_BYTES = 24 * 1024 * 1024
PATIENCE = 30.0
"""Seconds for which a body may stand still, and those that it has before it is measured."""
SLOWEST = 1000.0
"""Bytes a second below which a body is not waited for: a bad line on a phone brings more."""
HEADERS = (
    (
        b"content-security-policy",
        (
            b"default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
            b"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""Lines of every answer that does not say them otherwise."""
HSTS = (b"strict-transport-security", b"max-age=31536000")
NO_STORE = (b"cache-control", b"no-store")


class Framed:
    """Make the frame of each request and move its language from the path into `root_path`."""

    def __init__(
        self,
        app: ASGIApp,
        broken: Callable[[Scope, Exception], Response],
        gate: Gate,
    ) -> None:
        self.app = app
        self.broken = broken
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            elsewhere = self.gate.settle(scope)
        except Problem as problem:
            here = Frame(scope)
            _place(scope, here)
            await self._answer(_refusing(problem), scope, receive, send, here)
            return
        here = Frame(scope, chosen_by_url=elsewhere is None)
        if elsewhere is None and not _place(scope, here):
            elsewhere = f"/{preferred(here)}{scope['path']}{here.query}"
        if elsewhere is not None:
            status = 302 if scope["method"] in SAFE else 307
            await RedirectResponse(elsewhere, status)(scope, receive, _finished(send, here))
            return
        if here.cookie(SAYING):
            here.saying = unquote(here.cookie(SAYING) or "")[:500]
        with CROWD.inside():
            await self._answer(self.app, scope, receive, send, here)

    async def _answer(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, here: Frame
    ) -> None:
        token = enter(here)
        answering = _Answering(_finished(send, here))
        followed = trace.following(here.headers.get(trace.HEADER), service=logs.PORTAL)
        with followed, i18n.speaking(here.language):
            try:
                await again.answer(app, scope, _limited(scope, receive), answering)
            except Exception as error:
                response = self.broken(scope, error)
                if answering.started:
                    raise
                await response(scope, receive, answering.send)
            finally:
                answering.note(scope)
                leave(token)


class _Answering:
    """Remembers whether the first byte is out: after it, no error page can be sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._began = time.perf_counter()
        self.status = 0

    @property
    def started(self) -> bool:
        return self.status > 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    def note(self, scope: Scope) -> None:
        """Write the log line of the request: its act, for paths hold secrets and names."""
        act, took = act_of(scope), time.perf_counter() - self._began
        service = getattr(frame().service, "name", logs.PORTAL)
        method = scope["method"] if scope["method"] in METHODS else "other"
        TALLY.count(Kind(service, act or "none", method, f"{self.status // 100}xx"), took)
        if not act and self.status < 400:  # noqa: PLR2004 - a file that was there
            return
        ms = round(took * 1000, 1)
        log.info("request", act=act, method=scope["method"], status=self.status, ms=ms)


def act_of(scope: Scope) -> str:
    """Return the name of the route that a request was for, empty when there is none."""
    return str(getattr(scope.get("route"), "name", "") or "")


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


def _refusing(problem: Problem) -> ASGIApp:
    async def refuse(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise problem

    return refuse


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return what reads a body, which may be neither too large nor too slow in coming."""
    began, taken, complete = time.monotonic(), 0, False
    if int(dict(scope["headers"]).get(b"content-length", b"0") or 0) > BODY_BYTES:
        taken = BODY_BYTES + 1

    async def counted() -> Message:
        nonlocal taken, complete
        if taken > BODY_BYTES:
            raise TooLarge
        if complete:
            return await receive()
        late = began + PATIENCE + taken / SLOWEST - time.monotonic()
        try:
            with anyio.fail_after(max(0.0, min(late, PATIENCE))):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        taken += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        return message

    return counted


def _finished(send: Send, here: Frame) -> Send:
    started = time.perf_counter()

    async def finished(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            said = {name for name, _ in headers.raw}
            headers.raw.extend(line for line in HEADERS if line[0] not in said)
            if here.secure and HSTS[0] not in said:
                headers.raw.append(HSTS)
            if NO_STORE[0] not in said and not here.path.startswith("/static"):
                headers.raw.append(NO_STORE)
            headers.add_vary_header("Cookie, Accept-Language")
            milliseconds = (time.perf_counter() - started) * 1000
            headers.raw.append((b"server-timing", f"app;dur={milliseconds:.1f}".encode()))
            if here.chosen_by_url and here.cookie(LANGUAGE_COOKIE) != here.language:
                headers.append("set-cookie", _language_cookie(here))
        await send(message)

    return finished


def _language_cookie(here: Frame) -> str:
    name, secure = here.cookie_name(LANGUAGE_COOKIE), "; Secure" if here.secure else ""
    kept = f"Path=/; Max-Age=31536000; HttpOnly; SameSite=lax{secure}"
    return f"{name}={here.language}; {kept}"
