"""Tables of calls: texts, windows, editors, reviews, notes, acts, and whom a call asks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from services.consultation.calls.rules import (
    ActState,
    PeriodType,
    State,
    SubjectKind,
    Visibility,
)
from shared import ids
from shared.contracts.audience import Audience
from shared.database.base import Aggregate, Instant, Wording, part_of


class Call(Base, Aggregate):
    """One call for input.

    `opens_at` and `closes_at` are planned until publication; from then on they repeat the first
    opening and the last closing of the windows for everybody, for lists. `saves` counts how often
    each part was saved, so that nobody overwrites a colleague silently. `parts` is the number of
    parts that an answer has. On the pages of a `sensitive` call one can leave in a hurry.
    """

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index("ix_call_state_closes_at", "state", "closes_at", "id"),
        Index("ix_call_state_opens_at", "state", "opens_at", "id"),
        Index("ix_call_closes_at", "closes_at", "id"),
        Index("ix_call_created_at", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(40), default=State.DRAFT)
    subject_kind: Mapped[str] = mapped_column(String(40), default=SubjectKind.PROGRAMME)
    subject_code: Mapped[str] = mapped_column(String(60), default="")
    visibility: Mapped[str] = mapped_column(String(40), default=Visibility.PUBLIC)
    sensitive: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    authentic_language: Mapped[str] = mapped_column(String(8), default="en")
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    contact: Mapped[str] = mapped_column(String(254), default="")
    participation: Mapped[str | None] = mapped_column(String(40), default=None)
    decision_date: Mapped[date | None] = mapped_column(default=None)
    zone: Mapped[str] = mapped_column(String(60), default="UTC")
    period: Mapped[str] = mapped_column(String(40), default=PeriodType.FULL)
    opens_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    closes_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    audience_data: Mapped[dict[str, Any]] = mapped_column("audience", JSON, default=dict)
    audience_version: Mapped[int] = mapped_column(Integer, default=1)
    saves: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    parts: Mapped[int] = mapped_column(Integer, default=0)

    created_by: Mapped[UUID | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(Instant)
    review_round: Mapped[int] = mapped_column(Integer, default=0)
    reviewer: Mapped[UUID | None] = mapped_column(default=None)
    published_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    invited_fixed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    analysing_since: Mapped[datetime | None] = mapped_column(Instant, default=None)
    reply_due_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    reply_new_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    @property
    def audience(self) -> Audience:
        """Whom it asks."""
        return Audience.model_validate(self.audience_data)

    @property
    def subject(self) -> str:
        """What it is about, as one word: `programme:neighbourhoods`, `strategy`, `initiative`."""
        return (
            f"{self.subject_kind}:{self.subject_code}" if self.subject_code else self.subject_kind
        )

    @property
    def reply_expected_at(self) -> datetime | None:
        """When the reply is due now: the new date where one was given."""
        return self.reply_new_at or self.reply_due_at


class CallText(Base, Wording):
    """A text of a call in one language; `owner_id` is the call.

    Parts: title, summary, open_for_change, already_decided, decision_owner, exception (the reason
    of a short period), language_gap (why a language is missing). `revision` counts its changes.
    """

    __tablename__ = "call_text"
    __table_args__ = (
        UniqueConstraint("owner_id", "part", "language"),
        part_of("call_text", "text"),
    )

    revision: Mapped[int] = mapped_column(Integer, default=1)


class CallWindow(Base):
    """A stretch of time in which answers are taken; never shortened, never deleted.

    `organisation_id` narrows a late one to one partner. `approved_by` is the second person.
    """

    __tablename__ = "call_window"
    __table_args__ = (Index("ix_call_window_closes_at", "closes_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    zone: Mapped[str] = mapped_column(String(60))
    organisation_id: Mapped[UUID | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[UUID | None] = mapped_column(default=None)


class CallEditor(Base):
    """A person who edited any part of a call, and who therefore does not publish it."""

    __tablename__ = "call_editor"

    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)


class CallReview(Base):
    """One round of review: asked by somebody, sent back or published by another."""

    __tablename__ = "call_review"
    __table_args__ = (UniqueConstraint("call_id", "round"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"))
    round: Mapped[int] = mapped_column(Integer)
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    published: Mapped[bool | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(Text, default="")


class CallNote(Base):
    """A public note with its reason, numbered; texts by language."""

    __tablename__ = "call_note"
    __table_args__ = (UniqueConstraint("call_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[UUID | None] = mapped_column(default=None)
    approved_by: Mapped[UUID | None] = mapped_column(default=None)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class CallAct(Base):
    """An act on a published call that one person proposed and another has to approve.

    `texts` is the public reason by language; `details` hold the new end (extend) or the corrected
    texts as `{part: {language: text}}` (correct).
    """

    __tablename__ = "call_act"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(40), default=ActState.PROPOSED)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    proposed_by: Mapped[UUID | None]
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[UUID | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    note: Mapped[str] = mapped_column(Text, default="")


class CallInvited(Base):
    """A verified partner that a call concerned at a moment while it was open; fixed at close.

    `category` is the partner's when it was first concerned.
    """

    __tablename__ = "call_invited"
    __table_args__ = (
        Index("ix_call_invited_call_id_category", "call_id", "category"),
        Index("ix_call_invited_organisation_id", "organisation_id"),
    )

    call_id: Mapped[UUID] = mapped_column(ForeignKey("call.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(8))
    since: Mapped[datetime] = mapped_column(Instant)
