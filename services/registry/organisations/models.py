"""Tables of organisations and of the documents that they hand in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.base import Base
from shared import ids
from shared.database.base import Aggregate, part_of


class Organisation(Base, Aggregate):
    """A partner, in whatever state. Columns hold what others search by; `profile` the rest."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_name_key_country", "name_key", "country"),
        Index("ix_organisation_state_category", "state", "category"),
        part_of("organisation", "name_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="organisation")
    name: Mapped[str] = mapped_column(String(300))
    name_key: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(40), index=True)
    tier: Mapped[str | None] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(3), index=True)
    domain: Mapped[str] = mapped_column(String(200), default="", index=True)
    register_number: Mapped[str] = mapped_column(String(80), default="", index=True)
    constituencies: Mapped[list[str]] = mapped_column(JSON, default=list)
    interests: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    profile: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(40))
    state_since: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(String(2000), default="")
    round: Mapped[int] = mapped_column(Integer, default=0)
    registered_by: Mapped[UUID | None]
    registered_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def organisation_id(self) -> UUID:
        """The id, under the name that the permission table asks things for."""
        return self.id


class Trait(Base):
    """One searchable property: a region, constituency, interest or language."""

    __tablename__ = "organisation_trait"
    __table_args__ = (Index("ix_organisation_trait_kind_code", "kind", "code"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)


class Document(Base):
    """A file handed in for a field of a part; several photographs may make one document."""

    __tablename__ = "organisation_document"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    part: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[UUID | None]
    uploaded_at: Mapped[datetime]
