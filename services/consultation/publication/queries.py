"""Reads of publication: the desk, one answer before its decision, and what everybody may read."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.documents.rules import name_of
from services.consultation.publication import rules
from services.consultation.publication.models import Publication, PublishedItem
from services.consultation.publication.rules import State
from services.consultation.questions import queries as questions
from services.consultation.submissions import queries as submissions
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.queries import SealedAnswer, SealedRow
from services.consultation.submissions.rules import Consent
from services.consultation.submissions.rules import State as SubmissionState
from shared.errors import NotFound
from shared.i18n import Said
from shared.known import queries as known
from shared.work import View

PAGE = 25

CONFIDENTIAL = "confidential"
"""Shown in place of a state where nothing may ever be published."""


def items_of(found: SealedAnswer) -> list[rules.Item]:
    """Return the items of a sealed answer as the rules of publication see them."""
    return [
        *(
            rules.Item(one.id, one.consent, one.text, chosen=not one.text)
            for one in found.responses
        ),
        *(
            rules.Item(one.id, one.consent, one.text, one.wording, chosen=True)
            for one in found.comments
        ),
    ]


# -- the desk --


@dataclass(frozen=True)
class DeskRow:
    """An answer on the desk. `state` is `confidential` where nothing may be published."""

    row: SealedRow
    state: str
    proposed: str
    prepared_by: str
    prepared_by_id: UUID | None
    decided_by: str
    decided_at: datetime | None
    named: int
    unnamed: int
    confidential: int


@dataclass(frozen=True)
class Desk:
    """A page of the desk."""

    call: Call
    rows: list[DeskRow]
    total: int
    next: int | None
    previous: int | None
    is_open: bool


def desk(view: View, code: str, *, show: str = "", consent: str = "", page: int = 1) -> Desk:
    """Return answers that count; `show` is empty, `to_prepare`, `to_decide` or a state."""
    call = calls.by_code(view, code)
    view.require("publication.desk", call)
    base = _narrowed(_counted(call.id), show, consent)
    found = view.session.scalars(
        base.order_by(Submission.sealed_at, Submission.id).limit(PAGE + 1).offset((page - 1) * PAGE)
    ).all()
    total = view.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    return Desk(
        call,
        _desk_rows(view, found[:PAGE]),
        total,
        page + 1 if len(found) > PAGE else None,
        page - 1 if page > 1 else None,
        is_open(view, call),
    )


def is_open(view: View, call: Call) -> bool:
    """Say whether anybody can still answer a call, so that nothing is published."""
    closes = [one.closes_at for one in calls.windows(view, call.id)]
    return not closes or view.now < max(closes)


def _open_to_others(model: type[Response] | type[Comment]) -> ColumnElement[bool]:
    consent = func.coalesce(model.consent, Submission.consent)
    return exists().where(
        model.submission_id == Submission.id, consent != Consent.SECRETARIAT.value
    )


TO_PREPARE = (
    or_(Publication.submission_id.is_(None), Publication.state == State.PENDING),
    func.coalesce(Publication.proposed, "") == "",
    or_(_open_to_others(Response), _open_to_others(Comment)),
)
"""Conditions of an answer that nobody has prepared and of which something may be public."""


@dataclass(frozen=True)
class Waiting:
    """What waits on the desk of a call: to be prepared, and to be decided by the actor."""

    to_prepare: int
    to_decide: int


def waiting(view: View, ids: Collection[UUID]) -> dict[UUID, Waiting]:
    """Return by call what waits on its desk, in one query; for staff."""
    others = Publication.prepared_by.is_distinct_from(view.actor.person)
    rows = view.session.execute(
        select(
            Submission.call_id,
            func.count().filter(*TO_PREPARE),
            func.count().filter(Publication.proposed != "", others),
        )
        .outerjoin(Publication, Publication.submission_id == Submission.id)
        .where(Submission.call_id.in_(ids), *COUNTED)
        .group_by(Submission.call_id)
    )
    return {row[0]: Waiting(row[1], row[2]) for row in rows}


COUNTED = (Submission.state == SubmissionState.SUBMITTED, Submission.counted)


def _counted(call_id: UUID) -> Select[Submission]:
    return (
        select(Submission)
        .outerjoin(Publication, Publication.submission_id == Submission.id)
        .where(Submission.call_id == call_id, *COUNTED)
    )


def _narrowed(base: Select[Submission], show: str, consent: str) -> Select[Submission]:
    if show == "to_prepare":
        base = base.where(*TO_PREPARE)
    elif show == "to_decide":
        base = base.where(Publication.proposed != "")
    elif show:
        base = base.where(Publication.state == show)
    return base.where(Submission.consent == consent) if consent else base


def _desk_rows(view: View, found: Sequence[Submission]) -> list[DeskRow]:
    ids = [one.id for one in found]
    rows = {
        row.submission_id: row
        for row in view.session.scalars(
            select(Publication).where(Publication.submission_id.in_(ids))
        )
    }
    people = {
        person for row in rows.values() for person in (row.prepared_by, row.decided_by) if person
    }
    names = known.names(view, people)
    return [_desk_row(one, rows.get(one.row.id), names) for one in submissions.content(view, found)]


def _desk_row(found: SealedAnswer, row: Publication | None, names: dict[UUID, str]) -> DeskRow:
    consents = [item.consent for item in items_of(found)]

    def name(person: UUID | None) -> str:
        return names.get(person, "") if person else ""

    state = row.state if row else State.PENDING
    return DeskRow(
        row=found.row,
        state=state if rules.publishable(consents) else CONFIDENTIAL,
        proposed=row.proposed if row else "",
        prepared_by=name(row.prepared_by) if row else "",
        prepared_by_id=row.prepared_by if row else None,
        decided_by=name(row.decided_by) if row else "",
        decided_at=row.decided_at if row else None,
        named=consents.count(Consent.NAMED),
        unnamed=consents.count(Consent.UNNAMED),
        confidential=consents.count(Consent.SECRETARIAT),
    )


@dataclass(frozen=True)
class Piece:
    """One item with its sealed words and what is proposed, or decided, to stand in their place."""

    id: UUID
    title: Said | str
    stance: str
    lines: tuple[str, ...]
    text: str
    wording: str
    shown_text: str
    shown_wording: str
    consent: Consent
    left_out: bool
    chosen: bool

    @property
    def redacted(self) -> bool:
        """Whether everybody reads less of it than was sealed."""
        words = (self.text, self.wording) != (self.shown_text, self.shown_wording)
        return self.left_out or words


@dataclass(frozen=True)
class Answer:
    """One answer before its publication is decided."""

    call: Call
    line: DeskRow
    reason: str
    pieces: tuple[Piece, ...]
    is_open: bool


def answer(view: View, code: str, reference: str) -> Answer:
    """Return one answer that counts, with its items. Raises NotFound for any other."""
    call = calls.by_code(view, code)
    view.require("publication.show", call)
    found = view.session.scalars(
        _counted(call.id).where(Submission.reference == reference)
    ).one_or_none()
    if found is None:
        raise NotFound
    row = view.find(Publication, submission_id=found.id)
    waits = row is not None and bool(row.proposed)
    instead = (row.proposed_redactions if waits else row.redactions) if row else {}
    reason = (row.proposed_reason if waits else row.reason) if row else ""
    content = submissions.content(view, [found])[0]
    return Answer(
        call,
        _desk_rows(view, [found])[0],
        reason,
        tuple(_pieces(view, call, content, instead)),
        is_open(view, call),
    )


def _pieces(
    view: View, call: Call, found: SealedAnswer, instead: dict[str, dict[str, str]]
) -> list[Piece]:
    asked = {
        one.code: one for one in questions.questions_of(view, call.id, call.authentic_language)
    }
    pieces = []
    for response in found.responses:
        question = asked.get(response.question_code)
        given = instead.get(str(response.id), {})
        pieces.append(
            Piece(
                response.id,
                question.title.best() if question else response.question_code,
                "",
                tuple(question.spoken(response.value)) if question and not response.text else (),
                response.text,
                "",
                given.get("text", response.text),
                "",
                response.consent,
                left_out=bool(given.get("left_out")),
                chosen=not response.text,
            )
        )
    for comment in found.comments:
        given = instead.get(str(comment.id), {})
        pieces.append(
            Piece(
                comment.id,
                name_of(comment.part or comment.paragraph),
                comment.stance,
                (),
                comment.text,
                comment.wording,
                given.get("text", comment.text),
                given.get("wording", comment.wording),
                comment.consent,
                left_out=bool(given.get("left_out")),
                chosen=True,
            )
        )
    return pieces


# -- what its author reads of it --


@dataclass(frozen=True)
class Own:
    """How one's own answer was published. `pieces` are those of which something is left out."""

    call: Call
    title: Said
    state: str
    reason: str
    decided_at: datetime | None
    language: str
    pieces: tuple[Piece, ...]


def state_of(view: View, submission: Submission) -> str:
    """Return how an answer is published; the caller has asked whose it is."""
    row = view.find(Publication, submission_id=submission.id)
    return row.state if row else State.PENDING


def own(view: View, submission: Submission) -> Own:
    """Return how an answer is published; the caller has asked whose it is."""
    call = calls.by_id(view, submission.call_id)
    row = view.find(Publication, submission_id=submission.id)
    redactions = row.redactions if row and row.state == State.REDACTED else {}
    found = submissions.content(view, [submission])[0]
    return Own(
        call=call,
        title=calls.words(view, call)["title"].best(),
        state=row.state if row else State.PENDING,
        reason=row.reason if row else "",
        decided_at=row.decided_at if row else None,
        language=submission.language,
        pieces=tuple(one for one in _pieces(view, call, found, redactions) if one.redacted),
    )


# -- what everybody may read --


@dataclass(frozen=True)
class Words:
    """A response or comment on the public page."""

    title: Said | str
    stance: str
    lines: tuple[str, ...]
    text: str
    wording: str
    language: str
    redacted: bool


@dataclass(frozen=True)
class Author:
    """A partner that is named, with what it said."""

    name: str
    slug: str
    category: str
    items: tuple[Words, ...]


@dataclass(frozen=True)
class Public:
    """A page of published answers: partners by name, or the pool of what has no name."""

    call: Call
    title: Said
    named: bool
    authors: tuple[Author, ...]
    pooled: tuple[Words, ...]
    partners: int
    without_name: int
    next: int | None
    previous: int | None


def public(view: View, code: str, *, named: bool = True, page: int = 1) -> Public:
    """Return published answers of a call. Raises NotFound for a call that may not be known of."""
    call = calls.to_show(view, code, "result.answers")
    partners, without = view.session.execute(
        select(
            func.count(PublishedItem.organisation_id.distinct()),
            func.count().filter(PublishedItem.organisation_id.is_(None), *_with_words()),
        ).where(PublishedItem.call_id == call.id)
    ).one()
    shows_named = named and (partners > 0 or without == 0)
    pages = -(-(partners if shows_named else without) // PAGE)
    return Public(
        call=call,
        title=calls.words(view, call)["title"].best(),
        named=shows_named,
        authors=tuple(_authors(view, call, page)) if shows_named else (),
        pooled=() if shows_named else tuple(_pooled(view, call, page)),
        partners=partners,
        without_name=without,
        next=page + 1 if page < pages else None,
        previous=page - 1 if page > 1 else None,
    )


def _with_words() -> tuple[Any, ...]:
    return (or_(PublishedItem.text != "", PublishedItem.wording != ""),)


def _authors(view: View, call: Call, page: int) -> list[Author]:
    ids = view.session.scalars(
        select(PublishedItem.organisation_id)
        .where(PublishedItem.call_id == call.id, PublishedItem.organisation_id.is_not(None))
        .distinct()
    ).all()
    names = known.organisations(view, [one for one in ids if one])
    shown = sorted(names.values(), key=lambda one: (one.name.casefold(), one.slug))
    shown = shown[(page - 1) * PAGE : page * PAGE]
    said: dict[UUID | None, list[PublishedItem]] = {}
    for row in view.session.scalars(
        select(PublishedItem)
        .where(
            PublishedItem.call_id == call.id,
            PublishedItem.organisation_id.in_([one.id for one in shown]),
        )
        .order_by(PublishedItem.item_id)
    ):
        said.setdefault(row.organisation_id, []).append(row)
    speak = _speaker(view, call)
    return [
        Author(one.name, one.slug, one.category, tuple(speak(row) for row in said.get(one.id, ())))
        for one in shown
    ]


def _pooled(view: View, call: Call, page: int) -> list[Words]:
    rows = view.session.scalars(
        select(PublishedItem)
        .where(
            PublishedItem.call_id == call.id,
            PublishedItem.organisation_id.is_(None),
            *_with_words(),
        )
        .order_by(PublishedItem.mixed)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    speak = _speaker(view, call)
    return [speak(row) for row in rows]


def _speaker(view: View, call: Call) -> Callable[[PublishedItem], Words]:
    asked = {
        one.code: one for one in questions.questions_of(view, call.id, call.authentic_language)
    }

    def speak(row: PublishedItem) -> Words:
        question = asked.get(row.question_code)
        title: Said | str = row.question_code
        if row.paragraph:
            title = name_of(row.part or row.paragraph)
        elif question is not None:
            title = question.title.best()
        lines = tuple(question.spoken(row.value)) if question and row.value != [] else ()
        return Words(title, row.stance, lines, row.text, row.wording, row.language, row.redacted)

    return speak
