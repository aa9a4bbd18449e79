"""How events change the copies. An event older than the copy changes nothing."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete

from shared.contracts.registry import (
    KeyPublished,
    OrganisationEvent,
    OrganisationsLiving,
    PeopleLiving,
    PersonChanged,
    SessionEnded,
)
from shared.database.projection import outlived
from shared.known.models import (
    EndedSession,
    KnownKey,
    KnownMembership,
    KnownOrganisation,
    KnownPerson,
    KnownStaffRole,
    KnownTrait,
)
from shared.security import tokens
from shared.work import Work

ENDED_KEPT = timedelta(days=2)
"""By far longer than a token lives: afterwards none of the session is left to be refused."""


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
    row.language, row.zone = "en", "UTC"
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


def outlived_people(work: Work, event: PeopleLiving) -> list[UUID]:
    """Return whom registry no longer has."""
    return outlived(work.session, KnownPerson, event)


def drop_people(work: Work, people: Sequence[UUID]) -> None:
    """Drop copies of people whom registry no longer has."""
    for model in (KnownStaffRole, KnownMembership):
        work.session.execute(delete(model).where(model.person_id.in_(people)))
    work.session.execute(delete(KnownPerson).where(KnownPerson.id.in_(people)))


def keep_organisations(work: Work, event: OrganisationsLiving) -> None:
    """Drop copies of organisations that registry no longer has."""
    gone = outlived(work.session, KnownOrganisation, event)
    work.session.execute(delete(KnownTrait).where(KnownTrait.organisation_id.in_(gone)))
    work.session.execute(delete(KnownOrganisation).where(KnownOrganisation.id.in_(gone)))


def copy_key(work: Work, event: KeyPublished) -> None:
    """Copy a public key, and drop those that nobody comes with any more."""
    gone = work.system_now - tokens.AFTERLIFE
    work.session.execute(delete(KnownKey).where(KnownKey.retired_at < gone))
    row = work.session.get(KnownKey, event.kid)
    if row is not None and row.version >= event.version:
        return
    row = row or work.add(KnownKey(kid=event.kid))
    row.version, row.jwk, row.retired_at = event.version, event.jwk, event.retired_at


def end_session(work: Work, event: SessionEnded) -> None:
    """Remember that a session has ended."""
    if work.session.get(EndedSession, event.id) is None:
        work.add(EndedSession(id=event.id, person_id=event.person_id, ended_at=event.ended_at))


def forget_ended_sessions(work: Work) -> None:
    """Delete ended sessions of which no token can be alive."""
    gone = EndedSession.ended_at < work.system_now - ENDED_KEPT
    work.session.execute(delete(EndedSession).where(gone))
