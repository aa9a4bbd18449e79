"""Who acts in the seeds, and a work opened as them, at a time of the past."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.demo.stage import Stage
from shared.clock import FixedClock
from shared.security.permissions import Actor
from shared.work import Work


@dataclass(frozen=True)
class Partner:
    """A seeded partner and the person who acts for it."""

    id: UUID
    slug: str
    name: str
    category: str
    country: str
    language: str
    actor: Actor


@dataclass
class Cast:
    """Everybody in the seeds. `at` is the portal time of the works that are opened."""

    stage: Stage
    staff: dict[str, Actor] = field(default_factory=dict)
    partners: list[Partner] = field(default_factory=list)
    keyed: dict[str, Partner] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @contextmanager
    def work(self, service: str, actor: Actor, at: datetime | None = None) -> Iterator[Work]:
        """Open a work as somebody, at a time of the past."""
        room = self.stage.everything.service(service).room
        with room.work(actor, clock=FixedClock(at or self.at)) as work:
            yield work

    def ago(self, days: float) -> datetime:
        """Return portal time some days ago."""
        return self.stage.clock.now() - timedelta(days=days)
