"""What must be said before a call is published (consultation.md, rule 3 of a good consultation)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.consultation.calls.rules.states import (
    MINIMUM_WEEKS,
    PeriodType,
    SubjectKind,
    day_in,
    long_enough,
)
from shared.contracts.audience import Audience
from shared.i18n import N_
from shared.vocabulary import REQUIRED_CATEGORIES

PARTS = (
    "basics",
    "texts",
    "period",
    "audience",
    "document",
    "questions",
    "participation",
    "decision",
)
"""The parts of a draft, each a page, in their order."""


@dataclass(frozen=True)
class Draft:
    """What is said so far. `said` holds the languages of each text part; times are aware.

    `concerned` counts the partners concerned, `spoken` those that use each official language.
    """

    authentic: str
    said: Mapping[str, Collection[str]]
    subject_kind: str
    subject_code: str
    participation: str | None
    languages: Collection[str]
    contact: str
    zone: str
    period: str
    opens_at: datetime | None
    closes_at: datetime | None
    decision_date: date | None
    audience: Audience
    concerned: int
    spoken: Mapping[str, int]
    has_document: bool
    questions: int
    editors: Collection[UUID]
    now: datetime

    def says(self, part: str) -> bool:
        """Say whether a text is written in the authentic language."""
        return self.authentic in self.said.get(part, ())

    def says_anywhere(self, part: str) -> bool:
        """Say whether a text is written in any language."""
        return bool(self.said.get(part))

    @property
    def local(self) -> ZoneInfo:
        """The zone in which the deadline is said."""
        return ZoneInfo(self.zone)

    @property
    def opens(self) -> datetime:
        """When it opens: at the time planned, or at publication when that has passed."""
        return max(self.opens_at or self.now, self.now)


@dataclass(frozen=True)
class Finding:
    """One thing that is missing (`blocking`) or worth a look, and the part that mends it."""

    part: str
    sentence: str
    blocking: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Need:
    """One thing that every call says before it is published."""

    part: str
    sentence: str
    is_met: Callable[[Draft], bool]


def _has_subject(call: Draft) -> bool:
    if call.subject_kind == SubjectKind.PROGRAMME:
        return bool(call.subject_code)
    return bool(call.subject_kind)


def _in_order(call: Draft) -> bool:
    return call.closes_at is None or call.opens < call.closes_at


def _takes_its_time(call: Draft) -> bool:
    if call.closes_at is None or not _in_order(call):
        return True
    return long_enough(call.period, call.opens, call.closes_at, call.local)


def _decided_after(call: Draft) -> bool:
    if call.decision_date is None or call.closes_at is None:
        return True
    return call.decision_date > day_in(call.closes_at, call.local)


GATE: tuple[Need, ...] = (
    Need("basics", N_("Say what the call is about."), _has_subject),
    Need(
        "basics",
        N_("Choose at least one language to answer in."),
        lambda call: bool(call.languages),
    ),
    Need(
        "basics",
        N_("Name an address for questions about the call."),
        lambda call: bool(call.contact),
    ),
    Need("texts", N_("Write a title."), lambda call: call.says("title")),
    Need("texts", N_("Write a plain summary."), lambda call: call.says("summary")),
    Need("texts", N_("Say what is open for change."), lambda call: call.says("open_for_change")),
    Need("texts", N_("Say what is already decided."), lambda call: call.says("already_decided")),
    Need("period", N_("Say when the call closes."), lambda call: call.closes_at is not None),
    Need(
        "period",
        N_("The closing time has passed, or is before the opening."),
        _in_order,
    ),
    Need(
        "period",
        N_("The period is shorter than the minimum. Lengthen it, or give a public reason."),
        lambda call: _takes_its_time(call) or call.says("exception"),
    ),
    Need("audience", N_("Nobody is asked. Choose who is."), lambda call: call.concerned > 0),
    Need(
        "document",
        N_("Add a document to comment on, or at least one question."),
        lambda call: call.has_document or call.questions > 0,
    ),
    Need(
        "participation",
        N_("Choose the level of participation, which says what you promise."),
        lambda call: bool(call.participation) and call.participation != "inform",
    ),
    Need("decision", N_("Say who decides."), lambda call: call.says("decision_owner")),
    Need("decision", N_("Say when it is decided."), lambda call: call.decision_date is not None),
    Need(
        "decision",
        N_("The decision must come after the call closes."),
        _decided_after,
    ),
)
"""Everything that must be said, as one list."""

LANGUAGE_GAP = "language gap"
"""Stands for a sentence with plurals, which is spoken where it is shown: n and language."""

CATEGORY_LEFT_OUT = N_(
    "A flagship programme is designed with these partners too, and this call does not ask them: "
    "%(categories)s."
)
SECOND_PERSON = N_("You edited this call. Somebody who edited no part of it publishes it.")


def missing(call: Draft) -> list[Finding]:
    """Return what still stands between a draft and publication, in the order of its parts."""
    needs = [Finding(need.part, need.sentence) for need in GATE if not need.is_met(call)]
    return [*needs, *_language_gaps(call)]


def warnings(call: Draft) -> list[Finding]:
    """Return what is allowed and deserves a second look."""
    left_out = left_out_categories(call.subject_kind, call.audience)
    if not left_out:
        return []
    return [Finding("audience", CATEGORY_LEFT_OUT, False, {"categories": left_out})]


def left_out_categories(subject_kind: str, audience: Audience) -> list[str]:
    """Return the categories that take part in designing programmes and are not asked (S6)."""
    if subject_kind != SubjectKind.PROGRAMME:
        return []
    if audience.only_named:
        return list(REQUIRED_CATEGORIES)
    asked = audience.categories or REQUIRED_CATEGORIES
    return [code for code in REQUIRED_CATEGORIES if code not in asked]


def untold_languages(call: Draft) -> dict[str, int]:
    """Return the languages that partners concerned use and in which title or summary is missing."""
    told = set(call.said.get("title", ())) & set(call.said.get("summary", ()))
    return {code: n for code, n in call.spoken.items() if n and code not in told}


def minimum_weeks(period: str) -> int:
    """Return the weeks that a call of this type is open at least."""
    return MINIMUM_WEEKS[PeriodType(period)]


def _language_gaps(call: Draft) -> Iterator[Finding]:
    if call.says("language_gap"):
        return
    for code, n in untold_languages(call).items():
        yield Finding("texts", LANGUAGE_GAP, params={"n": n, "language": code})
