"""Figures for Prometheus at `/metrics`: requests of this process, and how each service stands.

A process of web pages says its requests and its connections. What is asked of a database (outbox,
parked events, mail, jobs) only a worker says, and how far the group is as the leading worker has
written it down (`database/vitals.py`): no question goes to the log.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from anyio import to_thread
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.database import dead_letters, outbox, vitals
from shared.database.due import DueRow
from shared.database.jobs import NEVER, JobRow
from shared.mail.models import WAITING, MailRow, MailState
from shared.operations.timer import TRIES, UPKEEP, Timed
from shared.web.gate import Network, is_near
from shared.web.tally import BOUNDS, TALLY
from shared.work import Room, View

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily, Metric

PATH = "/metrics"
# A job is called `task` here: Prometheus has a label `job` of its own.
GAUGES = {
    "outbox_events": ("Events told that the log has not confirmed.", ()),
    "outbox_age_seconds": ("Since when the oldest of them waits.", ()),
    "lag_events": ("Events that the service's group has not handled.", ("topic", "partition")),
    "lag_age_seconds": ("Since when lag was not measured.", ()),
    "lag_unknown": ("1 when the log was away when lag was last measured.", ()),
    "waiting_partitions": ("Partitions that wait before an event for a passing reason.", ()),
    "parked_events": ("Events set aside until somebody decides.", ()),
    "workers": ("Workers of the service that were heard of within a minute.", ()),
    "relay_leaders": ("Workers that send the outbox; there is to be one.", ()),
    "mail_messages": ("Messages by state.", ("state",)),
    "mail_age_seconds": ("Since when the oldest message that is due waits.", ()),
    "due_age_seconds": ("Since when the oldest row of timed work is due.", ()),
    "due_given_up": ("Rows of timed work that failed too often to be tried again.", ()),
    "job_age_seconds": ("Since the last run of a job, by portal time.", ("task",)),
    "job_interval_seconds": ("How often a job is to run.", ("task",)),
    "job_failed": ("1 when the last run of a job failed.", ("task",)),
}
"""What a worker says of its service: meaning, and labels beside that of the service."""


class Measures:
    """Answers `/metrics`, hands everything else on.

    On the port of pages only for whoever is near: this machine, or an address among `trusted`, and
    for nothing that a proxy brings. A worker's port (`inner`) is not public anyway.
    """

    def __init__(
        self,
        app: ASGIApp,
        rooms: Sequence[Room],
        timed: Sequence[Timed] = (),
        trusted: Sequence[Network] = (),
        *,
        inner: bool = False,
    ) -> None:
        self.app = app
        self.rooms, self.timed, self.trusted, self.inner = rooms, timed, trusted, inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        allowed = self.inner or is_near(scope, self.trusted)
        answer = await to_thread.run_sync(self._answer) if allowed else _refused()
        await answer(scope, receive, send)

    def _answer(self) -> Response:
        from prometheus_client import (  # noqa: PLC0415 - 50 ms and 1 MB that not every process uses
            CONTENT_TYPE_LATEST,
            CollectorRegistry,
            PlatformCollector,
            ProcessCollector,
            generate_latest,
        )

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        registry.register(self)
        return Response(
            generate_latest(registry),
            media_type=CONTENT_TYPE_LATEST,
            headers={"Cache-Control": "no-store"},
        )

    def collect(self) -> Iterator["Metric"]:
        """Yield every figure; those of a database that does not answer are left out."""
        yield _requests()
        yield from _connections(self.rooms)
        gauges = _gauges()
        reachable = _gauge("database_up", "1 when the service's database answers.", ())
        for service in self.timed:
            try:
                with service.room.view() as view:
                    for name, labels, value in measured(view, service):
                        gauges[name].add_metric([service.name, *labels], value)
                reachable.add_metric([service.name], 1)
            except SQLAlchemyError:
                reachable.add_metric([service.name], 0)
        if self.timed:
            yield from (reachable, *gauges.values())


Measured = tuple[str, tuple[str, ...], float]


def measured(view: View, service: Timed) -> Iterator[Measured]:
    """Yield the figures of one service: name, labels, value."""
    yield from _sending(view)
    yield from _hearing(view)
    yield from _mail(view)
    yield from _timed(view, service)


def _sending(view: View) -> Iterator[Measured]:
    backlog = outbox.backlog(view.session)
    yield "outbox_events", (), backlog.rows
    yield "outbox_age_seconds", (), _age(backlog.oldest, view.system_now)


def _hearing(view: View) -> Iterator[Measured]:
    now = view.system_now
    alive = [one for one in vitals.workers(view.session) if not one.is_silent(now)]
    yield "workers", (), len(alive)
    yield "relay_leaders", (), sum(one.sending.leading for one in alive)
    yield "waiting_partitions", (), sum(len(one.hearing.waiting) for one in alive)
    yield "parked_events", (), dead_letters.count(view.session)
    lag = next((one.lag for one in alive if one.lag is not None), None)
    if lag is None:
        return
    yield "lag_age_seconds", (), _age(lag.at, now)
    yield "lag_unknown", (), bool(lag.error)
    for share in lag.shares:
        yield "lag_events", (share.topic, str(share.partition)), share.behind


def _mail(view: View) -> Iterator[Measured]:
    counted = select(MailRow.state, func.count()).group_by(MailRow.state)
    found = {str(state): count for state, count in view.session.execute(counted)}
    for state in MailState:
        yield "mail_messages", (state.value,), found.get(state.value, 0)
    now = view.system_now
    due = select(func.min(MailRow.created_at)).where(
        MailRow.state.in_(WAITING), MailRow.next_at <= now
    )
    yield "mail_age_seconds", (), _age(view.session.scalar(due), now)


def _timed(view: View, service: Timed) -> Iterator[Measured]:
    late = select(func.min(DueRow.at)).where(DueRow.at <= view.now, DueRow.attempts < TRIES)
    yield "due_age_seconds", (), _age(view.session.scalar(late), view.now)
    given_up = select(func.count()).where(DueRow.attempts >= TRIES)
    yield "due_given_up", (), view.session.scalar(given_up) or 0
    rows = {row.name: row for row in view.session.scalars(select(JobRow))}
    for job in (*UPKEEP, *service.jobs):
        yield "job_interval_seconds", (job.name,), job.every.total_seconds()
        row = rows.get(job.name)
        if row is not None and row.last_run_at != NEVER:
            yield "job_age_seconds", (job.name,), _age(row.last_run_at, view.now)
            yield "job_failed", (job.name,), bool(row.last_error)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


def _gauge(name: str, meaning: str, labels: Sequence[str]) -> "GaugeMetricFamily":
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

    return GaugeMetricFamily(f"roundtable_{name}", meaning, labels=["service", *labels])


def _gauges() -> dict[str, "GaugeMetricFamily"]:
    return {name: _gauge(name, meaning, labels) for name, (meaning, labels) in GAUGES.items()}


def _requests() -> "Metric":
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 - as above

    found = HistogramMetricFamily(
        "roundtable_request_duration_seconds",
        "Requests answered, by the act that was asked for.",
        labels=["service", "act", "method", "status"],
    )
    for kind, times in TALLY.read().items():
        names = [*map(str, BOUNDS), "+Inf"]
        buckets = list(zip(names, accumulate(times.counts), strict=True))
        found.add_metric(list(kind), buckets=buckets, sum_value=times.seconds)
    return found


def _connections(rooms: Sequence[Room]) -> Iterator["Metric"]:
    used = _gauge("database_connections_in_use", "Connections of the pool that are in use.", ())
    most = _gauge("database_connections_limit", "Connections that the pool may open.", ())
    for room in rooms:
        pool = room.database.engine.pool
        if isinstance(pool, QueuePool):
            used.add_metric([room.name], pool.checkedout())
            most.add_metric([room.name], pool.size() + pool._max_overflow)  # noqa: SLF001 - not told otherwise
    yield from (used, most)


def _refused() -> Response:
    return PlainTextResponse("Not found", status_code=404, headers={"Cache-Control": "no-store"})
