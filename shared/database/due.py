"""Timed work: rows that become due by portal time and are worked off by whoever comes first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared import ids
from shared.database.base import Shared


class DueRow(Shared):
    """One thing to do at a time. (kind, subject, mark) is unique: asking twice is asking once."""

    __tablename__ = "due"
    __table_args__ = (UniqueConstraint("kind", "subject", "mark"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[UUID]
    mark: Mapped[str] = mapped_column(String(80), default="")
    at: Mapped[datetime] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
    traceparent: Mapped[str | None] = mapped_column(String(60))
