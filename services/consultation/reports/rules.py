"""What a consultation report needs before somebody else approves it."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.consultation import errors
from services.consultation.analysis.rules import NEEDS_CHANGE, Completeness
from services.consultation.documents.rules import Change
from shared.i18n import N_


class State(StrEnum):
    """Where a report stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Judged:
    """A decided point as the gate looks at it."""

    id: UUID
    number: int
    disposition: str
    reason: str
    language: str
    explained_in: frozenset[str]
    changed: bool


@dataclass(frozen=True)
class Draft:
    """Everything that the gate looks at. `summaries` holds the languages of the summary."""

    completeness: Completeness
    points: Sequence[Judged]
    summaries: Collection[str]
    authentic_language: str
    language_gap_said: bool


def unexplained(draft: Draft) -> list[str]:
    """Return the languages in which an author of a point gets no explanation."""
    return sorted({one.language for one in draft.points if one.language not in one.explained_in})


def unchanged(draft: Draft) -> list[int]:
    """Return numbers of accepted points that no change answers."""
    return [
        one.number for one in draft.points if one.disposition in NEEDS_CHANGE and not one.changed
    ]


@dataclass(frozen=True)
class Need:
    """One thing that must be so. `lacking` returns how many, or which, are not."""

    code: str
    sentence: str
    lacking: Callable[[Draft], object]


GATE: Final[tuple[Need, ...]] = (
    Need("unread", N_("Answers that nobody has read: %(what)s."), lambda d: d.completeness.unread),
    Need(
        "provisional",
        N_("Answers of partners that are not decided on: %(what)s."),
        lambda d: d.completeness.provisional,
    ),
    Need(
        "open",
        N_("Responses and comments without an end: %(what)s."),
        lambda d: d.completeness.open_items,
    ),
    Need(
        "undecided",
        N_("Points that are not decided: %(what)s."),
        lambda d: d.completeness.undecided,
    ),
    Need(
        "unchanged",
        N_("Accepted points that no change in the text answers: %(what)s."),
        lambda d: ", ".join(str(n) for n in unchanged(d)),
    ),
    Need(
        "unexplained",
        N_("Explanations are missing in: %(what)s. Add them, or say publicly why not."),
        lambda d: "" if d.language_gap_said else ", ".join(unexplained(d)),
    ),
    Need(
        "summary",
        N_("The report has no summary in the call's own language (%(what)s)."),
        lambda d: "" if d.authentic_language in d.summaries else d.authentic_language,
    ),
)
"""The gate of the report: nothing unread, provisional, open, undecided, unexplained (rule 9)."""


@dataclass(frozen=True)
class Finding:
    """One thing that the gate found lacking."""

    code: str
    sentence: str
    what: str


def findings(draft: Draft) -> list[Finding]:
    """Return everything that stands between the draft and its approval."""
    return [
        Finding(need.code, need.sentence, str(lacking))
        for need in GATE
        if (lacking := need.lacking(draft))
    ]


def check_ready(draft: Draft) -> None:
    """Refuse a report with anything open. Raises ReportNotReady."""
    if findings(draft):
        raise errors.ReportNotReady


def check_approver(approver: UUID | None, authors: Collection[UUID]) -> None:
    """Refuse the approval of an author. Raises OwnReport."""
    if approver is None or approver in authors:
        raise errors.OwnReport


def digest(considered: Mapping[str, object]) -> str:
    """Return the SHA-256 of what was considered: JSON, sorted keys, no spaces, UTF-8."""
    text = json.dumps(considered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check_attested(given: str, present: str) -> None:
    """Refuse an attestation of another list than the present one. Raises ConsideredChanged."""
    if given != present:
        raise errors.ConsideredChanged


# -- before and after --


def kind_of_entry(before: str, after: str) -> Change:
    """Return what a change entry does. Raises NothingChanged when it does nothing."""
    if before.split() == after.split():
        raise errors.NothingChanged
    if not before.strip():
        return Change.ADDED
    return Change.REWORDED if after.strip() else Change.DELETED


TOKEN: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W\u2e80-\u9fff\uf900-\ufaff]+|\s+|\W")
"""What is compared as one: a word, a Chinese character, a run of spaces, any other sign."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of a text; `changed` where the other text says something else."""

    text: str
    changed: bool


def differences(before: str, after: str) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    """Return both texts cut where they differ; joined again, each is what it was."""
    one, two = TOKEN.findall(before), TOKEN.findall(after)
    if not (one and two):
        return _whole(before), _whole(after)
    old: list[Stretch] = []
    new: list[Stretch] = []
    for what, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        changed = what != "equal"
        if a < b:
            old.append(Stretch("".join(one[a:b]), changed))
        if c < d:
            new.append(Stretch("".join(two[c:d]), changed))
    return tuple(old), tuple(new)


GAP: Final = "…"
"""Stands for lines that are the same before and after."""


def folded(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Return a text with runs of unchanged lines folded; one that nothing changed in is whole."""
    lines = _lines(stretches)
    if not any(one.changed for line in lines for one in line):
        return tuple(stretches)
    kept: list[Stretch] = []
    for line in lines:
        if any(one.changed for one in line):
            kept += [Stretch("\n", changed=False), *line] if kept else line
        elif not kept or kept[-1].text != GAP:
            kept += [Stretch("\n", changed=False)] if kept else []
            kept.append(Stretch(GAP, changed=False))
    return tuple(kept)


def _lines(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    lines: list[list[Stretch]] = [[]]
    for one in stretches:
        first, *others = one.text.split("\n")
        lines[-1].append(Stretch(first, one.changed and bool(first)))
        lines += [[Stretch(text, one.changed and bool(text))] for text in others]
    return lines


def _whole(text: str) -> tuple[Stretch, ...]:
    return (Stretch(text, changed=False),) if text else ()
