"""People's own records: enrolled, edited, given staff roles. Each change is told."""

import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import select

from services.registry import errors
from services.registry.accounts import events, queries, rules
from services.registry.accounts.models import Membership, Person
from services.registry.accounts.rules import StaffRole
from shared import ids, mail
from shared.contracts.registry import PeopleLiving
from shared.contracts.topics import PEOPLE
from shared.messaging.retell import Each
from shared.work import Work

CODE_LENGTH = 8


def enrol(
    work: Work,
    email: str,
    *,
    name: str = "",
    language: str = "en",
    zone: str = "UTC",
    confirmed: bool = False,
) -> Person:
    """Make an account for an address in its one spelling, and tell it."""
    person = work.add(
        Person(
            id=ids.new(),
            code="".join(secrets.choice(ids.ALPHABET) for _ in range(CODE_LENGTH)),
            name=name,
            email=email,
            email_confirmed=confirmed,
            language=language,
            zone=zone,
            staff_roles=[],
            is_staff=False,
            active=True,
            erased=False,
            created_at=work.now,
        )
    )
    work.record("person.enrol", person)
    tell(work, person)
    return person


def tell(work: Work, person: Person) -> None:
    """Tell a person's record as it is now, memberships included."""
    work.session.flush()
    seats = work.session.scalars(
        select(Membership).where(Membership.person_id == person.id).order_by(Membership.id)
    ).all()
    work.tell(events.person_changed(person, seats))


def edit(work: Work, *, name: str, language: str, zone: str) -> Person:
    """Change the actor's own name, language and zone."""
    person = work.lock(Person, id=work.actor.person)
    work.require("account.edit", person)
    person.name, person.language, person.zone = name, language, zone
    tell(work, person)
    return person


def change_address(work: Work, email: str) -> Person:
    """Give the actor the address that they have just proved; the old one is told by mail.

    Raises AddressTaken.
    """
    if queries.by_address(work, email) is not None:
        raise errors.AddressTaken
    person = work.lock(Person, id=work.actor.person)
    old, person.email, person.email_confirmed = person.email, email, True
    tell(work, person)
    if old:
        mail.forget(work, old)
        mail.post(
            work,
            template="registry/accounts/mail/address_changed",
            to=old,
            language=person.language,
            occasion=rules.about(person.id),
            new=email,
        )
    return person


def appoint(work: Work, code: str, roles: Collection[str]) -> Person:
    """Give a person exactly these staff roles. Raises NotOneself, LastStaffAdministrator."""
    person = work.lock(Person, Person.erased.is_(False), code=code)
    work.require("person.appoint", person)
    rules.check_appoint(
        appointing=work.actor.person,
        person=person.id,
        before=person.staff_roles,
        after=roles,
        administrators=queries.administrators(work),
    )
    return set_staff_roles(work, person, roles)


def appoint_first_administrator(work: Work, typed: str) -> Person:
    """Make the person of an address an administrator: for the command of a fresh installation.

    An unknown address gets an account; its owner proves the address by signing in.
    """
    email = rules.address(typed)
    person = queries.by_address(work, email) or enrol(work, email)
    work.record("person.appoint_first", person)
    return set_staff_roles(work, person, {*person.staff_roles, StaffRole.ADMINISTRATOR})


def set_staff_roles(work: Work, person: Person, roles: Collection[str]) -> Person:
    """Write and tell staff roles without asking who does it: for actions that asked, and seeds."""
    known = {StaffRole(role) for role in roles}
    work.record("person.roles", person, before=sorted(person.staff_roles), after=sorted(known))
    person.staff_roles = [role.value for role in StaffRole if role in known]
    person.is_staff = bool(known)
    tell(work, person)
    return person


def _tell_again(work: Work, rows: Sequence[Person]) -> None:
    for person in rows:
        if person.erased:
            work.tell_erased(PEOPLE, person.id, person.tick())
        else:
            tell(work, person)


retell = Each(Person, _tell_again, PeopleLiving)
"""Every person, for readers whose copies were lost; of erased ones that they are."""
