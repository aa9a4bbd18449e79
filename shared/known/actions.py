"""How events change the copies. An event older than the copy changes nothing."""

from uuid import UUID

from sqlalchemy import delete

from shared.contracts.registry import (
    KeyPublished,
    OrganisationEvent,
    PersonChanged,
    SessionEnded,
)
from shared.known.models import (
    EndedSession,
    KnownKey,
    KnownMembership,
    KnownOrganisation,
    KnownPerson,
    KnownStaffRole,
    KnownTrait,
)
from shared.work import Work


def copy_person(work: Work, event: PersonChanged) -> bool:
    """Copy a person with memberships and roles; says whether the copy changed."""
    row = work.session.get(KnownPerson, event.id)
    if row is not None and (row.version >= event.version or row.erased):
        return False
    row = row or work.add(KnownPerson(id=event.id))
    row.version = event.version
    row.name, row.language, row.zone = event.name, event.language, event.zone
    row.email, row.email_confirmed = event.email, event.email_confirmed
    row.active, row.staff_roles = event.active, event.staff_roles
    work.session.flush()
    _forget_roles(work, event.id)
    for role in sorted(set(event.staff_roles)):
        work.add(KnownStaffRole(person_id=event.id, role=role))
    for one in event.memberships:
        work.add(
            KnownMembership(
                person_id=event.id, organisation_id=one.organisation_id, roles=one.roles
            )
        )
    return True


def erase_person(work: Work, person: UUID, version: int) -> None:
    """Empty the copy of a person; the mark keeps an older event from bringing them back."""
    row = work.session.get(KnownPerson, person) or work.add(KnownPerson(id=person))
    row.version, row.erased, row.active = version, True, False
    row.name = row.email = ""
    row.email_confirmed, row.staff_roles = False, []
    work.session.flush()
    _forget_roles(work, person)


def _forget_roles(work: Work, person: UUID) -> None:
    work.session.execute(delete(KnownStaffRole).where(KnownStaffRole.person_id == person))
    work.session.execute(delete(KnownMembership).where(KnownMembership.person_id == person))


def copy_organisation(work: Work, event: OrganisationEvent) -> bool:
    """Copy an organisation's state; says whether the copy changed."""
    row = work.session.get(KnownOrganisation, event.id)
    if row is not None and row.version >= event.version:
        return False
    row = row or work.add(KnownOrganisation(id=event.id))
    told = event.organisation
    row.version = event.version
    for name in (
        "slug",
        "name",
        "category",
        "tier",
        "country",
        "regions",
        "constituencies",
        "interests",
        "languages",
        "state",
        "state_since",
        "state_reason",
        "registered_by",
    ):
        setattr(row, name, getattr(told, name))
    work.session.flush()
    work.session.execute(delete(KnownTrait).where(KnownTrait.organisation_id == event.id))
    for kind, codes in (
        ("region", told.regions),
        ("constituency", told.constituencies),
        ("interest", told.interests),
    ):
        for code in sorted(set(codes)):
            work.add(KnownTrait(organisation_id=event.id, kind=kind, code=code))
    return True


def copy_key(work: Work, event: KeyPublished) -> None:
    """Copy a public key."""
    row = work.session.get(KnownKey, event.kid)
    if row is not None and row.version >= event.version:
        return
    row = row or work.add(KnownKey(kid=event.kid))
    row.version, row.jwk, row.retired_at = event.version, event.jwk, event.retired_at


def end_session(work: Work, event: SessionEnded) -> None:
    """Remember that a session has ended."""
    if work.session.get(EndedSession, event.id) is None:
        work.add(EndedSession(id=event.id, person_id=event.person_id, ended_at=event.ended_at))
