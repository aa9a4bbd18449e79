"""Importing the text of a call's document and its translations, and freezing it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select

from services.consultation.documents import queries
from services.consultation.documents.models import (
    Document,
    DocumentParagraph,
    DocumentPart,
    DocumentSection,
    DocumentText,
    DocumentVersion,
)
from services.consultation.documents.rules import (
    NOT_TEXT,
    Finding,
    Split,
    State,
    differences,
    readable,
    split,
    take_notice,
)
from services.consultation.errors import DocumentFrozen, DocumentNotReadable
from shared.work import Work

Texts = dict[tuple[str, str], dict[str, DocumentText]]


def import_markdown(
    work: Work,
    call_id: UUID,
    data: bytes | str,
    language: str,
    *,
    authentic: bool,
    origin: str = "human",
) -> DocumentVersion:
    """Take a Markdown file as the call's document, or as a translation of it.

    The authentic text replaces an earlier draft of it; translations stay when its structure did
    not change, and are stale then. `origin` is that of a translation: human, machine, reviewed.
    Raises DocumentNotReadable with its findings, and DocumentFrozen after publication.
    """
    work.require("document.import", call_id)
    document = work.find(Document, call_id=call_id)
    version = _draft(work, document) if document else None
    given = _split(data)
    if authentic or version is None or document is None:
        return _take_authentic(work, call_id, given, language)
    if language == document.authentic_language:
        return _take_authentic(work, call_id, given, language)
    return _take_translation(work, version, given, language, origin)


def remove(work: Work, call_id: UUID, language: str | None = None) -> None:
    """Remove a draft document, or one translation of it. Raises NotFound, DocumentFrozen."""
    work.require("document.import", call_id)
    document = work.get(Document, call_id=call_id)
    version = _draft(work, document)
    if language is not None and language != document.authentic_language:
        _forget_texts(work, version, language)
        return
    _forget(work, version)
    work.session.execute(delete(DocumentVersion).where(DocumentVersion.id == version.id))
    work.session.execute(delete(Document).where(Document.id == document.id))


def freeze(work: Work, call_id: UUID) -> DocumentVersion | None:
    """Freeze the document of a call that is being published; None when it has none."""
    work.require("document.freeze", call_id)
    document = work.find(Document, call_id=call_id)
    if document is None:
        return None
    version = _draft(work, document)
    version.state, version.frozen_at = State.FROZEN, work.now
    return version


def _split(data: bytes | str) -> Split:
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise DocumentNotReadable([Finding(1, NOT_TEXT)]) from None
    if wrong := readable(data):
        raise DocumentNotReadable([wrong])
    given = split(data)
    if given.findings:
        raise DocumentNotReadable(list(given.findings))
    return given


def _draft(work: Work, document: Document) -> DocumentVersion:
    version = work.lock(
        DocumentVersion, DocumentVersion.made_from_id.is_(None), document_id=document.id
    )
    if version.state != State.DRAFT:
        raise DocumentFrozen
    return version


def _take_authentic(work: Work, call_id: UUID, given: Split, language: str) -> DocumentVersion:
    document = work.find(Document, call_id=call_id)
    if document is None:
        document = work.add(Document(call_id=call_id, authentic_language=language))
        work.session.flush()
        version = work.add(DocumentVersion(document_id=document.id, edition=0))
        work.session.flush()
        kept: list[tuple[str, str, DocumentText]] = []
    else:
        version = _draft(work, document)
        kept = _kept(work, version, given, language)
        _forget(work, version)
    document.authentic_language = language
    version.edition += 1
    _add_structure(work, version, given)
    _add_texts(work, version, given, language, "written")
    owners = _owners(work, version)
    for label, part, text in kept:
        work.add(
            DocumentText(
                version_id=version.id,
                owner_id=owners[label],
                part=part,
                language=text.language,
                text=text.text,
                origin=text.origin,
                made_from_version=text.made_from_version,
            )
        )
    work.session.flush()
    return version


def _take_translation(
    work: Work, version: DocumentVersion, given: Split, language: str, origin: str
) -> DocumentVersion:
    about = queries.version(work, version.id)
    authentic = queries.as_split(work, version.id, about.authentic_language)
    given = take_notice(given, len(authentic.masthead))
    if found := differences(authentic, given):
        raise DocumentNotReadable(list(found))
    _forget_texts(work, version, language)
    _add_texts(work, version, given, language, origin)
    work.session.flush()
    return version


def _kept(
    work: Work, version: DocumentVersion, given: Split, language: str
) -> list[tuple[str, str, DocumentText]]:
    about = queries.version(work, version.id)
    if differences(queries.as_split(work, version.id, about.authentic_language), given):
        return []
    labels = {owner: label for label, owner in _owners(work, version).items()}
    texts = work.session.scalars(
        select(DocumentText).where(
            DocumentText.version_id == version.id,
            DocumentText.language.not_in((language, about.authentic_language)),
        )
    ).all()
    for text in texts:
        work.session.expunge(text)
    return [(labels[text.owner_id], text.part, text) for text in texts]


def _forget(work: Work, version: DocumentVersion) -> None:
    """Empty a draft, children before what they hang on."""
    for model in (DocumentText, DocumentPart, DocumentParagraph, DocumentSection):
        work.session.execute(delete(model).where(model.version_id == version.id))


def _forget_texts(work: Work, version: DocumentVersion, language: str) -> None:
    work.session.execute(
        delete(DocumentText).where(
            DocumentText.version_id == version.id, DocumentText.language == language
        )
    )


def _add_structure(work: Work, version: DocumentVersion, given: Split) -> None:
    sections = [
        work.add(DocumentSection(version_id=version.id, ordinal=place, kind=section.kind))
        for place, section in enumerate(given.sections, start=1)
    ]
    work.session.flush()
    paragraphs = [
        work.add(
            DocumentParagraph(
                version_id=version.id,
                section_id=sections[paragraph.section].id,
                ordinal=place,
                label=paragraph.label,
                kind=paragraph.kind,
            )
        )
        for place, paragraph in enumerate(given.paragraphs, start=1)
    ]
    work.session.flush()
    for row, paragraph in zip(paragraphs, given.paragraphs, strict=True):
        for place, part in enumerate(paragraph.parts, start=1):
            work.add(
                DocumentPart(
                    version_id=version.id,
                    paragraph_id=row.id,
                    ordinal=place,
                    label=part.label,
                    kind=part.kind,
                )
            )
    work.session.flush()


def _add_texts(
    work: Work, version: DocumentVersion, given: Split, language: str, origin: str
) -> None:
    owners = _owners(work, version)
    for (label, part), text in given.texts().items():
        if text:
            work.add(
                DocumentText(
                    version_id=version.id,
                    owner_id=owners[label],
                    part=part,
                    language=language,
                    text=text,
                    origin=origin,
                    made_from_version=version.edition,
                )
            )
    work.session.flush()


def _owners(work: Work, version: DocumentVersion) -> Mapping[str, UUID]:
    """Return the row of each label; sections are `section:1`, the version itself is empty."""
    session = work.session
    owners = {"": version.id}
    for section in session.scalars(
        select(DocumentSection).where(DocumentSection.version_id == version.id)
    ):
        owners[f"section:{section.ordinal}"] = section.id
    for model in (DocumentParagraph, DocumentPart):
        rows = session.execute(select(model.label, model.id).where(model.version_id == version.id))
        owners.update((label, row_id) for label, row_id in rows)
    return owners
