"""Telling the members of an organisation, and who wants to join it."""

from collections.abc import Iterable
from uuid import UUID

from services.notifications.deliveries.rules import Mark, occasion
from services.notifications.messages.actions import saying
from services.notifications.messages.actions.telling import Say, Telling, tell
from services.notifications.messages.queries import people
from services.notifications.messages.rules import MEMBER_ROLES, Kind
from shared.contracts.registry import (
    ClarificationAnswered,
    ClarificationAsked,
    JoinAsked,
    JoinDecided,
    MemberInvited,
    OrganisationDeclined,
    OrganisationEvent,
    OrganisationSuspended,
    OrganisationVerified,
    RegistrationSubmitted,
)
from shared.known import queries as known
from shared.work import Work


def registration_received(work: Work, event: RegistrationSubmitted) -> None:
    """Tell the members that the registration arrived, and officers that it waits."""
    _tell_members(work, event, Kind.REGISTRATION_RECEIVED, event.round)
    kind = Kind.REGISTRATION_WAITING
    officers = people.staff(work, "partnership_officer", but=_ties(work, event))
    _tell(work, event, kind, occasion(kind, event.id, event.round), officers)


def verified(work: Work, event: OrganisationVerified) -> None:
    """Tell the members that the organisation is verified."""
    _tell_members(work, event, Kind.VERIFIED, event.round)


def declined(work: Work, event: OrganisationDeclined) -> None:
    """Tell the members that the organisation could not be verified, why, and what they can do."""
    _tell_members(work, event, Kind.DECLINED, event.round)


def suspended(work: Work, event: OrganisationSuspended) -> None:
    """Tell the members that the organisation cannot send answers, and why."""
    _tell_members(work, event, Kind.SUSPENDED, event.organisation.state_since.isoformat())


def clarification_asked(work: Work, event: ClarificationAsked) -> None:
    """Tell the members that the officer has a question; it stays in registry."""
    _tell_members(work, event, Kind.CLARIFICATION_ASKED, event.clarification_id, event.round)


def clarification_answered(work: Work, event: ClarificationAnswered) -> None:
    """Tell the officer who asked that the answer is there."""
    kind = Kind.CLARIFICATION_ANSWERED
    key = occasion(kind, event.clarification_id, event.round)
    _tell(work, event, kind, key, [event.asked_by])


def join_asked(work: Work, event: JoinAsked) -> None:
    """Tell the administrators that somebody asks to join; who it is, the page says.

    A name in the inboxes of others would outlive the account.
    """
    kind = Kind.JOIN_ASKED
    administrators = known.members(work, event.id, "administrator")
    _tell(
        work,
        event,
        kind,
        occasion(kind, event.request_id),
        [one.person_id for one in administrators],
    )


def join_decided(work: Work, event: JoinDecided) -> None:
    """Tell the person who asked to join what was decided."""
    kind = Kind.JOIN_DECIDED
    say = saying.organisation_says(event.organisation, kind, approved=event.approved)
    _tell(work, event, kind, occasion(kind, event.request_id), [event.person_id], say)


def invited(work: Work, event: MemberInvited) -> None:
    """Tell a person who has an account that an organisation invites them."""
    key = occasion(Kind.INVITED, event.invitation_id)
    _tell(work, event, Kind.INVITED, key, [event.person_id])


def _tell_members(work: Work, event: OrganisationEvent, kind: Kind, *marks: object) -> None:
    members = {one.person_id: one.roles for one in known.members(work, event.id)}
    mark = Mark(occasion(kind, event.id, *marks), organisation_id=event.id)
    tellings = [
        Telling(reader, (mark,), mail=bool(members[key] & set(MEMBER_ROLES)))
        for key, reader in people.readers(work, members).items()
    ]
    words = saying.organisation_says(event.organisation, kind)
    tell(work, kind, tellings, words, cause=work.cause)


def _ties(work: Work, event: OrganisationEvent) -> list[UUID]:
    registered_by = event.organisation.registered_by
    members = [one.person_id for one in known.members(work, event.id)]
    return [*members, *([registered_by] if registered_by else [])]


def _tell(
    work: Work,
    event: OrganisationEvent,
    kind: Kind,
    key: str,
    whom: Iterable[UUID],
    say: Say | None = None,
) -> None:
    mark = Mark(key, organisation_id=event.id)
    tellings = [Telling(one, (mark,)) for one in people.readers(work, list(whom)).values()]
    words = say or saying.organisation_says(event.organisation, kind)
    tell(work, kind, tellings, words, cause=work.cause)
