"""Requests that this process has in hand, and background work that gives way to them.

In the one-process form relay, readers, mail and jobs share the interpreter with the pages. When
more requests wait than are answered at once, each piece of background work waits a moment first:
people see an answer, and a notice comes a little later. It never stands still.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 8
"""Requests in hand beyond which others wait."""
PATIENCE = 1.0
"""Seconds that one piece of background work gives way at most."""


class Crowd:
    """How many requests are in hand. Counted by the event loop alone, watched by any thread."""

    def __init__(self) -> None:
        self.here = 0
        self._room = threading.Event()
        self._room.set()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Count one request for as long as it is answered."""
        self.here += 1
        if self.here == MOST + 1:
            self._room.clear()
        try:
            yield
        finally:
            self.here -= 1
            if self.here == MOST:
                self._room.set()

    def give_way(self) -> None:
        """Wait while there are too many, but not for long."""
        self._room.wait(PATIENCE)


CROWD = Crowd()
"""That of this process; without pages nobody is ever inside."""
