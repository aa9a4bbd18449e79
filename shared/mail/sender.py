"""The worker that sends: claims rows with a lease, sends outside any transaction, notes the end.

At least once: a worker that dies between sending and noting leaves its lease to run out, and the
next one sends the same Message-ID again. Never within a request or a transaction.
"""

import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, bindparam, or_, select, update

from shared import crash, logs, trace
from shared.crowd import CROWD
from shared.mail import message
from shared.mail.mailers import Delayed, Mailer, Refused
from shared.mail.models import WAITING, MailRow, MailState
from shared.work import Room

__all__ = ["Mailer", "Outcome", "Sender", "wait_after"]

BATCH = 50
LEASE = timedelta(minutes=10)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
ATTEMPTS = 16
"""About three days of trying, as mail servers themselves do."""

NOTED_AT_ONCE = 10
"""Outcomes written in one transaction: what a crash may send a second time at most, by Message-ID
the same."""
TICK = 1.0
IN_HAND = 8.0
"""Seconds that the message in hand has when the worker is told to stop."""
LOCAL_SENDER = "Roundtable <no-reply@localhost>"

log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt."""

    state: MailState
    error: str = ""
    retry_at: datetime | None = None


def wait_after(attempts: int, spread: float) -> timedelta:
    """Return how long to wait after so many attempts: doubling, bounded, spread (0..1) by half."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, ATTEMPTS)
    return min(doubled, LONGEST_WAIT) * (0.75 + spread / 2)


class Sender:
    """Sends the mail of one service. Several may run side by side, in one process or many."""

    def __init__(
        self, room: Room, mailer: Mailer, spread: Callable[[], float] = random.random
    ) -> None:
        self._room = room
        self._database = room.database
        self._mailer = mailer
        self._spread = spread
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._claimed: deque[MailRow] = deque()

    def start(self) -> None:
        """Start the thread."""
        name = f"mail-{self._room.name}"
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the message in hand; those claimed besides are given back at once.

        A mail server that does not answer keeps the message in hand: that one is sent when its
        lease has run out.
        """
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=IN_HAND)
        self._give_back()

    def wake(self) -> None:
        """Look for mail soon."""
        self._wake.set()

    def once(self) -> int:
        """Send what is due, batch by batch, and return how many attempts were made."""
        made = 0
        while not self._stop.is_set() and (rows := self.claim()):
            made += self._batch(rows)
        return made

    def _loop(self) -> None:
        with logs.of(self._room.name):
            self._go_on()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            CROWD.give_way()
            try:
                self.once()
            except Exception:
                log.exception("mail.sender_failed")
                self._stop.wait(TICK)
            self._wake.wait(TICK)
            self._wake.clear()

    def _batch(self, rows: list[MailRow]) -> int:
        self._claimed.extend(rows)
        made: list[tuple[MailRow, Outcome]] = []
        count = 0
        try:
            while self._claimed and not self._stop.is_set():
                CROWD.give_way()
                row = self._claimed.popleft()
                made.append((row, self._attempt(row)))
                count += 1
                if len(made) >= NOTED_AT_ONCE:
                    self._note(made)
                    made = []
        finally:
            self._note(made)
            self._give_back()
            self._mailer.close()
        return count

    def _give_back(self) -> None:
        """Let others have what was claimed and not tried."""
        rows = [self._claimed.popleft() for _ in range(len(self._claimed))]
        if rows:
            now = self._room.clock.system()
            with self._database.session_for_write() as session:
                session.connection().execute(GIVE_BACK, [_untried(row, now) for row in rows])

    def claim(self) -> list[MailRow]:
        """Take up to a batch of due rows for the length of a lease, in a transaction of its own."""
        now = self._room.clock.system()
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

    def _from(self) -> str:
        return str(getattr(self._room.settings, "mail_from", "") or LOCAL_SENDER)

    def _attempt(self, row: MailRow) -> Outcome:
        try:
            built = message.build(row, self._from())
        except Exception as error:  # noqa: BLE001 - one bad row must not stop the others
            return Outcome(MailState.TECHNICAL_FAILURE, f"{type(error).__name__}: {error}")
        crash.at("mail.before_send")
        try:
            self._mailer.send(built)
        except Refused as error:
            return Outcome(MailState.PERMANENT_FAILURE, str(error))
        except Delayed as error:
            return self._again(row, str(error), reached=error.reached)
        except Exception as error:  # noqa: BLE001 - a mailer's own fault is retried like any other
            return self._again(row, f"{type(error).__name__}: {error}", reached=False)
        crash.at("mail.after_send")
        return Outcome(MailState.DELIVERED)

    def _again(self, row: MailRow, error: str, *, reached: bool) -> Outcome:
        if row.attempts >= ATTEMPTS:
            given_up = MailState.PERMANENT_FAILURE if reached else MailState.TECHNICAL_FAILURE
            return Outcome(given_up, error)
        retry_at = self._room.clock.system() + wait_after(row.attempts, self._spread())
        return Outcome(MailState.TEMPORARY_FAILURE, error, retry_at)

    def _note(self, made: list[tuple[MailRow, Outcome]]) -> None:
        if not made:
            return
        now = self._room.clock.system()
        ends = [_end(row, outcome, now) for row, outcome in made]
        secrets = [row.id for row, outcome in made if row.secret and outcome.retry_at is None]
        with self._database.session_for_write() as session:
            session.connection().execute(NOTE, ends)
            if secrets:
                session.execute(
                    update(MailRow).where(MailRow.id.in_(secrets)).values(text="", html=None)
                )
        for row, outcome in made:
            with trace.following(row.traceparent):
                log.info(
                    "mail.attempted", id=str(row.id), state=outcome.state, attempts=row.attempts
                )


NOTE = (
    update(MailRow.__table__)  # type: ignore[arg-type]
    .where(
        MailRow.id == bindparam("key"),
        # The number of attempts says that the lease is still ours.
        MailRow.attempts == bindparam("attempt"),
        MailRow.state == MailState.SENDING,
    )
    .values(
        state=bindparam("now_state"),
        last_error=bindparam("error"),
        next_at=bindparam("again_at"),
        settled_at=bindparam("end_at"),
    )
)


GIVE_BACK = (
    update(MailRow.__table__)  # type: ignore[arg-type]
    .where(
        MailRow.id == bindparam("key"),
        MailRow.attempts == bindparam("attempt"),
        MailRow.state == MailState.SENDING,
    )
    .values(state=bindparam("before"), attempts=bindparam("tried"), next_at=bindparam("at"))
)


def _untried(row: MailRow, now: datetime) -> dict[str, object]:
    tried = row.attempts - 1
    return {
        "key": row.id,
        "attempt": row.attempts,
        "before": MailState.TEMPORARY_FAILURE if tried else MailState.CREATED,
        "tried": tried,
        "at": now,
    }


def _end(row: MailRow, outcome: Outcome, now: datetime) -> dict[str, object]:
    return {
        "key": row.id,
        "attempt": row.attempts,
        "now_state": outcome.state,
        "error": outcome.error[:500],
        "again_at": outcome.retry_at or now,
        "end_at": now if outcome.retry_at is None else None,
    }
