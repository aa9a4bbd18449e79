"""What is known of the request that is being answered: one object, filled as it goes through."""

import dataclasses
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import structlog
from starlette.datastructures import Headers
from starlette.types import Scope

from shared.security.permissions import NOBODY, Actor
from shared.work import View

WAITED = "roundtable_waited"
"""Cookie that /renew sets: organisations that the next page waits for. That page deletes it."""


@dataclass
class Frame:
    """One request: its path without language, its reader, and the view that answers it.

    `recognised` says that it was asked who the reader is, `for_everybody` that the answer is the
    same for all who are not signed in.
    """

    scope: Scope
    language: str = "en"
    path: str = "/"
    actor: Actor = NOBODY
    recognised: bool = False
    service: Any = None
    view: View | None = None
    given_up: bool = False
    for_everybody: bool = False
    saying: str = ""
    chosen_by_url: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def headers(self) -> Headers:
        """The request's headers."""
        return Headers(scope=self.scope)

    @property
    def query(self) -> str:
        """The raw query string with its question mark, or nothing."""
        raw = self.scope.get("query_string", b"").decode("latin-1")
        return f"?{raw}" if raw else ""

    @property
    def by_script(self) -> bool:
        """Say whether a script of ours asks, which wants a sentence in place of a page."""
        return self.headers.get("accept", "").startswith("application/json")

    @property
    def secure(self) -> bool:
        """Say whether the reader came over TLS."""
        return bool(self.scope.get("scheme") == "https")

    @property
    def waited_for(self) -> frozenset[UUID]:
        """Organisations whose newest version registry has just had this page wait for."""
        return frozenset(_ids(self.cookie(WAITED) or ""))

    def cookie_name(self, name: str) -> str:
        """Return how a cookie is called here: over TLS by a name that only this host can set."""
        return f"__Host-{name}" if self.secure else name

    def answered_by(self, service: Any) -> None:
        """Note which service answers: its room is asked, log lines name it."""
        self.service = service
        structlog.contextvars.bind_contextvars(service=service.name)

    def forget(self) -> None:
        """Forget what answering found out, because the request is answered again."""
        self.actor, self.recognised = NOBODY, False
        self.service, self.view = None, None
        self.given_up = self.for_everybody = False
        self.extra.clear()

    def cookie(self, name: str) -> str | None:
        """Return a cookie's value."""
        return self._cookies.get(self.cookie_name(name))

    @cached_property
    def _cookies(self) -> dict[str, str]:
        return _cookies(self.headers.get("cookie", ""))


_frame: ContextVar[Frame] = ContextVar("frame")


def frame() -> Frame:
    """Return the frame of the request that is being answered. Raises LookupError outside one."""
    return _frame.get()


def enter(new: Frame) -> Any:
    """Make a frame the present one; returns the token for `leave`."""
    return _frame.set(new)


def leave(token: Any) -> None:
    """Forget the frame."""
    _frame.reset(token)


def blank_frame(**given: Any) -> Frame:
    """Return a frame outside any request: error pages drawn early, galleries, tests."""
    return dataclasses.replace(
        Frame(scope={"type": "http", "headers": [], "query_string": b"", "scheme": "http"}), **given
    )


def _ids(text: str) -> Iterator[UUID]:
    for part in text.split("."):
        try:
            yield UUID(part)
        except ValueError:
            continue


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value.strip('"') for name, mark, value in pairs if mark}
