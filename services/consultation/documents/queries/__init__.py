"""Reading documents: outline, one paragraph, the whole, what changed, as a reader gets them."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from services.consultation.documents.models import (
    DocumentParagraph,
    DocumentPart,
    DocumentText,
    DocumentVersion,
)
from services.consultation.documents.queries.reading import (
    Reading,
    consulted,
    revised,
    version,
)
from services.consultation.documents.queries.rows import (
    Changed,
    Entry,
    Note,
    Outline,
    OutlineSection,
    ParagraphPage,
    ParagraphRow,
    PartRow,
    Translation,
    Version,
)
from services.consultation.documents.rules import (
    MARK,
    Change,
    Paragraph,
    Part,
    Section,
    SectionKind,
    Split,
)
from shared.database.kept import Kept
from shared.errors import NotFound
from shared.i18n import _
from shared.web.formats import excerpt
from shared.work import View

__all__ = [
    "Changed",
    "Entry",
    "Note",
    "Outline",
    "OutlineSection",
    "ParagraphPage",
    "ParagraphRow",
    "PartRow",
    "Translation",
    "Version",
    "as_split",
    "changes",
    "consulted",
    "labels",
    "outline",
    "pages",
    "paragraph",
    "part_labels",
    "part_options",
    "revised",
    "translations",
    "version",
    "whole",
]


_OUTLINES: Kept[tuple[UUID, str], Outline] = Kept(most=60)
"""Outlines of frozen versions by language: the page of an open call is read more than any other."""


def pages(view: View, version_id: UUID) -> int:
    """Return how many paragraphs and rows can be commented on."""
    return len(labels(view, version_id))


def labels(view: View, version_id: UUID) -> list[str]:
    """Return the labels of all paragraphs and rows in the order of the text."""
    found = view.session.scalars(
        select(DocumentParagraph.label)
        .where(DocumentParagraph.version_id == version_id)
        .order_by(DocumentParagraph.ordinal)
    )
    return list(found)


def part_labels(view: View, version_id: UUID) -> set[str]:
    """Return every label that can be addressed: of paragraphs, rows, and their parts."""
    parts = view.session.scalars(
        select(DocumentPart.label).where(DocumentPart.version_id == version_id)
    )
    return {*labels(view, version_id), *parts}


def translations(view: View, version_id: UUID) -> list[Translation]:
    """Return the languages of a version, the authentic one first."""
    about = version(view, version_id)
    rows = view.session.execute(
        select(DocumentText.language, DocumentText.origin, DocumentText.made_from_version).where(
            DocumentText.version_id == version_id
        )
    ).all()
    return sorted(
        (
            Translation(
                language=language,
                origin=next(row.origin for row in rows if row.language == language),
                authentic=language == about.authentic_language,
                stale=any(
                    (row.made_from_version or 0) < about.edition
                    for row in rows
                    if row.language == language
                ),
                texts=sum(row.language == language for row in rows),
            )
            for language in {row.language for row in rows}
        ),
        key=lambda one: (not one.authentic, one.language),
    )


def outline(view: View, about: Version | UUID, language: str) -> Outline:
    """Return a version at a glance in the reader's language, or the authentic one."""
    about = version(view, about) if isinstance(about, UUID) else about
    kept = _OUTLINES.get(
        (about.id, language),
        lambda: _outline(view, about, language),
        settled=about.is_settled(view.now),
    )
    return replace(kept, version=about)


def _outline(view: View, about: Version, language: str) -> Outline:
    read, version_id = Reading(view, about, language), about.id
    return Outline(
        version=about,
        title=read.say(version_id, "title"),
        masthead=read.lines(version_id, "masthead"),
        sections=tuple(
            OutlineSection(
                SectionKind(section.kind),
                section.ordinal,
                read.say(section.id, "title"),
                tuple(read.entry(row) for row in read.paragraphs if row.section_id == section.id),
            )
            for section in read.sections
        ),
        languages=read.languages(),
    )


def whole(view: View, version_id: UUID, language: str) -> list[ParagraphRow]:
    """Return every paragraph and row with all its texts, in the order of the text."""
    read = Reading(view, version(view, version_id), language)
    return [read.row(row) for row in read.paragraphs]


def paragraph(view: View, version_id: UUID, label: str, language: str) -> ParagraphPage:
    """Return one page. Raises NotFound for an unknown label."""
    order = labels(view, version_id)
    if label not in order:
        raise NotFound
    read = Reading(view, version(view, version_id), language, label)
    place = order.index(label)
    return ParagraphPage(
        version=read.version,
        paragraph=read.row(read.paragraphs[0]),
        previous=order[place - 1] if place else None,
        next=order[place + 1] if place + 1 < len(order) else None,
        position=place + 1,
        total=len(order),
    )


def as_split(view: View, version_id: UUID, language: str) -> Split:
    """Return one language of a version in the shape of an imported file, to compare structures."""
    read = Reading(view, version(view, version_id), language)
    place = {section.id: number for number, section in enumerate(read.sections)}
    return Split(
        title=read.say(version_id, "title").text,
        masthead=tuple(line.text for line in read.lines(version_id, "masthead")),
        sections=tuple(
            Section(SectionKind(row.kind), read.say(row.id, "title").text) for row in read.sections
        ),
        paragraphs=tuple(
            Paragraph(
                kind=row.kind,
                label=row.label,
                section=place[model.section_id],
                text=row.said.text,
                parts=tuple(Part(part.kind, part.label, part.said.text) for part in row.parts),
            )
            for model, row in ((model, read.row(model)) for model in read.paragraphs)
        ),
        notes={},
        findings=(),
    )


def part_options(page: ParagraphPage) -> list[tuple[str, str]]:
    """Return (label, words) pairs to choose what a comment is about; the whole is empty."""
    return [
        ("", page.paragraph.name),
        *(
            (
                part.label,
                f"{part.name}: {excerpt(MARK.sub('', part.said.text).replace('**', ''), 60)}",
            )
            for part in page.paragraph.parts
        ),
    ]


def changes(view: View, version_id: UUID, language: str) -> list[Changed]:
    """Return every paragraph of a revised version beside the earlier one, unchanged ones too."""
    made_from = view.get(DocumentVersion, id=version_id).made_from_id
    after = whole(view, version_id, language)
    old = whole(view, made_from, language) if made_from else []
    before = {row.label: row for row in old}
    stood, stands = _follows(old), _follows(after)
    return [
        Changed(
            label=row.label,
            change=row.change,
            before=before.get(row.label),
            after=None if row.change is Change.DELETED else row,
            stood=stood[row.label] if row.moved else "",
            stands=stands[row.label] if row.moved else "",
        )
        for row in after
    ]


def _follows(rows: Iterable[ParagraphRow]) -> dict[str, str]:
    """Return by label what each comes after: the heading above it, or the paragraph before it."""
    found: dict[str, str] = {}
    last: ParagraphRow | None = None
    for row in rows:
        same = last is not None and last.section == row.section and last.kind is row.kind
        found[row.label] = (
            last.name if last and same else row.section.text or _("Without a heading")
        )
        if row.change is not Change.DELETED:
            last = row
    return found
