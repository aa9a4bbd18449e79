"""Who may see a call, and which acts need a second pair of eyes."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from services.consultation.calls.rules.states import (
    ENDED,
    PUBLIC,
    REPLYING,
    State,
    Visibility,
)


class ActKind(StrEnum):
    """What may be done to a published call; one proposes it, another approves."""

    EXTEND = "extend"
    CORRECT = "correct"
    CANCEL = "cancel"
    NOT_GOING_FORWARD = "not_going_forward"
    NO_REPORT_EXPECTED = "no_report_expected"


class ActState(StrEnum):
    """Where a proposed act stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


ENDING_OF: dict[ActKind, State] = {
    ActKind.CANCEL: State.CANCELLED,
    ActKind.NOT_GOING_FORWARD: State.NOT_GOING_FORWARD,
    ActKind.NO_REPORT_EXPECTED: State.NO_REPORT_EXPECTED,
}
"""The state in which an ending leaves the call."""


@dataclass(frozen=True)
class Readable:
    """A call as the permission table sees it. `invited` are the actor's partners that it asks."""

    id: UUID
    state: str
    visibility: str
    invited: frozenset[UUID] = frozenset()


class Reader(Protocol):
    """Somebody who reads, as the rule looks at them."""

    def is_staff(self, *roles: str) -> bool:
        """Say whether they are staff."""
        ...

    def member(self, organisation: UUID, *roles: str) -> bool:
        """Say whether they belong to an organisation."""
        ...


def may_read(thing: object, actor: Reader) -> bool:
    """Say whether somebody may read a call: public, or asked of one of their partners, or staff."""
    if not isinstance(thing, Readable) or thing.state not in PUBLIC:
        return False
    if thing.visibility == Visibility.PUBLIC or actor.is_staff():
        return True
    return any(actor.member(organisation) for organisation in thing.invited)


def is_second_person(person: UUID | None, *first: Collection[UUID | None]) -> bool:
    """Say whether somebody is none of those who did the first part. Nobody is not a person."""
    return person is not None and all(person not in group for group in first)


def may_propose(kind: ActKind, state: str, *, is_closed: bool) -> bool:
    """Say whether an act fits where the call stands.

    Extending needs a window that has not closed; no report can be announced only after close.
    """
    if state in ENDED or state not in PUBLIC:
        return False
    fits = {
        ActKind.EXTEND: state == State.PUBLISHED and not is_closed,
        ActKind.CORRECT: True,
        ActKind.CANCEL: state == State.PUBLISHED and not is_closed,
        ActKind.NOT_GOING_FORWARD: state in REPLYING,
        ActKind.NO_REPORT_EXPECTED: state in REPLYING and is_closed,
    }
    return fits[kind]
