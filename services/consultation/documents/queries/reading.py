"""The rows of a version, read in five queries whatever its length."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, select

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
from shared.errors import NotFound
from shared.i18n import Said, Words
from shared.work import View

EXCERPT = 140
"""Characters of a paragraph that stand in an outline."""


def find_version(view: View, *conditions: ColumnElement[bool]) -> Version | None:
    """Return the newest version that meets the conditions and that the reader may know of."""
    row = view.session.execute(
        select(DocumentVersion, Document)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(*conditions)
        .order_by(DocumentVersion.number.desc())
        .limit(1)
    ).one_or_none()
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
    )


def version(view: View, version_id: UUID) -> Version:
    """Return a version. Raises NotFound also for a draft that the reader may not know of."""
    found = find_version(view, DocumentVersion.id == version_id)
    if found is None:
        raise NotFound
    return found


class Reading:
    """The rows of a version, or of one paragraph of it."""

    def __init__(
        self, view: View, version_id: UUID, language: str, label: str | None = None
    ) -> None:
        self.version = version(view, version_id)
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
            excerpt=Said(shorten(plain, EXCERPT), said.language, said.is_other),
            parts=len(self._parts.get(row.id, ())),
        )

    def row(self, row: DocumentParagraph) -> ParagraphRow:
        """Return a paragraph with its parts and the footnotes that it refers to."""
        parts = tuple(
            PartRow(part.label, short_name_of(part.label), PartKind(part.kind), said)
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
            parts=parts,
            headings={
                kind.value: heading
                for kind in (PartKind.GOAL, PartKind.STRATEGY)
                if (heading := self.say(row.id, kind.value))
            },
            notes=tuple(Note(mark, self.say(self.version.id, f"note:{mark}")) for mark in marks),
        )


def shorten(text: str, length: int) -> str:
    """Return the beginning of a text that is longer than `length` characters."""
    return text if len(text) <= length else f"{text[:length].rstrip()} …"
