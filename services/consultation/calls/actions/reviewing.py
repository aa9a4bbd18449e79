"""Review and publication: asked by one, sent back or published by another."""

from services.consultation.calls import events, queries, rules
from services.consultation.calls.actions.inviting import invite_concerned
from services.consultation.calls.models import Call, CallReview, CallWindow
from services.consultation.calls.rules import State, WindowKind
from services.consultation.documents import actions as documents
from services.consultation.errors import (
    CallMoved,
    CallNotReady,
    ReasonNeeded,
    SecondPersonNeeded,
)
from services.consultation.questions import actions as questions
from shared import ids
from shared.work import Work


def ask_review(work: Work, code: str) -> Call:
    """Ask a second person to review; nobody edits meanwhile."""
    call = work.lock(Call, code=code)
    work.require("call.ask_review", call)
    if call.state not in rules.EDITABLE:
        raise CallMoved
    call.state = State.IN_REVIEW
    call.review_round += 1
    call.parts = queries.parts_of_answer(work, call)
    work.add(
        CallReview(
            call_id=call.id,
            round=call.review_round,
            asked_by=work.actor.person,
            asked_at=work.now,
        )
    )
    editors = queries.editors(work, call.id)
    asked_by = work.actor.person or (editors[0] if editors else ids.new())
    work.tell(events.review_asked(call, queries.told(work, call), asked_by, editors))
    return call


def send_back(work: Work, code: str, note: str) -> Call:
    """Ask for changes, with a note for the colleagues. Raises SecondPersonNeeded, CallMoved."""
    call = _to_decide(work, code, "call.send_back")
    if not note.strip():
        raise ReasonNeeded
    call.state = State.CHANGES_REQUESTED
    _close_round(work, call, published=False, note=note)
    work.tell(events.sent_back(call, queries.told(work, call)))
    return call


def publish(work: Work, code: str, note: str = "") -> Call:
    """Publish a call that a second person approves.

    Its document and questions freeze, its window stands, everybody concerned is told. Raises
    SecondPersonNeeded, CallNotReady with its findings, CallMoved.
    """
    call = _to_decide(work, code, "call.publish")
    if findings := queries.missing(work, call):
        raise CallNotReady(findings)
    documents.freeze(work, call.id)
    questions.freeze(work, call.id)
    call.state = State.PUBLISHED
    call.published_at, call.reviewer = work.now, work.actor.person
    call.parts = queries.parts_of_answer(work, call)
    _open_window(work, call)
    _close_round(work, call, published=True, note=note)
    work.session.flush()
    invite_concerned(work, call)
    work.tell(events.published(call, queries.told(work, call)))
    return call


def arm(work: Work, call: Call) -> None:
    """Have the clock look at a call when it opens and when it closes."""
    if call.opens_at is not None and call.opens_at > work.now:
        work.schedule("call.opens", call.id, call.opens_at)
    if call.closes_at is not None:
        work.schedule("call.closes", call.id, call.closes_at)


def _open_window(work: Work, call: Call) -> None:
    if call.closes_at is None:
        raise CallNotReady
    opens = max(call.opens_at or work.now, work.now)
    work.add(
        CallWindow(
            call_id=call.id,
            kind=WindowKind.ORIGINAL,
            opens_at=opens,
            closes_at=call.closes_at,
            zone=call.zone,
            added_at=work.now,
            approved_by=work.actor.person,
        )
    )
    call.opens_at = opens
    call.reply_due_at = rules.reply_due(call.closes_at)
    arm(work, call)


def _to_decide(work: Work, code: str, act: str) -> Call:
    call = work.lock(Call, code=code)
    work.require(act, call)
    if call.state != State.IN_REVIEW:
        raise CallMoved
    if not rules.is_second_person(work.actor.person, queries.editors(work, call.id)):
        raise SecondPersonNeeded
    return call


def _close_round(work: Work, call: Call, *, published: bool, note: str) -> None:
    row = work.get(CallReview, call_id=call.id, round=call.review_round)
    row.decided_by, row.decided_at = work.actor.person, work.now
    row.published, row.note = published, note.strip()
