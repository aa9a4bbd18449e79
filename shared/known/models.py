"""Tables of the copies. Each keeps the version it was made from: an older event changes nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database.base import NAMES, Instant


class Copies(DeclarativeBase):
    """Base of the tables of copies, the same in every service that keeps them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant}  # noqa: RUF012 - SQLAlchemy's own way


class KnownPerson(Copies):
    """A person as registry last told. An erased one keeps only id, version and the mark."""

    __tablename__ = "known_person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(8), default="en")
    zone: Mapped[str] = mapped_column(String(60), default="UTC")
    email: Mapped[str] = mapped_column(String(320), default="")
    email_confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    staff_roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    erased: Mapped[bool] = mapped_column(Boolean, default=False)


class KnownStaffRole(Copies):
    """One staff role of one person, to find all who hold it."""

    __tablename__ = "known_staff_role"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("known_person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)


class KnownMembership(Copies):
    """The roles of one person in one organisation."""

    __tablename__ = "known_membership"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("known_person.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)


class KnownOrganisation(Copies):
    """An organisation as registry last told."""

    __tablename__ = "known_organisation"
    __table_args__ = (Index("ix_known_organisation_state_category", "state", "category"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    slug: Mapped[str] = mapped_column(String(120), index=True)
    name: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(40), index=True)
    tier: Mapped[str | None] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(3))
    regions: Mapped[list[str]] = mapped_column(JSON, default=list)
    constituencies: Mapped[list[str]] = mapped_column(JSON, default=list)
    interests: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(40))
    state_since: Mapped[datetime]
    state_reason: Mapped[str] = mapped_column(String(2000), default="")
    registered_by: Mapped[UUID | None]


class KnownTrait(Copies):
    """One searchable property of an organisation: a region, constituency or interest."""

    __tablename__ = "known_trait"
    __table_args__ = (Index("ix_known_trait_kind_code", "kind", "code"),)

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("known_organisation.id"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)


class KnownKey(Copies):
    """A public key with which tokens are verified."""

    __tablename__ = "known_key"

    kid: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    retired_at: Mapped[datetime | None]


class EndedSession(Copies):
    """A session of which no token may be honoured any longer."""

    __tablename__ = "ended_session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    ended_at: Mapped[datetime] = mapped_column(index=True)
