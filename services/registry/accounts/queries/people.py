"""Reads of people: found by administrators, named for others, and what keeps one from leaving."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from services.registry.accounts import rules
from services.registry.accounts.models import Membership, Person, ProviderSubject
from services.registry.accounts.rules import StaffRole
from shared.database.found import found
from shared.work import View

PAGE = 25


@dataclass(frozen=True)
class Bound:
    """A person's identity at the organisation's provider: no other comes in under their address."""

    issuer: str
    since: datetime


@dataclass(frozen=True)
class PersonRow:
    """A person in the list of the administrators."""

    id: UUID
    code: str
    name: str
    email: str
    email_confirmed: bool
    language: str
    zone: str
    active: bool
    staff_roles: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class People:
    """A page of people in the order of their accounts; `next` is the code to go on after."""

    rows: list[PersonRow]
    next: str | None


def people(view: View, *, words: str = "", staff_only: bool = False, after: str = "") -> People:
    """Return a page of people, newest first, by part of a name or address."""
    statement = view.only("person.index", select(Person).where(Person.erased.is_(False)))
    if words.strip():
        statement = statement.where(Person.id.in_(_named(words)))
    if staff_only:
        statement = statement.where(Person.is_staff.is_(True))
    if after:
        last = select(Person.id).where(Person.code == after).scalar_subquery()
        statement = statement.where(Person.id < last)
    page = view.session.scalars(statement.order_by(Person.id.desc()).limit(PAGE + 1)).all()
    rows = [_person_row(one) for one in page[:PAGE]]
    return People(rows, rows[-1].code if len(page) > PAGE else None)


def _named(words: str) -> Select[Any]:
    named = select(Person.id)
    for word in words.lower().split()[:5]:
        like = f"%{_escaped(word)}%"
        named = named.where(
            or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\"))
        )
    return found(named)


def person(view: View, code: str) -> PersonRow:
    """Return one person by public code. Raises NotFound, also for an erased one."""
    view.require("person.show")
    return _person_row(view.get(Person, Person.erased.is_(False), code=code))


def bound(view: View, person_id: UUID) -> Bound | None:
    """Return who a person is at the organisation's provider; None before they came from there."""
    row = view.find(ProviderSubject, person_id=person_id)
    return Bound(row.issuer, row.since) if row is not None else None


def me(view: View) -> PersonRow:
    """Return the actor's own record. Raises NotFound when nobody is signed in."""
    return _person_row(view.get(Person, id=view.actor.person))


def names(view: View, people: Collection[UUID]) -> dict[UUID, str]:
    """Return names by id; an erased person's is empty."""
    if not people:
        return {}
    rows = view.session.execute(select(Person.id, Person.name).where(Person.id.in_(set(people))))
    return {row.id: row.name for row in rows}


def by_address(view: View, email: str) -> Person | None:
    """Return the living person with an address in its one spelling (`rules.address`)."""
    return view.find(Person, Person.erased.is_(False), email=email)


def _person_row(row: Person) -> PersonRow:
    return PersonRow(
        id=row.id,
        code=row.code,
        name=row.name,
        email=row.email or "",
        email_confirmed=row.email_confirmed,
        language=row.language,
        zone=row.zone,
        active=row.active,
        staff_roles=tuple(row.staff_roles),
        created_at=row.created_at,
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def administrators(view: View) -> int:
    """Return how many people may appoint staff."""
    staff = view.session.scalars(
        select(Person.staff_roles).where(Person.is_staff.is_(True), Person.active.is_(True))
    )
    return sum(StaffRole.ADMINISTRATOR in roles for roles in staff)


@dataclass(frozen=True)
class ToDoFirst:
    """Who would be left without an administrator by an erasure: organisations, or the portal."""

    organisations: tuple[UUID, ...]
    staff: bool

    def __bool__(self) -> bool:
        return bool(self.organisations) or self.staff


def to_do_first(view: View, person: Person | PersonRow) -> ToDoFirst:
    """Return what stands in the way of erasing an account; the caller has asked for permission."""
    mine = select(Membership.organisation_id).where(Membership.person_id == person.id)
    seats: dict[UUID, list[Membership]] = {}
    for seat in view.session.scalars(
        select(Membership).where(Membership.organisation_id.in_(mine)).order_by(Membership.id)
    ):
        seats.setdefault(seat.organisation_id, []).append(seat)
    last = StaffRole.ADMINISTRATOR in person.staff_roles and administrators(view) <= 1
    return ToDoFirst(
        tuple(one for one, held in seats.items() if not rules.may_leave_for_good(held, person.id)),
        staff=last,
    )
