"""One id that leads from a request through its events to the mail (W3C Trace Context, level 1).

It is taken over from whoever asks, or made; it stands in outbox rows, in the headers of events, in
due rows and mail rows, and as `trace` in every log line written meanwhile.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

HEADER = "traceparent"
FORM = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
    r"(?P<more>-.*)?"
)
"""A later version may say more after a dash; version 00 says no more, and ff is none."""

_present: ContextVar[str | None] = ContextVar(HEADER, default=None)


def present() -> str | None:
    """Return the traceparent to hand on, None where nothing is followed."""
    return _present.get()


@contextmanager
def following(handed: str | None, **also: str) -> Iterator[None]:
    """Go on with a trace that was handed to us, with a step of our own, or begin one.

    Log lines written meanwhile say `also` these things.
    """
    trace, flags = _read(handed) or (secrets.token_hex(16), "00")
    span = secrets.token_hex(8)
    token = _present.set(f"00-{trace}-{span}-{flags}")
    try:
        with structlog.contextvars.bound_contextvars(trace=trace, span=span, **also):
            yield
    finally:
        _present.reset(token)


def _read(handed: str | None) -> tuple[str, str] | None:
    found = FORM.fullmatch(handed or "")
    if found is None or found["version"] == "ff" or (found["more"] and found["version"] == "00"):
        return None
    if not int(found["trace"], 16) or not int(found["span"], 16):
        return None
    return found["trace"], found["flags"]
