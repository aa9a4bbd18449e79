"""Two tables of a small service."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from shared import ids
from shared.clock import Clock, FixedClock
from shared.database import dead_letters, inbox
from shared.database.base import Aggregate, Shared, new_base
from shared.database.session import Database
from shared.files import Files
from shared.security.permissions import Permissions
from shared.work import Room

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERE = (dead_letters, inbox)
"""Imported so that their tables are made."""

Base = new_base()


class Thing(Base, Aggregate):  # type: ignore[misc, valid-type]
    """An aggregate that tells of itself."""

    __tablename__ = "thing"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)


class Effect(Base):  # type: ignore[misc, valid-type]
    """What a handler did, in the order in which it did it."""

    __tablename__ = "effect"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    subject: Mapped[UUID] = mapped_column(index=True)
    version: Mapped[int]


def create(database: Database) -> None:
    """Make every table."""
    Shared.metadata.create_all(database.engine)
    Base.metadata.create_all(database.engine)


def room_of(
    database: Database, folder: Path, clock: Clock | None = None, name: str = "registry"
) -> Room:
    """Return a service on a database."""
    return Room(
        name, database, Permissions(), Files(folder / "files"), clock=clock or FixedClock(START)
    )
