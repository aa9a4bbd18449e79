"""Sessions: begun by a proof of address, renewed by their secret, ended by their owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select

from services.registry.accounts import events, queries, rules
from services.registry.accounts.actions import keys
from services.registry.accounts.models import (
    ParkedBody,
    Person,
    ProviderErrand,
    Session,
    SignInCode,
)
from shared import ids
from shared.contracts.topics import SESSIONS
from shared.database import limits
from shared.errors import NotFound
from shared.messaging.retell import Each
from shared.security import tokens
from shared.work import Work

PARKED_AT_MOST = 20
PARKED_PER = timedelta(hours=1)
RETOLD = SESSIONS.retention or timedelta(days=2)
"""As long as the log keeps that a session ended; by far longer than a token lives."""
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Opened:
    """A session as its browser gets it: the secret for renewal, the token for everything else."""

    session_id: UUID
    person_id: UUID
    secret: str
    token: str


def start(work: Work, person: Person, agent: str = "") -> Opened:
    """Begin a session for a person who has proved who they are. `agent` is a User-Agent header."""
    secret = ids.secret()
    browser, system = rules.device(agent)
    session = work.add(
        Session(
            id=ids.new(),
            person_id=person.id,
            secret_hash=rules.digest(secret),
            agent=f"{browser}|{system}",
            created_at=work.system_now,
            seen_at=work.system_now,
        )
    )
    work.record("session.start", session)
    return Opened(session.id, person.id, secret, _token(work, person, session))


def renew(
    work: Work, secret: str | None, organisations: Mapping[UUID, int] | None = None
) -> str | None:
    """Return a fresh token for a session's secret, None when the session is over.

    `organisations` are versions of organisations that the reader's copies must have reached.
    """
    session = work.find(Session, secret_hash=rules.digest(secret)) if secret else None
    if session is None or rules.session_is_over(
        session.created_at, session.seen_at, session.ended_at, work.system_now
    ):
        return None
    person = work.get(Person, id=session.person_id)
    if not person.active or person.erased:
        return None
    if work.system_now >= session.seen_at + SEEN_EVERY:
        session.seen_at = work.system_now
    return _token(work, person, session, organisations)


@dataclass(frozen=True)
class Owner:
    """To whom a browser belonged before its session was over."""

    person: UUID
    session: UUID


def whose(work: Work, secret: str | None, token: str | None) -> Owner | None:
    """Say whose browser this was, by a session's secret or by a token of ours, however old."""
    session = work.find(Session, secret_hash=rules.digest(secret)) if secret else None
    if session is not None:
        return Owner(session.person_id, session.id)
    try:
        claims = tokens.read(token or "", queries.ring(work).public, work.system_now)
    except tokens.ExpiredToken as error:
        claims = error.claims
    except tokens.BadToken:
        return None
    return Owner(claims.person, claims.session)


def end(work: Work, session_id: UUID) -> None:
    """End one of the actor's own sessions: no service honours its token any longer."""
    session = work.lock(Session, id=session_id, person_id=work.actor.person)
    work.require("session.end", session)
    close(work, session)


def end_others(work: Work) -> int:
    """End every session of the actor but the present one; returns how many."""
    work.require("session.end_others")
    return end_all(work, work.actor.person, but=work.actor.session)


def end_all(work: Work, person_id: UUID | None, but: UUID | None = None) -> int:
    """End the sessions of a person, all but one when one is named; returns how many."""
    open_ones = work.session.scalars(
        select(Session)
        .where(Session.person_id == person_id, Session.ended_at.is_(None))
        .order_by(Session.id)
        .with_for_update()
    ).all()
    ending = [one for one in open_ones if one.id != but]
    for session in ending:
        close(work, session)
    return len(ending)


def sign_out(work: Work, secret: str | None) -> None:
    """End the session of this browser, if it has one."""
    work.require("account.sign_out")
    session = work.find(Session, secret_hash=rules.digest(secret)) if secret else None
    if session is None and work.actor.session is not None:
        session = work.find(Session, id=work.actor.session)
    if session is not None:
        close(work, session)


def close(work: Work, session: Session) -> None:
    """End a session and tell it, once."""
    if session.ended_at is None:
        session.ended_at = work.system_now
        work.tell(events.session_ended(session, work.system_now))


def _tell_again(work: Work, rows: Sequence[Session]) -> None:
    for session in rows:
        work.tell(events.session_ended(session, session.ended_at or work.system_now))


retell = Each(Session, _tell_again, where=lambda work: Session.ended_at > work.system_now - RETOLD)
"""Sessions that ended lately: until then a token of theirs could still be honoured."""


def park(
    work: Work,
    *,
    path: str,
    fields: list[tuple[str, str]],
    files: list[str],
    person_id: UUID | None,
    flow: str,
    caller: str,
) -> bool:
    """Keep what was written when the session had ended, for 24 hours. False when it is too long.

    Raises TooMany when one caller parks without end.
    """
    if sum(len(name) + len(value) for name, value in fields) > rules.PARKED_LONGEST:
        return False
    limits.hit(
        work.session,
        f"park:{caller}",
        per=PARKED_PER,
        at_most=PARKED_AT_MOST,
        at=work.system_now,
    )
    work.add(
        ParkedBody(
            person_id=person_id,
            flow_hash=rules.digest(flow),
            path=path,
            fields=[[name, value] for name, value in fields],
            files=files,
            created_at=work.system_now,
            expires_at=work.system_now + rules.PARKED_LIFE,
        )
    )
    return True


def forget_parked(work: Work, parked_id: UUID, flow: str | None) -> None:
    """Throw away what was kept, at its owner's wish. Raises NotFound when it is another's."""
    row = work.lock(ParkedBody, id=parked_id)
    work.require("account.parked")
    mine = row.person_id == work.actor.person or (
        row.person_id is None and row.flow_hash == rules.digest(flow or "")
    )
    if not mine:
        raise NotFound
    work.delete(row)


def sweep(work: Work) -> None:
    """Delete what is of no use any longer: codes, parked bodies, sessions, counted limits."""
    at = work.system_now
    long_ago = at - rules.SESSION_IDLE
    over = or_(Session.ended_at < long_ago, Session.seen_at < long_ago - rules.SESSION_IDLE)
    work.session.execute(delete(Session).where(over))
    work.session.execute(delete(SignInCode).where(SignInCode.expires_at < at - timedelta(days=1)))
    work.session.execute(delete(ParkedBody).where(ParkedBody.expires_at <= at))
    work.session.execute(delete(ProviderErrand).where(ProviderErrand.expires_at <= at))
    limits.forget(work.session, at)


def _token(
    work: Work,
    person: Person,
    session: Session,
    organisations: Mapping[UUID, int] | None = None,
) -> str:
    claims = tokens.Claims(person.id, session.id, person.version, organisations or {})
    return tokens.issue(keys.ensure(work).private, claims, work.system_now)
