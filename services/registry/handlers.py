"""Events that registry hears, each turned into one of its own actions."""

from shared.messaging.hearing import Subscription

SUBSCRIPTIONS: list[Subscription] = [
    # -- verification --
]
