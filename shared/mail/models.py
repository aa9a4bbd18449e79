"""The outgoing mail of one service: a row a message, kept as proof after its body is gone."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, Integer, String, Text, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from shared import ids
from shared.database.base import Shared


class MailState(StrEnum):
    """Where a message stands; the words are those of a notice's delivery."""

    CREATED = "created"
    SENDING = "sending"
    DELIVERED = "delivered"
    TEMPORARY_FAILURE = "temporary_failure"
    PERMANENT_FAILURE = "permanent_failure"
    TECHNICAL_FAILURE = "technical_failure"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


WAITING = (MailState.CREATED, MailState.TEMPORARY_FAILURE)
"""States from which a message is still sent."""


class MailRow(Shared):
    """One message to one address.

    `next_at` is when it may be tried (again) and, while `sending`, when the worker's lease ends;
    both are system time. A `secret` body is cleared as soon as it was delivered or given up.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "next_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    occasion: Mapped[str] = mapped_column(String(200), default="", index=True)
    to: Mapped[str] = mapped_column(String(320), index=True)
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(998))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text, default=None)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    attachments: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    secret: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(40), default=MailState.CREATED)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    traceparent: Mapped[str | None] = mapped_column(String(60), default=None)


unforgotten = MailRow.to != literal_column("''")
"""Messages that still hold an address; spelled out, so that the index knows the condition again."""

Index(
    "ix_mail_settled_at",
    MailRow.settled_at,
    postgresql_where=unforgotten,
    sqlite_where=unforgotten,
)
