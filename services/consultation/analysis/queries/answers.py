"""The queue of answers, and one answer with what became of each of its items."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from services.consultation.analysis.models import ItemEnd, Point, ReadMark
from services.consultation.analysis.queries.figures import said, standing
from services.consultation.analysis.rules import Source
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.documents.rules import name_of
from services.consultation.questions import queries as questions
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.queries import sealed
from shared.i18n import Said
from shared.known import queries as known
from shared.work import View

PAGE = 25


@dataclass(frozen=True)
class QueueRow:
    """An answer in the queue; `open_items` counts what has no end yet."""

    row: sealed.SealedRow
    read_by: str
    read_at: datetime | None
    open_items: int
    points: int


@dataclass(frozen=True)
class Queue:
    """A page of the queue, in the order in which answers arrived."""

    call: Call
    rows: list[QueueRow]
    next: int | None
    previous: int | None
    total: int
    unread: int


def queue(view: View, code: str, *, show: str = "", category: str = "", page: int = 1) -> Queue:
    """Return answers of a call; `show` is empty, `unread` or `open`."""
    call = calls.by_code(view, code)
    view.require("analysis.queue", call)
    read = select(ReadMark.submission_id).where(ReadMark.call_id == call.id)
    base = select(Submission).where(Submission.id.in_(standing(call.id)))
    if show == "unread":
        base = base.where(Submission.id.not_in(read))
    if show == "open":
        base = base.where(_unended(Response, said()) | _unended(Comment))
    if category:
        base = base.where(Submission.category == category)
    found = view.session.scalars(
        base.order_by(Submission.sealed_at, Submission.id).limit(PAGE + 1).offset((page - 1) * PAGE)
    ).all()
    shown = found[:PAGE]
    marks = _marks(view, [one.id for one in shown])
    names = known.names(view, {mark.by for mark in marks.values() if mark.by})
    counts = _counts(view, [one.id for one in shown])
    rows = [
        QueueRow(
            row,
            _reader(marks.get(row.id), names),
            marks[row.id].at if row.id in marks else None,
            counts[row.id][0] - counts[row.id][1],
            counts[row.id][2],
        )
        for row in sealed.rows(view, shown)
    ]
    return Queue(
        call,
        rows,
        page + 1 if len(found) > PAGE else None,
        page - 1 if page > 1 else None,
        _total(view, base),
        _total(
            view,
            select(Submission).where(
                Submission.id.in_(standing(call.id)), Submission.id.not_in(read)
            ),
        ),
    )


def _unended(
    model: type[Response] | type[Comment], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    return exists().where(
        model.submission_id == Submission.id,
        ~exists().where(ItemEnd.item_id == model.id),
        *conditions,
    )


def _reader(mark: ReadMark | None, names: dict[UUID, str]) -> str:
    return names.get(mark.by, "") if mark and mark.by else ""


def _total(view: View, statement: Select[Submission]) -> int:
    return view.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _marks(view: View, ids: list[UUID]) -> dict[UUID, ReadMark]:
    rows = view.session.scalars(select(ReadMark).where(ReadMark.submission_id.in_(ids)))
    return {row.submission_id: row for row in rows}


def _counts(view: View, ids: list[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Return items, ended items and points of answers, in four queries."""

    def by(
        model: type[Response | Comment | ItemEnd | Point], *conditions: ColumnElement[bool]
    ) -> dict[UUID, int]:
        return {
            row[0]: row[1]
            for row in view.session.execute(
                select(model.submission_id, func.count())
                .where(model.submission_id.in_(ids), *conditions)
                .group_by(model.submission_id)
            )
        }

    responses, comments, ended, points = by(Response, said()), by(Comment), by(ItemEnd), by(Point)
    return {
        one: (
            responses.get(one, 0) + comments.get(one, 0),
            ended.get(one, 0),
            points.get(one, 0),
        )
        for one in ids
    }


@dataclass(frozen=True)
class Item:
    """A response or comment with what became of it."""

    id: UUID
    source: Source
    title: Said | str
    stance: str
    lines: tuple[str, ...]
    text: str
    wording: str
    consent: str
    ending: str
    ended_by: str
    points: tuple[int, ...]


@dataclass(frozen=True)
class AnswerPage:
    """One answer as an analyst reads it."""

    call: Call
    row: sealed.SealedRow
    read_by: str
    read_at: datetime | None
    items: tuple[Item, ...]
    needs_gist: bool

    @property
    def open(self) -> int:
        """How many items have no end yet."""
        return sum(1 for one in self.items if not one.ending)


def answer(view: View, code: str, reference: str) -> AnswerPage:
    """Return an answer with its items. Raises NotFound for one of another call."""
    call = calls.by_code(view, code)
    view.require("analysis.answer", call)
    found = sealed.answer(view, reference)
    submission = view.get(Submission, reference=reference, call_id=call.id)
    ends = {
        row.item_id: row
        for row in view.session.scalars(
            select(ItemEnd).where(ItemEnd.submission_id == submission.id)
        )
    }
    numbers: dict[UUID, list[int]] = {}
    for item_id, number in view.session.execute(
        select(Point.item_id, Point.number)
        .where(Point.submission_id == submission.id)
        .order_by(Point.number)
    ):
        numbers.setdefault(item_id, []).append(number)
    mark = view.find(ReadMark, submission_id=submission.id)
    people = {row.by for row in ends.values() if row.by} | (
        {mark.by} if mark and mark.by else set()
    )
    names = known.names(view, people)
    return AnswerPage(
        call=call,
        row=found.row,
        read_by=names.get(mark.by, "") if mark and mark.by else "",
        read_at=mark.at if mark else None,
        items=tuple(_items(view, call, found, ends, numbers, names)),
        needs_gist=submission.language != call.authentic_language,
    )


def _items(
    view: View,
    call: Call,
    found: sealed.SealedAnswer,
    ends: dict[UUID, ItemEnd],
    numbers: dict[UUID, list[int]],
    names: dict[UUID, str],
) -> Iterator[Item]:
    asked = {
        one.code: one for one in questions.questions_of(view, call.id, call.authentic_language)
    }

    def end_of(item_id: UUID) -> tuple[str, str]:
        end = ends.get(item_id)
        return (end.ending, names.get(end.by, "") if end.by else "") if end else ("", "")

    for response in found.responses:
        question = asked.get(response.question_code)
        ending, by = end_of(response.id)
        yield Item(
            response.id,
            Source.RESPONSE,
            question.title.best() if question else response.question_code,
            "",
            tuple(question.spoken(response.value)) if question and not response.text else (),
            response.text,
            "",
            response.consent,
            ending,
            by,
            tuple(numbers.get(response.id, ())),
        )
    for comment in found.comments:
        ending, by = end_of(comment.id)
        yield Item(
            comment.id,
            Source.COMMENT,
            name_of(comment.part or comment.paragraph),
            comment.stance,
            (),
            comment.text,
            comment.wording,
            comment.consent,
            ending,
            by,
            tuple(numbers.get(comment.id, ())),
        )
