"""Waits between attempts: doubled each time, with jitter so that many do not return at once."""

import random

FIRST = 0.2
LONGEST = 30.0


def wait(attempt: int, first: float = FIRST, longest: float = LONGEST) -> float:
    """Return the seconds to wait after the `attempt`-th failure: half to all of its step."""
    step: float = min(first * 2 ** min(attempt - 1, 30), longest)
    return step * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)
