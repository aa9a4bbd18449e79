"""Events that consultation hears, each turned into one of its own actions."""

from shared.contracts.topics import PEOPLE
from shared.known import handlers as known
from shared.messaging.hearing import Subscription, hear, hear_erased

SUBSCRIPTIONS: list[Subscription] = [
    # -- copies of registry, before everything that reads them --
    *(hear(event, handler) for event, handler in known.HEARD),
    hear_erased(PEOPLE, known.on_person_erased),
    # -- calls --
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
]
