"""Staff who come through their organisation's sign-in: bound to an address that is known already.

Nobody is created by it. What needs the network (`fetch`) is done before a Work takes its lock.
"""

import secrets
from datetime import timedelta

from sqlalchemy import delete, or_, select

from services.registry import errors
from services.registry.accounts import queries, rules
from services.registry.accounts.actions import people, sessions
from services.registry.accounts.actions.sign_in import SignedIn
from services.registry.accounts.models import Person, ProviderErrand, ProviderSubject
from services.registry.accounts.rules import Vouched
from shared.database import limits
from shared.errors import Problem
from shared.security.provider import Provider, ProviderAway, Untrusted
from shared.work import Room, Work

PER = timedelta(minutes=15)
FROM_ONE_PLACE = 60
"""Errands from one network address: a whole office may share it."""


def send(provider: Provider, secret: str, redirect: str) -> str:
    """Return the address to which a browser with that secret is sent. Raises ProviderSilent."""
    errand = rules.errand(secret)
    try:
        return provider.address(
            redirect=redirect, state=errand.state, nonce=errand.nonce, verifier=errand.verifier
        )
    except ProviderAway as error:
        raise errors.ProviderSilent from error


def begin(work: Work, secret: str, *, next_place: str = "", caller: str = "") -> None:
    """Remember that the browser with that secret may come back once, and where it goes on to.

    Raises TooMany.
    """
    work.require("account.provider")
    at = work.system_now
    if caller:
        key = f"provider:{caller}"
        limits.hit(work.session, key, per=PER, at_most=FROM_ONE_PLACE, at=at)
    work.add(
        ProviderErrand(
            secret_hash=rules.digest(secret),
            next=rules.place(next_place),
            expires_at=at + rules.ERRAND_LIFE,
        )
    )


def fetch(room: Room, secret: str | None, *, state: str, code: str, redirect: str) -> Vouched:
    """Return whom the provider vouches for: over the network, hence in no transaction.

    Raises Unconfirmed, ProviderSilent, AddressUnverified.
    """
    provider: Provider = room.settings.provider
    errand = rules.errand(secret or "")
    if not secret or not code or not secrets.compare_digest(errand.state.encode(), state.encode()):
        raise errors.Unconfirmed
    with room.view() as view:
        if not queries.is_on_errand(view, secret):
            raise errors.Unconfirmed
        at = view.system_now
    try:
        claims = provider.claims(code=code, redirect=redirect, verifier=errand.verifier)
        return rules.vouched(
            claims, issuer=provider.issuer, client=provider.client_id, nonce=errand.nonce, at=at
        )
    except ProviderAway as error:
        raise errors.ProviderSilent from error
    except (Untrusted, rules.Distrust) as error:
        raise errors.Unconfirmed from error


def sign_in(work: Work, secret: str, vouched: Vouched, agent: str = "") -> SignedIn:
    """Sign in the member of the secretariat who has the address, once for each errand.

    Raises Unconfirmed, NotOfTheSecretariat, AccountClosed, OtherSubject;
    the caller then says `refuse`.
    """
    work.require("account.provider_return")
    place = _take(work, secret)
    person = work.session.scalars(
        select(Person).where(Person.email == vouched.email).with_for_update()
    ).one_or_none()
    if person is None or not person.is_staff:
        raise errors.NotOfTheSecretariat
    if not person.active:
        raise errors.AccountClosed
    _bind(work, person, vouched)
    if not person.email_confirmed:
        person.email_confirmed = True
        people.tell(work, person)
    opened = sessions.start(work, person, agent)
    return SignedIn(opened, place, is_new=not person.name, is_staff=True)


def refuse(work: Work, secret: str | None, problem: Problem) -> None:
    """End an errand that was refused, and keep why: in the audit, without secrets or addresses."""
    work.require("account.provider_return")
    work.session.execute(
        delete(ProviderErrand).where(ProviderErrand.secret_hash == rules.digest(secret or ""))
    )
    cause = problem.__cause__
    why = str(cause) if isinstance(cause, Untrusted | rules.Distrust) else ""
    work.record("account.provider_refused", reason=type(problem).__name__, claim=why)


def release(work: Work, code: str) -> None:
    """Forget who a person is at the provider: another identity with their address may come."""
    person = work.lock(Person, Person.erased.is_(False), code=code)
    work.require("person.release", person)
    work.session.execute(delete(ProviderSubject).where(ProviderSubject.person_id == person.id))


def _take(work: Work, secret: str) -> str:
    """Use up an errand; return where it goes on to."""
    row = work.session.scalars(
        select(ProviderErrand)
        .where(
            ProviderErrand.secret_hash == rules.digest(secret),
            ProviderErrand.expires_at > work.system_now,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise errors.Unconfirmed
    work.delete(row)
    return row.next


def _bind(work: Work, person: Person, vouched: Vouched) -> None:
    """Remember who a person is at the provider; afterwards only that one is this person."""
    by_subject = (ProviderSubject.issuer == vouched.issuer) & (
        ProviderSubject.subject == vouched.subject
    )
    known = work.session.scalars(
        select(ProviderSubject).where(or_(ProviderSubject.person_id == person.id, by_subject))
    ).all()
    wanted = (person.id, vouched.issuer, vouched.subject)
    if any((one.person_id, one.issuer, one.subject) != wanted for one in known):
        raise errors.OtherSubject
    if not known:
        work.record("account.bind", person)
        work.add(
            ProviderSubject(
                person_id=person.id,
                issuer=vouched.issuer,
                subject=vouched.subject,
                since=work.now,
            )
        )
