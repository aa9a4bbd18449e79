"""How a process is: whether it lives, whether it can serve, and what is degraded.

Answered before anything else looks at the request, and without the log: while that is away a
service goes on taking what people write.
"""

from collections.abc import Sequence
from dataclasses import asdict

from anyio import move_on_after, to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.database import migrate
from shared.operations.queries import State, measured
from shared.operations.rules import CARE, Care, Finding
from shared.operations.sayings import SAYINGS
from shared.work import Room

PREFIX = "/health/"
PATIENCE = 3.0
"""Seconds that a database has to answer before a service counts as not ready."""


class Probes:
    """Answers `/health/live`, `/health/ready`, `/health/<service>`; hands everything else on."""

    def __init__(self, app: ASGIApp, rooms: Sequence[Room]) -> None:
        self.app = app
        self.rooms = rooms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        await (await self._answer(scope["path"].removeprefix(PREFIX)))(scope, receive, send)

    async def _answer(self, what: str) -> JSONResponse:
        if what == "live":
            return _told(200, status="live")
        if what == "ready":
            why = await self._unready()
            return _told(503, status="not ready", why=why) if why else _told(200, status="ready")
        for room in self.rooms:
            if room.name == what:
                return await _how_it_is(room)
        return _told(404, status="unknown")

    async def _unready(self) -> list[str]:
        found: list[str] = []
        for room in self.rooms:
            said = f"the database of {room.name} does not answer"
            with move_on_after(PATIENCE):
                said = await to_thread.run_sync(unready, room, abandon_on_cancel=True)
            if said:
                found.append(said)
        return found


async def _how_it_is(room: Room) -> JSONResponse:
    state: State | None = None
    with move_on_after(PATIENCE):
        state = await to_thread.run_sync(_look, room, abandon_on_cancel=True)
    if state is None:
        return _told(503, service=room.name, status="down", log_away=None, findings=[])
    found = {part: one for part, one in state.findings.items() if CARE[one] is not Care.WELL}
    return _told(
        200,
        service=room.name,
        status="degraded" if found else "ok",
        log_away=state.lag is not None and bool(state.lag.error),
        findings=[_spelled(part, one) for part, one in found.items()],
    )


def _spelled(part: str, finding: Finding) -> dict[str, str]:
    said = SAYINGS[finding]
    return {"part": part, "finding": finding, "care": CARE[finding], **asdict(said)}


def _look(room: Room) -> State | None:
    try:
        with room.view() as view:
            return measured(view)
    except SQLAlchemyError:
        return None


def unready(room: Room) -> str:
    """Return why a service cannot serve, or nothing.

    A database ahead of the code is no reason: during an upgrade old processes serve on.
    """
    present = migrate.present(room.database.url.render_as_string(hide_password=False))
    if present is None:
        return f"the database of {room.name} does not answer or is empty"
    if present < (migrate.newest(room.name) or ""):
        return f"the database of {room.name} is at {present}: run `roundtable migrate`"
    return ""


def _told(code: int, **told: object) -> JSONResponse:
    return JSONResponse(told, status_code=code, headers={"Cache-Control": "no-store"})
