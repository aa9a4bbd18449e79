"""Reads of places in organisations: members, invitations, requests to join."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from services.registry.accounts import rules
from services.registry.accounts.models import Invitation, JoinRequest, Membership, Person
from services.registry.accounts.rules import JoinState, MembershipState
from shared.errors import Gone
from shared.work import View

MEMBERS = 500


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
