"""Figures of calls: who was asked and who answered, as the table of eight seats shows them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Integer, and_, bindparam, case, func, select

from services.consultation.calls.models import CallInvited
from services.consultation.submissions import rules
from services.consultation.submissions.models import Submission
from services.consultation.submissions.rules import Heard, Shown, State
from shared.database.prepared import Statement
from shared.i18n import _, language, ngettext
from shared.vocabulary import CATEGORIES, vocabulary
from shared.web import formats
from shared.work import View


@dataclass(frozen=True)
class Seat:
    """One seat of the table as macros draw it; `share` is None where it may not be shown."""

    number: int
    category: str
    label: str
    share: float | None
    note: str


@dataclass(frozen=True)
class Figures:
    """The table of one call. `answers` is None where the total would tell of a single partner."""

    seats: tuple[Seat, ...]
    answers: int | None
    least: Seat | None

    @property
    def sentence(self) -> str:
        """Return who was asked and hardly came, empty when nobody stands out."""
        if self.least is None or self.least.share is None:
            return ""
        return _(
            "Not yet heard: %(category)s (%(share)s of those asked)",
            category=self.least.label,
            share=formats.percent(self.least.share),
        )


@dataclass(frozen=True)
class SmallTable:
    """The table of a card: eight states and how many answered."""

    states: tuple[str, ...]
    answers: int | None


def figures(view: View, call_id: UUID) -> Figures:
    """Return the table of one call, suppressed as the public may see it."""
    heard = _heard(view, {call_id})[call_id]
    shown = rules.suppression(heard)
    seats = tuple(
        _seat(number, one, how)
        for number, (one, how) in enumerate(zip(heard, shown, strict=True), start=1)
    )
    least = rules.least_heard(heard, shown)
    return Figures(
        seats=seats,
        answers=_total(heard) if rules.total_may_be_shown(shown) else None,
        least=next((one for one in seats if least and one.category == least.category), None),
    )


def small_tables(view: View, call_ids: Collection[UUID]) -> dict[UUID, SmallTable]:
    """Return the tables of many calls for their cards, in two queries."""
    found = {}
    for call_id, heard in _heard(view, set(call_ids)).items():
        shown = rules.suppression(heard)
        found[call_id] = SmallTable(
            states=tuple(
                rules.small_seat(one.share if how is Shown.SHOWN else None)
                for one, how in zip(heard, shown, strict=True)
            ),
            answers=_total(heard) if rules.total_may_be_shown(shown) else None,
        )
    return found


def heard(view: View, call_id: UUID) -> list[Heard]:
    """Return invited, answered and others of each category: for staff, not suppressed."""
    view.require("submission.figures", call_id)
    return _heard(view, {call_id})[call_id]


def answers_text(answers: int | None) -> str:
    """Return the words beneath a table: how many answers there are."""
    if answers is None:
        return _("Fewer than 5 asked")
    return ngettext("%(n)s answer", "%(n)s answers", answers)


def _total(heard: list[Heard]) -> int:
    return sum(one.answered + one.others for one in heard)


@cache
def _invited() -> Statement:
    return (
        select(CallInvited.call_id, CallInvited.category, func.count())
        .where(CallInvited.call_id.in_(bindparam("calls", expanding=True)))
        .group_by(CallInvited.call_id, CallInvited.category)
    )


@cache
def _answered() -> Statement:
    was_asked = CallInvited.organisation_id.is_not(None)
    # A partner sits where it was invited, whatever it is registered as by now.
    category = func.coalesce(CallInvited.category, Submission.category)
    calls: BindParameter[Any] = bindparam("calls", expanding=True)
    return (
        select(
            Submission.call_id,
            category,
            func.sum(case((was_asked, 1), else_=0).cast(Integer)),
            func.sum(case((was_asked, 0), else_=1).cast(Integer)),
        )
        .outerjoin(
            CallInvited,
            and_(
                CallInvited.call_id.in_(calls),
                CallInvited.call_id == Submission.call_id,
                CallInvited.organisation_id == Submission.organisation_id,
            ),
        )
        .where(
            Submission.call_id.in_(calls),
            Submission.state == State.SUBMITTED,
            Submission.counted,
        )
        .group_by(Submission.call_id, category)
    )


def _heard(view: View, call_ids: set[UUID]) -> dict[UUID, list[Heard]]:
    if not call_ids:
        return {}
    given = {"calls": list(call_ids)}
    invited = {
        (call_id, category): count
        for call_id, category, count in view.session.execute(_invited(), given)
    }
    answered = {
        (call_id, code): (asked or 0, others or 0)
        for call_id, code, asked, others in view.session.execute(_answered(), given)
    }
    return {
        call_id: [
            Heard(
                code,
                invited.get((call_id, code), 0),
                *answered.get((call_id, code), (0, 0)),
            )
            for code in CATEGORIES
        ]
        for call_id in call_ids
    }


def _seat(number: int, one: Heard, how: Shown) -> Seat:
    return Seat(
        number=number,
        category=one.category,
        label=vocabulary.term("category", one.category, language()),
        share=one.share if how is Shown.SHOWN else None,
        note=_note(one, how),
    )


def _note(one: Heard, how: Shown) -> str:
    if how is Shown.NOT_ASKED:
        return _others(one.others, _("Not asked"))
    if how is Shown.TOO_FEW:
        return _("Fewer than 5 asked")
    if how is Shown.FOLLOWS:
        return _("Not shown, so that no smaller figure follows from it")
    return _others(
        one.others,
        _("%(answered)s of %(invited)s", answered=one.answered, invited=one.invited),
    )


def _others(others: int, first: str) -> str:
    if not others:
        return first
    more = ngettext("and %(n)s not invited", "and %(n)s not invited", others)
    return _("%(first)s, %(more)s", first=first, more=more)
