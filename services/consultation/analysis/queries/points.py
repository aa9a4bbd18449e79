"""Points: a list narrowed by what stands in the address, and one with its history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.consultation.analysis.models import Point, PointStep, PointText
from services.consultation.analysis.queries.figures import STANDING
from services.consultation.analysis.rules import UNRECOMMENDED, PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.documents.rules import name_of
from services.consultation.questions import queries as questions
from services.consultation.submissions.models import Submission
from shared.i18n import Said, Words
from shared.known import queries as known
from shared.work import View

PAGE = 25


@dataclass(frozen=True)
class Wanted:
    """What a list of points is narrowed by; all from the address."""

    words: str = ""
    category: str = ""
    paragraph: str = ""
    state: str = ""
    assigned: str = ""


@dataclass(frozen=True)
class PointRow:
    """A point as staff see it."""

    id: UUID
    number: int
    words: str
    language: str
    gist: str
    gist_language: str
    organisation: str
    category: str
    where: str
    question_code: str
    paragraph: str
    part: str
    stance: str
    consent: str
    state: str
    disposition: str
    reason: str
    explanation: Words
    covered_by: str
    recommended_by: str
    recommended_by_id: UUID | None
    recommended_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    assigned_to: str
    assigned_to_id: UUID | None
    note: str
    reference: str
    submission_id: UUID
    row_version: int


@dataclass(frozen=True)
class Points:
    """A page of points."""

    call: Call
    rows: list[PointRow]
    total: int
    next: int | None
    previous: int | None
    paragraphs: list[str]


def points(view: View, code: str, wanted: Wanted, page: int = 1) -> Points:
    """Return points of a call in their order."""
    call = calls.by_code(view, code)
    view.require("analysis.points", call)
    base = _narrowed(view, _standing(call.id), wanted)
    found = view.session.scalars(
        base.order_by(Point.number).limit(PAGE + 1).offset((page - 1) * PAGE)
    ).all()
    total = view.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    paragraphs = view.session.scalars(
        select(Point.paragraph)
        .where(Point.call_id == call.id, Point.paragraph != "")
        .distinct()
        .limit(200)
    ).all()
    return Points(
        call,
        rows_of(view, found[:PAGE]),
        total,
        page + 1 if len(found) > PAGE else None,
        page - 1 if page > 1 else None,
        sorted(paragraphs, key=_in_order),
    )


def _in_order(label: str) -> tuple[bool, int, str]:
    digits = "".join(letter for letter in label if letter.isdigit())
    return (label.startswith("t"), int(digits or 0), label)


def _standing(call_id: UUID) -> Select[Point]:
    return (
        select(Point)
        .join(Submission, Submission.id == Point.submission_id)
        .where(Point.call_id == call_id, *STANDING)
    )


def _narrowed(view: View, base: Select[Point], wanted: Wanted) -> Select[Point]:
    for word in wanted.words.split()[:5]:
        base = base.where(
            Point.words.icontains(word, autoescape=True)
            | Point.gist.icontains(word, autoescape=True)
        )
    if wanted.category:
        base = base.where(Point.category == wanted.category)
    if wanted.paragraph:
        base = base.where(Point.paragraph == wanted.paragraph)
    if wanted.state == "to_recommend":
        base = base.where(Point.state.in_(UNRECOMMENDED))
    elif wanted.state == "to_decide":
        base = base.where(Point.state != PointState.DECIDED)
    elif wanted.state:
        base = base.where(Point.state == wanted.state)
    if wanted.assigned == "me":
        base = base.where(Point.assigned_to == view.actor.person)
    elif wanted.assigned == "nobody":
        base = base.where(Point.assigned_to.is_(None))
    return base


def rows_of(view: View, found: Sequence[Point]) -> list[PointRow]:
    """Return frozen rows of points, in four queries however many they are."""
    submissions = {
        row.id: row
        for row in view.session.execute(
            select(Submission.id, Submission.reference, Submission.organisation_id).where(
                Submission.id.in_({one.submission_id for one in found})
            )
        )
    }
    names = known.organisations(view, {row.organisation_id for row in submissions.values()})
    said = explanations(view, [one.id for one in found])
    people = known.names(
        view,
        {
            person
            for one in found
            for person in (one.recommended_by, one.decided_by, one.assigned_to)
            if person
        },
    )

    def name(person: UUID | None) -> str:
        return people.get(person, "") if person else ""

    rows = []
    for one in found:
        answer = submissions[one.submission_id]
        organisation = names.get(answer.organisation_id)
        rows.append(
            PointRow(
                id=one.id,
                number=one.number,
                words=one.words,
                language=one.language,
                gist=one.gist,
                gist_language=one.gist_language,
                organisation=organisation.name if organisation else "",
                category=one.category,
                where=name_of(one.part or one.paragraph) if one.paragraph else "",
                question_code=one.question_code,
                paragraph=one.paragraph,
                part=one.part,
                stance=one.stance,
                consent=one.consent,
                state=one.state,
                disposition=one.disposition or "",
                reason=one.reason or "",
                explanation=said.get(one.id, Words()),
                covered_by=one.covered_by,
                recommended_by=name(one.recommended_by),
                recommended_by_id=one.recommended_by,
                recommended_at=one.recommended_at,
                decided_by=name(one.decided_by),
                decided_at=one.decided_at,
                assigned_to=name(one.assigned_to),
                assigned_to_id=one.assigned_to,
                note=one.note,
                reference=answer.reference or "",
                submission_id=one.submission_id,
                row_version=one.row_version,
            )
        )
    return rows


def asked(view: View, call: Call) -> dict[str, Said]:
    """Return the titles of a call's questions by code: what a point without a place is about."""
    found = questions.questions_of(view, call.id, call.authentic_language)
    return {one.code: one.title.best() for one in found}


def explanations(view: View, ids: Collection[UUID]) -> dict[UUID, Words]:
    """Return the explanations of points by language, in one query."""
    texts: dict[UUID, dict[str, str]] = {}
    for row in view.session.execute(
        select(PointText.owner_id, PointText.language, PointText.text).where(
            PointText.owner_id.in_(set(ids)), PointText.part == "explanation"
        )
    ):
        texts.setdefault(row.owner_id, {})[row.language] = row.text
    return {owner: Words(said, next(iter(said))) for owner, said in texts.items()}


def point(view: View, code: str, number: int) -> PointRow:
    """Return one point of a call. Raises NotFound."""
    call = calls.by_code(view, code)
    view.require("analysis.point", call)
    return rows_of(view, [view.get(Point, call_id=call.id, number=number)])[0]


@dataclass(frozen=True)
class Step:
    """One step in a point's history."""

    what: str
    by: str
    at: datetime
    details: dict[str, Any]


def history(view: View, point_id: UUID) -> list[Step]:
    """Return what happened to a point, newest first; the caller has asked for permission."""
    rows = view.session.scalars(
        select(PointStep)
        .where(PointStep.point_id == point_id)
        .order_by(PointStep.id.desc())
        .limit(100)
    ).all()
    names = known.names(view, {row.by for row in rows if row.by})
    return [
        Step(row.what, names.get(row.by, "") if row.by else "", row.at, row.details) for row in rows
    ]
