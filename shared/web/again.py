"""A request that met another transaction is answered again from the start, with its body kept."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import anyio
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.database.trouble import TIMES, Trouble, pause, trouble
from shared.web.frame import frame

log = structlog.get_logger()


class Answering(Protocol):
    """Where the answer goes, and whether its first byte is out."""

    @property
    def started(self) -> bool:
        """Say whether something was sent."""
        ...

    @property
    def send(self) -> Send:
        """Send a message of the answer."""
        ...


async def answer(app: ASGIApp, scope: Scope, receive: Receive, answering: Answering) -> None:
    """Let the application answer; again when the database undid what it did for another's sake.

    PostgreSQL ends one of two transactions that wait for each other (40P01) or that cannot have
    happened one after the other (40001). Neither has left anything, for the commit comes before the
    first byte of an answer. What fails `TIMES` times is raised.
    """
    fresh, body = dict(scope), _Body(receive)
    for time in range(1, TIMES + 1):
        try:
            await app(scope, body.receive, answering.send)
        except Exception as error:
            again = trouble(error) is Trouble.CONFLICT and time < TIMES and not answering.started
            if not again:
                raise
        else:
            return
        log.info("request.again", method=scope["method"], time=time)
        scope.clear()
        scope.update(fresh)
        frame().forget()
        body.rewind()
        await anyio.sleep(pause(time))


class _Body:
    """Hands on what is received, and the same from the beginning when it is rewound."""

    def __init__(self, receive: Receive) -> None:
        self._receive: Callable[[], Awaitable[Message]] = receive
        self._kept: list[Message] = []
        self._read = 0

    async def receive(self) -> Message:
        if self._read == len(self._kept):
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._kept.append(message)
        self._read += 1
        return self._kept[self._read - 1]

    def rewind(self) -> None:
        self._read = 0
