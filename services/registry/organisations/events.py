"""What is told about organisations."""

from typing import Any, TypeVar
from uuid import UUID

from services.registry.organisations.models import Organisation
from shared.contracts import registry as told
from shared.vocabulary import vocabulary

E = TypeVar("E", bound=told.OrganisationEvent)


def state_of(organisation: Organisation) -> told.Organisation:
    """Return what others may know of an organisation as it is now."""
    return told.Organisation(
        slug=organisation.slug,
        name=organisation.name,
        category=organisation.category,
        tier=organisation.tier,
        country=organisation.country,
        regions=[vocabulary.region_of(organisation.country)],
        constituencies=organisation.constituencies,
        interests=organisation.interests,
        languages=organisation.languages,
        state=organisation.state,
        state_since=organisation.state_since,
        state_reason=organisation.state_reason,
        registered_by=organisation.registered_by,
    )


def _event(kind: type[E], organisation: Organisation, **more: Any) -> E:
    return kind(
        id=organisation.id,
        version=organisation.tick(),
        organisation=state_of(organisation),
        **more,
    )


def changed(organisation: Organisation) -> told.OrganisationChanged:
    """Its record changed and nobody needs to be told."""
    return _event(told.OrganisationChanged, organisation)


def submitted(organisation: Organisation) -> told.RegistrationSubmitted:
    """Tell that its registration was handed in."""
    return _event(told.RegistrationSubmitted, organisation, round=organisation.round)


def verified(organisation: Organisation) -> told.OrganisationVerified:
    """Tell that it was verified."""
    return _event(told.OrganisationVerified, organisation, round=organisation.round)


def declined(organisation: Organisation) -> told.OrganisationDeclined:
    """Tell that it could not be verified."""
    return _event(told.OrganisationDeclined, organisation, round=organisation.round)


def suspended(organisation: Organisation) -> told.OrganisationSuspended:
    """Tell that it cannot send answers any longer."""
    return _event(told.OrganisationSuspended, organisation)


def clarification_asked(
    organisation: Organisation, clarification_id: UUID, number: int
) -> told.ClarificationAsked:
    """Tell that the officer asked something."""
    return _event(
        told.ClarificationAsked, organisation, clarification_id=clarification_id, round=number
    )


def clarification_answered(
    organisation: Organisation, clarification_id: UUID, number: int, asked_by: UUID
) -> told.ClarificationAnswered:
    """Tell that the applicant answered."""
    return _event(
        told.ClarificationAnswered,
        organisation,
        clarification_id=clarification_id,
        round=number,
        asked_by=asked_by,
    )


def join_asked(organisation: Organisation, request_id: UUID, person_id: UUID) -> told.JoinAsked:
    """Tell that somebody asked to join."""
    return _event(told.JoinAsked, organisation, request_id=request_id, person_id=person_id)


def join_decided(
    organisation: Organisation, request_id: UUID, person_id: UUID, *, approved: bool
) -> told.JoinDecided:
    """Tell that a request to join was decided."""
    return _event(
        told.JoinDecided,
        organisation,
        request_id=request_id,
        person_id=person_id,
        approved=approved,
    )


def member_invited(
    organisation: Organisation, invitation_id: UUID, person_id: UUID
) -> told.MemberInvited:
    """Somebody with an account was invited."""
    return _event(
        told.MemberInvited, organisation, invitation_id=invitation_id, person_id=person_id
    )
