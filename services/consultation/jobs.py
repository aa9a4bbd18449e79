"""What the clock starts in consultation: rows of the due table by kind, and jobs by interval."""

from typing import Any
from uuid import UUID

from services.consultation.calls import actions as calls
from shared.runtime import Due, Job
from shared.work import Work


# -- calls --
def call_opens(work: Work, subject: UUID, _payload: dict[str, Any]) -> None:
    """Begin to count who is invited."""
    calls.open_by_clock(work, subject)


def call_closes(work: Work, subject: UUID, _payload: dict[str, Any]) -> None:
    """Fix who was invited and tell of the close."""
    calls.close_by_clock(work, subject)


JOBS: list[Job] = [
    # -- calls --
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
]
DUE: dict[str, Due] = {
    # -- calls --
    "call.opens": call_opens,
    "call.closes": call_closes,
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
}
