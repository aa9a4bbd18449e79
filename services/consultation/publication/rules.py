"""What of an answer may be shown to everybody, and who says so."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from services.consultation import errors
from services.consultation.submissions.rules import Consent


class State(StrEnum):
    """How an answer is published."""

    PENDING = "pending"
    PUBLISHED = "published"
    REDACTED = "published_redacted"
    WITHHELD = "withheld"


DECIDED: Final = frozenset(State) - {State.PENDING}

SHOWN: Final = frozenset({State.PUBLISHED, State.REDACTED})


@dataclass(frozen=True)
class Item:
    """A response or comment as it was sealed: its own words, and the wording that it proposes.

    `chosen` says that something of it was chosen: an option, a number, a stance.
    """

    id: UUID
    consent: Consent
    text: str
    wording: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Shown:
    """What everybody reads of one item."""

    id: UUID
    named: bool
    text: str
    wording: str
    redacted: bool
    left_out: bool = False

    @property
    def words(self) -> str:
        """What is left of its words."""
        return "\n".join(one for one in (self.text, self.wording) if one)


class Prepared(Protocol):
    """What the rules look at in a publication."""

    @property
    def proposed(self) -> str:
        """What waits for a decision, empty when nothing does."""

    @property
    def prepared_by(self) -> UUID | None:
        """Who prepared it."""


def publishable(consents: Iterable[str]) -> bool:
    """Say whether anything of an answer may be seen by others than the secretariat."""
    return any(one != Consent.SECRETARIAT for one in consents)


def show(
    items: Sequence[Item], state: State, redactions: Mapping[str, Mapping[str, str]]
) -> list[Shown]:
    """Return what everybody reads of an answer: nothing that is for the secretariat only.

    `redactions` hold, by id of an item, what stands in place of its `text` and `wording`, or that
    it is `left_out`: what was chosen can give somebody away as words can. Nothing is shown of an
    answer that is pending or withheld.
    """
    if state not in SHOWN:
        return []
    allowed = [one for one in items if one.consent != Consent.SECRETARIAT]
    return [_shown(one, redactions.get(str(one.id), {})) for one in allowed]


def _shown(item: Item, instead: Mapping[str, str]) -> Shown:
    named = item.consent == Consent.NAMED
    if instead.get("left_out"):
        return Shown(item.id, named, "", "", redacted=True, left_out=True)
    text, wording = instead.get("text", item.text), instead.get("wording", item.wording)
    return Shown(
        id=item.id,
        named=named,
        text=text,
        wording=wording,
        redacted=(text, wording) != (item.text, item.wording),
    )


def redactions_of(
    items: Sequence[Item], given: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Return what differs from the sealed words, by id of the item; unknown items are left out."""
    found = {}
    for item in items:
        said = {"text": item.text, "wording": item.wording}
        wanted = given.get(str(item.id), {})
        instead = {
            part: text.strip()
            for part, text in wanted.items()
            if part in said and text.strip() != said[part].strip()
        }
        if item.chosen and wanted.get("left_out"):
            instead = {"left_out": "yes"}
        if instead:
            found[str(item.id)] = instead
    return found


def proposal(*, withhold: bool, redactions: Mapping[str, Mapping[str, str]], reason: str) -> State:
    """Return what is proposed; less than everything has a reason. Raises RedactionReasonNeeded."""
    if (withhold or redactions) and not reason.strip():
        raise errors.RedactionReasonNeeded
    if withhold:
        return State.WITHHELD
    return State.REDACTED if redactions else State.PUBLISHED


def check_window(closes: Collection[datetime], now: datetime) -> None:
    """Refuse while anybody can still answer, a late partner included. Raises WindowOpen."""
    if not closes or any(now < end for end in closes):
        raise errors.WindowOpen


def check_publishable(consents: Iterable[str]) -> None:
    """Refuse an answer that is for the secretariat only. Raises Confidential."""
    if not publishable(consents):
        raise errors.Confidential


def check_ties(organisation: UUID, memberships: Collection[UUID]) -> None:
    """Refuse members of the author. Raises TiesToAuthor."""
    if organisation in memberships:
        raise errors.TiesToAuthor


def check_decider(prepared: Prepared | None, decider: UUID | None) -> None:
    """Refuse what nobody prepared, or what the decider did. Raises NotPrepared, OwnPreparation."""
    if prepared is None or not prepared.proposed:
        raise errors.NotPrepared
    if decider is None or prepared.prepared_by == decider:
        raise errors.OwnPreparation
