"""Documents of a registration: looked at by content, kept by hash, removed by their owners."""

from uuid import UUID

from sqlalchemy import func, select

from services.registry import errors
from services.registry.organisations import rules
from services.registry.organisations.models import Document, Organisation
from services.registry.organisations.rules import State
from shared import ids
from shared.errors import NotFound, TooLarge
from shared.work import Work

LARGEST = 10 * 1024 * 1024
FILES_A_FIELD = 10
TAKEN = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jfif": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
}
"""Extensions as the content says them, and the type under which a file is given back."""


def content_type(data: bytes) -> str:
    """Return the type of a file by its content. Raises WrongFile for one that we do not take."""
    # Here, so that a start without uploads does not read its tables.
    import puremagic  # noqa: PLC0415

    try:
        found = puremagic.from_string(data)
    except (puremagic.PureError, ValueError) as error:
        raise errors.WrongFile from error
    taken = TAKEN.get(str(found))
    if taken is None or (taken == "application/pdf" and b"/Encrypt" in data[-4096:]):
        raise errors.WrongFile
    return taken


def add(work: Work, slug: str, part: str, field: str, name: str, data: bytes) -> Document:
    """Keep one file for a document field. The content decides what it is, not its name."""
    if len(data) > LARGEST:
        raise TooLarge
    kind = content_type(data)
    digest = work.files.put(data)
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.save", organisation)
    if State(organisation.state) not in rules.OPEN_TO_EDIT:
        raise errors.NotNow
    _refuse_unknown(organisation, part, field)
    held = work.session.scalar(
        select(func.count())
        .select_from(Document)
        .where(
            Document.organisation_id == organisation.id,
            Document.part == part,
            Document.field == field,
        )
    )
    if (held or 0) >= FILES_A_FIELD:
        raise errors.TooManyFiles
    return work.add(
        Document(
            id=ids.new(),
            organisation_id=organisation.id,
            part=part,
            field=field,
            name=name[:200],
            content_type=kind,
            size=len(data),
            digest=digest,
            uploaded_by=work.actor.person,
            uploaded_at=work.now,
        )
    )


def _refuse_unknown(organisation: Organisation, part: str, field: str) -> None:
    known = rules.part(organisation.category, part)
    if known is None or not any(
        one.code == field and one.kind == "document" for one in known.fields
    ):
        raise NotFound


def remove(work: Work, slug: str, document_id: UUID) -> Document:
    """Take a file out of a registration; the kept bytes stay for who holds the same content."""
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.save", organisation)
    if State(organisation.state) not in rules.OPEN_TO_EDIT:
        raise errors.NotNow
    document = work.get(Document, id=document_id, organisation_id=organisation.id)
    work.delete(document)
    return document
