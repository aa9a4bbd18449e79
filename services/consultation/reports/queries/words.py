"""What became of our words: every point of one answer with its decision and the changed text."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries.figures import standing
from services.consultation.analysis.rules import PointState, fate
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State as CallState
from services.consultation.documents.rules import name_of
from services.consultation.reports.models import AnsweredPoint
from services.consultation.reports.queries.public import PublicChange, place_of, public_changes
from services.consultation.submissions.models import Submission
from shared.i18n import Said, Words
from shared.known import queries as known
from shared.work import View


@dataclass(frozen=True)
class OwnChange:
    """A change that answers a point, and how many other answers it answers, too."""

    change: PublicChange
    others: int


@dataclass(frozen=True)
class OwnPoint:
    """One's own point: our sentence, the decision, the paragraph before and after."""

    words: str
    language: str
    where: Said | str
    disposition: str
    reason: str
    explanation: Said
    covered_by: str
    changes: tuple[OwnChange, ...]


@dataclass(frozen=True)
class OwnWords:
    """What became of the points of one answer."""

    call: Call
    title: Said
    organisation: str
    reference: str
    code: str
    points: tuple[OwnPoint, ...]
    ready: bool

    @property
    def fate(self) -> dict[str, int]:
        """What became of the points, as the bar of points counts it."""
        return fate(Counter(one.disposition for one in self.points), 0)


def own_words(view: View, submission: Submission) -> OwnWords:
    """Return what became of one answer; the caller has asked whose it is."""
    call = calls.by_id(view, submission.call_id)
    ready = call.state == CallState.REPORT_PUBLISHED
    organisation = known.organisation(view, submission.organisation_id)
    return OwnWords(
        call=call,
        title=calls.words(view, call).get("title", Words()).best(),
        organisation=organisation.name if organisation else "",
        reference=submission.reference or "",
        code=submission.code,
        points=tuple(_points(view, call, submission)) if ready else (),
        ready=ready,
    )


def _points(view: View, call: Call, submission: Submission) -> list[OwnPoint]:
    rows = view.session.scalars(
        select(Point)
        .where(Point.submission_id == submission.id, Point.state == PointState.DECIDED)
        .order_by(Point.number)
    ).all()
    changes = {one.label: one for one in public_changes(view, call)} if rows else {}
    labels, together = _answered(view, call.id)
    place = place_of(view, call)
    return [
        OwnPoint(
            words=row.words,
            language=row.language,
            where=place(row),
            disposition=row.disposition,
            reason=row.reason,
            explanation=row.explanation.best(),
            covered_by=name_of(row.covered_by) if row.covered_by else "",
            changes=tuple(
                OwnChange(changes[label], len(together[label] - {submission.id}))
                for label in labels.get(row.id, ())
                if label in changes
            ),
        )
        for row in analysis.rows_of(view, list(rows))
    ]


def _answered(view: View, call_id: UUID) -> tuple[dict[UUID, list[str]], dict[str, set[UUID]]]:
    labels: dict[UUID, list[str]] = {}
    together: dict[str, set[UUID]] = {}
    for row in view.session.execute(
        select(AnsweredPoint.point_id, AnsweredPoint.label, Point.submission_id)
        .join(Point, Point.id == AnsweredPoint.point_id)
        .where(AnsweredPoint.call_id == call_id, Point.submission_id.in_(standing(call_id)))
    ):
        labels.setdefault(row.point_id, []).append(row.label)
        together.setdefault(row.label, set()).add(row.submission_id)
    return labels, together
