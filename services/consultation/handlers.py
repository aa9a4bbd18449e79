"""Events that consultation hears, each turned into one of its own actions."""

from services.consultation.calls import actions as calls
from shared.contracts.registry import OrganisationEvent
from shared.contracts.topics import PEOPLE
from shared.known import handlers as known
from shared.messaging.hearing import Subscription, hear, hear_erased
from shared.work import Work


# -- calls --
def on_partner_changed(work: Work, event: OrganisationEvent) -> None:
    """Count a partner as invited to the open calls that concern it now."""
    calls.invite_partner(work, event.id)


SUBSCRIPTIONS: list[Subscription] = [
    # -- copies of registry, before everything that reads them --
    *(hear(event, handler) for event, handler in known.HEARD),
    hear_erased(PEOPLE, known.on_person_erased),
    # -- calls --
    *(hear(event, on_partner_changed) for event in known.ORGANISATION_EVENTS),
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
]
