"""Events that consultation hears, each turned into one of its own actions."""

from uuid import UUID

from services.consultation.calls import actions as calls
from services.consultation.submissions import actions as submissions
from shared import mail
from shared.contracts.registry import (
    OrganisationDeclined,
    OrganisationEvent,
    OrganisationVerified,
)
from shared.contracts.topics import PEOPLE
from shared.known import handlers as known
from shared.known import queries as people
from shared.messaging.hearing import Subscription, hear, hear_erased
from shared.work import Work


# -- people --
def on_person_erased(work: Work, person: UUID, version: int) -> None:
    """Forget a person: mail to their address goes with the copy."""
    row = people.person(work, person)
    if row is not None and row.email:
        mail.forget(work, row.email)
    known.on_person_erased(work, person, version)


# -- calls --
def on_partner_changed(work: Work, event: OrganisationEvent) -> None:
    """Count a partner as invited to the open calls that concern it now."""
    calls.invite_partner(work, event.id)


# -- submissions --
def on_partner_verified(work: Work, event: OrganisationVerified) -> None:
    """Count what the partner sent before it was verified."""
    submissions.count_of_verified(work, event.id)


def on_partner_declined(work: Work, event: OrganisationDeclined) -> None:
    """Keep what the partner sent, not counted."""
    submissions.keep_uncounted(work, event.id)


SUBSCRIPTIONS: list[Subscription] = [
    # -- copies of registry, before everything that reads them --
    *(hear(event, handler) for event, handler in known.HEARD),
    hear_erased(PEOPLE, on_person_erased),
    # -- calls --
    *(hear(event, on_partner_changed) for event in known.ORGANISATION_EVENTS),
    # -- submissions --
    hear(OrganisationVerified, on_partner_verified),
    hear(OrganisationDeclined, on_partner_declined),
    # -- analysis --
    # -- publication --
    # -- reports --
]
