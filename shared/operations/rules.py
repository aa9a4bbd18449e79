"""When a figure of a service is well, when to watch it, and when somebody has to act: pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(minutes=1)
"""What waits for less is on its way."""
LONG = timedelta(minutes=10)
"""What waits for longer does not go away by itself."""


class Care(StrEnum):
    """How much care something needs."""

    WELL = "well"
    WATCH = "watch"
    ACT = "act"


class Finding(StrEnum):
    """What is found of one part of a service; each has its sentences in `sayings`."""

    WORKS = "works"
    NO_WORKER = "no_worker"
    SILENT_WORKER = "silent_worker"
    SENT = "sent"
    SENDING = "sending"
    NOT_SENT = "not_sent"
    NOT_SENT_LOG_AWAY = "not_sent_log_away"
    HEARD = "heard"
    HEARING = "hearing"
    STUCK = "stuck"
    LAG_UNKNOWN = "lag_unknown"
    NOTHING_PARKED = "nothing_parked"
    PARKED = "parked"
    MAILED = "mailed"
    MAIL_DELAYED = "mail_delayed"
    MAIL_WAITS = "mail_waits"
    MAIL_FAILED = "mail_failed"
    ON_TIME = "on_time"
    LATE = "late"
    FAILED = "failed"


CARE: dict[Finding, Care] = {
    Finding.WORKS: Care.WELL,
    Finding.NO_WORKER: Care.ACT,
    Finding.SILENT_WORKER: Care.WATCH,
    Finding.SENT: Care.WELL,
    Finding.SENDING: Care.WATCH,
    Finding.NOT_SENT: Care.ACT,
    Finding.NOT_SENT_LOG_AWAY: Care.ACT,
    Finding.HEARD: Care.WELL,
    Finding.HEARING: Care.WATCH,
    Finding.STUCK: Care.ACT,
    Finding.LAG_UNKNOWN: Care.WATCH,
    Finding.NOTHING_PARKED: Care.WELL,
    Finding.PARKED: Care.ACT,
    Finding.MAILED: Care.WELL,
    Finding.MAIL_DELAYED: Care.WATCH,
    Finding.MAIL_WAITS: Care.ACT,
    Finding.MAIL_FAILED: Care.ACT,
    Finding.ON_TIME: Care.WELL,
    Finding.LATE: Care.ACT,
    Finding.FAILED: Care.ACT,
}
ORDER = (Care.WELL, Care.WATCH, Care.ACT)


def worst(findings: Iterable[Finding]) -> Care:
    """Return the greatest care that any of them needs."""
    return max((CARE[one] for one in findings), key=ORDER.index, default=Care.WELL)


def of_workers(alive: int, silent: int) -> Finding:
    """Judge by how many workers speak and how many fell silent."""
    if not alive:
        return Finding.NO_WORKER
    return Finding.SILENT_WORKER if silent else Finding.WORKS


def of_outbox(oldest: datetime | None, now: datetime, *, log_away: bool) -> Finding:
    """Judge by how long the oldest event waits to be sent."""
    if oldest is None or now - oldest < SOON:
        return Finding.SENT
    if log_away:
        return Finding.NOT_SENT_LOG_AWAY
    return Finding.NOT_SENT if now - oldest > LONG else Finding.SENDING


def of_hearing(behind: int | None, stuck_since: datetime | None, now: datetime) -> Finding:
    """Judge by how far the service is behind, None when unknown, and since when it is stuck."""
    if stuck_since is not None and now - stuck_since > SOON:
        return Finding.STUCK
    if behind is None:
        return Finding.LAG_UNKNOWN
    return Finding.HEARING if behind else Finding.HEARD


def of_parked(rows: int) -> Finding:
    """Judge by how many records were set aside and not decided on."""
    return Finding.PARKED if rows else Finding.NOTHING_PARKED


def of_mail(overdue_since: datetime | None, delayed: int, failed: int, now: datetime) -> Finding:
    """Judge by mail that should have been tried, is tried again, or failed on our side lately."""
    if overdue_since is not None and now - overdue_since > LONG:
        return Finding.MAIL_WAITS
    if failed:
        return Finding.MAIL_FAILED
    return Finding.MAIL_DELAYED if delayed else Finding.MAILED


def of_timed(late: int, failed: int) -> Finding:
    """Judge by what was due long ago, and by what failed when it was tried last."""
    if failed:
        return Finding.FAILED
    return Finding.LATE if late else Finding.ON_TIME
