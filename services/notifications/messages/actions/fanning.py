"""One notice of a call to many people: cut into rows of the due table that workers share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from services.notifications.calls.models import CallCopy
from services.notifications.messages.queries import people
from services.notifications.messages.queries.people import Range
from services.notifications.messages.rules import Kind
from shared.work import Work

CHUNK = 200
"""People told in one transaction: short enough that a page never waits for it."""


@dataclass(frozen=True)
class Fan:
    """One notice of a call to many: `told` are its parameters, kept as JSON until it is told."""

    call: CallCopy
    between: Range
    told: Mapping[str, Any]
    cause: UUID | None


def spread(
    work: Work,
    kind: Kind,
    call: CallCopy,
    whom: Select[UUID],
    cause: UUID | None,
    mark: str,
    **told: Any,
) -> None:
    """Have people told in chunks; `mark` tells one time from the next, `told` is kept as JSON."""
    for number, (lower, upper) in enumerate(people.boundaries(work, whom, CHUNK)):
        work.schedule(
            "tell_call",
            call.id,
            work.now,
            mark=f"{kind}:{mark}:{number}",
            notice=kind,
            between=[str(lower) if lower else None, str(upper) if upper else None],
            cause=str(cause) if cause else None,
            told=told,
        )
