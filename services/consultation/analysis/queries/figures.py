"""How far the analysis of calls is, in a constant number of queries."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, Text, cast, exists, func, or_, select

from services.consultation.analysis import rules
from services.consultation.analysis.models import ItemEnd, Point, ReadMark
from services.consultation.analysis.rules import Completeness, PointState
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.rules import State
from shared.work import View

EMPTY = ("null", '""', "[]")
"""Values of a response that say nothing, as JSON."""


STANDING = (
    Submission.state == State.SUBMITTED,
    or_(Submission.counted, Submission.provisional),
)
"""Conditions of an answer to be read: sent, not replaced, not of a declined partner."""


def standing(call_id: UUID) -> Select[UUID]:
    """Return the ids of answers of a call that are to be read."""
    return select(Submission.id).where(Submission.call_id == call_id, *STANDING)


def said() -> ColumnElement[bool]:
    """Return the condition that a response says something: one that was emptied needs no end."""
    return cast(Response.value, Text).not_in(EMPTY)


def completeness(view: View, call_id: UUID) -> Completeness:
    """Return what is still open; the caller has asked for permission."""
    answers = standing(call_id)
    read = select(ReadMark.submission_id).where(ReadMark.call_id == call_id)

    def ended(kind: type[Response | Comment]) -> ColumnElement[bool]:
        return exists().where(ItemEnd.item_id == kind.id)

    found = view.session.execute(
        select(
            _count(answers.where(Submission.id.not_in(read))),
            _count(answers.where(Submission.provisional)),
            _count(
                select(Response.id).where(
                    Response.submission_id.in_(answers), ~ended(Response), said()
                )
            ),
            _count(select(Comment.id).where(Comment.submission_id.in_(answers), ~ended(Comment))),
            _count(
                select(Point.id).where(
                    Point.submission_id.in_(answers), Point.state != PointState.DECIDED
                )
            ),
        )
    ).one()
    return Completeness(
        unread=found[0], provisional=found[1], open_items=found[2] + found[3], undecided=found[4]
    )


def _count(statement: Select[UUID]) -> ScalarSelect[int]:
    return select(func.count()).select_from(statement.subquery()).scalar_subquery()


def fate(view: View, call_id: UUID) -> dict[str, int]:
    """Return the counts of a call's bar of points."""
    return fates(view, [call_id])[call_id]


def fates(view: View, call_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return the counts of several calls, in one query; only of answers that stand."""
    rows = view.session.execute(
        select(Point.call_id, Point.state, Point.disposition, func.count())
        .join(Submission, Submission.id == Point.submission_id)
        .where(Point.call_id.in_(set(call_ids)), *STANDING)
        .group_by(Point.call_id, Point.state, Point.disposition)
    ).all()
    decided: dict[UUID, dict[str, int]] = {one: {} for one in call_ids}
    waiting = dict.fromkeys(call_ids, 0)
    for call_id, state, disposition, n in rows:
        if state == PointState.DECIDED and disposition:
            decided[call_id][disposition] = decided[call_id].get(disposition, 0) + n
        else:
            waiting[call_id] += n
    return {one: rules.fate(decided[one], waiting[one]) for one in call_ids}


def points_in(counts: dict[str, int]) -> int:
    """Return how many points a bar holds."""
    return sum(counts.values())
