"""Who carries a token, by this service's copies: no other service is asked."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select

from shared.database.prepared import Statement
from shared.known import queries
from shared.known.models import EndedSession, KnownMembership, KnownOrganisation, KnownPerson
from shared.security import tokens
from shared.security.identity import Expired, Late
from shared.security.permissions import Actor
from shared.work import View


def identity(view: View, token: str) -> Actor:
    """Return the person of a token. Raises Late, Expired; ValueError when it is none of ours."""
    keys = queries.keys(view)
    try:
        claims = tokens.read(token, keys.public, view.system_now, keys.spent)
    except tokens.ExpiredToken as error:
        raise Expired from error
    except tokens.UnknownKey as error:
        raise Late from error
    except tokens.BadToken as error:
        raise ValueError(str(error)) from error
    rows = _person(view, claims)
    if not rows:
        raise Expired if queries.session_ended(view, claims.session) else Late
    person = rows[0]
    if person.session_ended:
        raise Expired
    if not person.active:
        raise Expired if person.version >= claims.version else Late
    memberships = {
        row.organisation_id: frozenset(row.roles) for row in rows if row.organisation_id is not None
    }
    actor = _actor(person, memberships, claims.session)
    if person.version < claims.version or _organisations_are_late(view, claims):
        raise Late(actor)
    return actor


def _person(view: View, claims: tokens.Claims) -> Sequence[Row[Any]]:
    """Return a person once for each membership, once without one; asked on every request."""
    given = {"person": claims.person, "session": claims.session}
    return view.session.execute(_statement(), given).all()


@cache
def _statement() -> Statement:
    person, ended = KnownPerson.__table__, EndedSession.__table__
    return (
        select(
            KnownMembership.organisation_id,
            KnownMembership.roles,
            person,
            exists(select(ended.c.id).where(ended.c.id == bindparam("session"))).label(
                "session_ended"
            ),
        )
        .select_from(person)
        .outerjoin(KnownMembership, KnownMembership.person_id == person.c.id)
        .where(person.c.id == bindparam("person"))
    )


def _actor(person: Row[Any], memberships: Mapping[UUID, frozenset[str]], session: UUID) -> Actor:
    return Actor(
        person=person.id,
        name=person.name,
        language=person.language,
        zone=person.zone,
        email=person.email,
        staff_roles=frozenset(person.staff_roles),
        memberships=memberships,
        session=session,
    )


def _organisations_are_late(view: View, claims: tokens.Claims) -> bool:
    for organisation_id, version in claims.organisations.items():
        row = view.session.get(KnownOrganisation, organisation_id)
        if row is None or row.version < version:
            return True
    return False
