"""Sending: sealed once with its receipt, replaced or withdrawn while the call is open, counted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.consultation.calls.models import Call
from services.consultation.errors import (
    AnswerChanged,
    AnswerNotReady,
    AnswerSent,
    CannotAnswer,
    CannotReplace,
    OnlyContactPoint,
)
from services.consultation.submissions import events, queries, rules
from services.consultation.submissions.actions.writing import lock, note_worker, tell_changed
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.queries import Sheet, Verdict
from services.consultation.submissions.rules import ApprovalState, State
from shared import ids
from shared.contracts.consultation import SubmissionsLiving
from shared.messaging.retell import Each
from shared.work import Work


def send(work: Work, code: str, key: str, seen: str) -> Submission:
    """Seal an answer: from here on it has a reference, a time and a digest, and never changes.

    `key` comes from the check page; the same key, or a second press, gives the receipt that there
    is. `seen` is the digest of what the sender read: raises AnswerChanged when it reads otherwise
    now. The deadline is decided here, inside the transaction that writes.
    """
    submission = work.take(Submission, code=code)
    call = queries.hold_call(work, submission.call_id)
    work.require("answer.send", submission)
    if submission.state in rules.SEALED:
        if submission.key == rules.key_of(code, key) or submission.state == State.SUBMITTED:
            return submission
        raise AnswerSent
    sheet = queries.hold(work, submission, call)
    _check_sender(work, sheet)
    verdict = queries.verdict(work, call, sheet.organisation)
    if not verdict.may_send:
        raise CannotAnswer(sentence=verdict.sentence)
    if not sheet.ready:
        raise AnswerNotReady
    if sheet.content != seen:
        raise AnswerChanged
    workers = note_worker(work, submission, sheet.workers)
    people = queries.people_told(work, submission, workers)
    # The sent answer that this one takes the place of, if there still is one.
    earlier = work.lock(Submission, id=sheet.stands) if sheet.stands else None
    _seal(work, sheet, verdict, key, earlier)
    _tell_sent(work, sheet, people, earlier)
    return submission


def replace(work: Work, code: str) -> Submission:
    """Begin a replacement of a sent answer with its words; the sent one stands until it is sent."""
    sent = lock(work, code, "answer.replace")
    call = queries.call_facts_of(work, sent.call_id)
    verdict = queries.eligibility(work, call, sent.organisation_id)
    if not rules.may_replace(sent.state, is_open=verdict.may_send):
        raise CannotReplace
    draft = queries.live_draft(work, sent.call_id, sent.organisation_id)
    if draft is not None:
        return draft
    draft = Submission(
        code=rules.new_code(),
        call_id=sent.call_id,
        organisation_id=sent.organisation_id,
        state=State.DRAFT,
        language=sent.language,
        consent=sent.consent,
        document_version_id=queries.document_version(work, call.id),
        replaces_id=sent.id,
        began_by=work.actor.person,
        began_at=work.now,
        saved_by=work.actor.person,
        saved_at=work.now,
    )
    work.add(draft)
    work.session.flush()
    _copy_words(work, sent.id, draft.id)
    note_worker(work, draft)
    tell_changed(work, queries.load(work, draft))
    return draft


def withdraw(work: Work, code: str) -> Submission:
    """Withdraw a sent answer while the call is open: it is kept with a mark and not counted."""
    submission = work.lock(Submission, code=code)
    call = queries.hold_call(work, submission.call_id)
    work.require("answer.withdraw", submission)
    if submission.state == State.WITHDRAWN:
        return submission
    verdict = queries.eligibility(work, call, submission.organisation_id)
    if not rules.may_withdraw(submission.state, is_open=verdict.is_open):
        raise CannotReplace
    _check_sender(work, queries.load(work, submission))
    submission.state = State.WITHDRAWN
    submission.counted = False
    submission.withdrawn_at = work.now
    submission.withdrawn_by = work.actor.person
    draft = queries.live_draft(work, submission.call_id, submission.organisation_id)
    if draft is not None:
        draft.replaces_id = None
    people = queries.people_told(work, submission)
    work.tell(events.submission_withdrawn(submission, call.code, people))
    return submission


def count_of_verified(work: Work, organisation_id: UUID) -> None:
    """Count the answers that a partner sent before it was verified."""
    for submission in _sent_by(work, organisation_id):
        if not submission.counted:
            submission.counted, submission.provisional = True, False
            _tell_standing(work, submission)


def keep_uncounted(work: Work, organisation_id: UUID) -> None:
    """Keep the answers of a declined partner, not counted; the report no longer waits for them."""
    for submission in _sent_by(work, organisation_id):
        if submission.provisional:
            submission.counted, submission.provisional = False, False
            _tell_standing(work, submission)


def _tell_again(work: Work, rows: Sequence[Submission]) -> None:
    calls = select(Call.id, Call.code).where(Call.id.in_({one.call_id for one in rows}))
    codes = {row.id: row.code for row in work.session.execute(calls)}
    for submission in rows:
        people = queries.people_told(work, submission)
        work.tell(events.submission_changed(submission, codes[submission.call_id], people))


retell = Each(
    Submission, _tell_again, SubmissionsLiving, where=lambda _work: Submission.version > 0
)
"""Every answer, for readers whose copies were lost."""


def _check_sender(work: Work, sheet: Sheet) -> None:
    roles = work.actor.memberships.get(sheet.submission.organisation_id, frozenset())
    allowed = bool(sheet.settings and sheet.settings.deputies_may_send)
    if not (work.actor.is_system or rules.may_send(roles, deputies_may_send=allowed)):
        raise OnlyContactPoint(name=queries.senders_named(work, sheet.organisation.id))


def _seal(work: Work, sheet: Sheet, verdict: Verdict, key: str, earlier: Submission | None) -> None:
    submission = sheet.submission
    if earlier is not None:
        earlier.state = State.REPLACED
        earlier.counted = False
        earlier.replaced_by_id = submission.id
        work.session.flush()
    _drop_empty(work, sheet)
    submission.replaces_id = earlier.id if earlier else None
    submission.reference = ids.reference()
    submission.sealed_at = work.now
    submission.sent_by = work.actor.person
    submission.key = rules.key_of(submission.code, key)
    submission.window_id = verdict.window_id
    submission.on_time = verdict.on_time
    submission.provisional = verdict.provisional
    submission.counted = not verdict.provisional
    submission.category = sheet.organisation.category
    submission.tier = sheet.organisation.tier
    submission.country = sheet.organisation.country
    submission.approval_id = sheet.approval.id if sheet.approval and sheet.approved else None
    submission.parts_ready, submission.parts = sheet.counts
    if sheet.approval is not None and sheet.approval.state == ApprovalState.ASKED:
        sheet.approval.state = ApprovalState.TAKEN_BACK
        sheet.approval.decided_at = work.now
        work.write(sheet.approval)
    data = rules.canonical(_content(sheet, verdict, earlier))
    submission.canonical = data.decode()
    submission.digest = rules.digest(data)
    submission.state = State.SUBMITTED


def _drop_empty(work: Work, sheet: Sheet) -> None:
    """Take out responses that were typed and emptied again: nothing was said there."""
    if all(one.given for one in sheet.responses.values() if one.row_version):
        return
    submission_id = sheet.submission.id
    rows = work.session.scalars(select(Response).where(Response.submission_id == submission_id))
    for row in rows:
        if row.value in (None, "", []):
            work.delete(row)


def _content(sheet: Sheet, verdict: Verdict, earlier: Submission | None) -> dict[str, Any]:
    """Return what is sealed. People stand in it by id only, so that erasure reaches their names."""
    submission, organisation = sheet.submission, sheet.organisation
    if submission.sealed_at is None:
        raise ValueError("sealing needs a time")
    return {
        "format": rules.FORMAT,
        "reference": submission.reference,
        "replaces": earlier.reference if earlier else None,
        "sealed_at": submission.sealed_at.isoformat(timespec="microseconds"),
        "window": str(verdict.window_id),
        "on_time": verdict.on_time,
        "provisional": verdict.provisional,
        "call": {"id": str(submission.call_id), "code": sheet.asked.call_code},
        "document_version": _text(submission.document_version_id),
        "organisation": {
            "id": str(organisation.id),
            "name": organisation.name,
            "category": organisation.category,
            "tier": organisation.tier,
            "country": organisation.country,
        },
        "language": submission.language,
        "consent": submission.consent,
        "sent_by": _text(submission.sent_by),
        "approval": _approval(sheet),
        "responses": sheet.response_rows,
        "comments": sheet.comment_rows,
    }


def _approval(sheet: Sheet) -> dict[str, Any] | None:
    approval = sheet.approval
    if approval is None or not sheet.approved or approval.decided_at is None:
        return None
    return {
        "id": str(approval.id),
        "approver": _text(approval.approver_id),
        "round": approval.round,
        "decided_at": approval.decided_at.isoformat(timespec="microseconds"),
        "on_paper": approval.on_paper,
    }


def _text(value: UUID | None) -> str | None:
    return str(value) if value is not None else None


def _tell_sent(work: Work, sheet: Sheet, people: list[UUID], earlier: Submission | None) -> None:
    event = events.submission_sent(
        sheet.submission,
        sheet.asked.call_code,
        people,
        responses=len(sheet.response_rows),
        comments=len(sheet.comment_rows),
        replaces=earlier.reference if earlier else None,
    )
    work.write(sheet.submission)
    work.tell(event)
    if earlier is not None:
        before = queries.people_told(work, earlier)
        work.tell(events.submission_changed(earlier, sheet.asked.call_code, before))


def _copy_words(work: Work, sent: UUID, draft: UUID) -> None:
    for response in work.session.scalars(select(Response).where(Response.submission_id == sent)):
        work.add(
            Response(
                submission_id=draft,
                question_id=response.question_id,
                question_code=response.question_code,
                question_version=response.question_version,
                value=response.value,
                text=response.text,
                consent=response.consent,
                saved_by=response.saved_by,
                saved_at=response.saved_at,
            )
        )
    for comment in work.session.scalars(select(Comment).where(Comment.submission_id == sent)):
        work.add(
            Comment(
                submission_id=draft,
                paragraph=comment.paragraph,
                part=comment.part,
                stance=comment.stance,
                text=comment.text,
                wording=comment.wording,
                consent=comment.consent,
                saved_by=comment.saved_by,
                saved_at=comment.saved_at,
            )
        )
    work.session.flush()


def _sent_by(work: Work, organisation_id: UUID) -> list[Submission]:
    return list(
        work.session.scalars(
            select(Submission)
            .where(
                Submission.organisation_id == organisation_id,
                Submission.state == State.SUBMITTED,
            )
            .order_by(Submission.id)
            .with_for_update()
        )
    )


def _tell_standing(work: Work, submission: Submission) -> None:
    work.record("answer.standing", submission, counted=submission.counted)
    call = queries.call_facts_of(work, submission.call_id)
    people = queries.people_told(work, submission)
    work.tell(events.submission_changed(submission, call.code, people))
