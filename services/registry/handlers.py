"""Events that registry hears, each turned into one of its own actions."""

from services.registry.verification import actions as verification
from shared.contracts import consultation as heard
from shared.messaging.hearing import Subscription, hear
from shared.work import Work


def on_call(work: Work, event: heard.CallEvent) -> None:
    """Keep the call's deadline: it orders the verification desk."""
    verification.copy_call(work, event)


def on_submission(work: Work, event: heard.SubmissionEvent) -> None:
    """Keep that an applicant writes an answer."""
    verification.copy_draft(work, event)


SUBSCRIPTIONS: list[Subscription] = [
    # -- verification --
    hear(heard.CallPublished, on_call),
    hear(heard.CallExtended, on_call),
    hear(heard.CallCorrected, on_call),
    hear(heard.CallEnded, on_call),
    hear(heard.CallChanged, on_call),
    hear(heard.SubmissionChanged, on_submission),
    hear(heard.SubmissionSent, on_submission),
    hear(heard.SubmissionWithdrawn, on_submission),
]
