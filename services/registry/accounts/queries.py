"""Reads of people, sessions and memberships, as frozen rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select

from services.registry.accounts import rules
from services.registry.accounts.models import (
    Invitation,
    JoinRequest,
    Membership,
    ParkedBody,
    Person,
    Session,
    SignInCode,
    SigningKey,
)
from services.registry.accounts.rules import JoinState, MembershipState, Purpose
from shared.errors import Gone
from shared.security import tokens
from shared.security.identity import Expired, Late
from shared.work import Actor, View

PAGE = 25
MEMBERS = 500

# -- who is signed in --


def identity(view: View, token: str) -> Actor:
    """Return the person of a token, from registry's own tables: the hook of the edge.

    Raises Late, Expired, or ValueError for what is no token of ours.
    """
    try:
        claims = tokens.read(token, public_keys(view), view.system_now)
    except tokens.ExpiredToken as error:
        raise Expired from error
    except tokens.UnknownKey as error:
        raise Late from error
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


def public_keys(view: View) -> dict[str, dict[str, str]]:
    """Return the public keys that still verify tokens, by their id."""
    gone = view.system_now - rules.KEY_AFTERLIFE
    keys = select(SigningKey).where(
        or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > gone)
    )
    return {key.kid: tokens.public_of(key.private) for key in view.session.scalars(keys)}


def signing_key(view: View) -> SigningKey | None:
    """Return the key that signs now, None before the first start."""
    return view.session.scalars(
        select(SigningKey)
        .where(SigningKey.retired_at.is_(None))
        .order_by(SigningKey.created_at.desc())
        .limit(1)
    ).first()


# -- signing in --


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


# -- people --


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
    for word in words.lower().split()[:5]:
        like = f"%{_escaped(word)}%"
        statement = statement.where(
            or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\"))
        )
    if staff_only:
        statement = statement.where(Person.is_staff.is_(True))
    if after:
        last = select(Person.id).where(Person.code == after).scalar_subquery()
        statement = statement.where(Person.id < last)
    found = view.session.scalars(statement.order_by(Person.id.desc()).limit(PAGE + 1)).all()
    rows = [_person_row(one) for one in found[:PAGE]]
    return People(rows, rows[-1].code if len(found) > PAGE else None)


def person(view: View, code: str) -> PersonRow:
    """Return one person by public code. Raises NotFound, also for an erased one."""
    view.require("person.show")
    return _person_row(view.get(Person, Person.erased.is_(False), code=code))


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


# -- members --


@dataclass(frozen=True)
class Member:
    """A person's place in an organisation, as its other members see it."""

    membership_id: UUID
    person_id: UUID
    organisation_id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    state: str
    since: datetime


def members(view: View, organisation_id: UUID, *, also_left: bool = False) -> list[Member]:
    """Return the members of an organisation by name, without asking who reads: the caller does."""
    statement = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Person.name, Membership.id)
        .limit(MEMBERS)
    )
    if not also_left:
        statement = statement.where(Membership.state != MembershipState.DEACTIVATED)
    return [
        Member(
            seat.id,
            person.id,
            seat.organisation_id,
            person.name,
            person.email or "",
            tuple(seat.roles),
            seat.state,
            seat.since,
        )
        for seat, person in view.session.execute(statement)
    ]


def is_member(view: View, organisation_id: UUID, person_id: UUID | None) -> bool:
    """Say whether a person is, or was, tied to an organisation by a membership."""
    return (
        view.session.scalars(
            select(Membership.id).where(
                Membership.organisation_id == organisation_id, Membership.person_id == person_id
            )
        ).first()
        is not None
    )


def organisations_of(view: View, person_id: UUID) -> dict[UUID, frozenset[str]]:
    """Return the organisations of a person with the roles held there; active ones only."""
    rows = view.session.scalars(
        select(Membership).where(
            Membership.person_id == person_id, Membership.state == MembershipState.ACTIVE
        )
    )
    return {row.organisation_id: frozenset(row.roles) for row in rows}


@dataclass(frozen=True)
class InvitationRow:
    """An invitation that was sent and not answered."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    email: str
    roles: tuple[str, ...]
    created_at: datetime
    expires_at: datetime


def invitations(view: View, organisation_id: UUID) -> list[InvitationRow]:
    """Return the open invitations of an organisation, newest first."""
    rows = view.session.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > view.now,
        )
        .order_by(Invitation.id.desc())
        .limit(200)
    )
    return [_invitation_row(row) for row in rows]


def invitation(view: View, secret: str) -> InvitationRow:
    """Return the invitation of a mailed link; changes nothing. Raises Gone."""
    row = view.find(Invitation, secret_hash=rules.digest(secret))
    if row is None or not rules.is_open_invitation(row, view.now):
        raise Gone
    return _invitation_row(row)


def _invitation_row(row: Invitation) -> InvitationRow:
    return InvitationRow(
        row.id,
        row.organisation_id,
        row.organisation_name,
        row.email,
        tuple(row.roles),
        row.created_at,
        row.expires_at,
    )


@dataclass(frozen=True)
class JoinRow:
    """A waiting request to join. From `officer_from` on the partnership officer may decide it."""

    id: UUID
    organisation_id: UUID
    person_id: UUID
    name: str
    email: str
    note: str
    asked_at: datetime
    officer_from: datetime


def join_requests(view: View, organisation_id: UUID) -> list[JoinRow]:
    """Return the waiting requests to join an organisation, oldest first."""
    rows = view.session.execute(
        _waiting_requests().where(JoinRequest.organisation_id == organisation_id)
    )
    return [_join_row(request, person) for request, person in rows]


def overdue_join_requests(view: View) -> list[JoinRow]:
    """Return requests that administrators left for 7 days, oldest first: for the officer's desk."""
    rows = view.session.execute(
        _waiting_requests().where(JoinRequest.asked_at <= view.now - rules.JOIN_WAIT)
    )
    return [_join_row(request, person) for request, person in rows]


def my_join_request(view: View, organisation_id: UUID) -> JoinRow | None:
    """Return the actor's own waiting request to join an organisation."""
    row = view.session.execute(
        _waiting_requests().where(
            JoinRequest.organisation_id == organisation_id,
            JoinRequest.person_id == view.actor.person,
        )
    ).first()
    return _join_row(row[0], row[1]) if row is not None else None


def _waiting_requests() -> Select[JoinRequest, Person]:
    return (
        select(JoinRequest, Person)
        .join(Person, Person.id == JoinRequest.person_id)
        .where(JoinRequest.state == JoinState.PENDING)
        .order_by(JoinRequest.id)
        .limit(200)
    )


def _join_row(request: JoinRequest, person: Person) -> JoinRow:
    return JoinRow(
        request.id,
        request.organisation_id,
        person.id,
        person.name,
        person.email or "",
        request.note,
        request.asked_at,
        request.asked_at + rules.JOIN_WAIT,
    )
