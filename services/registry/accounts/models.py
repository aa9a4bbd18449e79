"""Tables of people, of how they sign in, and of their places in organisations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.accounts.rules import JoinState, MembershipState, Purpose
from services.registry.base import Base
from shared import ids
from shared.database.base import Aggregate, part_of

HASH = 64
"""Length of a SHA-256 in hexadecimal."""


class Person(Base, Aggregate):
    """Somebody with an account. An erased person keeps id and version only."""

    __tablename__ = "person"
    __table_args__ = (part_of("person", "name"), part_of("person", "email"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    email_confirmed: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(8), default="en")
    zone: Mapped[str] = mapped_column(String(60), default="UTC")
    staff_roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_staff: Mapped[bool] = mapped_column(default=False, index=True)
    active: Mapped[bool] = mapped_column(default=True)
    erased: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class SignInCode(Base):
    """A mailed proof of an address: six digits for the browser that asked, a link for any.

    `flow_hash` is of a secret in a cookie of the asking browser and salts `code_hash`, so that
    neither this table nor another browser is enough to try digits.
    """

    __tablename__ = "sign_in_code"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    purpose: Mapped[str] = mapped_column(String(20), default=Purpose.SIGN_IN)
    email: Mapped[str] = mapped_column(String(254), index=True)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    flow_hash: Mapped[str] = mapped_column(String(HASH), index=True)
    code_hash: Mapped[str] = mapped_column(String(HASH))
    link_hash: Mapped[str] = mapped_column(String(HASH), unique=True)
    next: Mapped[str] = mapped_column(String(2000), default="/")
    language: Mapped[str] = mapped_column(String(8), default="en")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[datetime | None]


class ProviderErrand(Base):
    """A browser that was sent to the provider and may come back once. Its secret is not here."""

    __tablename__ = "provider_errand"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    secret_hash: Mapped[str] = mapped_column(String(HASH), unique=True)
    next: Mapped[str] = mapped_column(String(2000), default="/")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ProviderSubject(Base):
    """Who a person is at the provider, remembered when they first came from there."""

    __tablename__ = "provider_subject"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    since: Mapped[datetime]


class Session(Base, Aggregate):
    """One browser in which a person is signed in."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(HASH), unique=True)
    agent: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SigningKey(Base, Aggregate):
    """A key that signs tokens. The private half never leaves this table, and ends with its use."""

    __tablename__ = "signing_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    kid: Mapped[str] = mapped_column(String(40), unique=True)
    private: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Membership(Base):
    """A person's roles in an organisation, which is an id here."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(40), default=MembershipState.ACTIVE)
    since: Mapped[datetime]


class Invitation(Base):
    """An invitation by mail to take a place in an organisation."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    organisation_name: Mapped[str] = mapped_column(String(300))
    email: Mapped[str] = mapped_column(String(254), index=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    secret_hash: Mapped[str] = mapped_column(String(HASH), unique=True)
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class JoinRequest(Base):
    """A person's request to join an organisation."""

    __tablename__ = "join_request"
    __table_args__ = (
        Index("ix_join_request_organisation_id_state", "organisation_id", "state"),
        Index("ix_join_request_state", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    note: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[str] = mapped_column(String(40), default=JoinState.PENDING)
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class ParkedBody(Base):
    """What a person had written when their session ended, kept for 24 hours to be sent again.

    Bound to the person when one is known, else to the browser by the hash of its cookie.
    """

    __tablename__ = "parked_body"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    flow_hash: Mapped[str] = mapped_column(String(HASH), index=True)
    path: Mapped[str] = mapped_column(String(2000))
    fields: Mapped[list[list[str]]] = mapped_column(JSON)
    files: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
