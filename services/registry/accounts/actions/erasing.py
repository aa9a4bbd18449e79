"""Erasing an account: every row that knows the person is emptied, everywhere, for good.

What is emptied stands in `shared/security/personal.py`; the copies of other services go with the
record without a value that is told.
"""

from sqlalchemy import delete, select, update

from services.registry import errors
from services.registry.accounts import queries, rules
from services.registry.accounts.actions import sessions
from services.registry.accounts.models import (
    Invitation,
    JoinRequest,
    Membership,
    ParkedBody,
    Person,
    ProviderSubject,
    Session,
    SignInCode,
)
from services.registry.accounts.rules import JoinState
from shared import i18n, mail
from shared.contracts.topics import PEOPLE
from shared.database import dead_letters, outbox
from shared.work import Work


def erase_me(work: Work, typed: str) -> None:
    """Erase the actor's account; `typed` is its address, typed once more.

    Raises OtherAddress, LastAdministrator, LastStaffAdministrator.
    """
    person = work.lock(Person, id=work.actor.person)
    work.require("account.erase", person)
    _erase(work, person, typed)


def erase_on_request(work: Work, code: str, typed: str) -> None:
    """Erase the account of somebody who asked the secretariat for it.

    Raises NotOnesOwn, and whatever `erase_me` raises.
    """
    person = work.lock(Person, Person.erased.is_(False), code=code)
    work.require("person.erase", person)
    if person.id == work.actor.person:
        raise errors.NotOnesOwn
    _erase(work, person, typed)


def _erase(work: Work, person: Person, typed: str) -> None:
    if rules.address(typed) != person.email:
        raise errors.OtherAddress
    _hold_seats(work, person)
    first = queries.to_do_first(work, person)
    if first.staff:
        raise errors.LastStaffAdministrator
    if first.organisations:
        raise errors.LastAdministrator
    _empty(work, person)


def _hold_seats(work: Work, person: Person) -> None:
    """Lock the places of the person's organisations: two last administrators cannot both go."""
    mine = select(Membership.organisation_id).where(Membership.person_id == person.id)
    work.session.scalars(
        select(Membership)
        .where(Membership.organisation_id.in_(mine))
        .order_by(Membership.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _empty(work: Work, person: Person) -> None:
    """Empty every row and record that knows the person; id and version stay (quality.md, 9)."""
    mail.forget(work, person.email or "", occasion=rules.about(person.id))
    sessions.end_all(work, person.id)
    _empty_rows(work, person)
    person.name, person.email, person.email_confirmed = "", None, False
    person.language, person.zone = i18n.DEFAULT, "UTC"
    person.staff_roles, person.is_staff = [], False
    person.active, person.erased = False, True
    version = person.tick()
    work.session.flush()
    outbox.erase(work.session, PEOPLE, person.id)
    dead_letters.erase(work.session, PEOPLE, person.id)
    work.tell_erased(PEOPLE, person.id, version)


def _empty_rows(work: Work, person: Person) -> None:
    email = person.email or ""
    for statement in (
        delete(Membership).where(Membership.person_id == person.id),
        delete(SignInCode).where((SignInCode.person_id == person.id) | (SignInCode.email == email)),
        delete(ProviderSubject).where(ProviderSubject.person_id == person.id),
        delete(ParkedBody).where(ParkedBody.person_id == person.id),
        delete(Invitation).where(Invitation.email == email),
        update(JoinRequest)
        .where(JoinRequest.person_id == person.id, JoinRequest.state == JoinState.PENDING)
        .values(state=JoinState.CANCELLED, decided_at=work.now),
        update(JoinRequest).where(JoinRequest.person_id == person.id).values(note=""),
        update(Session).where(Session.person_id == person.id).values(agent=""),
    ):
        work.session.execute(statement)
