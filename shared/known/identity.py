"""Who carries a token, by this service's copies: no other service is asked."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, select

from shared.database.prepared import Statement
from shared.known.models import (
    EndedSession,
    KnownKey,
    KnownMembership,
    KnownOrganisation,
    KnownPerson,
)
from shared.security import tokens
from shared.security.identity import Expired, Late, claims_of
from shared.security.permissions import Actor
from shared.work import View


def identity(view: View, token: str) -> Actor:
    """Return the person of a token. Raises Late, Expired; ValueError when it is none of ours."""
    rows = _known(view, tokens.unverified(token))
    keys = tokens.ring([(row.kid, row.jwk, row.retired_at) for row in rows[:1]], view.system_now)
    claims = claims_of(token, keys, view.system_now)
    person = rows[0]
    if person.session_ended:
        raise Expired
    if person.id is None:
        raise Late
    if not person.active:
        raise Expired if person.version >= claims.version else Late
    memberships = {
        row.organisation_id: frozenset(row.roles) for row in rows if row.organisation_id is not None
    }
    actor = _actor(person, memberships, claims.session)
    if person.version < claims.version or _organisations_are_late(view, claims):
        raise Late(actor)
    return actor


def _known(view: View, said: tokens.Unverified) -> Sequence[Row[Any]]:
    """Return the key and the person that a token names, once for each membership of theirs.

    One statement, for it is asked on every request; what it finds is used once the key has said
    that the token is ours. Nothing when there is no such key, no person's columns when no person.
    """
    given = {"kid": said.kid, "person": said.person, "session": said.session}
    return view.rows(_statement(), given)


@cache
def _statement() -> Statement:
    key, person = KnownKey.__table__, KnownPerson.__table__
    member, ended = KnownMembership.__table__, EndedSession.__table__
    held = select(ended.c.id).where(ended.c.id == bindparam("session"))
    return (
        select(
            key.c.kid,
            key.c.jwk,
            key.c.retired_at,
            member.c.organisation_id,
            member.c.roles,
            person.c.id,
            person.c.version,
            person.c.active,
            person.c.name,
            person.c.language,
            person.c.zone,
            person.c.email,
            person.c.staff_roles,
            exists(held).label("session_ended"),
        )
        .select_from(key)
        .outerjoin(person, person.c.id == bindparam("person"))
        .outerjoin(member, member.c.person_id == person.c.id)
        .where(key.c.kid == bindparam("kid"))
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
