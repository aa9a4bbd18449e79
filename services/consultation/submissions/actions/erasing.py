"""Erasing who approved: their name, address and words go, the sealed answer stays as it was.

A sealed answer names an approval and its office by id alone, so that its digest holds afterwards.
"""

from uuid import UUID

from sqlalchemy import exists, func, or_, select, update

from services.consultation.errors import ApproverNeeded
from services.consultation.submissions import rules
from services.consultation.submissions.actions.writing import lock
from services.consultation.submissions.models import (
    Approval,
    Approver,
    OrganisationSettings,
    Submission,
)
from services.consultation.submissions.rules import ApprovalState
from shared import mail
from shared.work import Work

CHUNK = 100
SCAN = "answer.scan_erased"
"""Kind of the due row that takes a scan from the disk once its erasure is committed."""

TELLING = or_(
    Approval.decided_name != "",
    Approval.comment != "",
    Approval.note != "",
    Approval.scan.is_not(None),
)
"""Rounds of approval in which something still tells of a person."""

WAITING = exists().where(Approval.approver_id == Approver.id, Approval.state == ApprovalState.ASKED)
NAMED = exists().where(OrganisationSettings.approver_id == Approver.id)


def erase_approver(work: Work, code: str) -> Submission:
    """Erase everybody who was asked about a sent answer or approved it, by link or on paper.

    Raises ApproverNeeded while one of them is being asked, about this answer or another one.
    """
    submission = lock(work, code, "answer.erase_approver")
    rounds = work.session.scalars(
        select(Approval).where(Approval.submission_id == submission.id)
    ).all()
    if submission.state not in rules.SEALED:
        raise ApproverNeeded
    approvers = {one.approver_id for one in rounds if one.approver_id is not None}
    if work.session.scalar(select(Approver.id).where(Approver.id.in_(approvers), WAITING).limit(1)):
        raise ApproverNeeded
    for approver in sorted(approvers):
        _forget(work, approver)
    for one in rounds:
        _empty(work, one)
    return submission


def erase_old_approvers(work: Work) -> bool:
    """Erase who approved long ago (`rules.APPROVER_KEPT`); returns whether there may be more."""
    work.require("answer.erase_old_approvers")
    horizon = work.now - rules.APPROVER_KEPT
    last = func.coalesce(Approval.decided_at, Approval.asked_at)
    rounds = work.session.scalars(
        select(Approval).where(last < horizon, TELLING).limit(CHUNK)
    ).all()
    for one in rounds:
        _empty(work, one)
    recent = exists().where(Approval.approver_id == Approver.id, last >= horizon)
    approvers = work.session.scalars(
        select(Approver.id).where(Approver.erased.is_(False), ~NAMED, ~recent).limit(CHUNK)
    ).all()
    for approver in approvers:
        _forget(work, approver)
    return CHUNK in (len(rounds), len(approvers))


def remove_scan(work: Work, name: str) -> None:
    """Take a scan from the disk, unless another approval has the very same file."""
    if work.find(Approval, scan=name) is None:
        work.files.remove(name)


def _forget(work: Work, approver_id: UUID) -> None:
    row = work.lock(Approver, id=approver_id)
    if row.erased:
        return
    mail.forget(work, row.email)
    row.name = row.office = row.email = ""
    row.erased = True
    work.session.execute(
        update(OrganisationSettings)
        .where(OrganisationSettings.approver_id == row.id)
        .values(approver_id=None)
    )
    for one in work.session.scalars(select(Approval).where(Approval.approver_id == row.id)):
        _empty(work, one)
    work.record("answer.approver_erased", row.id)


def _empty(work: Work, approval: Approval) -> None:
    if approval.scan is not None:
        work.schedule(SCAN, approval.id, work.now, name=approval.scan)
    approval.decided_name = approval.comment = approval.note = approval.scan_name = ""
    approval.secret_hash = approval.scan = None
