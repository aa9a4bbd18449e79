"""Points: gist, assignment, recommendation, decision by somebody else, return, reopening."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select

from services.consultation import errors
from services.consultation.analysis import events, rules
from services.consultation.analysis.actions.reading import call_of, note
from services.consultation.analysis.models import Point, PointText
from services.consultation.analysis.rules import PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.documents import queries as documents
from shared.errors import Conflict
from shared.known import queries as known
from shared.work import Work


def write_gist(work: Work, code: str, number: int, gist: str) -> Point:
    """Say in the call's language what a point in another one says; labelled as ours.

    A point in the call's own language needs none and gets none.
    """
    call, point = _point(work, "point.gist", code, number)
    gist = "" if point.language == call.authentic_language else gist.strip()
    if gist == point.gist:
        return point
    point.gist, point.gist_language = gist, call.authentic_language if gist else ""
    note(work, point, "gist")
    return point


def assign(work: Work, code: str, numbers: Sequence[int], person: UUID | None) -> int:
    """Give points to a colleague, or to nobody; returns how many."""
    call = call_of(work, code)
    work.require("point.assign", call)
    if person is not None:
        roles = {one.id for one in known.staff(work, "analyst", "call_manager", "decider")}
        if person not in roles:
            raise errors.NotStaff
    points = _points(work, call, numbers)
    for point in points:
        point.assigned_to = person
        note(work, point, "assigned", to=str(person) if person else "")
    return len(points)


def recommend(
    work: Work,
    code: str,
    number: int,
    *,
    disposition: str,
    reason: str,
    explanations: Mapping[str, str],
    covered_by: str = "",
    row_version: int,
) -> Point:
    """Recommend what becomes of a point. Raises ExplanationNeeded, ParagraphNeeded, Conflict."""
    call, point = _point(work, "point.recommend", code, number)
    if point.row_version != row_version:
        raise Conflict
    rules.check_recommendable(point)
    rules.check_recommendation(disposition, reason, explanations, covered_by)
    if disposition != rules.Disposition.ALREADY_COVERED:
        covered_by = ""
    _check_covered(work, call, covered_by)
    point.disposition, point.reason, point.covered_by = disposition, reason, covered_by
    point.state = PointState.RECOMMENDED
    point.recommended_by, point.recommended_at = work.actor.person, work.now
    point.row_version += 1
    _write(work, point, explanations)
    note(work, point, "recommended", disposition=disposition, reason=reason)
    _tell_waiting(work, call)
    return point


def _check_covered(work: Work, call: Call, label: str) -> None:
    version = documents.consulted(work, call.id) if label else None
    if label and (version is None or label not in documents.labels(work, version.id)):
        raise errors.ParagraphNeeded


def decide(work: Work, code: str, numbers: Sequence[int]) -> int:
    """Decide points as recommended. Refused whole when the actor cannot decide one of them."""
    call = call_of(work, code)
    work.require("point.decide", call)
    points = _points(work, call, numbers)
    for point in points:
        rules.check_decidable(point, work.actor.person)
    for point in points:
        point.state = PointState.DECIDED
        point.decided_by, point.decided_at = work.actor.person, work.now
        point.row_version += 1
        note(work, point, "decided", disposition=point.disposition, reason=point.reason)
    _tell_waiting(work, call)
    return len(points)


def return_(work: Work, code: str, numbers: Sequence[int], text: str) -> int:
    """Give points back to their analysts with a note."""
    call = call_of(work, code)
    work.require("point.return", call)
    points = _points(work, call, numbers)
    for point in points:
        rules.check_decidable(point, None)
    for point in points:
        point.state, point.note = PointState.RETURNED, text
        point.row_version += 1
        note(work, point, "returned", note=text)
    _tell_waiting(work, call)
    return len(points)


def reopen(work: Work, code: str, number: int, reason: str) -> Point:
    """Open a decided point again, with a reason, until the report is published."""
    call, point = _point(work, "point.reopen", code, number)
    rules.check_reopenable(point)
    point.state, point.note = PointState.REOPENED, reason
    point.decided_by = point.decided_at = None
    point.row_version += 1
    note(work, point, "reopened", reason=reason)
    _tell_waiting(work, call)
    return point


def _point(work: Work, act: str, code: str, number: int) -> tuple[Call, Point]:
    call = call_of(work, code)
    point = work.lock(Point, call_id=call.id, number=number)
    work.require(act, point)
    return call, point


def _points(work: Work, call: Call, numbers: Sequence[int]) -> Sequence[Point]:
    points = work.session.scalars(
        select(Point)
        .where(Point.call_id == call.id, Point.number.in_(set(numbers)))
        .order_by(Point.number)
        .with_for_update()
    ).all()
    if not points or len(points) != len(set(numbers)):
        raise errors.NothingSelected
    return points


def _write(work: Work, point: Point, explanations: Mapping[str, str]) -> None:
    rows = {
        row.language: row
        for row in work.session.scalars(select(PointText).where(PointText.owner_id == point.id))
    }
    for language, text in explanations.items():
        if language in rows:
            rows[language].text = text.strip()
        elif text.strip():
            work.add(
                PointText(
                    owner_id=point.id, part="explanation", language=language, text=text.strip()
                )
            )


def _tell_waiting(work: Work, call: Call) -> None:
    work.session.flush()
    waiting = work.session.scalar(
        select(func.count()).where(Point.call_id == call.id, Point.state == PointState.RECOMMENDED)
    )
    work.tell(events.points_to_decide(call, calls.told(work, call), waiting or 0))
