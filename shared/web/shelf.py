"""Public pages drawn once a second: what everybody gets alike is kept for whoever asks next.

When a call is announced, thousands open the same page within minutes. A page that is kept costs no
thread, no statement and no drawing. It is kept for nobody who is signed in or to whom something is
said once, until the portal's clock shows another second, and never beyond a commit of this process.
"""

import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.security.tokens import COOKIE
from shared.web import cookies
from shared.web.frame import WAITED, Frame, frame

F = TypeVar("F", bound=Callable[..., Any])
MOST = 64
"""Pages kept at one time; a second's worth is less, unless somebody walks the whole portal."""
SECOND = 1.0
SMALLEST = 1000
"""Bytes below which compressing does not pay."""
LEVEL = 6
"""How hard it is tried: beyond, a page becomes hardly smaller and takes longer."""
MARK = "_for_everybody"

HEAD_AND_BODY = 2

Key = tuple[str, bytes, str, bool, bool]
Moment = tuple[datetime, int]


def for_everybody(endpoint: F) -> F:
    """Mark a route whose page is the same for all who are not signed in."""
    setattr(endpoint, MARK, True)
    return endpoint


def is_for_everybody(endpoint: Callable[..., Any]) -> bool:
    """Say whether a route was marked so."""
    return bool(getattr(endpoint, MARK, False))


@dataclass(frozen=True)
class Kept:
    """A page as it was sent, and what the request's log line says of it."""

    drawn: Moment
    until: float
    start: Message
    body: bytes
    route: Any
    service: Any

    @cached_property
    def squeezed(self) -> bytes:
        """The body compressed, once for all."""
        return gzip.compress(self.body, LEVEL) if len(self.body) >= SMALLEST else b""

    async def give(self, scope: Scope, here: Frame, send: Send) -> None:
        """Send it."""
        scope["route"] = self.route
        here.answered_by(self.service)
        wants = "gzip" in here.headers.get("accept-encoding", "") and self.squeezed
        body = self.squeezed if wants else self.body
        headers = [pair for pair in self.start["headers"] if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        if wants:
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
        await send({**self.start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Shelf:
    """Pages kept for a moment, by what they were asked with."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[Key, Kept] = {}
        self._cleared = 0
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget everything, because something was committed."""
        with self._lock:
            self._cleared += 1
            self._kept.clear()

    def moment(self) -> Moment:
        """Return when a page begins to be drawn: the portal's second, and after which commit."""
        return self._now().replace(microsecond=0), self._cleared

    def find(self, key: Key) -> Kept | None:
        """Return a page that is still good."""
        kept = self._kept.get(key)
        fresh = kept is not None and time.monotonic() < kept.until and kept.drawn == self.moment()
        return kept if fresh else None

    def put(self, key: Key, page: Kept) -> None:
        """Keep a page."""
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = page


class Shelved:
    """Gives what is kept, and keeps what routes marked `for_everybody` answer."""

    def __init__(self, app: ASGIApp, shelf: Shelf) -> None:
        self.app = app
        self.shelf = shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _is_anybody(frame()):
            await self.app(scope, receive, send)
            return
        here = frame()
        key = _key(scope, here)
        kept = self.shelf.find(key)
        if kept is not None:
            await kept.give(scope, here, send)
            return
        drawn, sent = self.shelf.moment(), list[Message]()

        async def overheard(message: Message) -> None:
            sent.append(dict(message))  # what stands further out adds to the one that goes on
            await send(message)

        await self.app(scope, receive, overheard)
        if here.for_everybody and len(sent) == HEAD_AND_BODY and _is_plain(sent[0]):
            body: bytes = sent[1].get("body", b"")
            until = time.monotonic() + SECOND
            page = Kept(drawn, until, sent[0], body, scope.get("route"), here.service)
            self.shelf.put(key, page)


def _is_anybody(here: Frame) -> bool:
    cookie = here.headers.get("cookie", "")
    return COOKIE not in cookie and WAITED not in cookie and not here.saying


def _key(scope: Scope, here: Frame) -> Key:
    query: bytes = scope.get("query_string", b"")
    return scope["path"], query, here.language, here.by_script, here.secure


def _is_plain(start: Message) -> bool:
    return start["status"] == 200 and not cookies.sets_one(start)  # noqa: PLR2004
