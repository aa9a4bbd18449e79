"""Tables of submissions: the answer, its responses and comments, who worked on it, who approved."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from services.consultation.submissions.rules import ApprovalState, State
from shared import ids
from shared.database.base import Aggregate, Instant

ONE_DRAFT = text("state IN ('draft', 'with_approver')")
ONE_SENT = text("state = 'submitted'")


class Submission(Base, Aggregate):
    """One answer of one partner to one call; a draft until it is sealed.

    `code` is random and names it in addresses; `reference` comes with sealing. `counted` says
    whether it stands in the figures; `provisional` that the partner was not decided on yet.
    `category`, `country` and `tier` are the partner's at sealing.
    """

    __tablename__ = "submission"
    __table_args__ = (
        Index(
            "uq_submission_draft",
            "call_id",
            "organisation_id",
            unique=True,
            sqlite_where=ONE_DRAFT,
            postgresql_where=ONE_DRAFT,
        ),
        Index(
            "uq_submission_sent",
            "call_id",
            "organisation_id",
            unique=True,
            sqlite_where=ONE_SENT,
            postgresql_where=ONE_SENT,
        ),
        Index("ix_submission_call_state", "call_id", "state", "id"),
        Index("ix_submission_organisation", "organisation_id", "id"),
        Index("ix_submission_sealed_at", "sealed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    call_id: Mapped[UUID] = mapped_column()
    organisation_id: Mapped[UUID] = mapped_column()
    state: Mapped[str] = mapped_column(String(40), default=State.DRAFT)
    reference: Mapped[str | None] = mapped_column(String(16), unique=True, default=None)
    document_version_id: Mapped[UUID | None] = mapped_column(default=None)
    language: Mapped[str] = mapped_column(String(8))
    consent: Mapped[str | None] = mapped_column(String(40), default=None)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
    began_by: Mapped[UUID | None] = mapped_column(default=None)
    began_at: Mapped[datetime] = mapped_column(Instant)
    saved_by: Mapped[UUID | None] = mapped_column(default=None)
    saved_at: Mapped[datetime] = mapped_column(Instant)
    parts_ready: Mapped[int] = mapped_column(Integer, default=0)
    parts: Mapped[int] = mapped_column(Integer, default=0)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"), default=None)
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"), default=None)

    key: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    sealed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    sent_by: Mapped[UUID | None] = mapped_column(default=None)
    window_id: Mapped[UUID | None] = mapped_column(default=None)
    on_time: Mapped[bool | None] = mapped_column(Boolean, default=None)
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    counted: Mapped[bool] = mapped_column(Boolean, default=False)
    category: Mapped[str] = mapped_column(String(40), default="")
    tier: Mapped[str | None] = mapped_column(String(40), default=None)
    country: Mapped[str] = mapped_column(String(8), default="")
    digest: Mapped[str | None] = mapped_column(String(64), default=None)
    canonical: Mapped[str | None] = mapped_column(Text, default=None, deferred=True)
    approval_id: Mapped[UUID | None] = mapped_column(default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    withdrawn_by: Mapped[UUID | None] = mapped_column(default=None)


class Response(Base):
    """The response to one question. `value` is what was typed or chosen, valid or not.

    Lists hold codes of options; everything else is text. `text` is the value as words to read in
    analysis, empty for a choice.
    """

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("submission_id", "question_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    question_id: Mapped[UUID] = mapped_column()
    question_code: Mapped[str] = mapped_column(String(60))
    question_version: Mapped[int] = mapped_column(Integer)
    value: Mapped[Any] = mapped_column(JSON, default=None)
    text: Mapped[str] = mapped_column(Text, default="")
    consent: Mapped[str | None] = mapped_column(String(40), default=None)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
    saved_by: Mapped[UUID | None] = mapped_column(default=None)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class Comment(Base):
    """A comment on one paragraph or table row, or on one part of it (`part`, else empty)."""

    __tablename__ = "comment"
    __table_args__ = (UniqueConstraint("submission_id", "paragraph", "part"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    paragraph: Mapped[str] = mapped_column(String(60))
    part: Mapped[str] = mapped_column(String(60), default="")
    stance: Mapped[str | None] = mapped_column(String(40), default=None)
    text: Mapped[str] = mapped_column(Text, default="")
    wording: Mapped[str] = mapped_column(Text, default="")
    consent: Mapped[str | None] = mapped_column(String(40), default=None)
    row_version: Mapped[int] = mapped_column(Integer, default=1)
    saved_by: Mapped[UUID | None] = mapped_column(default=None)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class Concealed(Base):
    """A response or comment of which everybody may read less than was sealed.

    Its publication decided so; `visible` are the words that stay, empty when none do.
    """

    __tablename__ = "concealed_item"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    visible: Mapped[str] = mapped_column(Text, default="")


class Worker(Base):
    """A person who worked on an answer; all of them get the receipt."""

    __tablename__ = "submission_worker"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)


class Approver(Base):
    """An office that approves: the only place with its name and address; erasure empties it."""

    __tablename__ = "approver"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    office: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(8), default="en")
    erased: Mapped[bool] = mapped_column(Boolean, default=False)


class Approval(Base):
    """One round of asking the office. `content` is the digest of the text that was approved.

    `decided_name` is what the person typed; `paper_*` describe an approval on paper.
    """

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("submission_id", "round"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), index=True)
    round: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(40), default=ApprovalState.ASKED)
    approver_id: Mapped[UUID | None] = mapped_column(ForeignKey("approver.id"), default=None)
    secret_hash: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    content: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    asked_by: Mapped[UUID | None] = mapped_column(default=None)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    decided_name: Mapped[str] = mapped_column(String(200), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    on_paper: Mapped[bool] = mapped_column(Boolean, default=False)
    paper_date: Mapped[date | None] = mapped_column(default=None)
    scan: Mapped[str | None] = mapped_column(String(64), default=None)
    scan_name: Mapped[str] = mapped_column(String(200), default="")
    scan_type: Mapped[str] = mapped_column(String(100), default="")


class OrganisationSettings(Base):
    """How one partner sends: which office approves (none: nobody), whether deputies may send."""

    __tablename__ = "organisation_settings"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    approver_id: Mapped[UUID | None] = mapped_column(ForeignKey("approver.id"), default=None)
    deputies_may_send: Mapped[bool] = mapped_column(Boolean, default=False)
    changed_by: Mapped[UUID | None] = mapped_column(default=None)
    changed_at: Mapped[datetime] = mapped_column(Instant)
