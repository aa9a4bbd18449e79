"""My work: what waits for the actor, call by call, with its deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from services.consultation.analysis.models import Point, ReadMark
from services.consultation.analysis.queries.figures import STANDING, fates
from services.consultation.analysis.rules import UNRECOMMENDED, PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State
from services.consultation.submissions.models import Submission
from shared.i18n import Words
from shared.work import View

PAGE = 20
ALIVE = (
    State.DRAFT,
    State.IN_REVIEW,
    State.CHANGES_REQUESTED,
    State.PUBLISHED,
    State.ANALYSING,
    State.REPORT_IN_REVIEW,
)


@dataclass(frozen=True)
class CallWork:
    """A call that is not over, and what waits in it.

    `to_decide` leaves out what the actor recommended: somebody else decides that.
    """

    id: UUID
    code: str
    title: Words
    state: str
    zone: str
    closes_at: datetime | None
    reply_due_at: datetime | None
    is_closed: bool
    answers: int
    unread: int
    to_recommend: int
    to_decide: int
    mine: int
    fate: dict[str, int]


@dataclass(frozen=True)
class MyWork:
    """A page of calls that are not over, the nearest deadline first."""

    calls: list[CallWork]
    next: int | None
    previous: int | None


def my_work(view: View, page: int = 1) -> MyWork:
    """Return the calls that are not over, in a constant number of queries."""
    view.require("staff.work")
    found = view.session.scalars(
        select(Call)
        .where(Call.state.in_(ALIVE))
        .order_by(func.coalesce(Call.reply_new_at, Call.reply_due_at, Call.closes_at), Call.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    return MyWork(
        _waiting(view, found[:PAGE]),
        page + 1 if len(found) > PAGE else None,
        page - 1 if page > 1 else None,
    )


def _waiting(view: View, rows: Sequence[Call]) -> list[CallWork]:
    ids = [one.id for one in rows]
    titles = calls.titles(view, rows)
    answers = _answers(view, ids)
    points = _points(view, ids)
    bars = fates(view, ids)
    return [
        CallWork(
            id=one.id,
            code=one.code,
            title=titles.get(one.id, Words()),
            state=one.state,
            zone=one.zone,
            closes_at=one.closes_at,
            reply_due_at=one.reply_expected_at,
            is_closed=one.closes_at is not None and view.now >= one.closes_at,
            answers=answers.get(one.id, (0, 0))[0],
            unread=answers.get(one.id, (0, 0))[1],
            to_recommend=points.get(one.id, (0, 0, 0))[0],
            to_decide=points.get(one.id, (0, 0, 0))[1],
            mine=points.get(one.id, (0, 0, 0))[2],
            fate=bars[one.id],
        )
        for one in rows
    ]


def _answers(view: View, ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return how many answers stand and how many nobody has read."""
    rows = view.session.execute(
        select(Submission.call_id, func.count(), func.count(ReadMark.submission_id))
        .outerjoin(ReadMark, ReadMark.submission_id == Submission.id)
        .where(Submission.call_id.in_(ids), *STANDING)
        .group_by(Submission.call_id)
    )
    return {row[0]: (row[1], row[1] - row[2]) for row in rows}


def _points(view: View, ids: list[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Return how many points wait for a recommendation, for a decision, and for the actor."""
    me = view.actor.person
    recommended = Point.state == PointState.RECOMMENDED
    rows = view.session.execute(
        select(
            Point.call_id,
            func.count().filter(Point.state.in_(UNRECOMMENDED)),
            func.count().filter(recommended, Point.recommended_by.is_distinct_from(me)),
            func.count().filter(Point.assigned_to == me, Point.state != PointState.DECIDED),
        )
        .join(Submission, Submission.id == Point.submission_id)
        .where(Point.call_id.in_(ids), *STANDING)
        .group_by(Point.call_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}
