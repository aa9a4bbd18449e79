"""What makes an answer ready, who may send it, when it may change, how it is sealed."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic_core import to_json

from shared import ids

TEXT_LIMIT = 4000
"""Characters that a comment or a proposed wording may have."""

FORMAT = "roundtable-answer/1"
"""First entry of a canonical form: what it is and which version of these rules made it."""

CODE_LENGTH = 10

APPROVER_KEPT = timedelta(days=365)
"""How long after its last approval an office's name and address stay, unless it is named still."""


class State(StrEnum):
    """Where a submission stands, as a person decided."""

    DRAFT = "draft"
    WITH_APPROVER = "with_approver"
    SUBMITTED = "submitted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


WRITING = frozenset({State.DRAFT, State.WITH_APPROVER})
"""Not sealed yet: at most one of these for a call and a partner."""

SEALED = frozenset({State.SUBMITTED, State.REPLACED, State.WITHDRAWN})
"""Received once; its content never changes again."""


class Consent(StrEnum):
    """Who may see an answer, from the widest to the strictest."""

    NAMED = "named"
    UNNAMED = "unnamed"
    SECRETARIAT = "secretariat"


STRICTNESS: tuple[Consent, ...] = (Consent.NAMED, Consent.UNNAMED, Consent.SECRETARIAT)


class Stance(StrEnum):
    """Where a partner stands on a paragraph."""

    KEEP = "keep"
    CHANGE = "change"
    REMOVE = "remove"
    COMMENT = "comment"


class ApprovalState(StrEnum):
    """Where one round of asking the approving office stands."""

    ASKED = "asked"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    TAKEN_BACK = "taken_back"
    CLEARED = "cleared"


class Progress(StrEnum):
    """How far one part of an answer is."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    READY = "ready"


@dataclass(frozen=True)
class Part:
    """One line of the task list: a topic of questions, a section of the document, or the consent.

    `needed` parts must be ready before sending; the others only once they were begun.
    """

    kind: str
    key: str
    progress: Progress
    needed: bool
    said: int = 0

    @property
    def counts(self) -> bool:
        """Say whether the part is one of those that have to be ready."""
        return self.needed or self.progress is not Progress.NOT_STARTED

    @property
    def ready(self) -> bool:
        """Say whether nothing is left to do here."""
        return self.progress is Progress.READY


def strictest(*consents: str | None) -> Consent:
    """Return the strictest of the consents given; nothing given means the secretariat only."""
    given = [STRICTNESS.index(Consent(one)) for one in consents if one]
    return STRICTNESS[max(given)] if given else Consent.SECRETARIAT


def effective_consent(general: str | None, override: str | None) -> Consent:
    """Return who may see one response or comment: its own consent, else the submission's."""
    return Consent(override or general or Consent.SECRETARIAT)


def new_code() -> str:
    """Return a random public code for a draft, which has no reference yet."""
    return "".join(secrets.choice(ids.ALPHABET) for _ in range(CODE_LENGTH))


# -- what is ready -----------------------------------------------------------------------------


def topic_part(key: str, answers: Sequence[tuple[bool, bool, bool]]) -> Part:
    """Judge a topic of questions by (required, given, valid) of each of them."""
    needed = any(required for required, _, _ in answers)
    begun = sum(1 for _, given, _ in answers if given)
    done = all(valid if given else not required for required, given, valid in answers)
    if not begun:
        progress = Progress.NOT_STARTED
    else:
        progress = Progress.READY if done else Progress.IN_PROGRESS
    return Part("topic", key, progress, needed, begun)


def section_part(key: str, complete: Sequence[bool]) -> Part:
    """Judge a section of the document by whether each comment on it is complete."""
    if not complete:
        return Part("section", key, Progress.NOT_STARTED, needed=False)
    progress = Progress.READY if all(complete) else Progress.IN_PROGRESS
    return Part("section", key, progress, needed=False, said=len(complete))


def consent_part(consent: str | None) -> Part:
    """Judge the page "Who may see your answer?"."""
    progress = Progress.READY if consent else Progress.NOT_STARTED
    return Part("consent", "consent", progress, needed=True)


def comment_complete(stance: str | None, text: str, wording: str) -> bool:
    """Say whether a comment says something: "keep" may stand alone, everything else has words."""
    if stance == Stance.KEEP:
        return True
    return bool(stance) and bool(text.strip() or wording.strip())


def ready_of(parts: Iterable[Part]) -> tuple[int, int]:
    """Return how many parts are ready, and of how many that have to be."""
    counting = [part for part in parts if part.counts]
    return sum(1 for part in counting if part.ready), len(counting)


def missing(parts: Iterable[Part]) -> list[Part]:
    """Return the parts that have to be ready and are not, in their order."""
    return [part for part in parts if part.counts and not part.ready]


def says_something(parts: Iterable[Part]) -> bool:
    """Say whether there is at least one response or comment: an empty answer is not sent."""
    return any(part.said for part in parts if part.kind != "consent")


# -- who may ----------------------------------------------------------------------------------


def may_send(roles: Collection[str], *, deputies_may_send: bool) -> bool:
    """Say whether a member sends for the organisation: contact point, or deputy when allowed."""
    return "contact_point" in roles or (deputies_may_send and "deputy" in roles)


def may_change(state: str) -> bool:
    """Say whether the text may be edited: a sealed one never, one with the approver not now."""
    return state == State.DRAFT


def may_seal(state: str) -> bool:
    """Say whether it may be sent; the contact point may send while the office still has it."""
    return state in WRITING


def may_replace(state: str, *, is_open: bool) -> bool:
    """Say whether a sent answer may be replaced: while its window is open."""
    return state == State.SUBMITTED and is_open


def may_withdraw(state: str, *, is_open: bool) -> bool:
    """Say whether a sent answer may be withdrawn: until the call closes; after that it was read."""
    return state == State.SUBMITTED and is_open


def approval_stands(state: str | None, approved: str | None, present: str) -> bool:
    """Say whether an approval holds for the present content, compared by their digests."""
    return state == ApprovalState.APPROVED and approved == present


# -- the sealed form ---------------------------------------------------------------------------


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one form in which a content is sealed, so that anybody can recompute its digest.

    JSON (RFC 8259) in UTF-8 without a byte order mark; keys in the order of their code points; two
    spaces a level; one line feed after each line, the last included; characters beyond ASCII as
    themselves; no floating-point numbers (numbers that people type stay text). Lists keep the
    order of the questionnaire and of the document. The file that is downloaded is these bytes.
    Raises TypeError for a float and whatever else has more than one form.
    """
    return to_json(_in_order(content), indent=2) + b"\n"


def digest(data: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 hexadecimal digits, what `sha256sum` prints."""
    return hashlib.sha256(data).hexdigest()


def key_of(code: str, key: str) -> str:
    """Return the key of one sending: whoever posts the same one for two answers sends both."""
    return digest(f"{code} {key}".encode())


def content_digest(
    consent: str | None,
    responses: Iterable[Mapping[str, Any]],
    comments: Iterable[Mapping[str, Any]],
) -> str:
    """Return the digest of what a draft says now, to notice that it changed under a reader."""
    said = {
        "consent": consent,
        "responses": list(responses),
        "comments": list(comments),
    }
    return digest(canonical(said))


def _in_order(value: Any) -> Any:
    """Return a content with its keys in order, of nothing but text, whole numbers and yes or no."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {key: _in_order(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_in_order(one) for one in value]
    raise TypeError(f"a sealed answer holds no {type(value).__name__}")


# -- figures -----------------------------------------------------------------------------------


class Shown(StrEnum):
    """Whether the figures of a category may be shown, and if not, why."""

    SHOWN = "shown"
    NOT_ASKED = "not_asked"
    TOO_FEW = "too_few"
    FOLLOWS = "follows"


FEWEST = 5
"""Below so many invited partners a category's figures would tell of single partners."""

MANY = 0.5
"""From this share on a small seat is drawn full."""

FEW = 0.15
"""Below this share a category is named as not yet heard."""


@dataclass(frozen=True)
class Heard:
    """How many of a category were asked, how many of those answered, and who came without."""

    category: str
    invited: int
    answered: int
    others: int = 0

    @property
    def share(self) -> float | None:
        """Share of those asked that answered, 0 to 1; None when nobody was asked."""
        return self.answered / self.invited if self.invited else None


def suppression(heard: Sequence[Heard]) -> list[Shown]:
    """Say what of each category may be shown (consultation.md, Figures).

    Nobody invited: not asked. Fewer than 5: hidden. Where the one hidden figure would follow from
    the total, the next smallest category is hidden too.
    """
    found = [_alone(one) for one in heard]
    if found.count(Shown.TOO_FEW) == 1:
        shown = [place for place, one in enumerate(found) if one is Shown.SHOWN]
        if shown:
            found[min(shown, key=lambda place: heard[place].invited)] = Shown.FOLLOWS
    return found


def total_may_be_shown(shown: Sequence[Shown]) -> bool:
    """Say whether the total of answers may stand beside them: not when it is one hidden figure."""
    hidden = [one for one in shown if one in (Shown.TOO_FEW, Shown.FOLLOWS)]
    return len(hidden) != 1


def small_seat(share: float | None) -> str:
    """Return how a small seat is drawn: `nobody`, `some`, or `half` from half of those asked."""
    if not share:
        return "nobody"
    return "half" if share >= MANY else "some"


def least_heard(heard: Sequence[Heard], shown: Sequence[Shown]) -> Heard | None:
    """Return the category with the lowest share that may be shown, if it is below `FEW`."""
    open_ones = [one for one, how in zip(heard, shown, strict=True) if how is Shown.SHOWN]
    lowest = min(open_ones, key=lambda one: one.share or 0.0, default=None)
    return lowest if lowest and (lowest.share or 0.0) < FEW else None


def _alone(one: Heard) -> Shown:
    if one.invited == 0:
        return Shown.NOT_ASKED
    return Shown.TOO_FEW if one.invited < FEWEST else Shown.SHOWN
