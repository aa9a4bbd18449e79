"""Writes of the desk: begin, screen, ask, answer, decide, suspend; and copies that order it."""

from collections.abc import Mapping

from sqlalchemy import delete, func, select

from services.registry import errors
from services.registry.organisations import events
from services.registry.organisations.actions import registering
from services.registry.organisations.actions.people import check_ties
from services.registry.organisations.models import Organisation
from services.registry.organisations.rules import State
from services.registry.verification import rules
from services.registry.verification.models import CallCopy, Clarification, DraftCopy, Screening
from services.registry.verification.rules import Result
from shared import ids
from shared.contracts import consultation as heard
from shared.database.projection import outlived
from shared.work import Work

UNTOUCHED = (State.SUBMITTED, State.REVERIFICATION)
"""States in which a registration waits for an officer to take it up; the first act does."""


def begin(work: Work, slug: str) -> Organisation:
    """Take a registration up for screening. Raises HasTies, NotNow."""
    organisation = _taken(work, "verification.begin", slug)
    registering.move(work, organisation, State.SCREENING)
    work.tell(events.changed(organisation))
    return organisation


def screen(work: Work, slug: str, answers: Mapping[str, str], note: str) -> Screening:
    """Keep the officer's answers for this round."""
    organisation = _taken(work, "verification.screen", slug)
    if organisation.state in UNTOUCHED:
        registering.move(work, organisation, State.SCREENING)
        work.tell(events.changed(organisation))
    row = screening_of(work, organisation)
    row.answers, row.note = dict(answers), note
    row.officer, row.updated_at = work.actor.person, work.now
    return row


def screening_of(work: Work, organisation: Organisation) -> Screening:
    """Return the screening of the present round, made when there is none."""
    row = work.find(Screening, organisation_id=organisation.id, round=organisation.round)
    return row or work.add(
        Screening(
            organisation_id=organisation.id,
            round=organisation.round,
            answers={},
            updated_at=work.now,
        )
    )


def ask(work: Work, slug: str, question: str) -> Clarification:
    """Ask the applicant something; its members are told."""
    organisation = _taken(work, "verification.ask", slug)
    if organisation.state in UNTOUCHED:
        registering.move(work, organisation, State.SCREENING)
    registering.move(work, organisation, State.CLARIFICATION)
    number = 1 + (
        work.session.scalar(
            select(func.max(Clarification.number)).where(
                Clarification.organisation_id == organisation.id
            )
        )
        or 0
    )
    row = work.add(
        Clarification(
            id=ids.new(),
            organisation_id=organisation.id,
            number=number,
            question=question,
            asked_by=work.actor.person,
            asked_at=work.now,
        )
    )
    work.tell(events.clarification_asked(organisation, row.id, number))
    return row


def answer(work: Work, slug: str, number: int, text: str) -> Clarification:
    """Answer the officer's question; the registration goes back to the desk."""
    organisation = work.lock(Organisation, slug=slug)
    work.require("clarification.answer", organisation)
    row = work.get(Clarification, organisation_id=organisation.id, number=number)
    if row.answered_at is not None:
        raise errors.AlreadyDecided
    row.answer, row.answered_by, row.answered_at = text, work.actor.person, work.now
    registering.move(work, organisation, State.SCREENING)
    asked_by = row.asked_by or organisation.id
    work.tell(events.clarification_answered(organisation, row.id, number, asked_by))
    return row


def verify(work: Work, slug: str) -> Organisation:
    """Verify a partner. Raises Blocked unless the screening's computed result is clear, HasTies."""
    organisation = _taken(work, "verification.verify", slug)
    row = screening_of(work, organisation)
    complete = not registering.unready(work, organisation)
    if rules.result(organisation.category, row.answers, complete=complete) != Result.CLEAR:
        raise errors.Blocked
    registering.move(work, organisation, State.VERIFIED)
    organisation.verified_at = work.now
    organisation.valid_until = work.now + rules.VALIDITY
    _decided(work, row, "verified")
    work.tell(events.verified(organisation))
    return organisation


def decline(work: Work, slug: str, reason: str) -> Organisation:
    """Decline a partner with a reason that it is told. Raises HasTies."""
    organisation = _taken(work, "verification.decline", slug)
    if organisation.state in UNTOUCHED:
        registering.move(work, organisation, State.SCREENING)
    registering.move(work, organisation, State.DECLINED, reason)
    _decided(work, screening_of(work, organisation), "declined")
    work.tell(events.declined(organisation))
    return organisation


def suspend(work: Work, slug: str, reason: str) -> Organisation:
    """Stop a partner from sending answers, with a reason that it is told. Raises HasTies."""
    organisation = _taken(work, "verification.suspend", slug)
    registering.move(work, organisation, State.SUSPENDED, reason)
    work.tell(events.suspended(organisation))
    return organisation


def reinstate(work: Work, slug: str) -> Organisation:
    """Let a suspended partner take part again. Raises HasTies."""
    organisation = _taken(work, "verification.reinstate", slug)
    registering.move(work, organisation, State.VERIFIED)
    work.tell(events.changed(organisation))
    return organisation


def _taken(work: Work, act: str, slug: str) -> Organisation:
    organisation = work.lock(Organisation, slug=slug)
    work.require(act, organisation)
    check_ties(work, organisation)
    return organisation


def _decided(work: Work, row: Screening, decision: str) -> None:
    row.decision, row.decided_at, row.decided_by = decision, work.now, work.actor.person


def copy_call(work: Work, event: heard.CallEvent) -> None:
    """Keep a call's last deadline; an older event changes nothing."""
    row = work.session.get(CallCopy, event.id)
    if row is not None and row.version >= event.version:
        return
    row = row or work.add(CallCopy(id=event.id))
    row.version, row.code = event.version, event.call.code
    shared_windows = [one.closes_at for one in event.call.windows if one.organisation_id is None]
    row.closes_at = max(shared_windows, default=None)


def keep_calls(work: Work, event: heard.CallsLiving) -> None:
    """Drop copies of calls that consultation no longer has."""
    gone = outlived(work.session, CallCopy, event)
    work.session.execute(delete(CallCopy).where(CallCopy.id.in_(gone)))


def keep_drafts(work: Work, event: heard.SubmissionsLiving) -> None:
    """Drop copies of answers that consultation no longer has."""
    gone = outlived(work.session, DraftCopy, event)
    work.session.execute(delete(DraftCopy).where(DraftCopy.id.in_(gone)))


def copy_draft(work: Work, event: heard.SubmissionEvent) -> None:
    """Keep that an organisation writes or has sent an answer."""
    row = work.session.get(DraftCopy, event.id)
    if row is not None and row.version >= event.version:
        return
    row = row or work.add(DraftCopy(id=event.id))
    row.version, row.state = event.version, event.submission.state
    row.call_id = event.submission.call_id
    row.organisation_id = event.submission.organisation_id
