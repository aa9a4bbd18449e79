"""Reads of reports: the draft before its gate, the public report, what became of one's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries.figures import standing
from services.consultation.analysis.rules import PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State as CallState
from services.consultation.documents import queries as documents
from services.consultation.documents.rules import Change, name_of
from services.consultation.reports import rules
from services.consultation.reports.models import (
    AnsweredPoint,
    ChangeEntry,
    Report,
    ReportAuthor,
    ReportText,
)
from services.consultation.submissions.models import Submission
from services.consultation.submissions.rules import Consent
from shared.i18n import Said, Words, language
from shared.known import queries as known
from shared.work import View


@dataclass(frozen=True)
class Entry:
    """A change where there is no document."""

    number: int
    place: str
    before: str
    after: str
    points: tuple[int, ...]

    @property
    def label(self) -> str:
        """Its name among the changes."""
        return f"entry:{self.number}"


@dataclass(frozen=True)
class ReportDraft:
    """A report as its authors and its approver see it."""

    call: Call
    state: str
    note: str
    summary: Words
    language_gap: Words
    findings: tuple[rules.Finding, ...]
    authors: tuple[str, ...]
    is_author: bool
    digest: str
    considered: Mapping[str, Any]
    has_document: bool
    entries: tuple[Entry, ...]


def of_call(view: View, call_id: UUID) -> Report | None:
    """Return the report of a call."""
    return view.find(Report, call_id=call_id)


def authors(view: View, call_id: UUID) -> list[UUID]:
    """Return who wrote on the report of a call."""
    return list(
        view.session.scalars(select(ReportAuthor.person_id).where(ReportAuthor.call_id == call_id))
    )


def draft_page(view: View, code: str) -> ReportDraft:
    """Return the report of a call with what its gate finds."""
    call = calls.by_code(view, code)
    view.require("report.edit", call)
    report = of_call(view, call.id)
    texts = report_texts(view, report)
    wrote = authors(view, call.id)
    names = known.names(view, wrote)
    considered = considered_of(view, call)
    return ReportDraft(
        call=call,
        state=report.state if report else rules.State.DRAFT,
        note=report.note if report else "",
        summary=Words(texts.get("summary", {}), call.authentic_language),
        language_gap=Words(texts.get("language_gap", {}), call.authentic_language),
        findings=tuple(rules.findings(gate_draft(view, call, texts))),
        authors=tuple(sorted(names.values())),
        is_author=view.actor.person in wrote,
        digest=rules.digest(considered),
        considered=considered,
        has_document=documents.consulted(view, call.id) is not None,
        entries=tuple(entries(view, call.id)),
    )


def report_texts(view: View, report: Report | None) -> dict[str, dict[str, str]]:
    """Return the texts of a report by part and language."""
    found: dict[str, dict[str, str]] = {}
    if report is None:
        return found
    for row in view.session.scalars(select(ReportText).where(ReportText.owner_id == report.id)):
        found.setdefault(row.part, {})[row.language] = row.text
    return found


def gate_draft(view: View, call: Call, texts: Mapping[str, Mapping[str, str]]) -> rules.Draft:
    """Return what the gate looks at."""
    changed = changed_labels(view, call.id)
    answered = {
        row.point_id
        for row in view.session.scalars(
            select(AnsweredPoint).where(AnsweredPoint.call_id == call.id)
        )
        if row.label in changed
    }
    rows = view.session.scalars(
        select(Point).where(
            Point.submission_id.in_(standing(call.id)), Point.state == PointState.DECIDED
        )
    ).all()
    said = analysis.explanations(view, [one.id for one in rows])
    return rules.Draft(
        completeness=analysis.completeness(view, call.id),
        points=[
            rules.Judged(
                one.id,
                one.number,
                one.disposition or "",
                one.reason or "",
                one.language,
                frozenset(said.get(one.id, ())),
                one.id in answered,
            )
            for one in rows
        ],
        summaries=[code for code, text in texts.get("summary", {}).items() if text.strip()],
        authentic_language=call.authentic_language,
        language_gap_said=any(text.strip() for text in texts.get("language_gap", {}).values()),
    )


def changed_labels(view: View, call_id: UUID) -> set[str]:
    """Return the labels of paragraphs that the revised text changes, and of change entries."""
    found = {
        f"entry:{number}"
        for number in view.session.scalars(
            select(ChangeEntry.number).where(ChangeEntry.call_id == call_id)
        )
    }
    revised = documents.revised(view, call_id)
    if revised is None:
        return found
    return found | {
        one.label
        for one in documents.changes(view, revised.id, language())
        if one.change is not Change.UNCHANGED
    }


def entries(view: View, call_id: UUID) -> list[Entry]:
    """Return the change entries of a call with the points that they answer."""
    numbers = points_by_label(view, call_id)
    rows = view.session.scalars(
        select(ChangeEntry).where(ChangeEntry.call_id == call_id).order_by(ChangeEntry.number)
    )
    return [
        Entry(
            row.number,
            row.place,
            row.before,
            row.after,
            tuple(numbers.get(f"entry:{row.number}", ())),
        )
        for row in rows
    ]


def points_by_label(view: View, call_id: UUID, *, public: bool = False) -> dict[str, list[int]]:
    """Return the numbers of points that each change answers; without confidential ones in public."""
    statement = (
        select(AnsweredPoint.label, Point.number)
        .join(Point, Point.id == AnsweredPoint.point_id)
        .where(AnsweredPoint.call_id == call_id)
        .order_by(Point.number)
    )
    if public:
        statement = statement.where(Point.consent != Consent.SECRETARIAT)
    found: dict[str, list[int]] = {}
    for label, number in view.session.execute(statement):
        found.setdefault(label, []).append(number)
    return found


def considered_of(view: View, call: Call) -> dict[str, Any]:
    """Return the list of what was considered, as the approver attests it: ids, digests, decisions."""
    answers = view.session.execute(
        select(Submission.reference, Submission.digest)
        .where(Submission.id.in_(standing(call.id)))
        .order_by(Submission.reference)
    ).all()
    points = view.session.execute(
        select(Point.number, Point.state, Point.disposition, Point.reason)
        .where(Point.submission_id.in_(standing(call.id)))
        .order_by(Point.number)
    ).all()
    return {
        "call": call.code,
        "answers": [[row.reference, row.digest] for row in answers],
        "points": [list(row) for row in points],
        "changes": {
            label: numbers for label, numbers in sorted(points_by_label(view, call.id).items())
        },
    }


# -- the public report --


@dataclass(frozen=True)
class PublicPoint:
    """A point as everybody may see it: nothing of one that was made in confidence is here."""

    number: int
    words: str
    language: str
    gist: str
    gist_language: str
    who: str
    where: str
    disposition: str
    reason: str
    explanation: Said
    covered_by: str


@dataclass(frozen=True)
class PublicChange:
    """A change in the text with the points that it answers."""

    label: str
    name: str
    kind: str
    before: Any
    after: Any
    before_text: str
    after_text: str
    points: tuple[int, ...]


@dataclass(frozen=True)
class PublicReport:
    """The consultation report."""

    call: Call
    title: Said
    summary: Said
    language_gap: Said
    published_at: datetime
    fate: dict[str, int]
    points: tuple[PublicPoint, ...]
    total: int
    confidential: int
    page: int
    next: int | None
    previous: int | None
    changes: tuple[PublicChange, ...]


PAGE = 50


def public_report(view: View, code: str, page: int = 1) -> PublicReport:
    """Return the published report of a call. Raises NotFound before it is public."""
    call = calls.by_code(view, code)
    report = view.get(Report, call_id=call.id, state=rules.State.PUBLISHED)
    view.require("result.show", calls.readable(view, call))
    texts = report_texts(view, report)
    base = (
        select(Point)
        .where(
            Point.submission_id.in_(standing(call.id)),
            Point.state == PointState.DECIDED,
            Point.consent != Consent.SECRETARIAT,
        )
        .order_by(Point.number)
    )
    rows = view.session.scalars(base.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    fate = analysis.fate(view, call.id)
    total = analysis.points_in(fate)
    confidential = len(
        view.session.scalars(
            select(Point.id).where(
                Point.submission_id.in_(standing(call.id)), Point.consent == Consent.SECRETARIAT
            )
        ).all()
    )
    return PublicReport(
        call=call,
        title=calls.words(view, call).get("title", Words()).best(),
        summary=Words(texts.get("summary", {}), call.authentic_language).best(),
        language_gap=Words(texts.get("language_gap", {}), call.authentic_language).best(),
        published_at=report.published_at or report.created_at,
        fate=fate,
        points=tuple(public_points(view, list(rows[:PAGE]))),
        total=total,
        confidential=confidential,
        page=page,
        next=page + 1 if len(rows) > PAGE else None,
        previous=page - 1 if page > 1 else None,
        changes=tuple(public_changes(view, call)),
    )


def public_points(view: View, rows: list[Point]) -> list[PublicPoint]:
    """Return points as everybody may see them: without a name there is no organisation either."""
    return [
        PublicPoint(
            number=one.number,
            words=one.words,
            language=one.language,
            gist=one.gist,
            gist_language=one.gist_language,
            who=one.organisation if one.consent == Consent.NAMED else "",
            where=one.where,
            disposition=one.disposition,
            reason=one.reason,
            explanation=one.explanation.best(),
            covered_by=name_of(one.covered_by) if one.covered_by else "",
        )
        for one in analysis.rows_of(view, rows)
    ]


def public_changes(view: View, call: Call) -> list[PublicChange]:
    """Return what changed, paragraph by paragraph or entry by entry."""
    numbers = points_by_label(view, call.id, public=True)
    found = [
        PublicChange(
            one.label,
            one.place,
            "reworded",
            None,
            None,
            one.before,
            one.after,
            tuple(numbers.get(one.label, ())),
        )
        for one in entries(view, call.id)
    ]
    revised = documents.revised(view, call.id)
    if revised is not None:
        found += [
            PublicChange(
                one.label,
                one.name,
                one.change.value,
                one.before,
                one.after,
                one.before.plain if one.before else "",
                one.after.plain if one.after else "",
                tuple(numbers.get(one.label, ())),
            )
            for one in documents.changes(view, revised.id, language())
            if one.change is not Change.UNCHANGED
        ]
    return found


# -- what became of our words --


@dataclass(frozen=True)
class OwnPoint:
    """One's own point: our sentence, the decision, the paragraph before and after."""

    number: int
    words: str
    language: str
    where: str
    disposition: str
    reason: str
    explanation: Said
    covered_by: str
    changes: tuple[PublicChange, ...]
    because_of: str
    others: int


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


def own_words(view: View, submission: Submission) -> OwnWords:
    """Return what became of one answer; the caller has asked whose it is."""
    call = calls.by_id(view, submission.call_id)
    ready = call.state == CallState.REPORT_PUBLISHED
    rows = (
        view.session.scalars(
            select(Point)
            .where(Point.submission_id == submission.id, Point.state == PointState.DECIDED)
            .order_by(Point.number)
        ).all()
        if ready
        else []
    )
    changes = {one.label: one for one in public_changes(view, call)} if rows else {}
    labels, together = _answered(view, call.id) if rows else ({}, {})
    organisation = known.organisation(view, submission.organisation_id)
    name = organisation.name if organisation else ""
    return OwnWords(
        call=call,
        title=calls.words(view, call).get("title", Words()).best(),
        organisation=name,
        reference=submission.reference or "",
        code=submission.code,
        points=tuple(
            OwnPoint(
                number=row.number,
                words=row.words,
                language=row.language,
                where=row.where,
                disposition=row.disposition,
                reason=row.reason,
                explanation=row.explanation.best(),
                covered_by=name_of(row.covered_by) if row.covered_by else "",
                changes=tuple(
                    changes[label] for label in labels.get(row.id, ()) if label in changes
                ),
                because_of=name,
                others=max(
                    (len(together[label] - {submission.id}) for label in labels.get(row.id, ())),
                    default=0,
                ),
            )
            for row in analysis.rows_of(view, list(rows))
        ),
        ready=ready,
    )


def _answered(view: View, call_id: UUID) -> tuple[dict[UUID, list[str]], dict[str, set[UUID]]]:
    labels: dict[UUID, list[str]] = {}
    together: dict[str, set[UUID]] = {}
    for row in view.session.execute(
        select(AnsweredPoint.point_id, AnsweredPoint.label, Point.submission_id)
        .join(Point, Point.id == AnsweredPoint.point_id)
        .where(AnsweredPoint.call_id == call_id)
    ):
        labels.setdefault(row.point_id, []).append(row.label)
        together.setdefault(row.label, set()).add(row.submission_id)
    return labels, together
