"""What registry tells: people, keys, ended sessions, organisations."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Contract, Event
from shared.contracts.living import Living
from shared.contracts.topics import KEYS, ORGANISATIONS, PEOPLE, SESSIONS, Topic

STATE: Literal["state"] = "state"


class Membership(Contract):
    """One person's roles in one organisation; only active memberships travel."""

    organisation_id: UUID
    """The organisation."""
    roles: list[str]
    """What the person does for it, one or more of `administrator`, `contact_point`, `deputy`,
    `reviewer`, `observer`.
    """


class PersonChanged(Event):
    """Everything others may know of a person. The only event that carries personal data.

    Erasure is a record without a value under the same key.
    """

    type: ClassVar[str] = "roundtable.registry.person-changed.v1"
    topic: ClassVar[Topic] = PEOPLE
    kind: ClassVar[Literal["state", "fact"]] = STATE

    name: str
    """The name that the person gave, as it is shown."""
    language: str
    """The language of their pages and mail, one of the six: `ar`, `en`, `es`, `fr`, `ru`, `zh`."""
    zone: str
    """The time zone in which they are told times, by its name in the tz database."""
    email: str
    """Their address; empty when they have none."""
    email_confirmed: bool
    """Whether they showed that they read mail there; nothing else is sent before."""
    active: bool
    """Whether the account may be used."""
    staff_roles: list[str]
    """What they do in the secretariat, any of `call_manager`, `analyst`, `decider`,
    `partnership_officer`, `administrator`; empty for partners.
    """
    memberships: list[Membership]
    """Organisations whose active member they are."""


class PeopleLiving(Living):
    """Which people registry has, erased ones included: a copy of anybody else is dropped."""

    type: ClassVar[str] = "roundtable.registry.people-living.v1"
    topic: ClassVar[Topic] = PEOPLE


class KeyPublished(Event):
    """A public key with which tokens are verified, as a JSON Web Key."""

    type: ClassVar[str] = "roundtable.registry.key-published.v1"
    topic: ClassVar[Topic] = KEYS
    kind: ClassVar[Literal["state", "fact"]] = STATE

    kid: str
    """The key's name, as it stands in the header of a token."""
    jwk: dict[str, str]
    """The public key as a JSON Web Key (RFC 7517): each member by its name."""
    retired_at: datetime | None = None
    """From when on no token is signed with it; null while it is in use."""


class SessionEnded(Event):
    """A session that no token of may be honoured any longer. `id` is the session's id."""

    type: ClassVar[str] = "roundtable.registry.session-ended.v1"
    topic: ClassVar[Topic] = SESSIONS

    person_id: UUID
    """Whose session it was."""
    ended_at: datetime
    """When it ended."""


class Organisation(Contract):
    """What others may know of an organisation: no person's name, no document."""

    slug: str
    """Its name in addresses."""
    name: str
    """Its official name."""
    category: str
    """Its category, by code: `government`, `local_authority`, `un_entity`, `finance`, `business`,
    `stakeholder`, `foundation`, `knowledge`.
    """
    tier: str | None
    """The tier of a local authority: `local`, `regional_subnational`, `association_network`; null
    for others.
    """
    country: str
    """Where it has its seat, ISO 3166-1 alpha-3."""
    regions: list[str]
    """The regions of its country: `africa`, `arab_states`, `asia_pacific`,
    `latin_america_caribbean`, `europe_others`.
    """
    constituencies: list[str]
    """Constituencies that a stakeholder speaks for, by code of the vocabulary."""
    interests: list[str]
    """Outcomes (`1.1` to `4.3`) and flagship programmes that it follows."""
    languages: list[str]
    """Languages that it works in, of the six."""
    state: str
    """Where it stands: `invited`, `draft`, `submitted`, `screening`, `clarification_requested`,
    `verified`, `declined`, `reverification_due`, `suspended`, `deactivated`, `withdrawn`.
    """
    state_since: datetime
    """Since when it stands there."""
    state_reason: str
    """Why, in the words of who decided; empty where nobody gave a reason."""
    registered_by: UUID | None
    """The person who registered it; null once they are erased."""
    counted_with: UUID | None = None
    """The organisation with which it counts as one in figures, if any."""


class OrganisationEvent(Event):
    """Base of what is told about an organisation: its state as it is after the event."""

    topic: ClassVar[Topic] = ORGANISATIONS

    organisation: Organisation
    """The organisation after the event."""


class OrganisationChanged(OrganisationEvent):
    """The organisation's record changed and nobody needs to be told."""

    type: ClassVar[str] = "roundtable.registry.organisation-changed.v1"
    kind: ClassVar[Literal["state", "fact"]] = STATE


class OrganisationsLiving(Living):
    """Which organisations registry has."""

    type: ClassVar[str] = "roundtable.registry.organisations-living.v1"
    topic: ClassVar[Topic] = ORGANISATIONS


class RegistrationSubmitted(OrganisationEvent):
    """A registration was handed in, for the `round`-th time."""

    type: ClassVar[str] = "roundtable.registry.registration-submitted.v1"

    round: int
    """How many times it was handed in, this one counted."""


class OrganisationVerified(OrganisationEvent):
    """A partnership officer verified the organisation."""

    type: ClassVar[str] = "roundtable.registry.organisation-verified.v1"

    round: int
    """Which handing in was verified, from 1."""


class OrganisationDeclined(OrganisationEvent):
    """A partnership officer could not verify the organisation; the reason is its `state_reason`."""

    type: ClassVar[str] = "roundtable.registry.organisation-declined.v1"

    round: int
    """Which handing in was declined, from 1."""


class OrganisationSuspended(OrganisationEvent):
    """The organisation cannot send answers; the reason is its `state_reason`."""

    type: ClassVar[str] = "roundtable.registry.organisation-suspended.v1"


class ClarificationAsked(OrganisationEvent):
    """The officer asked the applicant a question; its text stays in registry."""

    type: ClassVar[str] = "roundtable.registry.clarification-asked.v1"

    clarification_id: UUID
    """The question."""
    round: int
    """Which question of this organisation it is, from 1."""


class ClarificationAnswered(OrganisationEvent):
    """The applicant answered; the officer who asked is told."""

    type: ClassVar[str] = "roundtable.registry.clarification-answered.v1"

    clarification_id: UUID
    """The question that was answered."""
    round: int
    """Which question of this organisation it is, from 1."""
    asked_by: UUID
    """The officer who asked."""


class JoinAsked(OrganisationEvent):
    """A person asked to join the organisation; its administrators are told."""

    type: ClassVar[str] = "roundtable.registry.join-asked.v1"

    request_id: UUID
    """The request."""
    person_id: UUID
    """Who asks to join."""


class JoinDecided(OrganisationEvent):
    """A join request was approved or rejected; the person who asked is told."""

    type: ClassVar[str] = "roundtable.registry.join-decided.v1"

    request_id: UUID
    """The request."""
    person_id: UUID
    """Who had asked to join."""
    approved: bool
    """Whether they may join."""


class MemberInvited(OrganisationEvent):
    """A person who has an account was invited to the organisation."""

    type: ClassVar[str] = "roundtable.registry.member-invited.v1"

    invitation_id: UUID
    """The invitation."""
    person_id: UUID
    """Who is invited."""


EVENTS: tuple[type[Event], ...] = (
    PersonChanged,
    PeopleLiving,
    KeyPublished,
    SessionEnded,
    OrganisationChanged,
    OrganisationsLiving,
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
