"""What registry tells: people, keys, ended sessions, organisations."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Contract, Event
from shared.contracts.topics import KEYS, ORGANISATIONS, PEOPLE, SESSIONS, Topic

STATE: Literal["state"] = "state"


class Membership(Contract):
    """One person's roles in one organisation; only active memberships travel."""

    organisation_id: UUID
    roles: list[str]


class PersonChanged(Event):
    """Everything others may know of a person. The only event that carries personal data.

    Erasure is a record without a value under the same key.
    """

    type: ClassVar[str] = "roundtable.registry.person-changed.v1"
    topic: ClassVar[Topic] = PEOPLE
    kind: ClassVar[Literal["state", "fact"]] = STATE

    name: str
    language: str
    zone: str
    email: str
    email_confirmed: bool
    active: bool
    staff_roles: list[str]
    memberships: list[Membership]


class KeyPublished(Event):
    """A public key with which tokens are verified, as a JSON Web Key."""

    type: ClassVar[str] = "roundtable.registry.key-published.v1"
    topic: ClassVar[Topic] = KEYS
    kind: ClassVar[Literal["state", "fact"]] = STATE

    kid: str
    jwk: dict[str, str]
    retired_at: datetime | None = None


class SessionEnded(Event):
    """A session that no token of may be honoured any longer. `id` is the session's id."""

    type: ClassVar[str] = "roundtable.registry.session-ended.v1"
    topic: ClassVar[Topic] = SESSIONS

    person_id: UUID
    ended_at: datetime


class Organisation(Contract):
    """What others may know of an organisation: no person's name, no document."""

    slug: str
    name: str
    category: str
    tier: str | None
    country: str
    regions: list[str]
    constituencies: list[str]
    interests: list[str]
    languages: list[str]
    state: str
    state_since: datetime
    state_reason: str
    registered_by: UUID | None
    counted_with: UUID | None = None


class OrganisationEvent(Event):
    """Base of what is told about an organisation: its state as it is after the event."""

    topic: ClassVar[Topic] = ORGANISATIONS

    organisation: Organisation


class OrganisationChanged(OrganisationEvent):
    """The organisation's record changed and nobody needs to be told."""

    type: ClassVar[str] = "roundtable.registry.organisation-changed.v1"
    kind: ClassVar[Literal["state", "fact"]] = STATE


class RegistrationSubmitted(OrganisationEvent):
    """A registration was handed in, for the `round`-th time."""

    type: ClassVar[str] = "roundtable.registry.registration-submitted.v1"

    round: int


class OrganisationVerified(OrganisationEvent):
    """A partnership officer verified the organisation."""

    type: ClassVar[str] = "roundtable.registry.organisation-verified.v1"

    round: int


class OrganisationDeclined(OrganisationEvent):
    """A partnership officer could not verify the organisation; the reason is its `state_reason`."""

    type: ClassVar[str] = "roundtable.registry.organisation-declined.v1"

    round: int


class OrganisationSuspended(OrganisationEvent):
    """The organisation cannot send answers; the reason is its `state_reason`."""

    type: ClassVar[str] = "roundtable.registry.organisation-suspended.v1"


class ClarificationAsked(OrganisationEvent):
    """The officer asked the applicant a question; its text stays in registry."""

    type: ClassVar[str] = "roundtable.registry.clarification-asked.v1"

    clarification_id: UUID
    round: int


class ClarificationAnswered(OrganisationEvent):
    """The applicant answered; the officer who asked is told."""

    type: ClassVar[str] = "roundtable.registry.clarification-answered.v1"

    clarification_id: UUID
    round: int
    asked_by: UUID


class JoinAsked(OrganisationEvent):
    """A person asked to join the organisation; its administrators are told."""

    type: ClassVar[str] = "roundtable.registry.join-asked.v1"

    request_id: UUID
    person_id: UUID


class JoinDecided(OrganisationEvent):
    """A join request was approved or rejected; the person who asked is told."""

    type: ClassVar[str] = "roundtable.registry.join-decided.v1"

    request_id: UUID
    person_id: UUID
    approved: bool


class MemberInvited(OrganisationEvent):
    """A person who has an account was invited to the organisation."""

    type: ClassVar[str] = "roundtable.registry.member-invited.v1"

    invitation_id: UUID
    person_id: UUID


EVENTS: tuple[type[Event], ...] = (
    PersonChanged,
    KeyPublished,
    SessionEnded,
    OrganisationChanged,
    RegistrationSubmitted,
    OrganisationVerified,
    OrganisationDeclined,
    OrganisationSuspended,
    ClarificationAsked,
    ClarificationAnswered,
    JoinAsked,
    JoinDecided,
    MemberInvited,
)
