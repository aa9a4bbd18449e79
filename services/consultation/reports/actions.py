"""Writes of reports: texts, changes and the points they answer, review, approval, publication."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select

from services.consultation import errors
from services.consultation.analysis.actions.reading import check_analysable
from services.consultation.analysis.models import Point
from services.consultation.analysis.queries.figures import standing
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import State as CallState
from services.consultation.documents.actions import revision
from services.consultation.documents.rules import Change
from services.consultation.reports import events, queries, rules
from services.consultation.reports.models import (
    AnsweredPoint,
    ChangeEntry,
    ChangeText,
    Report,
    ReportAuthor,
    ReportText,
)
from services.consultation.reports.rules import State
from services.consultation.submissions import events as submission_events
from services.consultation.submissions import queries as submissions
from services.consultation.submissions.models import Submission
from shared import ids
from shared.contracts import consultation as told
from shared.work import Work

Texts = Mapping[str, Mapping[str, str]]
"""What is written: part -> language -> text; empty takes away."""

ENTRY_PARTS = ("place", "before", "after")


def write(work: Work, code: str, texts: Texts) -> Report:
    """Write the report's texts."""
    call, report = _editable(work, "report.write", code)
    _put_texts(work, ReportText, report.id, texts)
    _author(work, call)
    return report


T = TypeVar("T", ReportText, ChangeText)


def _put_texts(work: Work, kind: type[T], owner: UUID, texts: Texts) -> None:
    rows = {
        (row.part, row.language): row
        for row in work.session.scalars(select(kind).where(kind.owner_id == owner))
    }
    for part, words in texts.items():
        for language, text in words.items():
            row = rows.get((part, language))
            if row is not None:
                row.text = text.strip()
            elif text.strip():
                work.add(kind(owner_id=owner, part=part, language=language, text=text.strip()))


def revise_paragraph(
    work: Work, code: str, label: str, wordings: revision.Wordings, points: Sequence[int]
) -> Change:
    """Give a paragraph new words and say which points that answers."""
    call, _ = _editable(work, "report.revise", code)
    version = revision.begin_revision(work, call.id)
    change = revision.revise(work, version.id, label, wordings)
    _answer(work, call, label, points)
    _author(work, call)
    return change


def strike_paragraph(work: Work, code: str, label: str, points: Sequence[int]) -> None:
    """Take a paragraph out and say which points that answers."""
    call, _ = _editable(work, "report.revise", code)
    version = revision.begin_revision(work, call.id)
    revision.strike(work, version.id, label)
    _answer(work, call, label, points)
    _author(work, call)


def restore_paragraph(work: Work, code: str, label: str) -> None:
    """Leave a paragraph as it was after all."""
    call, _ = _editable(work, "report.revise", code)
    version = revision.begin_revision(work, call.id)
    revision.restore(work, version.id, label)
    _answer(work, call, label, ())
    _author(work, call)


def add_paragraph(
    work: Work, code: str, after: str, texts: Mapping[str, str], points: Sequence[int]
) -> str:
    """Add a paragraph after another and say which points that answers; returns its label."""
    call, _ = _editable(work, "report.revise", code)
    version = revision.begin_revision(work, call.id)
    label = revision.add(work, version.id, after, texts)
    _answer(work, call, label, points)
    _author(work, call)
    return label


def move_paragraph(
    work: Work, code: str, label: str, after: str | int, points: Sequence[int]
) -> None:
    """Put a paragraph after another, or at the head of a section; say which points that answers."""
    call, _ = _editable(work, "report.revise", code)
    version = revision.begin_revision(work, call.id)
    revision.move(work, version.id, label, after)
    _answer(work, call, label, points)
    _author(work, call)


def save_entry(
    work: Work, code: str, number: int | None, texts: Texts, *, points: Sequence[int]
) -> ChangeEntry:
    """Write a change entry, a new one when no number is given.

    `texts` are place, before and after by language. Raises PlaceNeeded, NothingChanged,
    NoSuchPoint.
    """
    call, _ = _editable(work, "report.save_entry", code)
    said = {part: texts.get(part, {}).get(call.authentic_language, "") for part in ENTRY_PARTS}
    if not said["place"].strip():
        raise errors.PlaceNeeded
    rules.kind_of_entry(said["before"], said["after"])
    _found(work, call, points)
    if number is None:
        last = work.session.scalar(
            select(func.max(ChangeEntry.number)).where(ChangeEntry.call_id == call.id)
        )
        row = work.add(ChangeEntry(id=ids.new(), call_id=call.id, number=(last or 0) + 1))
    else:
        row = work.get(ChangeEntry, call_id=call.id, number=number)
    work.session.flush()
    _put_texts(work, ChangeText, row.id, texts)
    _answer(work, call, f"entry:{row.number}", points)
    _author(work, call)
    return row


def remove_entry(work: Work, code: str, number: int) -> None:
    """Take a change entry back; the points that it answered wait for another change."""
    call, _ = _editable(work, "report.remove_entry", code)
    row = work.get(ChangeEntry, call_id=call.id, number=number)
    _answer(work, call, f"entry:{row.number}", ())
    work.session.execute(delete(ChangeText).where(ChangeText.owner_id == row.id))
    work.delete(row)
    _author(work, call)


def _answer(work: Work, call: Call, label: str, numbers: Sequence[int]) -> None:
    work.session.execute(
        delete(AnsweredPoint).where(AnsweredPoint.call_id == call.id, AnsweredPoint.label == label)
    )
    for point_id in _found(work, call, numbers):
        work.add(AnsweredPoint(point_id=point_id, label=label, call_id=call.id))


def _found(work: Work, call: Call, numbers: Sequence[int]) -> list[UUID]:
    """Return the ids of points by their numbers. Raises NoSuchPoint."""
    found = {
        row.number: row.id
        for row in work.session.execute(
            select(Point.number, Point.id).where(
                Point.call_id == call.id, Point.number.in_(set(numbers))
            )
        )
    }
    wanted = list(dict.fromkeys(numbers))
    for number in wanted:
        if number not in found:
            raise errors.NoSuchPoint(number=number)
    return [found[number] for number in wanted]


def ask_review(work: Work, code: str) -> Report:
    """Hand the report to somebody who did not write it. Raises ReportNotReady."""
    call, report = _editable(work, "report.ask_review", code)
    _check_ready(work, call, report)
    report.state, report.round = State.IN_REVIEW, report.round + 1
    report.asked_at, report.asked_by, report.note = work.now, work.actor.person, ""
    _author(work, call)
    call.state = CallState.REPORT_IN_REVIEW
    work.session.flush()
    work.tell(
        events.review_asked(call, calls.told(work, call), report, queries.authors(work, call.id))
    )
    return report


def send_back(work: Work, code: str, note: str) -> Report:
    """Give the report back to its authors with a note."""
    call, report = _in_review(work, "report.send_back", code)
    report.state, report.note = State.DRAFT, note
    call.state = CallState.ANALYSING
    return report


def approve(work: Work, code: str, attested: str) -> Report:
    """Approve and publish the report; every submitter is told what became of their points.

    `attested` is the digest of what the approver has considered. Raises OwnReport, ReportNotReady,
    ConsideredChanged.
    """
    call, report = _in_review(work, "report.approve", code)
    rules.check_approver(work.actor.person, queries.authors(work, call.id))
    _check_ready(work, call, report)
    rules.check_attested(attested, rules.digest(queries.considered_of(work, call)))
    report.state, report.digest = State.PUBLISHED, attested
    report.approved_by, report.published_at = work.actor.person, work.now
    revision.publish_revision(work, call.id)
    call.state = CallState.REPORT_PUBLISHED
    work.session.flush()
    work.tell(events.published(call, calls.told(work, call)))
    _tell_submitters(work, call)
    return report


def _tell_submitters(work: Work, call: Call) -> None:
    answers = work.session.scalars(
        select(Submission).where(Submission.id.in_(standing(call.id))).order_by(Submission.id)
    ).all()
    replies: dict[UUID, list[told.PointReply]] = {one.id: [] for one in answers}
    for point in work.session.scalars(
        select(Point).where(Point.submission_id.in_(list(replies))).order_by(Point.number)
    ):
        replies[point.submission_id].append(
            told.PointReply(
                point_id=point.id,
                paragraph=point.part or point.paragraph,
                disposition=point.disposition or "",
                reason=point.reason or "",
            )
        )
    for answer in answers:
        people = submissions.people_told(work, answer)
        work.tell(
            submission_events.submission_replied(answer, call.code, people, replies[answer.id])
        )


def _check_ready(work: Work, call: Call, report: Report) -> None:
    work.session.flush()
    rules.check_ready(queries.gate_draft(work, call, queries.report_texts(work, report)))


def _editable(work: Work, act: str, code: str) -> tuple[Call, Report]:
    call = work.lock(Call, code=code)
    work.require(act, call)
    check_analysable(work, call)
    report = queries.of_call(work, call.id)
    if report is None:
        report = work.add(Report(call_id=call.id, state=State.DRAFT, round=0, created_at=work.now))
        work.session.flush()
    if report.state != State.DRAFT:
        raise errors.ReportMoved
    return call, report


def _in_review(work: Work, act: str, code: str) -> tuple[Call, Report]:
    call = work.lock(Call, code=code)
    work.require(act, call)
    report = work.get(Report, call_id=call.id)
    if report.state != State.IN_REVIEW or call.state != CallState.REPORT_IN_REVIEW:
        raise errors.ReportMoved
    return call, report


def _author(work: Work, call: Call) -> None:
    person = work.actor.person
    if person is not None and work.find(ReportAuthor, call_id=call.id, person_id=person) is None:
        work.add(ReportAuthor(call_id=call.id, person_id=person))
