"""Tables of reports: the report, its texts and authors, and which change answers which point."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from shared import ids
from shared.database.base import Wording


class Report(Base):
    """The report of one call. `digest` is what its approver attested to have considered."""

    __tablename__ = "report"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"), unique=True)
    state: Mapped[str] = mapped_column(String(40))
    round: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    asked_by: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    approved_by: Mapped[UUID | None]
    published_at: Mapped[datetime | None]


class ReportText(Base, Wording):
    """A text of a report in one language; parts `summary` and `language_gap`."""

    __tablename__ = "report_text"
    __table_args__ = (UniqueConstraint("owner_id", "part", "language"),)


class ReportAuthor(Base):
    """Somebody who wrote on the report or on the revised text, and so does not approve it."""

    __tablename__ = "report_author"

    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)


class ChangeEntry(Base):
    """A change where the call has no document; its texts say where, before and after."""

    __tablename__ = "change_entry"
    __table_args__ = (UniqueConstraint("call_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"))
    number: Mapped[int] = mapped_column(Integer)


class ChangeText(Base, Wording):
    """A text of a change entry in one language; parts `place`, `before` and `after`."""

    __tablename__ = "change_text"
    __table_args__ = (UniqueConstraint("owner_id", "part", "language"),)


class AnsweredPoint(Base):
    """That a changed paragraph (`label`) or change entry (`label` `entry:N`) answers a point."""

    __tablename__ = "answered_point"

    point_id: Mapped[UUID] = mapped_column(ForeignKey("point.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(60), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(index=True)
