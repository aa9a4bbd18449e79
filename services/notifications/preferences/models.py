"""Tables of preferences."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.base import Base


class Preference(Base):
    """How soon one person wants mail of one topic; no row means nobody chose."""

    __tablename__ = "preference"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    pace: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime]


class QuietHours(Base):
    """Hours in which one person wants no mail, by their own clock; no row means none."""

    __tablename__ = "quiet_hours"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts: Mapped[int] = mapped_column(Integer)
    ends: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime]


class StopLink(Base):
    """The secret in every mail of one topic to one person; it stops that mail and nothing else.

    Kept readable, because each mail repeats it, and without end, because people look for it months
    later.
    """

    __tablename__ = "stop_link"
    __table_args__ = (UniqueConstraint("person_id", "topic"),)

    secret: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID]
    topic: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
