"""The consultation report as everybody reads it: nothing of what was said in confidence is here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries import PointRow, Tally
from services.consultation.analysis.queries.figures import standing
from services.consultation.analysis.rules import PointState, quoted
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State as CallState
from services.consultation.documents import queries as documents
from services.consultation.documents.queries import Changed, ParagraphRow
from services.consultation.documents.rules import Change, anchor_of, name_of
from services.consultation.reports import rules
from services.consultation.reports.models import AnsweredPoint, Report
from services.consultation.reports.queries.draft import Entry, entries, report_texts
from services.consultation.submissions.models import Concealed
from services.consultation.submissions.rules import Consent
from shared.i18n import Said, Words, language
from shared.work import View

PAGE = 25
ENTRY = "entry:"
"""Begins the label of a change entry."""


@dataclass(frozen=True)
class Wanted:
    """What the table of points is narrowed by; all from the address."""

    words: str = ""
    disposition: str = ""
    change: str = ""


@dataclass(frozen=True)
class PublicPoint:
    """A point as everybody may see it.

    It has no number: numbers follow the order of reading, so that a point without a name would
    stand beside its author's others. Its words are empty where publication left them out.
    """

    words: str
    language: str
    gist: str
    gist_language: str
    who: str
    where: Said | str
    disposition: str
    reason: str
    explanation: Said
    covered_by: str


@dataclass(frozen=True)
class PublicChange:
    """A change in the text, with how many public points it answers.

    `stood` and `stands` say what a moved paragraph came after and comes after.
    """

    label: str
    name: str
    kind: str
    before: tuple[rules.Stretch, ...]
    after: tuple[rules.Stretch, ...]
    language: str
    points: int
    stood: str = ""
    stands: str = ""

    @property
    def anchor(self) -> str:
        """Its name within a page."""
        is_entry = self.label.startswith(ENTRY)
        return f"change-{self.label.replace(':', '-') if is_entry else anchor_of(self.label)}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What became of it: a moved paragraph may be reworded, too."""
        moved = (Change.MOVED.value,) if self.stands and self.kind != Change.MOVED else ()
        return (self.kind, *moved)


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
    found: int
    total: int
    confidential: int
    page: int
    next: int | None
    previous: int | None
    changes: tuple[PublicChange, ...]
    tallies: tuple[Tally, ...]
    has_document: bool


def published_calls(view: View, page: int, size: int) -> list[Call]:
    """Return calls with a public report, the latest first, one more than the page holds."""
    statement = (
        view.only("result.index", select(Call))
        .join(Report, Report.call_id == Call.id)
        .where(Call.state == CallState.REPORT_PUBLISHED, Report.state == rules.State.PUBLISHED)
        .order_by(Report.published_at.desc(), Call.id.desc())
        .limit(size + 1)
        .offset((page - 1) * size)
    )
    return list(view.session.scalars(statement))


def public_report(
    view: View, code: str, wanted: Wanted | None = None, page: int = 1
) -> PublicReport:
    """Return the published report of a call. Raises NotFound before it is public."""
    call = calls.to_show(view, code, "result.show")
    report = view.get(Report, call_id=call.id, state=rules.State.PUBLISHED)
    texts = report_texts(view, report)
    base = _narrowed(_public_points(call.id), call.id, wanted or Wanted())
    # By place and by their own words: neither tells who made them, or when.
    rows = view.session.scalars(
        base.order_by(Point.paragraph, Point.words, Point.id)
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    fate = analysis.fate(view, call.id)
    return PublicReport(
        call=call,
        title=calls.words(view, call).get("title", Words()).best(),
        summary=Words(texts.get("summary", {}), call.authentic_language).best(),
        language_gap=Words(texts.get("language_gap", {}), call.authentic_language).best(),
        published_at=report.published_at or report.created_at,
        fate=fate,
        points=tuple(public_points(view, call, list(rows[:PAGE]))),
        found=_count(view, base),
        total=analysis.points_in(fate),
        confidential=_count(
            view,
            select(Point).where(
                Point.submission_id.in_(standing(call.id)), Point.consent == Consent.SECRETARIAT
            ),
        ),
        page=page,
        next=page + 1 if len(rows) > PAGE else None,
        previous=page - 1 if page > 1 else None,
        changes=tuple(public_changes(view, call)),
        tallies=tuple(analysis.tallies(view, call)),
        has_document=documents.revised(view, call.id) is not None,
    )


def _public_points(call_id: UUID) -> Select[Point]:
    return select(Point).where(
        Point.call_id == call_id,
        Point.submission_id.in_(standing(call_id)),
        Point.state == PointState.DECIDED,
        Point.consent != Consent.SECRETARIAT,
    )


def _narrowed(base: Select[Point], call_id: UUID, wanted: Wanted) -> Select[Point]:
    for word in wanted.words.split()[:5]:
        base = base.where(
            Point.words.icontains(word, autoescape=True)
            | Point.gist.icontains(word, autoescape=True),
            Point.item_id.not_in(select(Concealed.item_id)),
        )
    if wanted.disposition:
        base = base.where(Point.disposition == wanted.disposition)
    if wanted.change:
        answered = select(AnsweredPoint.point_id).where(
            AnsweredPoint.call_id == call_id, AnsweredPoint.label == wanted.change
        )
        base = base.where(Point.id.in_(answered))
    return base


def _count(view: View, statement: Select[Point]) -> int:
    return view.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def place_of(view: View, call: Call) -> Callable[[PointRow], Said | str]:
    """Return a function that says what a point is about: a place in the text, or a question."""
    asked = analysis.asked(view, call)
    return lambda row: row.where or asked.get(row.question_code, "")


def public_points(view: View, call: Call, rows: list[Point]) -> list[PublicPoint]:
    """Return points as everybody may see them: without a name there is no organisation either."""
    place = place_of(view, call)
    hidden = _hidden(view, rows)
    return [
        PublicPoint(
            words="" if one.id in hidden else one.words,
            language=one.language,
            gist="" if one.id in hidden else one.gist,
            gist_language=one.gist_language,
            who=one.organisation if one.consent == Consent.NAMED and one.id not in hidden else "",
            where=place(one),
            disposition=one.disposition,
            reason=one.reason,
            explanation=one.explanation.best(),
            covered_by=name_of(one.covered_by) if one.covered_by else "",
        )
        for one in analysis.rows_of(view, rows)
    ]


def _hidden(view: View, rows: list[Point]) -> set[UUID]:
    """Return the points whose words are not among those that everybody may read of an answer."""
    visible = {
        row.item_id: row.visible
        for row in view.session.scalars(
            select(Concealed).where(Concealed.item_id.in_({one.item_id for one in rows}))
        )
    }
    return {
        one.id
        for one in rows
        if one.item_id in visible and not quoted(one.words, visible[one.item_id])
    }


def public_changes(view: View, call: Call) -> list[PublicChange]:
    """Return what changed, paragraph by paragraph or entry by entry."""
    counts = _answers(view, call.id)
    found = [_entry(one, call, counts) for one in entries(view, call)]
    return found + [_paragraph(one, counts) for one in _changed(view, call)]


def _entry(one: Entry, call: Call, counts: Counter[str]) -> PublicChange:
    # Both in one language: the reader's where the change is said in it, else the call's own.
    own = [text.get(call.authentic_language, "") for text in (one.before, one.after)]
    translated = [text.get(language(), "") for text in (one.before, one.after)]
    whole = [bool(text) for text in own] == [bool(text) for text in translated]
    spoken_in = language() if whole and translated[0] != translated[1] else call.authentic_language
    before, after = rules.differences(*(translated if spoken_in == language() else own))
    return PublicChange(
        one.label,
        one.place.best().text,
        rules.kind_of_entry(*own),
        rules.folded(before),
        rules.folded(after),
        spoken_in,
        counts[one.label],
    )


def _answers(view: View, call_id: UUID) -> Counter[str]:
    rows = view.session.execute(
        select(AnsweredPoint.label, func.count())
        .join(Point, Point.id == AnsweredPoint.point_id)
        .where(
            AnsweredPoint.call_id == call_id,
            Point.submission_id.in_(standing(call_id)),
            Point.consent != Consent.SECRETARIAT,
            Point.state == PointState.DECIDED,
        )
        .group_by(AnsweredPoint.label)
    )
    return Counter({label: n for label, n in rows})  # noqa: C416 - rows are not pairs to mypy


def _changed(view: View, call: Call) -> list[Changed]:
    revised = documents.revised(view, call.id)
    if revised is None:
        return []
    found = [
        one
        for one in documents.changes(view, revised.id, language())
        if one.change is not Change.UNCHANGED
    ]
    if revised.authentic_language == language() or not any(_looks_the_same(one) for one in found):
        return found
    # A translation that was not revised would show a change without a difference.
    authentic = {
        one.label: one for one in documents.changes(view, revised.id, revised.authentic_language)
    }
    return [authentic[one.label] if _looks_the_same(one) else one for one in found]


def _looks_the_same(one: Changed) -> bool:
    return (
        one.change is Change.REWORDED
        and one.before is not None
        and one.after is not None
        and one.before.plain == one.after.plain
    )


def _paragraph(one: Changed, counts: Counter[str]) -> PublicChange:
    before, after = rules.differences(_plain(one.before), _plain(one.after))
    shown = one.after or one.before
    return PublicChange(
        one.label,
        one.name,
        one.change.value,
        rules.folded(before),
        rules.folded(after),
        shown.said.language if shown else language(),
        counts[one.label],
        one.stood,
        one.stands,
    )


def _plain(row: ParagraphRow | None) -> str:
    return row.plain if row else ""
