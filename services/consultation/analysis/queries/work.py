"""My work: what waits for the actor, call by call, with its deadline."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from services.consultation.analysis.models import Point, ReadMark
from services.consultation.analysis.queries.figures import fates
from services.consultation.analysis.rules import PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State
from services.consultation.submissions.models import Submission
from services.consultation.submissions.rules import State as SubmissionState
from shared.i18n import Words
from shared.work import View

AT_MOST = 50
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
    """A call that is not over, and what waits in it."""

    code: str
    title: Words
    state: str
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
    """What waits, the nearest deadline first."""

    calls: list[CallWork] = field(default_factory=list)


def my_work(view: View) -> MyWork:
    """Return the calls that are not over, in a constant number of queries."""
    view.require("staff.work")
    rows = view.session.scalars(
        select(Call)
        .where(Call.state.in_(ALIVE))
        .order_by(func.coalesce(Call.reply_new_at, Call.reply_due_at, Call.closes_at), Call.id)
        .limit(AT_MOST)
    ).all()
    ids = [one.id for one in rows]
    titles = calls.titles(view, rows)
    answers = _answers(view, ids)
    states = _states(view, ids)
    mine = _mine(view, ids)
    bars = fates(view, ids)
    return MyWork(
        [
            CallWork(
                code=one.code,
                title=titles.get(one.id, Words()),
                state=one.state,
                closes_at=one.closes_at,
                reply_due_at=one.reply_expected_at,
                is_closed=one.closes_at is not None and view.now >= one.closes_at,
                answers=answers.get(one.id, (0, 0))[0],
                unread=answers.get(one.id, (0, 0))[1],
                to_recommend=sum(
                    states.get((one.id, state), 0)
                    for state in (PointState.NEW, PointState.RETURNED, PointState.REOPENED)
                ),
                to_decide=states.get((one.id, PointState.RECOMMENDED), 0),
                mine=mine.get(one.id, 0),
                fate=bars[one.id],
            )
            for one in rows
        ]
    )


def _answers(view: View, ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    rows = view.session.execute(
        select(Submission.call_id, func.count(), func.count(ReadMark.submission_id))
        .outerjoin(ReadMark, ReadMark.submission_id == Submission.id)
        .where(
            Submission.call_id.in_(ids),
            Submission.state == SubmissionState.SUBMITTED,
            Submission.counted | Submission.provisional,
        )
        .group_by(Submission.call_id)
    )
    return {row[0]: (row[1], row[1] - row[2]) for row in rows}


def _states(view: View, ids: list[UUID]) -> dict[tuple[UUID, str], int]:
    rows = view.session.execute(
        select(Point.call_id, Point.state, func.count())
        .where(Point.call_id.in_(ids))
        .group_by(Point.call_id, Point.state)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _mine(view: View, ids: list[UUID]) -> dict[UUID, int]:
    rows = view.session.execute(
        select(Point.call_id, func.count())
        .where(
            Point.call_id.in_(ids),
            Point.assigned_to == view.actor.person,
            Point.state != PointState.DECIDED,
        )
        .group_by(Point.call_id)
    )
    return {row[0]: row[1] for row in rows}
