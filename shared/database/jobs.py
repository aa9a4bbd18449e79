"""When each job last ran, so that it runs once an interval, whatever the number of workers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.base import Shared

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class JobRow(Shared):
    """The last run of one job, in portal time."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    last_run_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(500))


def take(session: Session, name: str, every: timedelta, now: Callable[[], datetime]) -> bool:
    """Take a job's turn until the end of this transaction; False when it is another worker's.

    Whether it is time is decided under the lock of the row: who looked before may be late.
    """
    _ensure(session, name)
    row = session.scalars(
        select(JobRow).where(JobRow.name == name).with_for_update(skip_locked=True)
    ).first()
    if row is None or row.last_run_at + every > now():
        return False
    row.last_run_at, row.last_error = now(), None
    return True


def note(session: Session, name: str, at: datetime, error: str) -> None:
    """Write down that a run failed."""
    _ensure(session, name)
    row = session.get_one(JobRow, name, with_for_update=True)
    row.last_run_at, row.last_error = at, error


def _ensure(session: Session, name: str) -> None:
    if session.get(JobRow, name) is None:
        insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
        row = {"name": name, "last_run_at": NEVER}
        session.execute(insert(JobRow).values(row).on_conflict_do_nothing())
