"""Two clocks: portal time decides windows and dates; system time serves tokens, limits, leases."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Portal time and system time, both in UTC."""

    def now(self) -> datetime:
        """Portal time: windows, due rows, validity, receipts, time of events."""
        ...

    def system(self) -> datetime:
        """Time of the machine: tokens, sessions, codes, limits, retries, leases, logs."""
        ...


class SystemClock:
    """Portal time is the machine's time."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)

    def system(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)


class ShiftedClock(SystemClock):
    """Portal time runs ahead of the machine by `shift`: for demo and tests. Forward only."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift

    def now(self) -> datetime:
        """Return the machine's time plus the shift."""
        return datetime.now(UTC) + self.shift

    def advance(self, by: timedelta) -> None:
        """Move portal time forward. Raises ValueError for a negative step."""
        if by < timedelta():
            raise ValueError("portal time only moves forward")
        self.shift += by


class FixedClock(SystemClock):
    """Portal time stands still at `at`; for seeds in the past and for tests."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the fixed time."""
        return self.at
