"""Reads of organisations: the registration's hub, one part, likely duplicates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from services.registry.organisations import rules
from services.registry.organisations.models import Document, Organisation
from services.registry.organisations.rules import Field, Part, State
from shared.errors import NotFound
from shared.i18n import N_, language, translate
from shared.vocabulary import vocabulary
from shared.work import View


@dataclass(frozen=True)
class FileRow:
    """A file that was handed in."""

    id: UUID
    field: str
    name: str
    content_type: str
    size: int
    uploaded_at: datetime


@dataclass(frozen=True)
class PartRow:
    """One part of a registration and how far it is."""

    code: str
    title: str
    begun: bool
    missing: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Say whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class Registration:
    """An organisation as its own members and the desk see it."""

    id: UUID
    slug: str
    name: str
    category: str
    category_name: str
    country: str
    country_name: str
    state: str
    state_since: datetime
    state_reason: str
    parts: tuple[PartRow, ...]
    row_version: int

    @property
    def organisation_id(self) -> UUID:
        """The id, under the name that the permission table asks things for."""
        return self.id

    @property
    def ready(self) -> bool:
        """Say whether every part is ready."""
        return all(one.ready for one in self.parts)

    @property
    def editable(self) -> bool:
        """Say whether its members may change it now."""
        return State(self.state) in rules.OPEN_TO_EDIT

    @property
    def may_answer(self) -> bool:
        """Say whether its members may write answers to calls now."""
        return State(self.state) in rules.MAY_ANSWER

    @property
    def to_hand_in(self) -> bool:
        """Say whether it waits to be handed in."""
        return State(self.state) in (State.INVITED, State.DRAFT, State.DECLINED)


STATE_SENTENCES = {
    State.INVITED: N_("Complete the parts below and hand the registration in."),
    State.DRAFT: N_("Complete the parts below and hand the registration in."),
    State.SUBMITTED: N_(
        "We are checking your registration. You can prepare and send answers now; we count them "
        "once you are verified."
    ),
    State.SCREENING: N_(
        "We are checking your registration. You can prepare and send answers now; we count them "
        "once you are verified."
    ),
    State.CLARIFICATION: N_("We have a question about your registration. Please answer it below."),
    State.VERIFIED: N_("Your organisation is verified since %(since)s."),
    State.DECLINED: N_("We could not verify %(name)s: %(reason)s. Correct it and apply again."),
    State.REVERIFICATION: N_(
        "Something important in your registration changed. We check it again; until then your "
        "answers go on counting."
    ),
    State.SUSPENDED: N_(
        "%(name)s cannot send answers since %(since)s: %(reason)s. Write to the secretariat."
    ),
    State.DEACTIVATED: N_("This registration was closed on %(since)s: %(reason)s."),
    State.WITHDRAWN: N_("This registration was withdrawn on %(since)s."),
}


def registration(view: View, slug: str) -> Registration:
    """Return the registration of an organisation whose member the actor is. Raises NotFound."""
    organisation = view.get(Organisation, slug=slug)
    view.require("organisation.home", organisation)
    return as_registration(view, organisation)


def told_versions(view: View, organisations: Collection[UUID]) -> dict[UUID, int]:
    """Return the versions of the newest events of organisations; unknown ones are left out."""
    if not organisations:
        return {}
    found = select(Organisation.id, Organisation.version).where(Organisation.id.in_(organisations))
    return {row.id: row.version for row in view.session.execute(found)}


def as_registration(view: View, organisation: Organisation) -> Registration:
    """Return an organisation with how far its parts are."""
    handed_in: dict[str, set[str]] = {}
    for row in view.session.execute(
        select(Document.part, Document.field).where(Document.organisation_id == organisation.id)
    ):
        handed_in.setdefault(row.part, set()).add(row.field)
    return Registration(
        id=organisation.id,
        slug=organisation.slug,
        name=organisation.name,
        category=organisation.category,
        category_name=vocabulary.term("category", organisation.category, language()),
        country=organisation.country,
        country_name=vocabulary.country_name(organisation.country, language()),
        state=organisation.state,
        state_since=organisation.state_since,
        state_reason=organisation.state_reason,
        parts=tuple(
            _part_row(one, organisation.profile, handed_in.get(one.code, set()))
            for one in rules.PARTS[organisation.category]
        ),
        row_version=organisation.row_version,
    )


def _part_row(one: Part, profile: Mapping[str, Mapping[str, Any]], handed_in: set[str]) -> PartRow:
    answers = profile.get(one.code, {})
    return PartRow(
        code=one.code,
        title=translate(one.title),
        begun=bool(handed_in) or any(answers.values()),
        missing=tuple(translate(field.label) for field in rules.missing(one, profile, handed_in)),
    )


@dataclass(frozen=True)
class Asked:
    """One field as a page shows it: texts in the reader's language."""

    code: str
    kind: str
    label: str
    hint: str
    required: bool
    options: tuple[tuple[str, str], ...]
    at_most: int
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class PartPage:
    """One part, its fields, and what was answered."""

    registration: Registration
    code: str
    title: str
    help: str
    fields: tuple[Asked, ...]
    answers: Mapping[str, Any]
    next: str | None


def part_page(view: View, slug: str, code: str) -> PartPage:
    """Return one part of a registration. Raises NotFound."""
    organisation = view.get(Organisation, slug=slug)
    view.require("organisation.part", organisation)
    one = rules.part(organisation.category, code)
    if one is None:
        raise NotFound
    files = documents(view, organisation.id, code)
    codes = [part.code for part in rules.PARTS[organisation.category]]
    after = codes[codes.index(code) + 1 :]
    return PartPage(
        registration=as_registration(view, organisation),
        code=code,
        title=translate(one.title),
        help=translate(one.help),
        fields=tuple(asked(field, files) for field in one.fields),
        answers=organisation.profile.get(code, {}),
        next=after[0] if after else None,
    )


def asked(field: Field, files: list[FileRow]) -> Asked:
    """Return a field with its texts and options in the reader's language."""
    return Asked(
        code=field.code,
        kind=field.kind,
        label=translate(field.label),
        hint=translate(field.hint),
        required=field.required,
        options=tuple(options(field)),
        at_most=field.at_most,
        files=tuple(one for one in files if one.field == field.code),
    )


def options(field: Field) -> list[tuple[str, str]]:
    """Return the options of a field in the reader's language."""
    spoken = language()
    if field.kind == "country":
        return vocabulary.country_options(spoken)
    if field.kind == "yes_no":
        return [("yes", translate(N_("Yes"))), ("no", translate(N_("No")))]
    if field.options == "language":
        return [(code, vocabulary.language_name(code, spoken)) for code in vocabulary.languages()]
    if field.options == "interest":
        return vocabulary.options("programme", spoken) + vocabulary.options("outcome", spoken)
    if isinstance(field.options, str) and field.options:
        return vocabulary.options(field.options, spoken)
    pairs = () if isinstance(field.options, str) else field.options
    return [(code, translate(text)) for code, text in pairs]


def documents(view: View, organisation_id: UUID, part: str | None = None) -> list[FileRow]:
    """Return the files of an organisation, of one part when it is named."""
    statement = select(Document).where(Document.organisation_id == organisation_id)
    if part is not None:
        statement = statement.where(Document.part == part)
    return [
        FileRow(row.id, row.field, row.name, row.content_type, row.size, row.uploaded_at)
        for row in view.session.scalars(statement.order_by(Document.id).limit(200))
    ]


@dataclass(frozen=True)
class Likely:
    """An organisation that may be the same as the one that is being registered."""

    slug: str
    name: str
    country_name: str
    state: str


def likely_duplicates(
    view: View, *, name: str, country: str, website: str = "", register_number: str = ""
) -> list[Likely]:
    """Return organisations with the same name in the country, web domain or register number."""
    view.require("organisation.register")
    same: list[ColumnElement[bool]] = [
        (Organisation.name_key == rules.name_key(name)) & (Organisation.country == country),
    ]
    if domain := rules.domain(website):
        same.append(Organisation.domain == domain)
    if register_number.strip():
        same.append(
            (Organisation.register_number == register_number.strip())
            & (Organisation.country == country)
        )
    rows = view.session.scalars(
        select(Organisation)
        .where(
            or_(*same),
            Organisation.state.not_in([State.WITHDRAWN, State.DEACTIVATED]),
        )
        .order_by(Organisation.id)
        .limit(10)
    )
    return [
        Likely(row.slug, row.name, vocabulary.country_name(row.country, language()), row.state)
        for row in rows
    ]


def of_person(view: View) -> list[Organisation]:
    """Return the organisations that the actor is a member of, by name."""
    view.require("organisation.register")
    return list(
        view.session.scalars(
            select(Organisation)
            .where(Organisation.id.in_(list(view.actor.memberships)))
            .order_by(Organisation.name, Organisation.id)
        )
    )


@dataclass(frozen=True)
class Named:
    """An organisation's name and its place in addresses."""

    id: UUID
    slug: str
    name: str


def named(view: View, organisations: Collection[UUID]) -> list[Named]:
    """Return names of organisations by name; the caller has asked for permission."""
    if not organisations:
        return []
    rows = view.session.execute(
        select(Organisation.id, Organisation.slug, Organisation.name)
        .where(Organisation.id.in_(organisations))
        .order_by(Organisation.name_key, Organisation.id)
    )
    return [Named(row.id, row.slug, row.name) for row in rows]


def registering(view: View, organisation_id: UUID) -> str | None:
    """Return the place in addresses of an organisation that has yet to register, else None.

    The caller has asked for permission.
    """
    return view.session.scalar(
        select(Organisation.slug).where(
            Organisation.id == organisation_id,
            Organisation.state.in_([State.INVITED, State.DRAFT]),
        )
    )


@dataclass(frozen=True)
class KeptFile:
    """A file as it is given back."""

    name: str
    content_type: str
    data: bytes

    @property
    def quoted_name(self) -> str:
        """The name for a header."""
        return quote(self.name, safe="")


def by_slug(view: View, slug: str) -> Organisation:
    """Return an organisation by its public name; the caller asks for permission."""
    return view.get(Organisation, slug=slug)


def file(view: View, slug: str, file_id: UUID) -> KeptFile:
    """Return a file of a registration with its bytes. Raises NotFound."""
    organisation = view.get(Organisation, slug=slug)
    view.require("organisation.file", organisation)
    row = view.get(Document, id=file_id, organisation_id=organisation.id)
    return KeptFile(row.name, row.content_type, view.files.get(row.digest))
