"""An organisation from its first name to the registration that is handed in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from services.registry import errors
from services.registry.accounts.actions import members
from services.registry.organisations import events, rules
from services.registry.organisations.models import Document, Organisation, Trait
from services.registry.organisations.rules import State
from shared import ids
from shared.contracts.registry import OrganisationsLiving
from shared.errors import Conflict
from shared.i18n import _
from shared.messaging.retell import Each
from shared.vocabulary import vocabulary
from shared.work import Work


def register(
    work: Work, *, name: str, category: str, country: str, website: str = ""
) -> Organisation:
    """Begin a registration; the person who does so is its administrator and contact point."""
    work.require("organisation.register")
    organisation = _new(work, name, category, country, website, State.DRAFT)
    if work.actor.person is not None:
        organisation.registered_by = work.actor.person
        members.seat(work, organisation.id, work.actor.person)
    work.tell(events.changed(organisation))
    return organisation


def invite_organisation(
    work: Work, *, name: str, category: str, country: str, email: str, language: str
) -> Organisation:
    """Invite an organisation to register: an officer says who it is, its contact accepts it."""
    work.require("organisation.invite")
    organisation = _new(work, name, category, country, "", State.INVITED)
    work.session.flush()
    members.invite(
        work,
        organisation.id,
        email,
        ("administrator", "contact_point"),
        organisation_name=name,
        language=language,
        template="first_invitation",
    )
    work.tell(events.changed(organisation))
    return organisation


def _new(
    work: Work, name: str, category: str, country: str, website: str, state: State
) -> Organisation:
    key = ids.new()
    organisation = work.add(
        Organisation(
            id=key,
            slug=_free_slug(work, rules.slug(name, f"{country.lower()}-{key.hex[-8:]}")),
            name=name,
            name_key=rules.name_key(name),
            category=category,
            country=country,
            domain=rules.domain(website),
            profile={"about": {"name": name, "country": country, "website": website}},
            state=state,
            state_since=work.now,
            registered_at=work.now,
            constituencies=[],
            interests=[],
            languages=[],
        )
    )
    _index(work, organisation)
    return organisation


def _free_slug(work: Work, wanted: str) -> str:
    taken = set(
        work.session.scalars(select(Organisation.slug).where(Organisation.slug.like(f"{wanted}%")))
    )
    taken |= rules.RESERVED
    if wanted not in taken:
        return wanted
    return next(one for number in range(2, 10_000) if (one := f"{wanted}-{number}") not in taken)


def save_part(
    work: Work, slug: str, part_code: str, answers: Mapping[str, Any], row_version: int
) -> Organisation:
    """Keep the answers of one part, complete or not. Raises Conflict when somebody was faster.

    A material change to a verified partner opens its reverification.
    """
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.save", organisation)
    if State(organisation.state) not in rules.OPEN_TO_EDIT:
        raise errors.NotNow
    if organisation.row_version != row_version:
        raise Conflict
    before = organisation.profile.get(part_code, {})
    organisation.profile = {**organisation.profile, part_code: dict(answers)}
    organisation.row_version += 1
    _copy_to_columns(organisation)
    _index(work, organisation)
    changed = {code for code, value in answers.items() if before.get(code) != value}
    if organisation.state == State.VERIFIED and changed & rules.MATERIAL:
        move(work, organisation, State.REVERIFICATION)
    elif organisation.state == State.INVITED:
        move(work, organisation, State.DRAFT)
    work.tell(events.changed(organisation))
    return organisation


def _copy_to_columns(organisation: Organisation) -> None:
    said: dict[str, Any] = {}
    for answers in organisation.profile.values():
        said.update(answers)
    organisation.name = str(said.get("name") or organisation.name)
    organisation.name_key = rules.name_key(organisation.name)
    organisation.country = str(said.get("country") or organisation.country)
    organisation.domain = rules.domain(str(said.get("website") or ""))
    organisation.register_number = str(said.get("register_number") or "").strip()
    organisation.tier = said.get("tier") or None
    organisation.constituencies = list(said.get("constituencies") or [])
    organisation.interests = list(said.get("interests") or [])
    organisation.languages = list(said.get("languages") or [])


def _index(work: Work, organisation: Organisation) -> None:
    work.session.flush()
    work.session.execute(delete(Trait).where(Trait.organisation_id == organisation.id))
    for kind, codes in (
        ("region", [vocabulary.region_of(organisation.country)]),
        ("constituency", organisation.constituencies),
        ("interest", organisation.interests),
        ("language", organisation.languages),
    ):
        for code in sorted(set(codes)):
            work.add(Trait(organisation_id=organisation.id, kind=kind, code=code))


def move(work: Work, organisation: Organisation, state: State, reason: str = "") -> None:
    """Put an organisation into another state. Raises NotNow for one that may not follow."""
    if not rules.may_follow(organisation.state, state):
        raise errors.NotNow
    organisation.state, organisation.state_since = state, work.now
    organisation.state_reason = reason


def submit(work: Work, slug: str) -> Organisation:
    """Hand in a registration. Raises NotReady naming the parts that are not ready."""
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.submit", organisation)
    lacking = unready(work, organisation)
    if lacking:
        raise errors.NotReady(parts=_(", ").join(lacking))
    move(work, organisation, State.SUBMITTED)
    organisation.round += 1
    organisation.submitted_at = work.now
    work.tell(events.submitted(organisation))
    return organisation


def unready(work: Work, organisation: Organisation) -> list[str]:
    """Return the titles of parts that are not ready, in the present language."""
    handed_in = documents_by_part(work, organisation.id)
    return [
        rules.title(one)
        for one in rules.PARTS[organisation.category]
        if rules.missing(one, organisation.profile, handed_in.get(one.code, set()))
    ]


def documents_by_part(work: Work, organisation_id: UUID) -> dict[str, set[str]]:
    """Return the codes of document fields that hold a file, by part."""
    rows = work.session.execute(
        select(Document.part, Document.field).where(Document.organisation_id == organisation_id)
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.part, set()).add(row.field)
    return found


def withdraw(work: Work, slug: str) -> Organisation:
    """Take a registration back."""
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.withdraw", organisation)
    move(work, organisation, State.WITHDRAWN)
    work.tell(events.changed(organisation))
    return organisation


def _tell_again(work: Work, rows: Sequence[Organisation]) -> None:
    for organisation in rows:
        work.tell(events.changed(organisation))


retell = Each(Organisation, _tell_again, OrganisationsLiving)
"""Every organisation, for readers whose copies were lost."""
