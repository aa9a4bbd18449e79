"""Declarative bases, column types and mixins that every model uses."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Dialect, Index, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import ids

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names, so that migrations can name what they change on both engines."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC; naive values are refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite keeps no zone, so it is dropped there after converting."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an Instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC datetime on both engines."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Shared(DeclarativeBase):
    """Base of the tables that every service has: outbox, inbox, audit, copies, mail."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant}


def part_of(table: str, column: str) -> Index:
    """Return the index by which a part of a text is found (`contains`, `ilike`).

    On PostgreSQL it holds trigrams, which needs the extension pg_trgm (see `guards.trigrams`).
    SQLite reads texts through, and has a plain index.
    """
    return Index(
        f"ix_{table}_{column}_part",
        column,
        postgresql_using="gin",
        postgresql_ops={column: "gin_trgm_ops"},
    )


def new_base() -> type[DeclarativeBase]:
    """Return a declarative base of its own metadata and registry, one for each service."""

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=NAMES)
        type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant}

    return Base


class Aggregate:
    """Mixin of what other services hear about: counts the events told of it."""

    version: Mapped[int] = mapped_column(Integer, default=0)

    def tick(self) -> int:
        """Count one more event and return its version; called by event builders, once an event."""
        self.version = (self.version or 0) + 1
        return self.version


class Wording:
    """Mixin of a text in several languages: one row per owner, part and language.

    `origin` is one of written, human, machine, reviewed; `made_from_version` is the version of the
    authentic text that a translation was made from.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    owner_id: Mapped[UUID] = mapped_column(index=True)
    part: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(20), default="written")
    made_from_version: Mapped[int | None] = mapped_column(Integer, default=None)
