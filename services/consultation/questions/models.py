"""Tables of questions: topics, questions, options, and their texts in several languages."""

from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from shared import ids
from shared.database.base import Wording


class QuestionTopic(Base):
    """A few related questions: one page of the answer."""

    __tablename__ = "question_topic"
    __table_args__ = (UniqueConstraint("call_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column()
    ordinal: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(40))


class Question(Base):
    """A question of a call. `code` never changes; `version` counts changes of what it asks.

    `topic_id` is None for a question outside of any topic. Frozen when the call is published.
    """

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("call_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column()
    topic_id: Mapped[UUID | None] = mapped_column(ForeignKey("question_topic.id"), default=None)
    ordinal: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    required: Mapped[bool] = mapped_column(Boolean, default=False)
    max_length: Mapped[int | None] = mapped_column(Integer, default=None)
    minimum: Mapped[float | None] = mapped_column(Float, default=None)
    maximum: Mapped[float | None] = mapped_column(Float, default=None)
    max_choices: Mapped[int | None] = mapped_column(Integer, default=None)
    version: Mapped[int] = mapped_column(Integer, default=1)
    frozen: Mapped[bool] = mapped_column(Boolean, default=False)


class QuestionOption(Base):
    """One option of a question; its code is what a response holds."""

    __tablename__ = "question_option"
    __table_args__ = (UniqueConstraint("question_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(String(40))


class QuestionText(Base, Wording):
    """A text: a topic's or question's `title`, a question's `help`, an option's `label`."""

    __tablename__ = "question_text"
    __table_args__ = (UniqueConstraint("owner_id", "part", "language"),)

    call_id: Mapped[UUID] = mapped_column(index=True)
