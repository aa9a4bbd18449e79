"""Who carries a token, by this service's copies: no other service is asked."""

from uuid import UUID

from sqlalchemy import select

from shared.known import queries
from shared.known.models import KnownMembership, KnownOrganisation, KnownPerson
from shared.security import tokens
from shared.security.identity import Expired, Late
from shared.security.permissions import Actor
from shared.work import View


def identity(view: View, token: str) -> Actor:
    """Return the person of a token. Raises Late, Expired; ValueError when it is none of ours."""
    try:
        claims = tokens.read(token, queries.keys(view), view.system_now)
    except tokens.ExpiredToken as error:
        raise Expired from error
    except tokens.UnknownKey as error:
        raise Late from error
    except tokens.BadToken as error:
        raise ValueError(str(error)) from error
    if queries.session_ended(view, claims.session):
        raise Expired
    person = queries.person(view, claims.person)
    if person is None:
        raise Late
    if not person.active:
        raise Expired if person.version >= claims.version else Late
    actor = _actor(view, person, claims.session)
    if person.version < claims.version or _organisations_are_late(view, claims):
        raise Late(actor)
    return actor


def _actor(view: View, person: KnownPerson, session: UUID) -> Actor:
    held = view.session.execute(
        select(KnownMembership.organisation_id, KnownMembership.roles).where(
            KnownMembership.person_id == person.id
        )
    )
    return Actor(
        person=person.id,
        name=person.name,
        language=person.language,
        zone=person.zone,
        email=person.email,
        staff_roles=frozenset(person.staff_roles),
        memberships={row.organisation_id: frozenset(row.roles) for row in held},
        session=session,
    )


def _organisations_are_late(view: View, claims: tokens.Claims) -> bool:
    for organisation_id, version in claims.organisations.items():
        row = view.session.get(KnownOrganisation, organisation_id)
        if row is None or row.version < version:
            return True
    return False
