"""What a service that keeps copies hears of registry."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from shared.contracts import registry
from shared.contracts.envelope import Event
from shared.known import actions
from shared.work import Work


def on_person_changed(work: Work, event: registry.PersonChanged) -> None:
    """Copy the person."""
    actions.copy_person(work, event)


def on_person_erased(work: Work, person: UUID, version: int) -> None:
    """Empty the copy."""
    actions.erase_person(work, person, version)


def on_people_living(work: Work, event: registry.PeopleLiving) -> None:
    """Drop copies of people whom registry no longer has."""
    actions.drop_people(work, actions.outlived_people(work, event))


def on_organisations_living(work: Work, event: registry.OrganisationsLiving) -> None:
    """Drop copies of organisations that registry no longer has."""
    actions.keep_organisations(work, event)


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

HEARD: tuple[tuple[type[Event], Callable[[Work, Any], None]], ...] = (
    (registry.PersonChanged, on_person_changed),
    (registry.PeopleLiving, on_people_living),
    (registry.OrganisationsLiving, on_organisations_living),
    (registry.KeyPublished, on_key_published),
    (registry.SessionEnded, on_session_ended),
    *((kind, on_organisation) for kind in ORGANISATION_EVENTS),
)
"""Events and their handlers; a service with copies puts them first into its SUBSCRIPTIONS.

`on_person_erased` is heard as the erasure of `registry.people`.
"""
