"""What the clock starts in consultation: rows of the due table by kind, and jobs by interval."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.consultation.calls import actions as calls
from services.consultation.submissions import actions as submissions
from shared.known.actions import forget_ended_sessions
from shared.operations.timer import Due, Job
from shared.work import Work


# -- calls --
def call_opens(work: Work, subject: UUID, _payload: dict[str, Any]) -> None:
    """Begin to count who is invited."""
    calls.open_by_clock(work, subject)


def call_closes(work: Work, subject: UUID, _payload: dict[str, Any]) -> None:
    """Fix who was invited and tell of the close."""
    calls.close_by_clock(work, subject)


# -- submissions --
def scan_erased(work: Work, _subject: UUID, payload: dict[str, Any]) -> None:
    """Take a scan from the disk whose erasure is committed."""
    submissions.remove_scan(work, payload["name"])


JOBS: list[Job] = [
    # -- calls --
    # -- submissions --
    Job("approvers.erase_old", every=timedelta(days=1), run=submissions.erase_old_approvers),
    Job("sessions.forget_ended", every=timedelta(days=1), run=forget_ended_sessions),
    # -- analysis --
    # -- publication --
    # -- reports --
]
DUE: dict[str, Due] = {
    # -- calls --
    "call.opens": call_opens,
    "call.closes": call_closes,
    # -- submissions --
    submissions.SCAN: scan_erased,
    # -- analysis --
    # -- publication --
    # -- reports --
}
