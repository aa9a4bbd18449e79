"""What a service that keeps copies hears of registry."""

from uuid import UUID

from shared.contracts import registry
from shared.contracts.topics import PEOPLE
from shared.known import actions
from shared.messaging.consumer import Subscription, hear, hear_erased
from shared.work import Work


def on_person_changed(work: Work, event: registry.PersonChanged) -> None:
    """Copy the person."""
    actions.copy_person(work, event)


def on_person_erased(work: Work, person: UUID, version: int) -> None:
    """Empty the copy."""
    actions.erase_person(work, person, version)


def on_key_published(work: Work, event: registry.KeyPublished) -> None:
    """Copy the key."""
    actions.copy_key(work, event)


def on_session_ended(work: Work, event: registry.SessionEnded) -> None:
    """Remember the end."""
    actions.end_session(work, event)


def on_organisation(work: Work, event: registry.OrganisationEvent) -> None:
    """Copy the organisation's state, whatever the event was told for."""
    actions.copy_organisation(work, event)


ORGANISATION_EVENTS: tuple[type[registry.OrganisationEvent], ...] = (
    registry.OrganisationChanged,
    registry.RegistrationSubmitted,
    registry.OrganisationVerified,
    registry.OrganisationDeclined,
    registry.OrganisationSuspended,
    registry.ClarificationAsked,
    registry.ClarificationAnswered,
    registry.JoinAsked,
    registry.JoinDecided,
    registry.MemberInvited,
)

SUBSCRIPTIONS: list[Subscription] = [
    hear(registry.PersonChanged, on_person_changed),
    hear_erased(PEOPLE, on_person_erased),
    hear(registry.KeyPublished, on_key_published),
    hear(registry.SessionEnded, on_session_ended),
    *(hear(kind, on_organisation) for kind in ORGANISATION_EVENTS),
]
"""Several handlers may hear one event; a service adds its own after these."""
