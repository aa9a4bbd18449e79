"""What a log line may say: where something failed and of which kind, not with whose data.

Two nets. Of an exception only the first line is kept (databases say in the next ones which value
they mean), without what it quotes. In whatever text remains, addresses and long secrets are masked.
"""

import re
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import structlog

MASK = "…"
DEEPEST = 30
"""Frames of a traceback that are kept, the innermost ones."""
LONGEST = 300
ADDRESS = re.compile(r"[^\s@<>'\"(){}\[\],;:=]+@[^\s@<>'\"(){}\[\],;:]+\.[^\s@<>'\"(){}\[\],;:]+")
PASSWORD = re.compile(r"(?<=://)[^\s/@]+@")
"""What stands before the host of an address of a database, a broker or a mail server."""
SECRET = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]+)+|(?<![\w-])(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-]))"
    r"(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{24,}(?:\.[A-Za-z0-9_-]+)*"
)
"""A token, or a long word of letters and digits that is no id: a secret, a key, a hash."""
QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|«[^»]*»|“[^”]*”")
DIGITS = re.compile(r"\d{5,}")
IDS = frozenset({"time", "level", "trace", "span"})
"""Keys whose values are ours and look like secrets."""


def failure(_logger: Any, _method: str, line: structlog.typing.EventDict) -> dict[str, Any]:
    """Replace an exception by what may be said of it: kinds, places, and what is no value."""
    found = line.pop("exc_info", None)
    line.pop("stack_info", None)
    error = _error(found)
    if error is not None:
        line["exception"] = "\n".join(_said(error, set()))
    return dict(line)


def masked(_logger: Any, _method: str, line: structlog.typing.EventDict) -> dict[str, Any]:
    """Mask addresses and secrets in every text of a line."""
    return {key: value if key in IDS else mask(value) for key, value in line.items()}


def mask(value: Any) -> Any:
    """Return a value without addresses and secrets, also within lists and objects."""
    if isinstance(value, str):
        return SECRET.sub(MASK, ADDRESS.sub(MASK, PASSWORD.sub(f"{MASK}@", value)))
    if isinstance(value, dict):
        return {str(key): mask(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(one) for one in value]
    if value is None or isinstance(value, int | float):
        return value
    return mask(str(value))


def message(error: BaseException) -> str:
    """Return what an exception says, without what it quotes: names of things, not their values."""
    try:
        first = next(iter(str(error).splitlines()), "")
    except Exception:  # noqa: BLE001 - an exception that cannot be printed is still to be named
        return MASK
    return DIGITS.sub(MASK, QUOTED.sub(MASK, first))[:LONGEST]


def _error(found: Any) -> BaseException | None:
    if found is True:
        return sys.exc_info()[1]
    if isinstance(found, tuple):
        return found[1] if len(found) > 1 and isinstance(found[1], BaseException) else None
    return found if isinstance(found, BaseException) else None


def _said(error: BaseException, seen: set[int]) -> Iterator[str]:
    """Yield the lines of an exception, after those of what it came from."""
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _said(before, seen)
        yield "which led to"
    yield from _places(error.__traceback__)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    yield f"{name}: {message(error)}".rstrip(": ")
    for one in getattr(error, "exceptions", ()):
        if isinstance(one, BaseException) and id(one) not in seen:
            yield "among them"
            yield from _said(one, seen)


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "?")
        places.append(f"  {module}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return places[-DEEPEST:]
