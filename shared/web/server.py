"""The server behind every web process: uvicorn, with heads that are neither endless nor slow."""

import asyncio
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.web.gate import ADDRESS_BYTES, HEAD_BYTES
from shared.web.middleware import BODY_BYTES

HEAD_SECONDS = 20.0
"""Seconds within which a request has said what it wants."""
HEAD = HEAD_BYTES + ADDRESS_BYTES
WHOLE = HEAD + 2 * BODY_BYTES
"""Bytes of a request with its marks of chunks; what a body may hold is counted by the frame."""
NOTHING_MORE = b"content-length: 0\r\nconnection: close\r\n\r\n"


def serve(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve an application until the process is told to stop."""
    uvicorn.run(app, host=host, port=port, **OPTIONS)


class Bounded(HttpToolsProtocol):
    """uvicorn waits for the end of a head for ever, and keeps whatever comes: this does not."""

    _taken = 0
    _in_head = True
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first head its time."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to one request, and end what grows without end."""
        self._taken += len(data)
        super().data_received(data)
        if self._taken > (HEAD if self._in_head else WHOLE) and not self.transport.is_closing():
            self.transport.write(STATUS_LINE[431] + NOTHING_MORE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Give the head of a request its time."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Stop waiting: the head is there."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Count anew: what comes next is another request."""
        self._taken = 0
        super().on_message_complete()

    def _expect_head(self) -> None:
        self._in_head = True
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


OPTIONS: Final[dict[str, Any]] = {
    "http": Bounded,
    "ws": "none",
    "log_level": "warning",
    # Its lines take the form of ours.
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": 10,
}
"""Which proxies are believed, the gate decides."""
