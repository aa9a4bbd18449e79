"""Copies of what consultation tells, and the record of who was concerned."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.base import Base
from shared.contracts.audience import Audience
from shared.contracts.consultation import Window
from shared.i18n import Words


class CallCopy(Base):
    """A call as consultation last told. `closes_at` is the end of its last window for everybody.

    `points_waiting` counts recommended points that nobody has decided.
    """

    __tablename__ = "call_copy"
    __table_args__ = (Index("ix_call_copy_open", "state", "closes_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(20), index=True)
    state: Mapped[str] = mapped_column(String(40))
    titles: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    summaries: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    authentic_language: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(60))
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    audience: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    audience_version: Mapped[int] = mapped_column(Integer)
    closes_at: Mapped[datetime | None]
    reply_due_at: Mapped[datetime | None]
    managers: Mapped[list[str]] = mapped_column(JSON, default=list)
    parts: Mapped[int] = mapped_column(Integer, default=0)
    points_waiting: Mapped[int] = mapped_column(Integer, default=0)

    @property
    def title(self) -> Words:
        """The title in the languages that it has."""
        return Words(self.titles, self.authentic_language)

    @property
    def summary(self) -> Words:
        """The summary in the languages that it has."""
        return Words(self.summaries, self.authentic_language)

    @property
    def all_windows(self) -> list[Window]:
        """The windows as values."""
        return [Window.model_validate(one) for one in self.windows]

    @property
    def whom(self) -> Audience:
        """Whom the call concerns."""
        return Audience.model_validate(self.audience)


class SubmissionCopy(Base):
    """A submission as consultation last told: who worked on it and where it stands."""

    __tablename__ = "submission_copy"
    __table_args__ = (Index("ix_submission_copy_call", "call_id", "organisation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(20), default="")
    call_id: Mapped[UUID]
    call_code: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    reference: Mapped[str | None] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(40))
    people: Mapped[list[str]] = mapped_column(JSON, default=list)
    parts_ready: Mapped[int] = mapped_column(Integer, default=0)
    parts: Mapped[int] = mapped_column(Integer, default=0)


class Concern(Base):
    """An organisation was concerned by a call at a moment when the call was to be told of.

    Written when the call arrives and when an organisation changes, never taken back: it is what
    "should have been told" is counted from.
    """

    __tablename__ = "concern"

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    audience_version: Mapped[int] = mapped_column(Integer)
    organisation_version: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
