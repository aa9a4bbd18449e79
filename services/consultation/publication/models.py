"""Tables of publication: what was prepared and decided, and the words that everybody may read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from services.consultation.publication.rules import State
from shared import ids


class Publication(Base):
    """How one answer is published; `proposed` waits for a decision, empty when nothing does.

    Redactions are by id of the item: `{"text": ..., "wording": ...}`. `round` counts decisions.
    """

    __tablename__ = "publication"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    call_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(40), default=State.PENDING)
    redactions: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    proposed: Mapped[str] = mapped_column(String(40), default="")
    proposed_redactions: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict)
    proposed_reason: Mapped[str] = mapped_column(Text, default="")
    prepared_by: Mapped[UUID | None]
    prepared_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(Integer, default=0)


class PublishedItem(Base):
    """A response or comment as everybody may read it; public pages read nothing else.

    `organisation_id` is set only where the author is named. `mixed` orders what has no name: by
    nothing that the author or the time of sending had a part in. `value` is what was chosen, an
    empty list where the response is in words.
    """

    __tablename__ = "published_item"
    __table_args__ = (
        Index("ix_published_item_call_named", "call_id", "organisation_id", "item_id"),
        Index("ix_published_item_call_mixed", "call_id", "mixed"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID]
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    organisation_id: Mapped[UUID | None]
    question_code: Mapped[str] = mapped_column(String(60), default="")
    paragraph: Mapped[str] = mapped_column(String(60), default="")
    part: Mapped[str] = mapped_column(String(60), default="")
    stance: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[Any] = mapped_column(JSON, default=list)
    text: Mapped[str] = mapped_column(Text, default="")
    wording: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(8))
    redacted: Mapped[bool] = mapped_column(default=False)
    mixed: Mapped[str] = mapped_column(String(64))
