"""Reads of who is signed in and how: tokens, codes, what was parked, sessions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from services.registry.accounts import rules
from services.registry.accounts.models import (
    Membership,
    ParkedBody,
    Person,
    ProviderErrand,
    Session,
    SignInCode,
    SigningKey,
)
from services.registry.accounts.rules import MembershipState, Purpose
from shared.errors import Gone
from shared.security import tokens
from shared.security.identity import Expired, claims_of
from shared.work import Actor, View


def identity(view: View, token: str) -> Actor:
    """Return the person of a token, from registry's own tables: the hook of the edge.

    Raises Late, Expired, or ValueError for what is no token of ours.
    """
    claims = claims_of(token, ring(view), view.system_now)
    session = view.session.get(Session, claims.session)
    actor = actor_of(view, claims.person, claims.session)
    if session is None or session.ended_at is not None or actor is None:
        raise Expired
    return actor


def actor_of(view: View, person_id: UUID, session_id: UUID | None = None) -> Actor | None:
    """Return a person as one who acts; None when they may not (closed, erased, unknown)."""
    person = view.session.get(Person, person_id)
    if person is None or not person.active or person.erased:
        return None
    return Actor(
        person=person.id,
        name=person.name,
        language=person.language,
        zone=person.zone,
        email=person.email or "",
        staff_roles=frozenset(person.staff_roles),
        memberships={
            one.organisation_id: frozenset(one.roles)
            for one in view.session.scalars(
                select(Membership).where(
                    Membership.person_id == person_id,
                    Membership.state == MembershipState.ACTIVE,
                )
            )
        },
        session=session_id,
    )


def ring(view: View) -> tokens.Ring:
    """Return the public keys with which tokens are verified now."""
    rows = view.session.scalars(select(SigningKey))
    return tokens.ring(
        ((row.kid, tokens.public_of(row.private), row.retired_at) for row in rows), view.system_now
    )


def public_keys(view: View) -> dict[str, dict[str, str]]:
    """Return the public keys of which tokens are still good, by their id."""
    found = ring(view)
    return {kid: key for kid, key in found.public.items() if kid not in found.spent}


def signing_key(view: View) -> SigningKey | None:
    """Return the key that signs now, None before the first start."""
    return view.session.scalars(
        select(SigningKey)
        .where(SigningKey.retired_at.is_(None))
        .order_by(SigningKey.created_at.desc())
        .limit(1)
    ).first()


def flow_address(view: View, flow: str | None) -> str | None:
    """Return the address to which this browser asked for a code that is still good."""
    return view.session.scalars(
        select(SignInCode.email)
        .where(
            SignInCode.flow_hash == rules.digest(flow or ""),
            SignInCode.purpose == Purpose.SIGN_IN,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > view.system_now,
        )
        .order_by(SignInCode.id.desc())
        .limit(1)
    ).first()


def flow_place(view: View, flow: str | None, email: str) -> str:
    """Return where this browser wanted to go when it asked for a code to an address before."""
    found = view.session.scalars(
        select(SignInCode.next)
        .where(SignInCode.flow_hash == rules.digest(flow or ""), SignInCode.email == email)
        .order_by(SignInCode.id.desc())
        .limit(1)
    ).first()
    return found or ""


def is_on_errand(view: View, secret: str) -> bool:
    """Say whether the browser with that secret was sent to the provider and may still come back."""
    row = view.find(ProviderErrand, secret_hash=rules.digest(secret))
    return row is not None and row.expires_at > view.system_now


def pending_address(view: View) -> str | None:
    """Return the new address that the actor was sent a code to and has not confirmed."""
    return view.session.scalars(
        select(SignInCode.email)
        .where(
            SignInCode.person_id == view.actor.person,
            SignInCode.purpose == Purpose.ADDRESS,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > view.system_now,
        )
        .order_by(SignInCode.id.desc())
        .limit(1)
    ).first()


def link_address(view: View, secret: str) -> str:
    """Return the address that a mailed link signs in; changes nothing. Raises Gone."""
    row = view.find(SignInCode, link_hash=rules.digest(secret), purpose=Purpose.SIGN_IN)
    if row is None or row.used_at is not None or row.expires_at <= view.system_now:
        raise Gone
    return row.email


@dataclass(frozen=True)
class Parked:
    """What was kept when a session ended: where it goes, its fields, names of files not kept."""

    id: UUID
    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    expires_at: datetime

    @property
    def texts(self) -> list[str]:
        """What a person wrote, without the short values that buttons and choices send."""
        return [value for _, value in self.fields if len(value) > SHORT]


SHORT = 20


def parked(view: View, flow: str | None) -> Parked | None:
    """Return what the actor had written last, by person when it was known, else by browser."""
    row = view.session.scalars(
        select(ParkedBody)
        .where(
            or_(
                ParkedBody.person_id == view.actor.person,
                ParkedBody.person_id.is_(None) & (ParkedBody.flow_hash == rules.digest(flow or "")),
            ),
            ParkedBody.expires_at > view.system_now,
        )
        .order_by(ParkedBody.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    fields = tuple((name, value) for name, value in row.fields)
    return Parked(row.id, row.path, fields, tuple(row.files), row.expires_at)


@dataclass(frozen=True)
class SessionRow:
    """One browser in which the reader is signed in."""

    id: UUID
    browser: str
    system: str
    created_at: datetime
    seen_at: datetime
    current: bool


def sessions(view: View) -> list[SessionRow]:
    """Return the actor's sessions that are not over, the one seen last first."""
    rows = view.session.scalars(
        select(Session)
        .where(Session.person_id == view.actor.person, Session.ended_at.is_(None))
        .order_by(Session.seen_at.desc())
        .limit(100)
    )
    at = view.system_now
    return [
        SessionRow(
            row.id, *_device(row.agent), row.created_at, row.seen_at, row.id == view.actor.session
        )
        for row in rows
        if not rules.session_is_over(row.created_at, row.seen_at, row.ended_at, at)
    ]


def _device(agent: str) -> tuple[str, str]:
    browser, _, system = agent.partition("|")
    return browser, system
