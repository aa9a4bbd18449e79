"""Signing in: one mail with six digits and a link, the same for known and unknown addresses."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from services.registry import errors
from services.registry.accounts import queries, rules
from services.registry.accounts.actions import people, sessions
from services.registry.accounts.models import Person, SignInCode
from services.registry.accounts.rules import Purpose
from shared import i18n, ids, mail
from shared.database import limits
from shared.errors import Gone
from shared.work import Work

FROM_ONE_PLACE = 60
"""Mails asked for from one network address in 15 minutes: a whole office may share it."""
TO_ONE_ADDRESS = ((timedelta(minutes=15), 5), (timedelta(hours=1), 10), (timedelta(days=1), 30))


@dataclass(frozen=True)
class SignedIn:
    """Somebody has signed in: their session, where they wanted to go, whether a name is missing."""

    opened: sessions.Opened
    next: str
    is_new: bool
    is_staff: bool


def begin(
    work: Work,
    typed: str,
    *,
    next_place: str = "",
    flow: str | None = None,
    caller: str = "",
    silent: bool = False,
) -> str:
    """Send a code and a link to an address; returns the secret for the asking browser's cookie.

    Another code goes on to where the first one would have. Nobody sees here whether the address is
    known: staff who must come through their organisation are told so in the mail alone. `silent`
    does everything but the mail: for machines, which see no difference.
    Raises WrongAddress, TooMany.
    """
    work.require("account.sign_in")
    email = rules.address(typed)
    place = next_place or queries.flow_place(work, flow, email)
    return send(
        work, email, Purpose.SIGN_IN, next_place=place, flow=flow, caller=caller, silent=silent
    )


def send(
    work: Work,
    email: str,
    purpose: Purpose,
    *,
    next_place: str = "/",
    flow: str | None = None,
    caller: str = "",
    person_id: UUID | None = None,
    silent: bool = False,
) -> str:
    """Write one proof of address and, unless `silent`, its mail; within the limits.

    Raises TooMany.
    """
    _limit(work, email, caller)
    flow = flow or ids.secret()
    digits, link = f"{secrets.randbelow(10**6):06d}", ids.secret()
    work.add(
        SignInCode(
            purpose=purpose,
            email=email,
            person_id=person_id,
            flow_hash=rules.digest(flow),
            code_hash=rules.digest(flow, digits),
            link_hash=rules.digest(link),
            next=rules.place(next_place),
            language=i18n.language(),
            created_at=work.system_now,
            expires_at=work.system_now + rules.CODE_LIFE,
        )
    )
    if silent:
        return flow
    if purpose == Purpose.SIGN_IN and _comes_by_provider(work, queries.by_address(work, email)):
        _point_to_provider(work, email)
        return flow
    template = "code" if purpose == Purpose.SIGN_IN else "address"
    mail.post(
        work,
        template=f"registry/accounts/mail/{template}",
        to=email,
        language=i18n.language(),
        secret=True,
        occasion=rules.about(person_id) if person_id else "",
        digits=f"{digits[:3]} {digits[3:]}",
        link=link,
        minutes=int(rules.CODE_LIFE.total_seconds() // 60),
    )
    return flow


def by_code(work: Work, flow: str | None, typed: str, agent: str = "") -> SignedIn | None:
    """Sign in by the six digits; None when they do not fit, which counts as an attempt."""
    work.require("account.code")
    proof = prove(work, flow, typed, Purpose.SIGN_IN)
    return _sign_in(work, proof, agent) if proof is not None else None


def by_link(work: Work, secret: str, agent: str = "") -> SignedIn:
    """Sign in by the mailed link, once. Raises Gone, AccountClosed."""
    work.require("account.link")
    proof = work.session.scalars(
        select(SignInCode)
        .where(SignInCode.link_hash == rules.digest(secret), SignInCode.purpose == Purpose.SIGN_IN)
        .with_for_update()
    ).one_or_none()
    if proof is None or proof.used_at is not None or proof.expires_at <= work.system_now:
        raise Gone
    return _sign_in(work, proof, agent)


def prove(work: Work, flow: str | None, typed: str, purpose: Purpose) -> SignInCode | None:
    """Return the proof that the digits fit, None otherwise; five wrong ones end each proof."""
    if not flow:
        return None
    open_ones = work.session.scalars(
        select(SignInCode)
        .where(
            SignInCode.flow_hash == rules.digest(flow),
            SignInCode.purpose == purpose,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > work.system_now,
            SignInCode.attempts < rules.CODE_ATTEMPTS,
        )
        .order_by(SignInCode.id)
        .with_for_update()
    ).all()
    wanted = rules.digest(flow, rules.digits(typed))
    for proof in open_ones:
        if secrets.compare_digest(proof.code_hash, wanted):
            return proof
    for proof in open_ones:
        proof.attempts += 1
    return None


def spend(work: Work, proof: SignInCode) -> None:
    """Make a proof and its siblings worthless: whatever was mailed works once."""
    work.session.execute(
        update(SignInCode)
        .where(
            SignInCode.email == proof.email,
            SignInCode.purpose == proof.purpose,
            SignInCode.used_at.is_(None),
        )
        .values(used_at=work.system_now)
    )


def _sign_in(work: Work, proof: SignInCode, agent: str) -> SignedIn:
    spend(work, proof)
    person = _person(work, proof)
    if not person.active:
        raise errors.AccountClosed
    if _comes_by_provider(work, person):
        raise errors.SignInElsewhere
    opened = sessions.start(work, person, agent)
    return SignedIn(opened, proof.next, is_new=not person.name, is_staff=person.is_staff)


def _comes_by_provider(work: Work, person: Person | None) -> bool:
    """Say whether somebody may sign in through their organisation only."""
    return person is not None and person.is_staff and not work.settings.staff_by_mail


def _point_to_provider(work: Work, email: str) -> None:
    mail.post(
        work,
        template="registry/accounts/mail/elsewhere",
        to=email,
        language=i18n.language(),
        secret=True,
    )


def _person(work: Work, proof: SignInCode) -> Person:
    person = work.session.scalars(
        select(Person).where(Person.email == proof.email).with_for_update()
    ).one_or_none()
    if person is None:
        return people.enrol(work, proof.email, language=proof.language, confirmed=True)
    if not person.email_confirmed:
        person.email_confirmed = True
        people.tell(work, person)
    return person


def _limit(work: Work, email: str, caller: str) -> None:
    at = work.system_now
    for per, at_most in TO_ONE_ADDRESS:
        key = f"mail:{email}:{int(per.total_seconds())}"
        limits.hit(work.session, key, per=per, at_most=at_most, at=at)
    if caller:
        quarter = TO_ONE_ADDRESS[0][0]
        limits.hit(work.session, f"from:{caller}", per=quarter, at_most=FROM_ONE_PLACE, at=at)
