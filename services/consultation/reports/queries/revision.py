"""The revised text as its writers see it: what changed, and which points wait for a change."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries import PointRow
from services.consultation.analysis.queries.figures import standing
from services.consultation.analysis.rules import NEEDS_CHANGE, PointState
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.documents import queries as documents
from services.consultation.documents.queries import Outline, ParagraphPage, ParagraphRow, Version
from services.consultation.documents.rules import (
    Change,
    Kind,
    SectionKind,
    State,
    name_of,
    next_parts,
)
from services.consultation.reports.models import AnsweredPoint
from services.consultation.reports.queries.draft import changed_labels, points_by_label
from shared.errors import NotFound
from shared.i18n import _, language
from shared.work import View

HEADING = "heading:"
"""Begins the value of a place at the head of a section."""


@dataclass(frozen=True)
class RevisedText:
    """The whole text: its outline, points answered and points waiting by label."""

    call: Call
    outline: Outline
    answered: Mapping[str, list[int]]
    waiting: Mapping[str, int]


@dataclass(frozen=True)
class Target:
    """What has words of its own in a paragraph: itself, or a part that is there or may be added."""

    label: str
    name: str
    texts: Mapping[str, str]
    is_new: bool = False


@dataclass(frozen=True)
class RevisedParagraph:
    """One paragraph while it is revised. `before` is None for one that was added.

    `places` are what it may stand after, a heading or a paragraph, by what `place_of` reads;
    `place` is the one that it stands after now.
    """

    call: Call
    label: str
    name: str
    change: Change
    before: ParagraphPage | None
    here: ParagraphPage
    languages: tuple[str, ...]
    targets: tuple[Target, ...]
    places: tuple[tuple[str, str], ...]
    place: str
    points: tuple[PointRow, ...]
    answered: tuple[int, ...]


def revised_text(view: View, code: str) -> RevisedText:
    """Return the text of a call while it is revised. Raises NotFound for a call without one."""
    call = calls.by_code(view, code)
    view.require("report.text", call)
    version = _version(view, call.id)
    return RevisedText(
        call,
        documents.outline(view, version, language()),
        points_by_label(view, call.id),
        _waiting(view, call.id),
    )


def revised_paragraph(view: View, code: str, label: str) -> RevisedParagraph:
    """Return one paragraph with everything that its revision needs. Raises NotFound."""
    call = calls.by_code(view, code)
    view.require("report.paragraph", call)
    version, consulted = _version(view, call.id), documents.consulted(view, call.id)
    languages = tuple(one.language for one in documents.translations(view, version.id))
    pages = {
        code: documents.paragraph(view, version.id, label, code)
        for code in dict.fromkeys((language(), *languages))
    }
    here = pages[language()]
    known = consulted is not None and label in documents.labels(view, consulted.id)
    answered = points_by_label(view, call.id).get(label, [])
    places, place = _places(documents.outline(view, version, language()), here.paragraph)
    return RevisedParagraph(
        call=call,
        label=label,
        name=here.paragraph.name,
        change=here.paragraph.change,
        before=documents.paragraph(view, consulted.id, label, language())
        if consulted is not None and known
        else None,
        here=here,
        languages=languages,
        targets=_targets(
            {one: pages[one] for one in languages}, documents.part_labels(view, version.id)
        ),
        places=places,
        place=place,
        points=_points_on(view, call.id, label, answered),
        answered=tuple(answered),
    )


def published_text(view: View, code: str) -> tuple[Call, Version]:
    """Return a call and its revised text. Raises NotFound before the report is public."""
    call = calls.to_show(view, code, "result.text")
    version = documents.revised(view, call.id)
    if version is None or version.state is not State.FROZEN:
        raise NotFound
    return call, version


def _version(view: View, call_id: UUID) -> Version:
    found = documents.revised(view, call_id) or documents.consulted(view, call_id)
    if found is None:
        raise NotFound
    return found


def _targets(pages: Mapping[str, ParagraphPage], taken: Collection[str]) -> tuple[Target, ...]:
    names: dict[str, str] = {}
    texts: dict[str, dict[str, str]] = {}
    for code, page in pages.items():
        row = page.paragraph
        for label, name, said in (
            (row.label, row.name, row.said),
            *((part.label, part.name, part.said) for part in row.parts),
        ):
            names[label] = name
            texts.setdefault(label, {})[code] = said.text if said.language == code else ""
    owner = next(iter(names))
    return (
        *(Target(label, name, texts[label]) for label, name in names.items()),
        *(Target(one, name_of(one), {}, is_new=True) for one in next_parts(owner, taken)),
    )


def _places(outline: Outline, here: ParagraphRow) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return what a paragraph may stand after, and what it stands after now."""
    found: list[tuple[str, str]] = []
    now = ""
    for section in outline.sections:
        if (section.kind is SectionKind.TABLE) != (here.kind is Kind.ROW):
            continue
        title = section.title.text or _("Without a heading")
        found.append((f"{HEADING}{section.number}", title))
        for entry in section.entries:
            if entry.label == here.label:
                now = found[-1][0]
            elif entry.change is not Change.DELETED:
                found.append((entry.label, entry.name))
    return tuple(found), now


def place_of(value: str) -> str | int:
    """Return the label of a paragraph, or the number of a section, in the value of a place."""
    heading, _found, number = value.partition(HEADING)
    return int(number) if not heading and number.isdecimal() else value


def _points_on(view: View, call_id: UUID, label: str, answered: list[int]) -> tuple[PointRow, ...]:
    rows = view.session.scalars(
        select(Point)
        .where(
            Point.submission_id.in_(standing(call_id)),
            or_(Point.paragraph == label, Point.number.in_(answered)),
        )
        .order_by(Point.number)
        .limit(500)
    ).all()
    return tuple(analysis.rows_of(view, rows))


def waiting_points(view: View, call_id: UUID) -> tuple[PointRow, ...]:
    """Return accepted points that no change answers yet, at most a hundred; staff only."""
    return tuple(analysis.rows_of(view, _unanswered(view, call_id)[:100]))


def _unanswered(view: View, call_id: UUID) -> list[Point]:
    changed = changed_labels(view, call_id)
    done = {
        row.point_id
        for row in view.session.scalars(
            select(AnsweredPoint).where(AnsweredPoint.call_id == call_id)
        )
        if row.label in changed
    }
    rows = view.session.scalars(
        select(Point)
        .where(
            Point.submission_id.in_(standing(call_id)),
            Point.state == PointState.DECIDED,
            Point.disposition.in_(NEEDS_CHANGE),
        )
        .order_by(Point.number)
    )
    return [row for row in rows if row.id not in done]


def _waiting(view: View, call_id: UUID) -> Counter[str]:
    return Counter(row.paragraph for row in _unanswered(view, call_id) if row.paragraph)
