"""Writing the revised text after the close: each paragraph says what became of it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, func, select

from services.consultation.documents.models import (
    Document,
    DocumentParagraph,
    DocumentPart,
    DocumentSection,
    DocumentText,
    DocumentVersion,
)
from services.consultation.documents.rules import (
    Change,
    Kind,
    SectionKind,
    State,
    added_label,
    added_part,
    changed,
)
from services.consultation.errors import DocumentFrozen, NotRevisable
from shared import ids
from shared.errors import NotFound
from shared.work import Work

Wordings = Mapping[str, Mapping[str, str]]
"""New texts: label of the paragraph or of a part of it -> language -> text; empty takes away."""


def begin_revision(work: Work, call_id: UUID) -> DocumentVersion:
    """Return the draft of a call's revised text; made from the frozen version when there is none.

    Raises NotFound when the call has no document, NotRevisable before it is frozen.
    """
    work.require("document.revise", call_id)
    document = work.lock(Document, call_id=call_id)
    drafted = work.find(
        DocumentVersion, DocumentVersion.made_from_id.is_not(None), document_id=document.id
    )
    if drafted is not None:
        return drafted
    source = work.get(
        DocumentVersion, DocumentVersion.made_from_id.is_(None), document_id=document.id
    )
    if source.state == State.DRAFT:
        raise NotRevisable
    return _copy(work, source)


def revise(work: Work, version_id: UUID, label: str, wordings: Wordings) -> Change:
    """Give a paragraph of a revised draft new words; what is not mentioned stays.

    A part label that the paragraph does not have yet adds a part at its end (`added_part`).
    Returns what the paragraph is now: reworded, or unchanged when the words are the old ones.
    """
    version, row = _editable(work, version_id, label)
    owners = {row.label: row.id, **_parts(work, row)}
    for target, texts in wordings.items():
        owner = owners.get(target) or _add_part(work, row, target, tuple(owners))
        owners[target] = owner
        for language, text in texts.items():
            _put_text(work, version, owner, language, text.strip())
    work.session.flush()
    if row.change != Change.ADDED:
        same = not changed(_said(work, version.made_from_id, label), _said(work, version.id, label))
        row.change = _when_same(row) if same else Change.REWORDED
    return Change(row.change)


def strike(work: Work, version_id: UUID, label: str) -> None:
    """Delete a paragraph from a revised draft: it stays as a row that says so. Added ones go."""
    version, row = _editable(work, version_id, label)
    if row.change == Change.ADDED:
        _drop(work, row)
        return
    row.change = Change.DELETED
    _restore_texts(work, version, row)


def restore(work: Work, version_id: UUID, label: str) -> None:
    """Take back what was done to a paragraph's words or to its existence; a move stays."""
    version, row = _editable(work, version_id, label)
    if row.change == Change.ADDED:
        raise NotRevisable
    _restore_texts(work, version, row)
    work.session.flush()
    row.change = _when_same(row)


def add(work: Work, version_id: UUID, after: str, texts: Mapping[str, str]) -> str:
    """Add a paragraph after another in a revised draft; return its label, such as `13bis`."""
    version, before = _editable(work, version_id, after)
    labels = work.session.scalars(
        select(DocumentParagraph.label).where(DocumentParagraph.version_id == version.id)
    ).all()
    label = added_label(after, labels)
    _shift(work, version, before.ordinal)
    row = work.add(
        DocumentParagraph(
            version_id=version.id,
            section_id=before.section_id,
            ordinal=before.ordinal + 1,
            label=label,
            kind=Kind(before.kind),
            change=Change.ADDED,
        )
    )
    work.session.flush()
    for language, text in texts.items():
        _put_text(work, version, row.id, language, text.strip())
    return label


def move(work: Work, version_id: UUID, label: str, after: str | int) -> None:
    """Move a paragraph of a revised draft after another, or to the head of a section by number."""
    version, row = _editable(work, version_id, label)
    if isinstance(after, int):
        section, place = _head(work, version, row, after)
    else:
        target = _paragraph(work, version, after)
        if target.id == row.id or target.kind != row.kind:
            raise NotRevisable
        section, place = target.section_id, target.ordinal
    _shift(work, version, place)
    row.ordinal, row.section_id = place + 1, section
    work.session.flush()
    if row.change == Change.ADDED:
        return
    row.moved = _place(work, version.id, label) != _place(work, version.made_from_id, label)
    if row.change in (Change.UNCHANGED, Change.MOVED):
        row.change = _when_same(row)


def _head(
    work: Work, version: DocumentVersion, row: DocumentParagraph, number: int
) -> tuple[UUID, int]:
    """Return a section and the place before everything in it. A table has rows and only rows."""
    section = work.get(DocumentSection, version_id=version.id, ordinal=number)
    if (section.kind == SectionKind.TABLE) != (row.kind == Kind.ROW):
        raise NotRevisable
    before = work.session.scalar(
        select(func.max(DocumentParagraph.ordinal))
        .join(DocumentSection, DocumentSection.id == DocumentParagraph.section_id)
        .where(DocumentParagraph.version_id == version.id, DocumentSection.ordinal < number)
    )
    return section.id, before or 0


def publish_revision(work: Work, call_id: UUID) -> DocumentVersion | None:
    """Freeze the revised text, which supersedes the version that was answered; None without one."""
    work.require("document.supersede", call_id)
    document = work.find(Document, call_id=call_id)
    if document is None:
        return None
    version = work.find(
        DocumentVersion, DocumentVersion.made_from_id.is_not(None), document_id=document.id
    )
    if version is None:
        return None
    if version.state != State.DRAFT:
        raise DocumentFrozen
    version.state, version.frozen_at = State.FROZEN, work.now
    work.get(DocumentVersion, id=version.made_from_id).state = State.SUPERSEDED
    return version


def _copy(work: Work, source: DocumentVersion) -> DocumentVersion:
    version = work.add(
        DocumentVersion(
            id=ids.new(),
            document_id=source.document_id,
            number=source.number + 1,
            made_from_id=source.id,
            edition=1,
        )
    )
    work.session.flush()
    owners = {source.id: version.id}
    for model in (DocumentSection, DocumentParagraph, DocumentPart):
        _copy_rows(work, model, source, version, owners)
    for text in work.session.scalars(
        select(DocumentText).where(DocumentText.version_id == source.id)
    ).all():
        work.add(
            DocumentText(
                version_id=version.id,
                owner_id=owners[text.owner_id],
                part=text.part,
                language=text.language,
                text=text.text,
                origin=text.origin,
                made_from_version=1,
            )
        )
    work.session.flush()
    return version


def _copy_rows(
    work: Work,
    model: type[DocumentSection] | type[DocumentParagraph] | type[DocumentPart],
    source: DocumentVersion,
    version: DocumentVersion,
    owners: dict[UUID, UUID],
) -> None:
    links = ("section_id", "paragraph_id")
    for row in work.session.scalars(select(model).where(model.version_id == source.id)).all():
        values = {column.key: getattr(row, column.key) for column in model.__table__.columns}
        values |= {key: owners[values[key]] for key in links if key in values}
        owners[values["id"]] = ids.new()
        work.add(model(**values | {"id": owners[values["id"]], "version_id": version.id}))
    work.session.flush()


def _editable(
    work: Work, version_id: UUID, label: str
) -> tuple[DocumentVersion, DocumentParagraph]:
    version = work.lock(DocumentVersion, id=version_id)
    work.require("document.revise", version)
    if version.made_from_id is None:
        raise NotRevisable
    if version.state != State.DRAFT:
        raise DocumentFrozen
    return version, _paragraph(work, version, label)


def _paragraph(work: Work, version: DocumentVersion, label: str) -> DocumentParagraph:
    return work.get(DocumentParagraph, version_id=version.id, label=label)


def _parts(work: Work, row: DocumentParagraph) -> dict[str, UUID]:
    found = work.session.execute(
        select(DocumentPart.label, DocumentPart.id).where(DocumentPart.paragraph_id == row.id)
    )
    return {label: part_id for label, part_id in found}  # noqa: C416 - rows are not pairs to mypy


def _add_part(work: Work, row: DocumentParagraph, label: str, taken: tuple[str, ...]) -> UUID:
    kind = added_part(row.label, label, taken)
    if kind is None:
        raise NotFound
    last = work.session.scalar(
        select(func.max(DocumentPart.ordinal)).where(DocumentPart.paragraph_id == row.id)
    )
    part = work.add(
        DocumentPart(
            id=ids.new(),
            version_id=row.version_id,
            paragraph_id=row.id,
            ordinal=(last or 0) + 1,
            label=label,
            kind=kind,
        )
    )
    work.session.flush()
    return part.id


def _put_text(work: Work, version: DocumentVersion, owner: UUID, language: str, text: str) -> None:
    row = work.find(DocumentText, owner_id=owner, part="text", language=language)
    if row is None:
        row = work.add(
            DocumentText(version_id=version.id, owner_id=owner, part="text", language=language)
        )
    row.text, row.made_from_version = text, version.edition


def _said(work: Work, version_id: UUID | None, label: str) -> dict[str, str]:
    """Return the texts of a paragraph and its parts by `label language`."""
    paragraphs = select(DocumentParagraph.id, DocumentParagraph.label).where(
        DocumentParagraph.version_id == version_id, DocumentParagraph.label == label
    )
    parts = (
        select(DocumentPart.id, DocumentPart.label)
        .join(DocumentParagraph, DocumentParagraph.id == DocumentPart.paragraph_id)
        .where(DocumentPart.version_id == version_id, DocumentParagraph.label == label)
    )
    owners: dict[UUID, str] = {}
    for query in (paragraphs, parts):
        owners.update((row_id, name) for row_id, name in work.session.execute(query))
    texts = work.session.scalars(
        select(DocumentText).where(DocumentText.owner_id.in_(owners), DocumentText.part == "text")
    )
    return {f"{owners[text.owner_id]} {text.language}": text.text for text in texts}


def _when_same(row: DocumentParagraph) -> Change:
    """Return what a paragraph with its old words is."""
    return Change.MOVED if row.moved else Change.UNCHANGED


def _place(work: Work, version_id: UUID | None, label: str) -> tuple[int, str | None]:
    """Return a paragraph's section and the nearest earlier one in it that was always there."""
    here = work.session.execute(
        select(
            DocumentParagraph.ordinal.label("ordinal"),
            DocumentSection.id.label("section_id"),
            DocumentSection.ordinal.label("section"),
        )
        .join(DocumentSection, DocumentSection.id == DocumentParagraph.section_id)
        .where(DocumentParagraph.version_id == version_id, DocumentParagraph.label == label)
    ).one()
    before = work.session.scalar(
        select(DocumentParagraph.label)
        .where(
            DocumentParagraph.section_id == here.section_id,
            DocumentParagraph.change != Change.ADDED,
            DocumentParagraph.ordinal < here.ordinal,
        )
        .order_by(DocumentParagraph.ordinal.desc())
        .limit(1)
    )
    return here.section, before


def _restore_texts(work: Work, version: DocumentVersion, row: DocumentParagraph) -> None:
    before = _said(work, version.made_from_id, row.label)
    owners = {row.label: row.id, **_parts(work, row)}
    had = {key.rsplit(" ", 1)[0] for key in before}
    work.session.execute(
        delete(DocumentText).where(
            DocumentText.owner_id.in_(owners.values()), DocumentText.part == "text"
        )
    )
    for key, text in before.items():
        label, language = key.rsplit(" ", 1)
        _put_text(work, version, owners[label], language, text)
    gone = [owner for label, owner in owners.items() if label not in had]
    work.session.execute(delete(DocumentPart).where(DocumentPart.id.in_(gone)))


def _shift(work: Work, version: DocumentVersion, after: int) -> None:
    for row in work.session.scalars(
        select(DocumentParagraph).where(
            DocumentParagraph.version_id == version.id, DocumentParagraph.ordinal > after
        )
    ):
        row.ordinal += 1
    work.session.flush()


def _drop(work: Work, row: DocumentParagraph) -> None:
    owners = [row.id, *_parts(work, row).values()]
    work.session.execute(delete(DocumentText).where(DocumentText.owner_id.in_(owners)))
    work.session.execute(delete(DocumentPart).where(DocumentPart.paragraph_id == row.id))
    work.delete(row)
