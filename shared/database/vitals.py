"""What each worker last said of itself, for pages, health and metrics of other processes.

Web and worker are different processes: what a worker counts in memory travels by this table. All
times are of the machine.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.base import Shared

SILENT = timedelta(seconds=60)
"""A worker that has said nothing for so long is stopped or stuck: it speaks every few seconds."""


class VitalRow(Shared):
    """One worker process: when it was last heard of, and what it said."""

    __tablename__ = "vital"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class Figures(BaseModel):
    """Base of what a worker says."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Sending(Figures):
    """The relay's counts since the worker's start; `leading` says that this worker sends."""

    leading: bool = False
    published: int = 0
    refused: int = 0
    parked: int = 0
    outages: int = 0
    last_published_at: datetime | None = None
    last_error: str | None = None


class Stuck(Figures):
    """A partition that waits at an offset, since when, and for what reason."""

    topic: str
    partition: int
    offset: int
    since: datetime
    attempts: int
    error: str


class Hearing(Figures):
    """The consumer's counts since the worker's start, and the partitions in which it waits."""

    handled: int = 0
    repeated: int = 0
    retried: int = 0
    parked: int = 0
    skipped: dict[str, int] = Field(default_factory=dict)
    waiting: tuple[Stuck, ...] = ()
    last_handled_at: datetime | None = None
    last_error: str | None = None


class Share(Figures):
    """How far the service's group is in one partition: next offset wanted, next one given out."""

    topic: str
    partition: int
    position: int
    end: int

    @property
    def behind(self) -> int:
        """Offsets between the group and the end; compacted ones count."""
        return max(self.end - self.position, 0)


class Measured(Figures):
    """The lag of the service's group as the leading worker last measured it.

    With an `error` the log was away when it was last asked; the shares are then those of `at`.
    """

    at: datetime
    shares: tuple[Share, ...] = ()
    error: str = ""

    @property
    def behind(self) -> int:
        """Over all partitions."""
        return sum(one.behind for one in self.shares)


class Vital(Figures):
    """What one worker said last. `lag` is None unless it leads the relay of its service."""

    worker: str
    started_at: datetime
    seen_at: datetime
    sending: Sending = Sending()
    hearing: Hearing = Hearing()
    lag: Measured | None = None

    def is_silent(self, now: datetime) -> bool:
        """Say whether it should have been heard of since."""
        return now - self.seen_at > SILENT


def write(session: Session, vital: Vital) -> None:
    """Put what a worker says in the place of what it said before."""
    figures = vital.model_dump(mode="json")
    session.merge(VitalRow(worker=vital.worker, seen_at=vital.seen_at, figures=figures))


def workers(session: Session) -> list[Vital]:
    """Return what every worker said last, the one heard of last first."""
    rows = session.scalars(select(VitalRow.figures).order_by(VitalRow.seen_at.desc()))
    return [Vital.model_validate(figures) for figures in rows]


def forget(session: Session, worker: str) -> None:
    """Take out a worker that stops in good order."""
    session.execute(delete(VitalRow).where(VitalRow.worker == worker))


def prune(session: Session, before: datetime) -> None:
    """Take out workers that were last heard of before a moment."""
    session.execute(delete(VitalRow).where(VitalRow.seen_at < before))
