"""The worker that sends: claims rows with a lease, sends outside any transaction, notes the end.

At least once: a worker that dies between sending and noting leaves its lease to run out, and the
next one sends the same Message-ID again. Never within a request or a transaction.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import and_, or_, select, update

from shared.clock import Clock, SystemClock
from shared.database.session import Database
from shared.mail import message
from shared.mail.mailers import Delayed, Mailer, Refused
from shared.mail.models import WAITING, MailRow, MailState

BATCH = 50
LEASE = timedelta(minutes=10)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
ATTEMPTS = 16
"""About three days of trying, as mail servers themselves do."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt."""

    state: MailState
    error: str = ""
    retry_at: datetime | None = None


def wait_after(attempts: int, spread: float) -> timedelta:
    """Return how long to wait after so many attempts: doubling, bounded, spread (0..1) by half."""
    doubled = FIRST_WAIT * 2 ** min(attempts - 1, 20) if attempts < 20 else LONGEST_WAIT
    return min(doubled, LONGEST_WAIT) * (0.75 + spread / 2)


class Sender:
    """Sends the mail of one service. Several may run side by side, in one process or many."""

    def __init__(
        self,
        database: Database,
        mailer: Mailer,
        sender: str,
        clock: Clock | None = None,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._mailer = mailer
        self._from = sender
        self._clock = clock or SystemClock()
        self._spread = spread

    def send_due(self) -> int:
        """Send what is due, batch by batch, and return how many attempts were made."""
        made = 0
        while rows := self.claim():
            try:
                for row in rows:
                    self._note(row.id, row.attempts, self._attempt(row))
            finally:
                self._mailer.close()
            made += len(rows)
        return made

    def run(self, stop: threading.Event, wake: threading.Event, every: float = 1.0) -> None:
        """Send until told to stop; looks when woken and every so many seconds."""
        while not stop.is_set():
            try:
                self.send_due()
            except Exception:
                log.exception("mail.sender_failed")
                stop.wait(every)
            wake.wait(every)
            wake.clear()

    def claim(self) -> list[MailRow]:
        """Take up to a batch of due rows for the length of a lease, in a transaction of its own."""
        now = self._clock.system()
        due = or_(
            and_(MailRow.state.in_(WAITING), MailRow.next_at <= now),
            and_(MailRow.state == MailState.SENDING, MailRow.next_at <= now),
        )
        with self._database.session_for_read() as session:
            if session.scalar(select(MailRow.id).where(due).limit(1)) is None:
                return []
        with self._database.session_for_write() as session:
            rows = session.scalars(
                select(MailRow)
                .where(due)
                .order_by(MailRow.next_at, MailRow.id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            for row in rows:
                row.state = MailState.SENDING
                row.attempts += 1
                row.next_at = now + LEASE
            return list(rows)

    def _attempt(self, row: MailRow) -> Outcome:
        try:
            built = message.build(row, self._from)
        except Exception as error:  # noqa: BLE001 - one bad row must not stop the others
            return Outcome(MailState.TECHNICAL_FAILURE, f"{type(error).__name__}: {error}")
        try:
            self._mailer.send(built)
        except Refused as error:
            return Outcome(MailState.PERMANENT_FAILURE, str(error))
        except Delayed as error:
            return self._again(row, str(error), reached=error.reached)
        except Exception as error:  # noqa: BLE001 - a mailer's own fault is retried like any other
            return self._again(row, f"{type(error).__name__}: {error}", reached=False)
        return Outcome(MailState.DELIVERED)

    def _again(self, row: MailRow, error: str, *, reached: bool) -> Outcome:
        if row.attempts >= ATTEMPTS:
            given_up = MailState.PERMANENT_FAILURE if reached else MailState.TECHNICAL_FAILURE
            return Outcome(given_up, error)
        retry_at = self._clock.system() + wait_after(row.attempts, self._spread())
        return Outcome(MailState.TEMPORARY_FAILURE, error, retry_at)

    def _note(self, row_id: UUID, attempts: int, outcome: Outcome) -> None:
        now = self._clock.system()
        settled = outcome.retry_at is None
        # The number of attempts says that the lease is still ours.
        mine = and_(
            MailRow.id == row_id,
            MailRow.attempts == attempts,
            MailRow.state == MailState.SENDING,
        )
        with self._database.session_for_write() as session:
            session.execute(
                update(MailRow)
                .where(mine)
                .values(
                    state=outcome.state,
                    last_error=outcome.error[:500],
                    next_at=outcome.retry_at or now,
                    settled_at=now if settled else None,
                )
            )
            if settled:
                session.execute(
                    update(MailRow)
                    .where(MailRow.id == row_id, MailRow.secret.is_(True))
                    .values(text="", html=None)
                )
        log.info("mail.attempted", id=str(row_id), state=outcome.state, attempts=attempts)
