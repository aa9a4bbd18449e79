"""The table of deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Boolean, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.base import Base
from services.notifications.deliveries.rules import DeliveryState
from shared import ids


class Delivery(Base):
    """One person was (or is to be) told of one occasion through one channel.

    `organisation_id` and `audience_version` say why, `cause` is the event. `mail_id` names the
    row of the outgoing mail, which knows how far the mail has come; `message_id` the message of
    the inbox. `digest` marks mail that waits for the daily one.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("occasion", "person_id", "channel"),
        Index("ix_delivery_call", "call_id", "id"),
        Index("ix_delivery_digest", "person_id", "digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    occasion: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    topic: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(40))
    call_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    audience_version: Mapped[int | None]
    cause: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(40), default=DeliveryState.CREATED)
    reason: Mapped[str | None] = mapped_column(String(40))
    message_id: Mapped[UUID | None]
    mail_id: Mapped[UUID | None]
    digest: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]


class Check(Base):
    """Should against was told of one call, as last compared while the call was open."""

    __tablename__ = "told_check"

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    concerned: Mapped[int] = mapped_column(Integer)
    unreachable: Mapped[list[str]] = mapped_column(JSON, default=list)
    due: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)
