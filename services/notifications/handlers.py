"""What notifications hears: each event becomes one of its own actions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from services.notifications.calls import actions as copies
from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.messages.actions import (
    answers,
    calls,
    inbox,
    organisations,
    planning,
    staff,
)
from shared.contracts import consultation, registry
from shared.contracts.topics import PEOPLE
from shared.known import actions as known
from shared.known.handlers import HEARD, ORGANISATION_EVENTS
from shared.known.models import KnownMembership, KnownPerson
from shared.messaging.consumer import NotYet, Subscription, hear, hear_erased
from shared.work import Work

TIME_ORDERED = 7
PATIENCE = timedelta(minutes=5)
"""How long an event waits for the copy that another topic brings."""


# -- people and organisations --


def on_person_changed(work: Work, event: registry.PersonChanged) -> None:
    """Copy a person, then tell them of open calls that came to concern them."""
    if known.copy_person(work, event):
        work.session.flush()
        held = [one.organisation_id for one in event.memberships]
        calls.catch_up(work, held, person=event.id)


def on_person_erased(work: Work, person: UUID, version: int) -> None:
    """Forget a person: words and address go, what was counted stays."""
    inbox.forget(work, person)
    known.erase_person(work, person, version)


def on_people_living(work: Work, event: registry.PeopleLiving) -> None:
    """Forget people whom registry no longer has."""
    gone = known.outlived_people(work, event)
    for person in gone:
        inbox.forget(work, person)
    known.drop_people(work, gone)


def on_organisation(work: Work, event: registry.OrganisationEvent) -> None:
    """Tell an organisation's members of open calls that came to concern it."""
    calls.catch_up(work, [event.id])


def on_registration_submitted(work: Work, event: registry.RegistrationSubmitted) -> None:
    """Tell that a registration was handed in."""
    _wait_for_members(work, event.id)
    organisations.registration_received(work, event)


def on_organisation_verified(work: Work, event: registry.OrganisationVerified) -> None:
    """Tell that an organisation was verified."""
    _wait_for_members(work, event.id)
    organisations.verified(work, event)


def on_organisation_declined(work: Work, event: registry.OrganisationDeclined) -> None:
    """Tell that an organisation could not be verified."""
    _wait_for_members(work, event.id)
    organisations.declined(work, event)


def on_organisation_suspended(work: Work, event: registry.OrganisationSuspended) -> None:
    """Tell that an organisation was suspended."""
    organisations.suspended(work, event)


def on_clarification_asked(work: Work, event: registry.ClarificationAsked) -> None:
    """Tell that the officer has a question."""
    _wait_for_members(work, event.id)
    organisations.clarification_asked(work, event)


def on_clarification_answered(work: Work, event: registry.ClarificationAnswered) -> None:
    """Tell that the question was answered."""
    organisations.clarification_answered(work, event)


def on_join_asked(work: Work, event: registry.JoinAsked) -> None:
    """Tell that somebody asks to join."""
    _wait_for_people(work, event.person_id)
    organisations.join_asked(work, event)


def on_join_decided(work: Work, event: registry.JoinDecided) -> None:
    """Tell what was decided about a request to join."""
    _wait_for_people(work, event.person_id)
    organisations.join_decided(work, event)


def on_member_invited(work: Work, event: registry.MemberInvited) -> None:
    """Tell somebody that they are invited."""
    _wait_for_people(work, event.person_id)
    organisations.invited(work, event)


# -- calls --


def on_call_changed(work: Work, event: consultation.CallChanged) -> None:
    """Copy the call; a wider audience is told."""
    _copy(work, event)


def on_review_asked(work: Work, event: consultation.CallReviewAsked) -> None:
    """Tell that a draft waits for a second person."""
    staff.review_asked(work, _copy(work, event), event)


def on_call_sent_back(work: Work, event: consultation.CallSentBack) -> None:
    """Tell that the reviewer wants changes."""
    staff.sent_back(work, _copy(work, event), event)


def on_call_published(work: Work, event: consultation.CallPublished) -> None:
    """Tell everybody concerned that a call is public."""
    _copy(work, event)


def on_call_extended(work: Work, event: consultation.CallExtended) -> None:
    """Tell everybody again: the call closes later."""
    calls.extended(work, _copy(work, event), event, work.cause)


def on_call_corrected(work: Work, event: consultation.CallCorrected) -> None:
    """Tell that a text was corrected."""
    calls.corrected(work, _copy(work, event), event, work.cause)


def on_call_ended(work: Work, event: consultation.CallEnded) -> None:
    """Tell that a call ended badly."""
    calls.ended(work, _copy(work, event), event, work.cause)


def on_points_to_decide(work: Work, event: consultation.PointsToDecide) -> None:
    """Tell that points wait for a decider."""
    staff.points_to_decide(work, _copy(work, event), event)


def on_reply_late(work: Work, event: consultation.ReplyLate) -> None:
    """Tell that the reply comes later."""
    calls.reply_late(work, _copy(work, event), event, work.cause)


def on_report_review_asked(work: Work, event: consultation.ReportReviewAsked) -> None:
    """Tell that the report waits for a decider."""
    staff.report_to_review(work, _copy(work, event), event)


def on_report_published(work: Work, event: consultation.ReportPublished) -> None:
    """Tell that the report is public."""
    calls.report_published(work, _copy(work, event), work.cause)


def on_calls_living(work: Work, event: consultation.CallsLiving) -> None:
    """Forget calls that consultation no longer has, and what was planned for them."""
    for call in copies.drop_calls(work, event):
        planning.forget(work, call)


# -- submissions --


def on_submission_changed(work: Work, event: consultation.SubmissionChanged) -> None:
    """Copy where an answer stands."""
    copies.copy_submission(work, event)


def on_submissions_living(work: Work, event: consultation.SubmissionsLiving) -> None:
    """Forget answers that consultation no longer has."""
    copies.drop_submissions(work, event)


def on_approval_decided(work: Work, event: consultation.ApprovalDecided) -> None:
    """Tell what the approving office decided."""
    answers.approval_decided(work, _copy_answer(work, event), event)


def on_submission_sent(work: Work, event: consultation.SubmissionSent) -> None:
    """Tell that an answer arrived."""
    answers.received(work, _copy_answer(work, event), event)


def on_submission_withdrawn(work: Work, event: consultation.SubmissionWithdrawn) -> None:
    """Tell that an answer was withdrawn."""
    answers.withdrawn(work, _copy_answer(work, event), event)


def on_submission_published(work: Work, event: consultation.SubmissionPublished) -> None:
    """Tell how an answer was published."""
    answers.published(work, _copy_answer(work, event), event)


def on_submission_replied(work: Work, event: consultation.SubmissionReplied) -> None:
    """Tell what became of every point of an answer."""
    answers.replied(work, _copy_answer(work, event), event)


def _copy(work: Work, event: consultation.CallEvent) -> CallCopy:
    before = calls.whom_and_when(work, event.id)
    call = copies.copy_call(work, event)
    planning.plan(work, call)
    if calls.whom_and_when(work, event.id) != before:
        calls.announce(work, call, work.cause)
    return call


def _copy_answer(work: Work, event: consultation.SubmissionEvent) -> SubmissionCopy:
    submission = copies.copy_submission(work, event)
    if work.session.get(CallCopy, submission.call_id) is None:
        raise NotYet
    _wait_for_people(work, *event.submission.people)
    return submission


def _wait_for_people(work: Work, *people: UUID) -> None:
    """Wait for copies on their way: topics are not ordered among each other."""
    if not _is_recent(work):
        return
    found = work.session.scalars(select(KnownPerson.id).where(KnownPerson.id.in_(people))).all()
    if set(people) - set(found):
        raise NotYet


def _wait_for_members(work: Work, organisation: UUID) -> None:
    if not _is_recent(work):
        return
    member = select(KnownMembership.person_id).where(
        KnownMembership.organisation_id == organisation
    )
    if work.session.scalars(member.limit(1)).first() is None:
        raise NotYet


def _is_recent(work: Work) -> bool:
    # Event ids begin with their time; what is older came from a log that has forgotten the erased.
    if work.cause is None or work.cause.version != TIME_ORDERED:
        return False
    told_at = datetime.fromtimestamp((work.cause.int >> 80) / 1000, UTC)
    return work.system_now - told_at < PATIENCE


OURS = (registry.PersonChanged, registry.PeopleLiving)
"""Events about people of which more comes here than a copy."""

SUBSCRIPTIONS: list[Subscription] = [
    *(hear(kind, act) for kind, act in HEARD if kind not in OURS),
    hear(registry.PersonChanged, on_person_changed),
    hear(registry.PeopleLiving, on_people_living),
    hear_erased(PEOPLE, on_person_erased),
    hear(registry.RegistrationSubmitted, on_registration_submitted),
    hear(registry.OrganisationVerified, on_organisation_verified),
    hear(registry.OrganisationDeclined, on_organisation_declined),
    hear(registry.OrganisationSuspended, on_organisation_suspended),
    hear(registry.ClarificationAsked, on_clarification_asked),
    hear(registry.ClarificationAnswered, on_clarification_answered),
    hear(registry.JoinAsked, on_join_asked),
    hear(registry.JoinDecided, on_join_decided),
    hear(registry.MemberInvited, on_member_invited),
    *(hear(kind, on_organisation) for kind in ORGANISATION_EVENTS),
    hear(consultation.CallChanged, on_call_changed),
    hear(consultation.CallReviewAsked, on_review_asked),
    hear(consultation.CallSentBack, on_call_sent_back),
    hear(consultation.CallPublished, on_call_published),
    hear(consultation.CallExtended, on_call_extended),
    hear(consultation.CallCorrected, on_call_corrected),
    hear(consultation.CallEnded, on_call_ended),
    hear(consultation.PointsToDecide, on_points_to_decide),
    hear(consultation.ReplyLate, on_reply_late),
    hear(consultation.ReportReviewAsked, on_report_review_asked),
    hear(consultation.ReportPublished, on_report_published),
    hear(consultation.CallsLiving, on_calls_living),
    hear(consultation.SubmissionChanged, on_submission_changed),
    hear(consultation.SubmissionsLiving, on_submissions_living),
    hear(consultation.ApprovalDecided, on_approval_decided),
    hear(consultation.SubmissionSent, on_submission_sent),
    hear(consultation.SubmissionWithdrawn, on_submission_withdrawn),
    hear(consultation.SubmissionPublished, on_submission_published),
    hear(consultation.SubmissionReplied, on_submission_replied),
]
"""Copies come first, so that what is told is told of the state after the event."""
