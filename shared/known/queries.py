"""Reads of the copies, and the audience as a set-based SQL condition."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, true

from shared.contracts.audience import Audience
from shared.database.prepared import Statement
from shared.known.models import (
    KnownMembership,
    KnownOrganisation,
    KnownPerson,
    KnownStaffRole,
    KnownTrait,
)
from shared.work import View


@dataclass(frozen=True)
class Member:
    """A person and their roles in one organisation."""

    person_id: UUID
    organisation_id: UUID
    name: str
    language: str
    zone: str
    email: str
    email_confirmed: bool
    roles: frozenset[str]


def person(view: View, person_id: UUID) -> KnownPerson | None:
    """Return the copy of a person, also an erased one."""
    return view.find(KnownPerson, id=person_id)


def names(view: View, people: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of people by id; an erased one has an empty name."""
    if not people:
        return {}
    rows = view.rows(_names(), {"people": list(set(people))})
    return {row.id: row.name for row in rows}


@cache
def _names() -> Statement:
    one = KnownPerson.__table__.c
    return select(one.id, one.name).where(one.id.in_(bindparam("people", expanding=True)))


def organisation(view: View, organisation_id: UUID) -> KnownOrganisation | None:
    """Return the copy of an organisation."""
    return view.find(KnownOrganisation, id=organisation_id)


def organisation_by_slug(view: View, slug: str) -> KnownOrganisation | None:
    """Return the copy of an organisation by its public name in addresses."""
    return view.find(KnownOrganisation, slug=slug)


def organisations(view: View, ids: Collection[UUID]) -> dict[UUID, KnownOrganisation]:
    """Return copies by id, in one query."""
    if not ids:
        return {}
    return {row.id: row for row in view.all(KnownOrganisation, id=set(ids))}


def organisations_of(view: View, person_id: UUID) -> list[KnownOrganisation]:
    """Return the organisations that a person is a member of, by name."""
    return list(
        view.session.scalars(
            select(KnownOrganisation)
            .join(KnownMembership, KnownMembership.organisation_id == KnownOrganisation.id)
            .where(KnownMembership.person_id == person_id)
            .order_by(KnownOrganisation.name, KnownOrganisation.id)
        )
    )


def holders(view: View, organisation_id: UUID, role: str) -> list[UUID]:
    """Return who of an organisation's active members holds a role, by name."""
    found = view.rows(_holders(), {"organisation": organisation_id})
    return [row.id for row in found if role in row.roles]


@cache
def _holders() -> Statement:
    one = KnownPerson.__table__.c
    return _members().with_only_columns(one.id, KnownMembership.__table__.c.roles)


def members(view: View, organisation_id: UUID, *roles: str) -> list[Member]:
    """Return the active members of an organisation; only those with one of the roles, if given."""
    found = [
        Member(
            row.id,
            organisation_id,
            row.name,
            row.language,
            row.zone,
            row.email,
            row.email_confirmed,
            frozenset(row.roles),
        )
        for row in view.rows(_members(), {"organisation": organisation_id})
    ]
    return [one for one in found if not roles or one.roles & set(roles)]


@cache
def _members() -> Statement:
    one, membership = KnownPerson.__table__.c, KnownMembership.__table__.c
    return (
        select(
            one.id,
            one.name,
            one.language,
            one.zone,
            one.email,
            one.email_confirmed,
            membership.roles,
        )
        .join_from(KnownPerson.__table__, KnownMembership.__table__, membership.person_id == one.id)
        .where(membership.organisation_id == bindparam("organisation"), one.active)
        .order_by(one.name, one.id)
    )


def staff(view: View, *roles: str) -> list[KnownPerson]:
    """Return active staff who hold one of the roles."""
    holds = select(KnownStaffRole.person_id).where(KnownStaffRole.role.in_(roles))
    return list(
        view.session.scalars(
            select(KnownPerson)
            .where(KnownPerson.id.in_(holds), KnownPerson.active)
            .order_by(KnownPerson.name, KnownPerson.id)
        )
    )


def concerned(audience: Audience) -> ColumnElement[bool]:
    """Return the audience as a condition on KnownOrganisation; equal to `audience.concerns`."""
    org = KnownOrganisation
    by_rule = and_(
        _in(org.category, audience.categories),
        or_(org.category != "local_authority", _in(org.tier, audience.tiers)),
        or_(org.category != "stakeholder", _has("constituency", audience.constituencies)),
        _has("region", audience.regions),
        _in(org.country, audience.countries),
        _has("interest", audience.interests),
    )
    named = org.id.in_(audience.included)
    asked = named if audience.only_named else or_(named, by_rule)
    return and_(asked, org.id.not_in(audience.excluded))


def _in(column: Any, codes: list[str]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(codes) if codes else true()
    return found


def _has(kind: str, codes: list[str]) -> ColumnElement[bool]:
    if not codes:
        return true()
    return exists().where(
        KnownTrait.organisation_id == KnownOrganisation.id,
        KnownTrait.kind == kind,
        KnownTrait.code.in_(codes),
    )
