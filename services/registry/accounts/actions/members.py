"""Places of people in organisations: founded, invited, asked for, changed, given up.

The organisation is an id here; its own events (MemberInvited, JoinAsked, JoinDecided) are told by
the noun that owns it, with what these functions return. Each change of a place tells the person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from services.registry import errors
from services.registry.accounts import queries, rules
from services.registry.accounts.actions import people
from services.registry.accounts.models import Invitation, JoinRequest, Membership, Person
from services.registry.accounts.rules import JoinState, MemberRole, MembershipState
from shared import i18n, ids, mail
from shared.database import limits
from shared.errors import Gone
from shared.work import Work

INVITATIONS_A_DAY = 100


@dataclass(frozen=True)
class Invited:
    """An invitation; `person_id` is known when the address has an account."""

    invitation_id: UUID
    person_id: UUID | None


def seat(
    work: Work,
    organisation_id: UUID,
    person_id: UUID,
    roles: Collection[str] = (MemberRole.ADMINISTRATOR, MemberRole.CONTACT_POINT),
) -> Membership:
    """Give a person an active place, as founders of an organisation get it, and tell the person.

    Asks for no permission: for actions that asked, and for seeds.
    """
    person = work.lock(Person, id=person_id)
    row = _seat(work, organisation_id, person_id)
    row.roles, row.state, row.since = _ordered(roles), MembershipState.ACTIVE, work.now
    people.tell(work, person)
    return row


def invite(
    work: Work,
    organisation_id: UUID,
    typed: str,
    roles: Collection[str],
    *,
    organisation_name: str,
    language: str | None = None,
    template: str = "invitation",
) -> Invited:
    """Invite an address to an organisation by mail. Raises WrongAddress, AlreadyMember, TooMany.

    `template` is `first_invitation` where the secretariat invites the organisation itself.
    """
    work.require("member.invite", organisation_id)
    email = rules.address(typed)
    person = queries.by_address(work, email)
    limits.hit(
        work.session,
        f"invite:{organisation_id}",
        per=timedelta(days=1),
        at_most=INVITATIONS_A_DAY,
        at=work.system_now,
    )
    if _is_invited(work, organisation_id, email):
        raise errors.AlreadyMember
    if person is not None:
        row = _seat(work, organisation_id, person.id)
        if row.state == MembershipState.ACTIVE:
            raise errors.AlreadyMember
        row.roles, row.state, row.since = _ordered(roles), MembershipState.INVITED, work.now
    secret = ids.secret()
    invitation = work.add(
        Invitation(
            id=ids.new(),
            organisation_id=organisation_id,
            organisation_name=organisation_name,
            email=email,
            roles=_ordered(roles),
            secret_hash=rules.digest(secret),
            invited_by=work.actor.person,
            created_at=work.now,
            expires_at=work.now + rules.INVITATION_LIFE,
        )
    )
    mail.post(
        work,
        template=f"registry/accounts/mail/{template}",
        to=email,
        language=language or (person.language if person is not None else i18n.language()),
        secret=True,
        organisation=organisation_name,
        inviter=work.actor.name,
        link=secret,
        days=rules.INVITATION_LIFE.days,
    )
    return Invited(invitation.id, person.id if person is not None else None)


def withdraw_invitation(work: Work, invitation_id: UUID) -> Invitation:
    """Take an invitation back; its link is worth nothing from now on."""
    invitation = work.lock(Invitation, id=invitation_id)
    work.require("member.invite", invitation.organisation_id)
    if not rules.is_open_invitation(invitation, work.now):
        raise errors.AlreadyDecided
    invitation.withdrawn_at = work.now
    person = queries.by_address(work, invitation.email)
    if person is not None:
        row = _seat(work, invitation.organisation_id, person.id)
        if row.state == MembershipState.INVITED:
            row.state = MembershipState.DEACTIVATED
    return invitation


def accept(work: Work, secret: str) -> Membership:
    """Take the place that a mailed link offers. Raises Gone, ForAnotherAddress."""
    work.require("invitation.accept")
    invitation = work.session.scalars(
        select(Invitation).where(Invitation.secret_hash == rules.digest(secret)).with_for_update()
    ).one_or_none()
    if invitation is None or not rules.is_open_invitation(invitation, work.now):
        raise Gone
    return _accept(work, invitation)


def accept_by_id(work: Work, invitation_id: UUID) -> Membership:
    """Take the place that a notice offers. Raises NotFound, Gone, ForAnotherAddress."""
    invitation = work.lock(Invitation, id=invitation_id)
    work.require("invitation.accept")
    if not rules.is_open_invitation(invitation, work.now):
        raise Gone
    return _accept(work, invitation)


def ask_to_join(work: Work, organisation_id: UUID, note: str = "") -> JoinRequest:
    """Ask an organisation for a place. Raises AlreadyMember, AlreadyAsked."""
    work.require("member.join")
    work.lock(Person, id=work.actor.person)
    if work.actor.member(organisation_id):
        raise errors.AlreadyMember
    if queries.my_join_request(work, organisation_id) is not None:
        raise errors.AlreadyAsked
    return work.add(
        JoinRequest(
            id=ids.new(),
            organisation_id=organisation_id,
            person_id=work.actor.person,
            note=note,
            state=JoinState.PENDING,
            asked_at=work.now,
        )
    )


def cancel_join(work: Work, request_id: UUID) -> JoinRequest:
    """Take back one's own request to join. Raises NotFound, AlreadyDecided."""
    request = work.lock(JoinRequest, id=request_id, person_id=work.actor.person)
    work.require("member.join")
    _settle(work, request, JoinState.CANCELLED)
    return request


def decide_join(
    work: Work, request_id: UUID, *, approve: bool, roles: Collection[str] = (MemberRole.OBSERVER,)
) -> JoinRequest:
    """Approve or reject a request: administrators at once, the partnership officer after 7 days.

    Raises AlreadyDecided, NotYetOurs.
    """
    request = work.lock(JoinRequest, id=request_id)
    work.require("member.decide_join", request)
    rules.check_join_decision(
        request.asked_at,
        work.now,
        by_administrator=work.actor.is_system
        or work.actor.member(request.organisation_id, MemberRole.ADMINISTRATOR),
    )
    _settle(work, request, JoinState.APPROVED if approve else JoinState.REJECTED)
    if approve:
        seat(work, request.organisation_id, request.person_id, roles)
    return request


def set_roles(work: Work, membership_id: UUID, roles: Collection[str]) -> Membership:
    """Give a member exactly these roles. Raises LastAdministrator."""
    row, person, seats = _locked(work, membership_id)
    work.require("member.set_roles", row)
    rules.check_roles(seats, row.person_id, roles)
    row.roles = _ordered(roles)
    people.tell(work, person)
    return row


def remove(work: Work, membership_id: UUID) -> Membership:
    """End a member's place: by an administrator, or one's own. Raises LastAdministrator."""
    row, person, seats = _locked(work, membership_id)
    work.require("member.remove", row)
    rules.check_roles(seats, row.person_id, ())
    row.state, row.since = MembershipState.DEACTIVATED, work.now
    people.tell(work, person)
    return row


def _accept(work: Work, invitation: Invitation) -> Membership:
    person = work.get(Person, id=work.actor.person)
    if person.email != invitation.email:
        raise errors.ForAnotherAddress
    invitation.accepted_at = work.now
    return seat(work, invitation.organisation_id, person.id, invitation.roles)


def _settle(work: Work, request: JoinRequest, state: JoinState) -> None:
    if request.state != JoinState.PENDING:
        raise errors.AlreadyDecided
    request.state, request.decided_at, request.decided_by = state, work.now, work.actor.person


def _is_invited(work: Work, organisation_id: UUID, email: str) -> bool:
    found = select(Invitation).where(
        Invitation.organisation_id == organisation_id,
        Invitation.email == email,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    return any(rules.is_open_invitation(one, work.now) for one in work.session.scalars(found))


def _seat(work: Work, organisation_id: UUID, person_id: UUID) -> Membership:
    row = work.find(Membership, organisation_id=organisation_id, person_id=person_id)
    return row or work.add(
        Membership(
            id=ids.new(),
            organisation_id=organisation_id,
            person_id=person_id,
            roles=[],
            state=MembershipState.DEACTIVATED,
            since=work.now,
        )
    )


def _locked(work: Work, membership_id: UUID) -> tuple[Membership, Person, Sequence[Membership]]:
    found = work.get(Membership, id=membership_id)
    # Every place of the organisation is locked, so that two last administrators cannot both leave.
    seats = work.session.scalars(
        select(Membership)
        .where(Membership.organisation_id == found.organisation_id)
        .order_by(Membership.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    person = work.lock(Person, id=found.person_id)
    return next(seat for seat in seats if seat.id == membership_id), person, seats


def _ordered(roles: Collection[str]) -> list[str]:
    known = {MemberRole(role) for role in roles}
    return [role.value for role in MemberRole if role in known]
