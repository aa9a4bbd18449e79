"""What holds for points: states, who decides, what makes an analysis complete."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from services.consultation import errors
from services.consultation.submissions.rules import Consent


class PointState(StrEnum):
    """Where a point stands."""

    NEW = "new"
    RECOMMENDED = "recommended"
    DECIDED = "decided"
    RETURNED = "returned"
    REOPENED = "reopened"


class Ending(StrEnum):
    """How a response or comment ends, by a named analyst."""

    CUT = "cut"
    TALLIED = "tallied"
    NOTHING = "nothing_to_answer"


class Source(StrEnum):
    """What a point was cut from."""

    RESPONSE = "response"
    COMMENT = "comment"


class Disposition(StrEnum):
    """What becomes of a point."""

    ACCEPTED = "accepted"
    ACCEPTED_IN_PART = "accepted_in_part"
    NOT_ACCEPTED = "not_accepted"
    NOTED = "noted"
    OUT_OF_SCOPE = "out_of_scope"
    ALREADY_COVERED = "already_covered"


NEEDS_CHANGE: Final = frozenset({Disposition.ACCEPTED, Disposition.ACCEPTED_IN_PART})
"""Dispositions that need a changed paragraph, or a change entry, before the report is approved."""

UNRECOMMENDED: Final = (PointState.NEW, PointState.RETURNED, PointState.REOPENED)
"""States in which a point waits for a recommendation."""

RECOMMENDABLE: Final = frozenset(PointState) - {PointState.DECIDED}

STRICTNESS: Final = (Consent.NAMED, Consent.UNNAMED, Consent.SECRETARIAT)
"""From the most open consent to the strictest."""


def strictest(consents: Iterable[Consent]) -> Consent:
    """Return the strictest of consents: a point takes that of everything it was cut from."""
    return max(consents, key=STRICTNESS.index, default=Consent.SECRETARIAT)


LEFT_OUT: Final = re.compile(r"\[?(?:…|\.\.\.)\]?")
"""Stands in a point for words of its author that it leaves out."""


EDGES: Final = re.compile(r"^\W+|\W+$")
"""Signs around a stretch that is taken out of its sentence."""


def quoted(point: str, text: str) -> bool:
    """Say whether a point keeps its author's words: each stretch of it stands in the text."""
    whole = _folded(text)
    return all(EDGES.sub("", _folded(one)) in whole for one in LEFT_OUT.split(point))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


class Weighed(Protocol):
    """What the rules look at in a point."""

    @property
    def state(self) -> str:
        """Where the point stands."""

    @property
    def recommended_by(self) -> UUID | None:
        """Who recommended it."""


def check_recommendable(point: Weighed) -> None:
    """Refuse a recommendation on a decided point. Raises PointDecided."""
    if PointState(point.state) not in RECOMMENDABLE:
        raise errors.PointDecided


def check_recommendation(
    disposition: str, reason: str, explanations: Mapping[str, str], covered_by: str
) -> None:
    """Refuse a recommendation that does not explain itself.

    Already covered needs a paragraph of the present text. Raises ExplanationNeeded and
    ParagraphNeeded.
    """
    if not reason or not any(text.strip() for text in explanations.values()):
        raise errors.ExplanationNeeded
    if disposition == Disposition.ALREADY_COVERED and not covered_by:
        raise errors.ParagraphNeeded


def check_reopenable(point: Weighed) -> None:
    """Refuse to reopen what nobody decided. Raises NotDecided."""
    if point.state != PointState.DECIDED:
        raise errors.NotDecided


def check_decidable(point: Weighed, decider: UUID | None) -> None:
    """Refuse a decision that nobody else recommended. Raises NotRecommended, OwnRecommendation."""
    if point.state != PointState.RECOMMENDED:
        raise errors.NotRecommended
    if point.recommended_by == decider:
        raise errors.OwnRecommendation


@dataclass(frozen=True)
class Completeness:
    """What is still open before a report can be approved (rule 9): all of it must be zero."""

    unread: int
    provisional: int
    open_items: int
    undecided: int

    @property
    def complete(self) -> bool:
        """Say whether nothing is open."""
        return not (self.unread or self.provisional or self.open_items or self.undecided)


GROUPS: Final[Mapping[str, str]] = {
    Disposition.ACCEPTED: "accepted",
    Disposition.ACCEPTED_IN_PART: "in_part",
    Disposition.NOT_ACCEPTED: "not_accepted",
    Disposition.OUT_OF_SCOPE: "out_of_scope",
    Disposition.NOTED: "noted",
    Disposition.ALREADY_COVERED: "already_covered",
}


def fate(decided: Mapping[str, int], undecided: int) -> dict[str, int]:
    """Return the counts of the bar of points, by what became of them."""
    counts = {name: decided.get(disposition, 0) for disposition, name in GROUPS.items()}
    return counts | {"to_decide": undecided}
