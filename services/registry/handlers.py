"""Events that registry hears, each turned into one of its own actions."""

from services.registry.verification import actions as verification
from shared.contracts import consultation as heard
from shared.messaging.hearing import Subscription, hear
from shared.work import Work


def on_call(work: Work, event: heard.CallEvent) -> None:
    """Keep the call's deadline: it orders the verification desk."""
    verification.copy_call(work, event)


def on_calls_living(work: Work, event: heard.CallsLiving) -> None:
    """Drop the deadlines of calls that there no longer are."""
    verification.keep_calls(work, event)


def on_submissions_living(work: Work, event: heard.SubmissionsLiving) -> None:
    """Forget answers that there no longer are."""
    verification.keep_drafts(work, event)


def on_submission(work: Work, event: heard.SubmissionEvent) -> None:
    """Keep that an applicant writes an answer."""
    verification.copy_draft(work, event)


SUBSCRIPTIONS: list[Subscription] = [
    # -- verification --
    *(hear(event, on_call) for event in heard.CALL_EVENTS),
    hear(heard.CallsLiving, on_calls_living),
    hear(heard.SubmissionsLiving, on_submissions_living),
    *(hear(event, on_submission) for event in heard.SUBMISSION_EVENTS),
]
