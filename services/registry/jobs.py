"""What the clock starts in registry."""

from datetime import timedelta

from services.registry.accounts.actions import keys, sessions
from shared.operations.timer import Due, Job

JOBS = [
    # -- accounts --
    Job("accounts.sweep", every=timedelta(hours=6), run=sessions.sweep),
    Job("accounts.rotate_keys", every=timedelta(days=1), run=keys.keep_young),
]
DUE: dict[str, Due] = {
    # -- organisations --
}
