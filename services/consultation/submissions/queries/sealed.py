"""Sealed answers for those who read, cut, reply to and publish them: frozen rows, never drafts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.consultation.submissions import rules
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.rules import Consent, State
from shared.errors import NotFound
from shared.known import queries as known
from shared.work import View


@dataclass(frozen=True)
class SealedRow:
    """One sealed answer in a list. `counted` is False for a provisional one."""

    id: UUID
    code: str
    reference: str
    call_id: UUID
    organisation_id: UUID
    organisation: str
    category: str
    country: str
    state: str
    consent: Consent
    language: str
    sealed_at: datetime
    on_time: bool
    provisional: bool
    counted: bool
    digest: str
    window_id: UUID | None
    document_version_id: UUID | None


@dataclass(frozen=True)
class SealedResponse:
    """A response as it was sealed; `consent` is the one that holds for it."""

    id: UUID
    submission_id: UUID
    question_id: UUID
    question_code: str
    question_version: int
    value: Any
    text: str
    consent: Consent


@dataclass(frozen=True)
class SealedComment:
    """A comment as it was sealed; `consent` is the one that holds for it."""

    id: UUID
    submission_id: UUID
    paragraph: str
    part: str
    stance: str
    text: str
    wording: str
    consent: Consent


@dataclass(frozen=True)
class SealedAnswer:
    """One sealed answer with everything said in it."""

    row: SealedRow
    responses: tuple[SealedResponse, ...]
    comments: tuple[SealedComment, ...]


@dataclass(frozen=True)
class Counts:
    """How many answers of a call stand where. `answers` are counted and provisional together."""

    answers: int
    counted: int
    provisional: int
    withdrawn: int
    replaced: int
    responses: int
    comments: int


def sealed_select(call_id: UUID) -> Select[Submission]:
    """Return the answers of a call that stand: neither replaced nor withdrawn."""
    return select(Submission).where(
        Submission.call_id == call_id, Submission.state == State.SUBMITTED
    )


def of_call(
    view: View, call_id: UUID, *, after: UUID | None = None, limit: int = 25
) -> list[SealedRow]:
    """Return answers of a call that stand, in the order of their keys, after a key."""
    statement = view.only("submission.sealed", sealed_select(call_id))
    if after is not None:
        statement = statement.where(Submission.id > after)
    return rows(view, view.session.scalars(statement.order_by(Submission.id).limit(limit)).all())


def of_ids(view: View, ids: Collection[UUID]) -> dict[UUID, SealedRow]:
    """Return sealed answers by id, whatever became of them; the caller asked who may see them."""
    if not ids:
        return {}
    statement = select(Submission).where(
        Submission.id.in_(set(ids)), Submission.state.in_(rules.SEALED)
    )
    return {one.id: one for one in rows(view, view.session.scalars(statement).all())}


def rows(view: View, submissions: Sequence[Submission]) -> list[SealedRow]:
    """Return frozen rows of sealed submissions with the names of their organisations."""
    names = known.organisations(view, {one.organisation_id for one in submissions})
    return [
        SealedRow(
            id=one.id,
            code=one.code,
            reference=one.reference or "",
            call_id=one.call_id,
            organisation_id=one.organisation_id,
            organisation=names[one.organisation_id].name if one.organisation_id in names else "",
            category=one.category,
            country=one.country,
            state=one.state,
            consent=rules.effective_consent(one.consent, None),
            language=one.language,
            sealed_at=one.sealed_at,
            on_time=bool(one.on_time),
            provisional=one.provisional,
            counted=one.counted,
            digest=one.digest or "",
            window_id=one.window_id,
            document_version_id=one.document_version_id,
        )
        for one in submissions
        if one.sealed_at is not None
    ]


def answer(view: View, reference: str) -> SealedAnswer:
    """Return one sealed answer with its words. Raises NotFound for a draft or an unknown one."""
    submission = view.find(Submission, reference=reference)
    if submission is None or submission.state not in rules.SEALED:
        raise NotFound
    view.require("submission.sealed", submission)
    return content(view, [submission])[0]


def content(view: View, submissions: Sequence[Submission]) -> list[SealedAnswer]:
    """Return the words of sealed answers in three queries; the caller asked who may see them."""
    consents = {one.id: one.consent for one in submissions}
    responses: dict[UUID, list[SealedResponse]] = {one.id: [] for one in submissions}
    comments: dict[UUID, list[SealedComment]] = {one.id: [] for one in submissions}
    for response in view.session.scalars(
        select(Response).where(Response.submission_id.in_(consents)).order_by(Response.id)
    ):
        if response.value not in (None, "", []):
            responses[response.submission_id].append(_response(response, consents))
    for comment in view.session.scalars(
        select(Comment).where(Comment.submission_id.in_(consents)).order_by(Comment.id)
    ):
        comments[comment.submission_id].append(_comment(comment, consents))
    return [
        SealedAnswer(row, tuple(responses[row.id]), tuple(comments[row.id]))
        for row in rows(view, submissions)
    ]


def canonical_file(view: View, submission: Submission) -> bytes:
    """Return the bytes that were sealed. Raises NotFound for a draft."""
    text = view.session.scalar(select(Submission.canonical).where(Submission.id == submission.id))
    if text is None:
        raise NotFound
    return text.encode()


def counts(view: View, call_id: UUID) -> Counts:
    """Return how many answers of a call stand where, in two queries; for staff, not suppressed."""
    view.require("submission.sealed", call_id)
    found = view.session.execute(
        select(Submission.state, Submission.counted, Submission.provisional, func.count())
        .where(Submission.call_id == call_id, Submission.state.in_(rules.SEALED))
        .group_by(Submission.state, Submission.counted, Submission.provisional)
    ).all()

    def sum_of(state: State, *, counted: bool | None = None, waiting: bool | None = None) -> int:
        return sum(
            n
            for one, is_counted, provisional, n in found
            if one == state and counted in (None, is_counted) and waiting in (None, provisional)
        )

    said = _said_counts(view, call_id)
    return Counts(
        answers=sum_of(State.SUBMITTED, counted=True) + sum_of(State.SUBMITTED, waiting=True),
        counted=sum_of(State.SUBMITTED, counted=True),
        provisional=sum_of(State.SUBMITTED, waiting=True),
        withdrawn=sum_of(State.WITHDRAWN),
        replaced=sum_of(State.REPLACED),
        responses=said[0],
        comments=said[1],
    )


def undecided(view: View, call_id: UUID) -> int:
    """Return how many answers wait for a decision on their partner; the report waits for them."""
    return (
        view.session.scalar(
            select(func.count()).where(
                Submission.call_id == call_id,
                Submission.state == State.SUBMITTED,
                Submission.provisional,
            )
        )
        or 0
    )


def _said_counts(view: View, call_id: UUID) -> tuple[int, int]:
    standing = select(Submission.id).where(
        Submission.call_id == call_id, Submission.state == State.SUBMITTED
    )
    found = view.session.execute(
        select(
            select(func.count())
            .select_from(Response)
            .where(Response.submission_id.in_(standing))
            .scalar_subquery(),
            select(func.count())
            .select_from(Comment)
            .where(Comment.submission_id.in_(standing))
            .scalar_subquery(),
        )
    ).one()
    return found[0], found[1]


def _response(row: Response, consents: dict[UUID, str | None]) -> SealedResponse:
    return SealedResponse(
        id=row.id,
        submission_id=row.submission_id,
        question_id=row.question_id,
        question_code=row.question_code,
        question_version=row.question_version,
        value=row.value,
        text=row.text,
        consent=rules.effective_consent(consents[row.submission_id], row.consent),
    )


def _comment(row: Comment, consents: dict[UUID, str | None]) -> SealedComment:
    return SealedComment(
        id=row.id,
        submission_id=row.submission_id,
        paragraph=row.paragraph,
        part=row.part,
        stance=row.stance or rules.Stance.COMMENT,
        text=row.text,
        wording=row.wording,
        consent=rules.effective_consent(consents[row.submission_id], row.consent),
    )
