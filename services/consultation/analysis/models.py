"""Tables of analysis: who read what, how each item ended, points and their history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from shared import ids
from shared.database.base import Wording


class ReadMark(Base):
    """An analyst read an answer: pressed the button, not merely opened the page."""

    __tablename__ = "read_mark"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(index=True)
    by: Mapped[UUID | None]
    at: Mapped[datetime]


class ItemEnd(Base):
    """How a response or comment ended; `item_id` is its id."""

    __tablename__ = "item_end"
    __table_args__ = (Index("ix_item_end_call_id", "call_id"),)

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    call_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(20))
    ending: Mapped[str] = mapped_column(String(40))
    by: Mapped[UUID | None]
    at: Mapped[datetime]


class Point(Base):
    """One point that an author makes, in their words.

    `paragraph` and `part` are labels of the document, empty for a response to a question.
    `covered_by` is the label of the paragraph that already says it.
    """

    __tablename__ = "point"
    __table_args__ = (
        UniqueConstraint("call_id", "number"),
        Index("ix_point_call_id_state", "call_id", "state"),
        Index("ix_point_submission_id", "submission_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(Integer)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    item_id: Mapped[UUID] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(20))
    question_code: Mapped[str] = mapped_column(String(60), default="")
    paragraph: Mapped[str] = mapped_column(String(60), default="")
    part: Mapped[str] = mapped_column(String(60), default="")
    stance: Mapped[str] = mapped_column(String(40), default="")
    words: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    gist: Mapped[str] = mapped_column(Text, default="")
    gist_language: Mapped[str] = mapped_column(String(8), default="")
    consent: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(40), default="")
    assigned_to: Mapped[UUID | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(40))
    disposition: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(40))
    covered_by: Mapped[str] = mapped_column(String(60), default="")
    cut_by: Mapped[UUID | None]
    cut_at: Mapped[datetime]
    recommended_by: Mapped[UUID | None]
    recommended_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class PointText(Base, Wording):
    """The explanation of a point in one language; `owner_id` is the point, part `explanation`."""

    __tablename__ = "point_text"
    __table_args__ = (UniqueConstraint("owner_id", "part", "language"),)


class PointStep(Base):
    """One step in the history of a point; nothing is ever taken out of it."""

    __tablename__ = "point_step"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    point_id: Mapped[UUID] = mapped_column(ForeignKey("point.id"), index=True)
    what: Mapped[str] = mapped_column(String(40))
    by: Mapped[UUID | None]
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
