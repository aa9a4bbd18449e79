"""What registry tells of people, sessions and keys."""

from collections.abc import Iterable
from datetime import datetime

from services.registry.accounts.models import Membership, Person, Session, SigningKey
from services.registry.accounts.rules import MembershipState
from shared.contracts import registry as contracts
from shared.security import tokens


def person_changed(person: Person, memberships: Iterable[Membership]) -> contracts.PersonChanged:
    """Tell all that others may know of a person; only active memberships travel."""
    return contracts.PersonChanged(
        id=person.id,
        version=person.tick(),
        name=person.name,
        language=person.language,
        zone=person.zone,
        email=person.email or "",
        email_confirmed=person.email_confirmed,
        active=person.active,
        staff_roles=sorted(person.staff_roles),
        memberships=[
            contracts.Membership(organisation_id=one.organisation_id, roles=sorted(one.roles))
            for one in memberships
            if one.state == MembershipState.ACTIVE
        ],
    )


def session_ended(session: Session, at: datetime) -> contracts.SessionEnded:
    """Tell that no token of this session may be honoured any longer."""
    return contracts.SessionEnded(
        id=session.id, version=session.tick(), person_id=session.person_id, ended_at=at
    )


def key_published(key: SigningKey) -> contracts.KeyPublished:
    """Tell the public half of a key, and when it was retired."""
    return contracts.KeyPublished(
        id=key.id,
        version=key.tick(),
        kid=key.kid,
        jwk=tokens.public_of(key.private),
        retired_at=key.retired_at,
    )
