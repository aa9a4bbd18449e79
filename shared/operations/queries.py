"""How a service is, from its own database alone: no question goes to the log or to a worker."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select

from shared.database import dead_letters, outbox, vitals
from shared.database.dead_letters import DeadLetterRow, Status
from shared.database.due import DueRow
from shared.database.jobs import JobRow
from shared.database.outbox import Backlog, OutboxRow
from shared.database.vitals import Measured, Stuck, Vital
from shared.errors import NotFound
from shared.mail.models import WAITING, MailRow, MailState
from shared.operations import rules
from shared.operations.rules import Care, Finding
from shared.work import View

PAGE = 25
ADDRESS = re.compile(r"[^\s<>\"'(,;:]+@([\w.-]+)")
LATELY = timedelta(days=7)
"""How long a message that failed is counted on the first page."""
FAILED = (MailState.TECHNICAL_FAILURE, MailState.PERMANENT_FAILURE)
TROUBLED = (MailState.TEMPORARY_FAILURE, *FAILED)


@dataclass(frozen=True)
class Mailing:
    """Mail by state, failures of the last days only, and since when some should have been tried."""

    waiting: int
    delayed: int
    refused: int
    failed: int
    overdue_since: datetime | None


@dataclass(frozen=True)
class Timed:
    """What the clock starts: how much is late, how much failed when it was tried last."""

    late: int
    failed: int
    jobs: Sequence[JobRow]

    @property
    def failed_jobs(self) -> int:
        """Jobs whose last run failed."""
        return sum(1 for one in self.jobs if one.last_error)


@dataclass(frozen=True)
class Kind:
    """Parked records that failed alike: how many, of which error, the newest failure."""

    error_class: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class State:
    """How one service is. `lag` is None when no worker that leads has been heard of."""

    service: str
    at: datetime
    alive: Sequence[Vital]
    silent: Sequence[Vital]
    leader: Vital | None
    lag: Measured | None
    backlog: Backlog
    last_refusal: str
    parked: int
    kinds: Sequence[Kind]
    mail: Mailing
    timed: Timed

    @property
    def workers(self) -> list[Vital]:
        """Those that speak, then those that fell silent."""
        return [*self.alive, *self.silent]

    @property
    def behind(self) -> int | None:
        """How many events were not handled yet, None when nobody knows."""
        return self.lag.behind if self.lag is not None and not self.lag.error else None

    @property
    def stuck(self) -> list[Stuck]:
        """Partitions in which a living worker waits."""
        return [stuck for one in self.alive for stuck in one.hearing.waiting]

    @property
    def stuck_since(self) -> datetime | None:
        """Since when the longest waiting partition of a living worker waits."""
        return min((one.since for one in self.stuck), default=None)

    @property
    def findings(self) -> dict[str, Finding]:
        """What is found, part by part, in the order of the page."""
        log_away = self.lag is not None and bool(self.lag.error)
        mail = self.mail
        return {
            "workers": rules.of_workers(len(self.alive), len(self.silent)),
            "sending": rules.of_outbox(self.backlog.oldest, self.at, log_away=log_away),
            "hearing": rules.of_hearing(self.behind, self.stuck_since, self.at),
            "parked": rules.of_parked(self.parked),
            "mail": rules.of_mail(mail.overdue_since, mail.delayed, mail.failed, self.at),
            "timed": rules.of_timed(self.timed.late, self.timed.failed + self.timed.failed_jobs),
        }

    @property
    def care(self) -> Care:
        """The greatest care that any part needs."""
        return rules.worst(self.findings.values())


def state(view: View) -> State:
    """Return how the service is, in a constant number of queries."""
    view.require(f"operations_{view.room.name}.show")
    return measured(view)


def measured(view: View) -> State:
    """Return the same without asking whether the actor may know: for health and the system."""
    now = view.system_now
    workers = vitals.workers(view.session)
    alive = [one for one in workers if not one.is_silent(now)]
    leader = next((one for one in alive if one.sending.leading), None)
    return State(
        service=view.room.name,
        at=now,
        alive=alive,
        silent=[one for one in workers if one.is_silent(now)],
        leader=leader,
        lag=leader.lag if leader is not None else None,
        backlog=outbox.backlog(view.session),
        last_refusal=_last_refusal(view),
        parked=dead_letters.count(view.session),
        kinds=_kinds(view),
        mail=_mailing(view),
        timed=_timed(view),
    )


def _last_refusal(view: View) -> str:
    statement = (
        select(OutboxRow.last_error)
        .where(outbox.unpublished, OutboxRow.last_error.is_not(None))
        .order_by(OutboxRow.id)
        .limit(1)
    )
    return view.session.scalar(statement) or ""


def _kinds(view: View) -> list[Kind]:
    newest = func.max(DeadLetterRow.last_failed_at)
    rows = view.session.execute(
        select(DeadLetterRow.error_class, func.count(), newest)
        .where(DeadLetterRow.status == Status.PARKED)
        .group_by(DeadLetterRow.error_class)
        .order_by(func.count().desc(), DeadLetterRow.error_class)
        .limit(5)
    )
    return [Kind(*row) for row in rows]


def _mailing(view: View) -> Mailing:
    now = view.system_now
    lately = or_(MailRow.state.in_(WAITING), MailRow.settled_at > now - LATELY)
    rows = view.session.execute(
        select(MailRow.state, func.count())
        .where(MailRow.state.in_((*WAITING, *FAILED)), lately)
        .group_by(MailRow.state)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    overdue = select(func.min(MailRow.next_at)).where(
        MailRow.state.in_(WAITING), MailRow.next_at <= now
    )
    return Mailing(
        waiting=counts.get(MailState.CREATED, 0),
        delayed=counts.get(MailState.TEMPORARY_FAILURE, 0),
        refused=counts.get(MailState.PERMANENT_FAILURE, 0),
        failed=counts.get(MailState.TECHNICAL_FAILURE, 0),
        overdue_since=view.session.scalar(overdue),
    )


def _timed(view: View) -> Timed:
    row = view.session.execute(
        select(
            func.count().filter(DueRow.at < view.now - rules.LONG),
            func.count().filter(DueRow.last_error.is_not(None)),
        )
    ).one()
    jobs = view.session.scalars(select(JobRow).order_by(JobRow.name)).all()
    return Timed(late=row[0], failed=row[1], jobs=jobs)


@dataclass(frozen=True)
class Letters:
    """A page of records that were set aside, the oldest first."""

    rows: Sequence[DeadLetterRow]
    next: UUID | None


def letters(view: View, status: Status = Status.PARKED, after: UUID | None = None) -> Letters:
    """Return a page of records of a status."""
    view.require(f"operations_{view.room.name}.parked")
    rows = dead_letters.parked(view.session, status, after, PAGE + 1)
    return Letters(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def letter(view: View, letter_id: UUID) -> DeadLetterRow:
    """Return one record that was set aside. Raises NotFound."""
    view.require(f"operations_{view.room.name}.letter")
    row = view.session.get(DeadLetterRow, letter_id)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Post:
    """A message in trouble: what it was about and whereto, without the address itself."""

    id: UUID
    about: str
    domain: str
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    error: str


@dataclass(frozen=True)
class Posts:
    """A page of messages in trouble, the newest first."""

    rows: Sequence[Post]
    next: UUID | None


def mail(view: View, after: UUID | None = None) -> Posts:
    """Return a page of messages that are tried again, were refused or failed on our side."""
    view.require(f"operations_{view.room.name}.mail")
    statement = select(MailRow).where(MailRow.state.in_(TROUBLED))
    if after is not None:
        statement = statement.where(MailRow.id < after)
    rows = view.session.scalars(statement.order_by(MailRow.id.desc()).limit(PAGE + 1)).all()
    return Posts(
        [_post(row) for row in rows[:PAGE]], rows[PAGE - 1].id if len(rows) > PAGE else None
    )


def _post(row: MailRow) -> Post:
    # Servers repeat the address in their refusals; who it is for is no concern of this page.
    return Post(
        id=row.id,
        about=row.occasion.partition(":")[0],
        domain=row.to.rpartition("@")[2],
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        error=ADDRESS.sub(r"…@\1", row.last_error),
    )


@dataclass(frozen=True)
class Dues:
    """A page of timed work that is late or failed, the oldest first."""

    rows: Sequence[DueRow]
    next: UUID | None


def due(view: View, after: UUID | None = None) -> Dues:
    """Return a page of timed work that should have been done, or failed when it was tried."""
    view.require(f"operations_{view.room.name}.due")
    late = or_(DueRow.at < view.now - rules.LONG, DueRow.last_error.is_not(None))
    statement = select(DueRow).where(late)
    if after is not None:
        statement = statement.where(DueRow.id > after)
    rows = view.session.scalars(statement.order_by(DueRow.id).limit(PAGE + 1)).all()
    return Dues(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)
