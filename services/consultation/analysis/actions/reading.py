"""Answers read by somebody named, and each response and comment brought to an end."""

from collections.abc import Sequence
from itertools import zip_longest
from uuid import UUID

from sqlalchemy import func, select

from services.consultation import errors
from services.consultation.analysis import rules
from services.consultation.analysis.models import ItemEnd, Point, PointStep, ReadMark
from services.consultation.analysis.rules import Ending, PointState, Source
from services.consultation.calls import queries as calls
from services.consultation.calls.actions import running
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State as CallState
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.queries import sealed
from services.consultation.submissions.rules import Consent, Stance
from services.consultation.submissions.rules import State as SubmissionState
from shared import ids
from shared.errors import NotFound
from shared.work import Work


def mark_read(work: Work, reference: str) -> ReadMark:
    """Note that the actor has read an answer. Begins the analysis of a call that has closed."""
    submission, call = opened(work, reference)
    work.require("analysis.read", submission)
    running.start_analysing(work, call)
    found = work.find(ReadMark, submission_id=submission.id)
    return found or work.add(
        ReadMark(submission_id=submission.id, call_id=call.id, by=work.actor.person, at=work.now)
    )


def opened(work: Work, reference: str) -> tuple[Submission, Call]:
    """Return a sealed answer that stands, and its call, locked, in analysis.

    Raises NotFound, StillOpen, AnalysisOver.
    """
    submission = work.get(Submission, reference=reference)
    if submission.state != SubmissionState.SUBMITTED:
        raise NotFound
    call = work.lock(Call, id=submission.call_id)
    check_analysable(work, call)
    return submission, call


def check_analysable(work: Work, call: Call) -> None:
    """Refuse to touch points of a call that is open, or whose report is in review or public."""
    if call.state == CallState.PUBLISHED:
        end = call.closes_at
        if end is None or work.now < end:
            raise errors.StillOpen
    elif call.state != CallState.ANALYSING:
        raise errors.AnalysisOver


def cut(
    work: Work, reference: str, item_id: UUID, texts: Sequence[str], gists: Sequence[str] = ()
) -> list[Point]:
    """Cut a response or comment into points, each in its author's words.

    `gists` say in the call's language what each of them says, where they are in another. Raises
    NothingCut, NotTheirWords.
    """
    submission, call, source = _item(work, "analysis.cut", reference, item_id)
    found = sealed.content(work, [submission])[0]
    whole = words_of(found, item_id)
    given = [(a.strip(), b.strip()) for a, b in zip_longest(texts, gists, fillvalue="")]
    given = [(text, gist) for text, gist in given if text]
    if not given:
        raise errors.NothingCut
    if not all(rules.quoted(text, whole) for text, _gist in given):
        raise errors.NotTheirWords
    needs_gist = submission.language != call.authentic_language
    _end(work, submission, item_id, source, Ending.CUT)
    number = _last_number(work, call.id)
    points = []
    for at, (text, gist) in enumerate(given, start=1):
        point = Point(
            id=ids.new(),
            call_id=call.id,
            number=number + at,
            submission_id=submission.id,
            item_id=item_id,
            source=source,
            words=text,
            language=submission.language,
            gist=gist if needs_gist else "",
            gist_language=call.authentic_language if gist and needs_gist else "",
            consent=Consent.SECRETARIAT,
            category=submission.category,
            state=PointState.NEW,
            cut_by=work.actor.person,
            cut_at=work.now,
        )
        _place(point, found, item_id)
        points.append(work.add(point))
        note(work, point, "cut")
    return points


def words_of(answer: sealed.SealedAnswer, item_id: UUID) -> str:
    """Return everything that somebody wrote in a response or comment; empty for a choice."""
    texts = [one.text for one in answer.responses if one.id == item_id]
    texts += [f"{one.text}\n{one.wording}" for one in answer.comments if one.id == item_id]
    return "\n".join(texts).strip()


def _place(point: Point, answer: sealed.SealedAnswer, item_id: UUID) -> None:
    for comment in answer.comments:
        if comment.id == item_id:
            point.paragraph, point.part = comment.paragraph, comment.part
            point.stance, point.consent = comment.stance, comment.consent
    for response in answer.responses:
        if response.id == item_id:
            point.question_code, point.consent = response.question_code, response.consent


def _last_number(work: Work, call_id: UUID) -> int:
    return work.session.scalar(select(func.max(Point.number)).where(Point.call_id == call_id)) or 0


def tally(work: Work, reference: str, item_id: UUID) -> ItemEnd:
    """Count a choice, a number, or a stance without text. Raises HasWords where there are any."""
    submission, _, source = _item(work, "analysis.tally", reference, item_id)
    if words_of(sealed.content(work, [submission])[0], item_id):
        raise errors.HasWords
    return _end(work, submission, item_id, source, Ending.TALLIED)


def nothing_to_answer(work: Work, reference: str, item_id: UUID) -> ItemEnd:
    """Say that a text makes no point; the analyst stands for that by name."""
    submission, _, source = _item(work, "analysis.nothing", reference, item_id)
    return _end(work, submission, item_id, source, Ending.NOTHING)


def tally_all(work: Work, reference: str) -> int:
    """Tally everything of an answer that has no words; returns how many."""
    submission, call = opened(work, reference)
    work.require("analysis.tally", submission)
    _check_read(work, submission)
    running.start_analysing(work, call)
    found = sealed.content(work, [submission])[0]
    done = set(
        work.session.scalars(select(ItemEnd.item_id).where(ItemEnd.submission_id == submission.id))
    )
    counted = 0
    for response in found.responses:
        if response.id not in done and not response.text:
            _end(work, submission, response.id, Source.RESPONSE, Ending.TALLIED)
            counted += 1
    for comment in found.comments:
        silent = not comment.text and not comment.wording
        if comment.id not in done and silent and comment.stance == Stance.KEEP:
            _end(work, submission, comment.id, Source.COMMENT, Ending.TALLIED)
            counted += 1
    return counted


def _item(work: Work, act: str, reference: str, item_id: UUID) -> tuple[Submission, Call, Source]:
    submission, call = opened(work, reference)
    work.require(act, submission)
    _check_read(work, submission)
    if work.find(ItemEnd, item_id=item_id) is not None:
        raise errors.ItemClosed
    if work.find(Response, id=item_id, submission_id=submission.id) is not None:
        return submission, call, Source.RESPONSE
    work.get(Comment, id=item_id, submission_id=submission.id)
    return submission, call, Source.COMMENT


def _check_read(work: Work, submission: Submission) -> None:
    if work.find(ReadMark, submission_id=submission.id) is None:
        raise errors.NotReadYet


def _end(
    work: Work, submission: Submission, item_id: UUID, source: Source, ending: Ending
) -> ItemEnd:
    return work.add(
        ItemEnd(
            item_id=item_id,
            submission_id=submission.id,
            call_id=submission.call_id,
            source=source,
            ending=ending,
            by=work.actor.person,
            at=work.now,
        )
    )


def note(work: Work, point: Point, what: str, **details: object) -> None:
    """Add a step to the history of a point."""
    work.session.flush()
    work.add(
        PointStep(point_id=point.id, what=what, by=work.actor.person, at=work.now, details=details)
    )


def call_of(work: Work, code: str) -> Call:
    """Return a call by its code, locked, in analysis."""
    call = work.lock(Call, id=calls.by_code(work, code).id)
    check_analysable(work, call)
    return call
