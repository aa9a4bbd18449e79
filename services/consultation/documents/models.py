"""Tables of documents: a document, its versions, and what can be addressed in a version."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.consultation.base import Base
from services.consultation.documents.rules import Change, State
from shared import ids
from shared.database.base import Instant, Wording


class Document(Base):
    """The document of one call. `authentic_language` is that of the text that counts."""

    __tablename__ = "document"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    call_id: Mapped[UUID] = mapped_column(unique=True)
    authentic_language: Mapped[str] = mapped_column(String(8))


class DocumentVersion(Base):
    """One version: number 1 is under consultation, the next one is the revised text.

    `edition` counts how often the authentic text of a draft was imported; a translation that was
    made from an earlier edition is stale.
    """

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(40), default=State.DRAFT)
    made_from_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("document_version.id"), default=None
    )
    edition: Mapped[int] = mapped_column(Integer, default=0)
    frozen_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


class DocumentSection(Base):
    """A heading, or the title of the table, in the order of the text."""

    __tablename__ = "document_section"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))


class DocumentParagraph(Base):
    """A paragraph or table row: one page.

    `label` names it in every version, whatever else moves. A deleted one keeps its row.
    """

    __tablename__ = "document_paragraph"
    __table_args__ = (UniqueConstraint("version_id", "label"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id"))
    section_id: Mapped[UUID] = mapped_column(ForeignKey("document_section.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    change: Mapped[str] = mapped_column(String(40), default=Change.UNCHANGED)
    moved: Mapped[bool] = mapped_column(Boolean, default=False)


class DocumentPart(Base):
    """An item, goal or strategy of a paragraph or row."""

    __tablename__ = "document_part"
    __table_args__ = (UniqueConstraint("version_id", "label"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id"))
    paragraph_id: Mapped[UUID] = mapped_column(ForeignKey("document_paragraph.id"), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))


class DocumentText(Base, Wording):
    """A text of a version in one language.

    `owner_id` is the version (parts `title`, `masthead`, `notice`, `note:1`), a section (`title`),
    a paragraph (`text`, and for a row `goal` and `strategy`: the headings) or a part (`text`).
    """

    __tablename__ = "document_text"
    __table_args__ = (UniqueConstraint("owner_id", "part", "language"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id"), index=True)
