"""What kind of trouble a database is in, told from what its driver raised."""

import random
import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

T = TypeVar("T")
TIMES = 4
"""How often one transaction is tried, at most."""
PAUSE = 0.02
"""Seconds, doubled each time; chance keeps two that met from meeting again."""


class Trouble(StrEnum):
    """Why a transaction ended that was not at fault itself."""

    CONFLICT = "conflict"
    """It met another one and was undone; done again, it most likely succeeds."""
    BUSY = "busy"
    """It waited too long: for a connection, for a row, or for its own result."""
    AWAY = "away"
    """The server cannot be reached, is starting or stopping, or takes nothing more."""


CONFLICTS = frozenset({"40001", "40P01"})
WAITED = frozenset({"55P03", "57014", "25P03", "53300"})
"""Lock, statement and idle time-out; too many connections."""
STOPPING = ("08", "57P", "53", "58", "25006")
"""Connection, intervention of an operator, resources, the system's own errors, read-only."""
LITE_WAITED = ("SQLITE_BUSY", "SQLITE_LOCKED")
LITE_AWAY = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


def trouble(error: BaseException | None) -> Trouble | None:
    """Return the trouble that an error tells of, itself or as a cause; None for a fault of ours."""
    while error is not None:
        if found := _one(error):
            return found
        error = error.__cause__
    return None


def pause(tried: int) -> float:
    """Return for how many seconds to wait after so many tries."""
    return random.uniform(0, PAUSE * 2**tried)  # noqa: S311 - a pause, no secret


def persistently(transaction: Callable[[], T]) -> T:
    """Do a whole transaction, again when others were in its way: for what nobody waits for."""
    for tried in range(1, TIMES):
        try:
            return transaction()
        except (DBAPIError, PoolIsEmpty) as error:
            if trouble(error) not in (Trouble.CONFLICT, Trouble.BUSY):
                raise
        time.sleep(pause(tried))
    return transaction()


def _one(error: BaseException) -> Trouble | None:
    if isinstance(error, PoolIsEmpty):
        return Trouble.BUSY
    if not isinstance(error, DBAPIError):
        return None
    state = str(getattr(error.orig, "sqlstate", None) or "")
    lite = str(getattr(error.orig, "sqlite_errorname", None) or "")
    if state in CONFLICTS:
        return Trouble.CONFLICT
    if state in WAITED or lite.startswith(LITE_WAITED):
        return Trouble.BUSY
    stopping = state.startswith(STOPPING) or lite.startswith(LITE_AWAY)
    return Trouble.AWAY if stopping or _is_lost(error, state or lite) else None


def _is_lost(error: DBAPIError, code: str) -> bool:
    """Say whether the connection broke, of which the server can say nothing."""
    silent = isinstance(error, OperationalError | InterfaceError) and not code
    return error.connection_invalidated or silent
