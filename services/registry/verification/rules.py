"""What an officer checks by category, and the result that follows from the answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.i18n import N_

VALIDITY: Final = timedelta(days=3 * 365)
"""How long a verification holds."""


class Answer(StrEnum):
    """What an officer says to one check."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


class Result(StrEnum):
    """What follows from the answers: computed, never typed."""

    CLEAR = "clear"
    INCOMPLETE = "incomplete"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Check:
    """One thing to check. `good` is the answer that clears it."""

    code: str
    question: str
    good: Answer = Answer.YES
    may_not_apply: bool = False


SANCTIONS = Check("sanctions", N_("Is there an open match on a sanctions list?"), Answer.NO)
EXCLUDED = Check("excluded_sectors", N_("Does it work in an excluded sector?"), Answer.NO)

CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    "government": (
        Check("channel", N_("Is the channel confirmed (permanent mission, ministry)?")),
    ),
    "local_authority": (
        Check("list", N_("Does the national list or an association confirm it?")),
        Check("channel", N_("Is it confirmed by an official domain or a call back?")),
    ),
    "un_entity": (
        Check("domain", N_("Does the e-mail domain belong to the United Nations?")),
        Check("focal_point", N_("Is the focal point confirmed?")),
    ),
    "finance": (
        SANCTIONS,
        Check("charter", N_("Is the charter or licence in order?")),
        EXCLUDED,
        Check(
            "safeguards",
            N_("Does it apply environmental and social safeguards?"),
            may_not_apply=True,
        ),
    ),
    "business": (
        SANCTIONS,
        EXCLUDED,
        Check("findings", N_("Are there adverse findings about it?"), Answer.NO),
        Check("vendor", N_("Does a contract with us put it in a conflict of interest?"), Answer.NO),
    ),
    "stakeholder": (
        SANCTIONS,
        Check(
            "control",
            N_("Is control by a government or business disclosed, where there is any?"),
            may_not_apply=True,
        ),
        Check("paper", N_("Does the document show that the group exists?")),
    ),
    "foundation": (
        SANCTIONS,
        Check("funds", N_("Is the source of funds clear?")),
        EXCLUDED,
    ),
    "knowledge": (
        Check("funders", N_("Are the funders disclosed?")),
        Check(
            "sanctions",
            N_("Is there an open match on a sanctions list?"),
            Answer.NO,
            may_not_apply=True,
        ),
    ),
}
"""Screening by category (product.md)."""


def result(category: str, answers: Mapping[str, str], *, complete: bool) -> Result:
    """Return what follows: blocked by a bad answer or a gap, clear when all is good."""
    checks = CHECKS[category]
    if not complete or any(_is_bad(one, answers.get(one.code)) for one in checks):
        return Result.BLOCKED
    if any(not answers.get(one.code) for one in checks):
        return Result.INCOMPLETE
    return Result.CLEAR


def _is_bad(check: Check, answer: str | None) -> bool:
    if not answer or answer == check.good:
        return False
    return not (check.may_not_apply and answer == Answer.NOT_APPLICABLE)


def unanswered(category: str, answers: Mapping[str, str]) -> list[Check]:
    """Return the checks that nobody has answered."""
    return [one for one in CHECKS[category] if not answers.get(one.code)]


def offered(check: Check) -> Iterable[Answer]:
    """Return the answers that a check offers."""
    return [one for one in Answer if one != Answer.NOT_APPLICABLE or check.may_not_apply]
