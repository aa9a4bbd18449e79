"""Named points at which a test lets the process die, as `kill -9` would, without any clean-up.

`ROUNDTABLE_CRASH_AT=relay.after_send` dies the first time the point is passed,
`ROUNDTABLE_CRASH_AT=relay.after_send:3` the third time. Without the variable nothing happens.
"""

import os
import threading

VARIABLE = "ROUNDTABLE_CRASH_AT"
STATUS = 137
MESSAGING = (
    "relay.before_send",
    "relay.after_send",
    "relay.after_mark",
    "consumer.before_commit",
    "consumer.after_commit",
    "consumer.after_ack",
)
PORTAL = (
    "request.before_commit",
    "request.after_commit",
    "due.before_commit",
    "mail.before_send",
    "mail.after_send",
)
"""Points on the way of a request, of timed work and of mail."""

_passed: dict[str, int] = {}
_lock = threading.Lock()


def at(point: str) -> None:
    """Die here when the environment names this point."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    name, _, times = wanted.partition(":")
    if name != point:
        return
    with _lock:
        _passed[point] = _passed.get(point, 0) + 1
        if _passed[point] >= int(times or 1):
            os._exit(STATUS)
