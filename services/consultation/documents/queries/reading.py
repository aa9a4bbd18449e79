"""The rows of a version, read in five queries whatever its length."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam, select

from services.consultation.documents.models import (
    Document,
    DocumentParagraph,
    DocumentPart,
    DocumentSection,
    DocumentText,
    DocumentVersion,
)
from services.consultation.documents.queries.rows import (
    Entry,
    Note,
    ParagraphRow,
    PartRow,
    Version,
)
from services.consultation.documents.rules import (
    MARK,
    Change,
    Kind,
    PartKind,
    State,
    short_name_of,
)
from shared.database.prepared import Statement
from shared.errors import NotFound
from shared.i18n import Said, Words
from shared.web.formats import excerpt
from shared.work import View

EXCERPT = 140
"""Characters of a paragraph that stand in an outline."""


def consulted(view: View, call_id: UUID) -> Version | None:
    """Return the version on which a call asks for comments, or None when it has no document."""
    return _version(view, _newest(revised=False), call_id)


def revised(view: View, call_id: UUID) -> Version | None:
    """Return the revised text of a call, drafted or published, or None."""
    return _version(view, _newest(revised=True), call_id)


def version(view: View, version_id: UUID) -> Version:
    """Return a version. Raises NotFound also for a draft that the reader may not know of."""
    found = _version(view, _by_id(), version_id)
    if found is None:
        raise NotFound
    return found


@cache
def _by_id() -> Statement:
    return (
        select(DocumentVersion, Document)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.id == bindparam("id"))
    )


@cache
def _newest(*, revised: bool) -> Statement:
    source = DocumentVersion.made_from_id
    return (
        select(DocumentVersion, Document)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            Document.call_id == bindparam("id"),
            source.is_not(None) if revised else source.is_(None),
        )
        .order_by(DocumentVersion.number.desc())
        .limit(1)
    )


def _version(view: View, statement: Statement, of: UUID) -> Version | None:
    row = view.session.execute(statement, {"id": of}).one_or_none()
    if row is None:
        return None
    found, document = row
    if not view.allows("document.read", found):
        return None
    return Version(
        id=found.id,
        document_id=document.id,
        call_id=document.call_id,
        number=found.number,
        state=State(found.state),
        authentic_language=document.authentic_language,
        edition=found.edition,
        frozen_at=found.frozen_at,
    )


class Reading:
    """The rows of a version, or of one paragraph of it."""

    def __init__(self, view: View, about: Version, language: str, label: str | None = None) -> None:
        self.version, version_id = about, about.id
        self.language = language
        session = view.session
        paragraphs = select(DocumentParagraph).where(DocumentParagraph.version_id == version_id)
        parts = select(DocumentPart).where(DocumentPart.version_id == version_id)
        texts = select(DocumentText).where(DocumentText.version_id == version_id)
        sections = select(DocumentSection).where(DocumentSection.version_id == version_id)
        if label is not None:
            paragraphs = paragraphs.where(DocumentParagraph.label == label)
        self.paragraphs = session.scalars(paragraphs.order_by(DocumentParagraph.ordinal)).all()
        if label is not None:
            only = self.paragraphs[0]
            parts = parts.where(DocumentPart.paragraph_id == only.id)
            sections = sections.where(DocumentSection.id == only.section_id)
        self.parts = session.scalars(parts.order_by(DocumentPart.ordinal)).all()
        self.sections = session.scalars(sections.order_by(DocumentSection.ordinal)).all()
        if label is not None:
            texts = texts.where(DocumentText.owner_id.in_(self._owners()))
        self.texts: dict[tuple[UUID, str], dict[str, str]] = {}
        for text in session.scalars(texts):
            self.texts.setdefault((text.owner_id, text.part), {})[text.language] = text.text
        self._parts: dict[UUID, list[DocumentPart]] = {}
        for part in self.parts:
            self._parts.setdefault(part.paragraph_id, []).append(part)

    def _owners(self) -> list[UUID]:
        rows: Iterable[DocumentParagraph | DocumentPart | DocumentSection] = (
            *self.paragraphs,
            *self.parts,
            *self.sections,
        )
        return [self.version.id, *(row.id for row in rows)]

    def words(self, owner: UUID, part: str) -> Words:
        """Return a text in all its languages."""
        return Words(self.texts.get((owner, part), {}), self.version.authentic_language)

    def say(self, owner: UUID, part: str) -> Said:
        """Return a text as the reader gets it."""
        return self.words(owner, part).best(self.language)

    def lines(self, owner: UUID, part: str) -> tuple[Said, ...]:
        """Return the lines of a text."""
        said = self.say(owner, part)
        return tuple(
            Said(line, said.language, said.is_other) for line in said.text.splitlines() if line
        )

    def languages(self) -> tuple[str, ...]:
        """Return the languages of the title, the authentic one first."""
        found = set(self.words(self.version.id, "title"))
        return tuple(
            sorted(found, key=lambda code: (code != self.version.authentic_language, code))
        )

    def entry(self, row: DocumentParagraph) -> Entry:
        """Return a line of the outline."""
        said = self.say(row.id, "text")
        plain = MARK.sub("", said.text).replace("**", "")
        return Entry(
            label=row.label,
            kind=Kind(row.kind),
            change=Change(row.change),
            excerpt=Said(excerpt(plain, EXCERPT), said.language, said.is_other),
            parts=len(self._parts.get(row.id, ())),
            moved=row.moved,
        )

    def row(self, row: DocumentParagraph) -> ParagraphRow:
        """Return a paragraph with its parts and the footnotes that it refers to."""
        parts = tuple(
            PartRow(part.label, short_name_of(part.label, said.language), PartKind(part.kind), said)
            for part in self._parts.get(row.id, ())
            if (said := self.say(part.id, "text"))
        )
        said = self.say(row.id, "text")
        marks = dict.fromkeys(
            match["mark"]
            for text in (said, *(part.said for part in parts))
            for match in MARK.finditer(text.text)
        )
        return ParagraphRow(
            label=row.label,
            kind=Kind(row.kind),
            change=Change(row.change),
            section=self.say(row.section_id, "title"),
            said=said,
            moved=row.moved,
            parts=parts,
            headings={
                kind.value: heading
                for kind in (PartKind.GOAL, PartKind.STRATEGY)
                if (heading := self.say(row.id, kind.value))
            },
            notes=tuple(Note(mark, self.say(self.version.id, f"note:{mark}")) for mark in marks),
        )
