"""Documents as a reader gets them: frozen rows for pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.consultation.documents.rules import (
    MARK,
    Change,
    Kind,
    PartKind,
    Run,
    SectionKind,
    State,
    anchor_of,
    name_of,
    runs,
)
from shared.i18n import Said


@dataclass(frozen=True)
class Version:
    """A version and its document."""

    id: UUID
    document_id: UUID
    call_id: UUID
    number: int
    state: State
    authentic_language: str
    edition: int
    frozen_at: datetime | None

    def is_settled(self, now: datetime) -> bool:
        """Say whether it was frozen before `now`, the time of the reader: it never changes."""
        return self.frozen_at is not None and self.frozen_at < now


@dataclass(frozen=True)
class PartRow:
    """An item, goal or strategy. `short` is how it begins on paper: `(a)` or `4.`."""

    label: str
    short: str
    kind: PartKind
    said: Said

    @property
    def name(self) -> str:
        """How to speak of it."""
        return name_of(self.label)

    @property
    def anchor(self) -> str:
        """Its name within a page."""
        return anchor_of(self.label)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The text cut for printing."""
        return runs(self.said.text)


@dataclass(frozen=True)
class Note:
    """A footnote."""

    mark: str
    said: Said


@dataclass(frozen=True)
class ParagraphRow:
    """A paragraph or table row, as a page or a stretch of the whole text shows it.

    `is_other` says that some of it is not in the reader's language; then the page says so.
    """

    label: str
    kind: Kind
    change: Change
    section: Said
    said: Said
    moved: bool = False
    parts: tuple[PartRow, ...] = ()
    headings: Mapping[str, Said] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def name(self) -> str:
        """How to speak of it: `Paragraph 3`."""
        return name_of(self.label)

    @property
    def number(self) -> str:
        """The number as it stands in the text."""
        return self.label.removeprefix("t")

    @property
    def anchor(self) -> str:
        """Its name within a page."""
        return anchor_of(self.label)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The text cut for printing."""
        return runs(self.said.text)

    @property
    def is_other(self) -> bool:
        """Whether any of it is in another language than the reader's."""
        return self.said.is_other or any(part.said.is_other for part in self.parts)

    @property
    def groups(self) -> tuple[tuple[str, Said | None, tuple[PartRow, ...]], ...]:
        """Parts by kind with the heading above them; items have none."""
        return tuple(
            (kind.value, self.headings.get(kind.value), parts)
            for kind in PartKind
            if (parts := tuple(part for part in self.parts if part.kind is kind))
        )

    @property
    def plain(self) -> str:
        """All its words as plain text, one part a line."""
        lines = [self.said.text, *(f"{part.short} {part.said.text}" for part in self.parts)]
        return MARK.sub("", "\n".join(line for line in lines if line)).replace("**", "")


@dataclass(frozen=True)
class ParagraphPage:
    """One page of the document, with its neighbours. `position` counts from 1."""

    version: Version
    paragraph: ParagraphRow
    previous: str | None
    next: str | None
    position: int
    total: int


@dataclass(frozen=True)
class Entry:
    """A line of the outline."""

    label: str
    kind: Kind
    change: Change
    excerpt: Said
    parts: int
    moved: bool = False

    @property
    def name(self) -> str:
        """How to speak of it."""
        return name_of(self.label)


@dataclass(frozen=True)
class OutlineSection:
    """A heading with the paragraphs beneath."""

    kind: SectionKind
    number: int
    title: Said
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Outline:
    """The document at a glance. `languages` are those in which it exists."""

    version: Version
    title: Said
    masthead: tuple[Said, ...]
    sections: tuple[OutlineSection, ...]
    languages: tuple[str, ...]

    @property
    def total(self) -> int:
        """Paragraphs and rows: pages."""
        return sum(len(section.entries) for section in self.sections)

    @property
    def is_other(self) -> bool:
        """Whether the document is not in the reader's language."""
        return self.title.is_other


@dataclass(frozen=True)
class Translation:
    """A language of a version. Stale: made from an earlier edition of the authentic text."""

    language: str
    origin: str
    authentic: bool
    stale: bool
    texts: int


@dataclass(frozen=True)
class Changed:
    """A paragraph of a revised version beside the one it was made from.

    `stood` and `stands` are what it came after and comes after: a heading or a paragraph; empty
    where it was not moved.
    """

    label: str
    change: Change
    before: ParagraphRow | None
    after: ParagraphRow | None
    stood: str = ""
    stands: str = ""

    @property
    def name(self) -> str:
        """How to speak of it."""
        return name_of(self.label)
