"""Tables of the desk: screening, questions, decisions, and what orders the queue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.base import Base
from shared import ids


class Screening(Base):
    """An officer's answers for one round of a registration."""

    __tablename__ = "screening"
    __table_args__ = (UniqueConstraint("organisation_id", "round"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    round: Mapped[int] = mapped_column(Integer)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    officer: Mapped[UUID | None]
    updated_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(20))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class Clarification(Base):
    """A question to the applicant and its answer."""

    __tablename__ = "clarification"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    question: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class CallCopy(Base):
    """A call's code and last deadline, to order the desk by what an applicant is writing for."""

    __tablename__ = "call_copy"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(20))
    closes_at: Mapped[datetime | None]


class DraftCopy(Base):
    """An answer that an organisation is writing or has sent."""

    __tablename__ = "draft_copy"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    call_id: Mapped[UUID] = mapped_column(index=True)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(20))
