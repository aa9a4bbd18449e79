"""The report as its authors and its approver see it: texts, gate, what is considered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries.figures import standing
from services.consultation.analysis.rules import PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.documents import queries as documents
from services.consultation.documents.rules import Change
from services.consultation.reports import rules
from services.consultation.reports.models import (
    AnsweredPoint,
    ChangeEntry,
    ChangeText,
    Report,
    ReportAuthor,
    ReportText,
)
from services.consultation.submissions.models import Submission
from shared.i18n import LANGUAGES, Words, language
from shared.known import queries as known
from shared.work import View


@dataclass(frozen=True)
class Entry:
    """A change where there is no document."""

    number: int
    place: Words
    before: Words
    after: Words
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
    languages: tuple[str, ...]
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


def waiting(view: View, ids: Collection[UUID]) -> dict[UUID, bool]:
    """Return reports that wait for approval, by call: whether the actor may be the one; staff."""
    wrote = set(
        view.session.scalars(
            select(ReportAuthor.call_id).where(
                ReportAuthor.call_id.in_(ids), ReportAuthor.person_id == view.actor.person
            )
        )
    )
    found = view.session.scalars(
        select(Report.call_id).where(Report.call_id.in_(ids), Report.state == rules.State.IN_REVIEW)
    )
    return {call_id: call_id not in wrote for call_id in found}


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
        languages=languages(view, call),
        digest=rules.digest(considered),
        considered=considered,
        has_document=documents.consulted(view, call.id) is not None,
        entries=tuple(entries(view, call)),
    )


def languages(view: View, call: Call) -> tuple[str, ...]:
    """Return the languages of a report: the call's own first, then its others and its authors'."""
    written = view.session.scalars(
        select(Submission.language).where(Submission.id.in_(standing(call.id))).distinct()
    ).all()
    wanted = [call.authentic_language, *call.languages, *sorted(written)]
    return tuple(code for code in dict.fromkeys(wanted) if code in LANGUAGES)


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


def entries(view: View, call: Call) -> list[Entry]:
    """Return the change entries of a call with the points that they answer."""
    numbers = points_by_label(view, call.id)
    rows = view.session.scalars(
        select(ChangeEntry).where(ChangeEntry.call_id == call.id).order_by(ChangeEntry.number)
    ).all()
    texts: dict[tuple[UUID, str], dict[str, str]] = {}
    for text in view.session.scalars(
        select(ChangeText).where(ChangeText.owner_id.in_([row.id for row in rows]))
    ):
        texts.setdefault((text.owner_id, text.part), {})[text.language] = text.text

    def words(row: ChangeEntry, part: str) -> Words:
        return Words(texts.get((row.id, part), {}), call.authentic_language)

    return [
        Entry(
            row.number,
            words(row, "place"),
            words(row, "before"),
            words(row, "after"),
            tuple(numbers.get(f"entry:{row.number}", ())),
        )
        for row in rows
    ]


def points_by_label(view: View, call_id: UUID) -> dict[str, list[int]]:
    """Return the numbers of points that each change answers, as staff see them."""
    statement = (
        select(AnsweredPoint.label, Point.number)
        .join(Point, Point.id == AnsweredPoint.point_id)
        .where(AnsweredPoint.call_id == call_id, Point.submission_id.in_(standing(call_id)))
        .order_by(Point.number)
    )
    found: dict[str, list[int]] = {}
    for label, number in view.session.execute(statement):
        found.setdefault(label, []).append(number)
    return found


def considered_of(view: View, call: Call) -> dict[str, Any]:
    """Return what the approver attests to have considered: ids, digests, decisions."""
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
        "changes": dict(sorted(points_by_label(view, call.id).items())),
    }
