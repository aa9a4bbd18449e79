"""People of an organisation, with what the organisation tells of it."""

from collections.abc import Collection
from uuid import UUID

from services.registry import errors
from services.registry.accounts import queries as accounts
from services.registry.accounts.actions import members
from services.registry.accounts.models import JoinRequest, Membership
from services.registry.organisations import events
from services.registry.organisations.models import Organisation
from shared.work import Work


def invite(work: Work, slug: str, email: str, roles: Collection[str]) -> None:
    """Invite an address. Raises WrongAddress, AlreadyMember."""
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.invite_member", organisation)
    invited = members.invite(
        work, organisation.id, email, roles, organisation_name=organisation.name
    )
    if invited.person_id is not None:
        work.tell(events.member_invited(organisation, invited.invitation_id, invited.person_id))


def set_roles(work: Work, slug: str, membership_id: UUID, roles: Collection[str]) -> None:
    """Give a member exactly these roles, or end the membership when there is none."""
    organisation = work.get(Organisation, slug=slug)
    work.get(Membership, id=membership_id, organisation_id=organisation.id)
    work.require("organisation.set_roles", organisation)
    if roles:
        members.set_roles(work, membership_id, roles)
    else:
        members.remove(work, membership_id)


def ask_to_join(work: Work, slug: str, note: str) -> JoinRequest:
    """Ask to join; its administrators are told."""
    organisation = work.lock(Organisation, slug=slug)
    work.require("organisation.join")
    request = members.ask_to_join(work, organisation.id, note)
    work.tell(events.join_asked(organisation, request.id, request.person_id))
    return request


def check_ties(work: Work, organisation: Organisation) -> None:
    """Raise HasTies when the actor belongs or belonged to the organisation, or registered it."""
    person = work.actor.person
    if person is not None and (
        organisation.registered_by == person
        or work.actor.member(organisation.id)
        or accounts.is_member(work, organisation.id, person)
    ):
        raise errors.HasTies


def decide_join(
    work: Work, slug: str, request_id: UUID, *, approve: bool, roles: Collection[str]
) -> JoinRequest:
    """Decide a request to join; the person who asked is told.

    Its administrators decide, after 7 days an officer without ties. Raises HasTies, NotYetOurs.
    """
    organisation = work.lock(Organisation, slug=slug)
    asked = work.get(JoinRequest, id=request_id, organisation_id=organisation.id)
    work.require("organisation.decide_join", organisation)
    if not work.actor.member(organisation.id, "administrator"):
        check_ties(work, organisation)
        if asked.person_id == work.actor.person:
            raise errors.HasTies
    request = members.decide_join(
        work, request_id, approve=approve, roles=list(roles) or ["observer"]
    )
    work.tell(events.join_decided(organisation, request.id, request.person_id, approved=approve))
    return request
