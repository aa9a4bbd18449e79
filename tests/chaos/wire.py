"""A wire between two processes that can be cut, slowed and taken away: a small TCP proxy."""

import selectors
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

PIECE = 65_536
RESET = struct.pack("ii", 1, 0)
"""Linger for no time: the other side sees a connection that was reset, not one that was ended."""


@dataclass(eq=False)
class Pair:
    """A connection of a client, and ours to the server on its behalf."""

    client: socket.socket
    server: socket.socket

    def reset(self) -> None:
        """End both sides as a failing network does."""
        for one in (self.client, self.server):
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with suppress(OSError):
                # A thread may be waiting in `recv`; closing alone would not wake it.
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@dataclass
class Wire:
    """Listens on a port of its own and passes everything on to another of this machine.

    `delay` is how many seconds each piece is held; `away` refuses whoever calls.
    """

    target: int
    delay: float = 0.0
    away: bool = False
    cuts: int = 0
    _pairs: set[Pair] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name=f"wire-{self.target}")]
        self._threads[0].start()

    def cut(self) -> int:
        """Reset every connection; returns how many there were."""
        with self._lock:
            pairs = list(self._pairs)
        for one in pairs:
            one.reset()
        self.cuts += len(pairs)
        return len(pairs)

    def close(self) -> None:
        """End it with everything that goes through it."""
        self._over.set()
        self._threads[0].join()
        self._listener.close()
        self.cut()
        for one in self._threads:
            one.join()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                self._threads[1:] = [one for one in self._threads[1:] if one.is_alive()]
                continue
            try:
                if self.away:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                client.close()
                continue
            pair = Pair(client, server)
            with self._lock:
                self._pairs.add(pair)
            thread = threading.Thread(target=self._pass, args=(pair,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pass(self, pair: Pair) -> None:
        """Pass on both ways in one thread, so that one end closes both sides."""
        with suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            for one, other in ((pair.client, pair.server), (pair.server, pair.client)):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(one, selectors.EVENT_READ, other)
            while not self._over.is_set():
                for key, _ in ready.select(0.5):
                    assert isinstance(key.fileobj, socket.socket)
                    piece = key.fileobj.recv(PIECE)
                    if self.delay:
                        time.sleep(self.delay)
                    if not piece:
                        return self._end(pair)
                    key.data.sendall(piece)
        return self._end(pair)

    def _end(self, pair: Pair) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for one in (pair.client, pair.server):
            one.close()
