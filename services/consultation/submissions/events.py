"""Events told of submissions: ids and counts only, never a submitter's words."""

from collections.abc import Sequence
from uuid import UUID

from services.consultation.submissions.models import Approval, Submission
from services.consultation.submissions.rules import ApprovalState
from shared.contracts import consultation as told


def submission_changed(
    submission: Submission, call_code: str, people: Sequence[UUID]
) -> told.SubmissionChanged:
    """Tell where a submission stands: begun, more or fewer parts ready, counted or not."""
    return told.SubmissionChanged(
        id=submission.id,
        version=submission.tick(),
        submission=_state(submission, call_code, people),
    )


def approval_decided(
    submission: Submission, call_code: str, people: Sequence[UUID], approval: Approval
) -> told.ApprovalDecided:
    """Tell that the office approved or sent back; its name and words stay here."""
    return told.ApprovalDecided(
        id=submission.id,
        version=submission.tick(),
        submission=_state(submission, call_code, people),
        round=approval.round,
        approved=approval.state == ApprovalState.APPROVED,
    )


def submission_sent(
    submission: Submission,
    call_code: str,
    people: Sequence[UUID],
    *,
    responses: int,
    comments: int,
    replaces: str | None,
) -> told.SubmissionSent:
    """Tell that a submission was sealed. Raises ValueError for one that is not."""
    if submission.sealed_at is None or submission.digest is None:
        raise ValueError("this submission is not sealed")
    return told.SubmissionSent(
        id=submission.id,
        version=submission.tick(),
        submission=_state(submission, call_code, people),
        sealed_at=submission.sealed_at,
        on_time=bool(submission.on_time),
        digest=submission.digest,
        responses=responses,
        comments=comments,
        provisional=submission.provisional,
        replaces=replaces,
    )


def submission_withdrawn(
    submission: Submission, call_code: str, people: Sequence[UUID]
) -> told.SubmissionWithdrawn:
    """Tell that a sent submission was withdrawn. Raises ValueError for one that was not."""
    if submission.withdrawn_at is None:
        raise ValueError("this submission was not withdrawn")
    return told.SubmissionWithdrawn(
        id=submission.id,
        version=submission.tick(),
        submission=_state(submission, call_code, people),
        withdrawn_at=submission.withdrawn_at,
    )


def _state(submission: Submission, call_code: str, people: Sequence[UUID]) -> told.Submission:
    return told.Submission(
        code=submission.code,
        call_id=submission.call_id,
        call_code=call_code,
        organisation_id=submission.organisation_id,
        reference=submission.reference,
        state=submission.state,
        people=list(people),
        parts_ready=submission.parts_ready,
        parts=submission.parts,
    )


def submission_replied(
    submission: Submission,
    call_code: str,
    people: Sequence[UUID],
    points: Sequence[told.PointReply],
) -> told.SubmissionReplied:
    """Tell what became of every point of a submission; no words of its author travel."""
    return told.SubmissionReplied(
        id=submission.id,
        version=submission.tick(),
        submission=_state(submission, call_code, people),
        points=list(points),
    )


def submission_published(
    submission: Submission, call_code: str, people: Sequence[UUID], publication: str, number: int
) -> told.SubmissionPublished:
    """Tell how a submission was published, for the `number`-th time."""
    return told.SubmissionPublished(
        id=submission.id,
        version=submission.tick(),
        submission=_state(submission, call_code, people),
        publication=publication,
        round=number,
    )
