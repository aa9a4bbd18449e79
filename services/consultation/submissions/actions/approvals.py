"""The approving office: asked by mail, decides without an account, or signs on paper."""

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from services.consultation.errors import (
    AnswerLocked,
    AnswerNotReady,
    AnswerSent,
    ApprovalOver,
    NoApprover,
    WrongScan,
)
from services.consultation.submissions import events, queries, rules
from services.consultation.submissions.actions.writing import (
    check_eligible,
    lock,
    note_worker,
    tell_changed,
)
from services.consultation.submissions.models import (
    Approval,
    Approver,
    OrganisationSettings,
    Submission,
)
from services.consultation.submissions.queries import Sheet
from services.consultation.submissions.rules import ApprovalState, State
from shared import ids, mail
from shared.errors import NotFound
from shared.i18n import speaking
from shared.web import formats
from shared.work import Work


@dataclass(frozen=True)
class Scan:
    """A signed page as it was uploaded."""

    name: str
    data: bytes


SCANS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png"}
"""First bytes of the kinds of files that a scan may be."""


def set_approver(
    work: Work, organisation_id: UUID, name: str, office: str, email: str, language: str
) -> OrganisationSettings:
    """Say which office approves before sending; an empty address means nobody.

    A new row for each change: sealed answers keep naming the office that approved them.
    """
    settings = _settings(work, organisation_id)
    present = queries.approver(work, settings.approver_id)
    if not email:
        settings.approver_id = None
    elif present is None or (name, office, email, language) != (
        present.name,
        present.office,
        present.email,
        present.language,
    ):
        approver = Approver(
            organisation_id=organisation_id,
            name=name,
            office=office,
            email=email,
            language=language,
        )
        work.add(approver)
        work.session.flush()
        settings.approver_id = approver.id
    return settings


def let_deputies_send(work: Work, organisation_id: UUID, *, allowed: bool) -> None:
    """Say whether deputies may send; only the contact point or an administrator says so."""
    _settings(work, organisation_id).deputies_may_send = allowed


def ask(work: Work, code: str, note: str) -> Approval:
    """Ask the office: the answer is locked, and a mail with a link goes out with this Work."""
    submission = lock(work, code, "answer.ask_approval")
    if submission.state != State.DRAFT:
        raise AnswerSent if submission.state in rules.SEALED else AnswerLocked(office="")
    sheet = queries.load(work, submission)
    check_eligible(work, sheet)
    approver = queries.approver(work, sheet.settings.approver_id if sheet.settings else None)
    if approver is None:
        raise NoApprover
    if not sheet.ready:
        raise AnswerNotReady
    secret = ids.secret()
    approval = _new_round(work, sheet, approver.id)
    approval.secret_hash = hash_of(secret)
    approval.note = note
    submission.state = State.WITH_APPROVER
    note_worker(work, submission)
    _mail(work, sheet, approver, secret, note)
    tell_changed(work, sheet)
    return approval


def take_back(work: Work, code: str) -> Submission:
    """Take the answer back from the office: it can be edited again, the link ends."""
    submission = lock(work, code, "answer.take_back")
    if submission.state in rules.SEALED:
        raise AnswerSent
    approval = queries.last_approval(work, submission.id)
    if submission.state != State.WITH_APPROVER or approval is None:
        return submission
    approval.state = ApprovalState.TAKEN_BACK
    approval.decided_at = work.now
    submission.state = State.DRAFT
    tell_changed(work, queries.load(work, submission))
    return submission


def approve(work: Work, secret: str, typed_name: str) -> Approval:
    """Approve by typing one's name; the answer goes back to those who send it."""
    return _decide(work, secret, ApprovalState.APPROVED, typed_name, "")


def send_back(work: Work, secret: str, typed_name: str, comment: str) -> Approval:
    """Send the answer back with a comment; it is a draft again."""
    return _decide(work, secret, ApprovalState.SENT_BACK, typed_name, comment)


def approve_on_paper(work: Work, code: str, name: str, on: date, scan: Scan | None) -> Approval:
    """Record that the office signed on paper: who, when, and a scan where there is one.

    Raises WrongScan for a file of another kind.
    """
    submission = lock(work, code, "answer.paper_approval")
    if submission.state in rules.SEALED:
        raise AnswerSent
    sheet = queries.load(work, submission)
    check_eligible(work, sheet)
    if not sheet.ready:
        raise AnswerNotReady
    if sheet.approval is not None and sheet.approval.state == ApprovalState.ASKED:
        sheet.approval.state = ApprovalState.TAKEN_BACK
        work.write(sheet.approval)
    approval = _new_round(work, sheet, sheet.settings.approver_id if sheet.settings else None)
    approval.state = ApprovalState.APPROVED
    approval.on_paper = True
    approval.paper_date = on
    approval.decided_name = name
    approval.decided_at = work.now
    _keep_scan(work, approval, scan)
    submission.state = State.DRAFT
    note_worker(work, submission)
    _tell_decided(work, sheet, approval)
    return approval


def hash_of(secret: str) -> str:
    """Return what is kept of a mailed secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _decide(
    work: Work, secret: str, state: ApprovalState, typed_name: str, comment: str
) -> Approval:
    found = work.get(Approval, secret_hash=hash_of(secret))
    submission = work.lock(Submission, id=found.submission_id)
    work.require("approval.show", found)
    approval = work.lock(Approval, id=found.id)
    if approval.state != ApprovalState.ASKED or submission.state != State.WITH_APPROVER:
        raise ApprovalOver
    approval.state = state
    approval.decided_at = work.now
    approval.decided_name = typed_name
    approval.comment = comment
    submission.state = State.DRAFT
    _tell_decided(work, queries.load(work, submission), approval)
    return approval


def _new_round(work: Work, sheet: Sheet, approver_id: UUID | None) -> Approval:
    last = work.session.scalar(
        select(func.max(Approval.round)).where(Approval.submission_id == sheet.submission.id)
    )
    return work.add(
        Approval(
            submission_id=sheet.submission.id,
            round=(last or 0) + 1,
            state=ApprovalState.ASKED,
            approver_id=approver_id,
            content=sheet.content,
            asked_by=work.actor.person,
            asked_at=work.now,
        )
    )


def _keep_scan(work: Work, approval: Approval, scan: Scan | None) -> None:
    if scan is None:
        return
    kind = next((kind for start, kind in SCANS.items() if scan.data.startswith(start)), None)
    if kind is None:
        raise WrongScan
    approval.scan = work.files.put(scan.data)
    approval.scan_name = scan.name
    approval.scan_type = kind


def _mail(work: Work, sheet: Sheet, approver: Approver, secret: str, note: str) -> None:
    mail.post(
        work,
        template="consultation/submissions/mail/approve",
        to=approver.email,
        language=approver.language,
        occasion=f"approve:{sheet.submission.id}",
        secret=True,
        name=approver.name,
        office=approver.office,
        organisation=sheet.organisation.name,
        title=sheet.asked.title.best(approver.language).text,
        asked_by=work.actor.name,
        note=note,
        closes=_closes(sheet, approver.language),
        path=f"{approver.language}/approve/{secret}",
    )


def _closes(sheet: Sheet, code: str) -> str:
    call = sheet.asked.call
    closes_at = call.closes_for(sheet.organisation.id)
    if closes_at is None:
        return ""
    with speaking(code):
        return formats.deadline(closes_at, call.zone, call.zone)


def _tell_decided(work: Work, sheet: Sheet, approval: Approval) -> None:
    people = queries.people_told(work, sheet.submission)
    work.tell(events.approval_decided(sheet.submission, sheet.asked.call_code, people, approval))


def _settings(work: Work, organisation_id: UUID) -> OrganisationSettings:
    work.require("answer.settings", organisation_id)
    if organisation_id not in work.actor.memberships and not work.actor.is_system:
        raise NotFound
    settings = work.find(OrganisationSettings, organisation_id=organisation_id)
    if settings is None:
        settings = work.add(
            OrganisationSettings(
                organisation_id=organisation_id, deputies_may_send=False, changed_at=work.now
            )
        )
    settings.changed_by = work.actor.person
    settings.changed_at = work.now
    return settings
