"""How many requests were answered, and how fast, since the process started; read by the metrics.

Counted here and not with Prometheus' own library, which is loaded when somebody asks for figures.
"""

import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which requests are counted together."""


class Kind(NamedTuple):
    """Requests of one kind: never their paths, in which secrets and names stand."""

    service: str
    act: str
    method: str
    status: str


@dataclass
class Times:
    """How many requests took up to each bound, beyond the last one, and how long altogether."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class Tally:
    """Requests by kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[Kind, Times] = {}

    def count(self, kind: Kind, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            times = self._times.setdefault(kind, Times())
            times.counts[bisect_left(BOUNDS, seconds)] += 1
            times.seconds += seconds

    def read(self) -> dict[Kind, Times]:
        """Return what was counted so far."""
        with self._lock:
            return {
                kind: Times(list(times.counts), times.seconds)
                for kind, times in self._times.items()
            }


TALLY = Tally()
"""Of this process."""
