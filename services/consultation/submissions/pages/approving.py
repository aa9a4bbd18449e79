"""Approval: asked, taken back or recorded from paper by members; decided by the office."""

from typing import Any

from starlette.responses import Response
from starlette.responses import Response as RawResponse

from services.consultation.documents import queries as documents
from services.consultation.errors import AnswerNotReady, ApprovalOver, NoApprover, WrongScan
from services.consultation.submissions import actions, queries, rules
from services.consultation.submissions.models import Approval, Submission
from services.consultation.submissions.pages import forms, hub, whole
from services.consultation.submissions.queries import Sheet
from services.consultation.submissions.rules import ApprovalState, State
from shared.errors import Gone, NotFound, TooLarge
from shared.i18n import _
from shared.known import queries as known
from shared.web.edge import PersonView, PersonWork, Posted, Pressed, PublicView, PublicWork
from shared.web.forms import Filled, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

TEMPLATES = "consultation/submissions"


@pages.get("/answers/{id_code}/approval", name="answer.approval")
def show_approval(id_code: str, view: PersonView) -> Response:
    """Show where the approval stands, with the button to ask for it or to take it back."""
    sheet = queries.open_sheet(view, id_code, "answer.approval")
    return _approval_page(view, sheet, blank(forms.AskForm))


@pages.post("/answers/{id_code}/approval", name="answer.ask_approval")
def ask(id_code: str, work: PersonWork, posted: Posted) -> Response:
    """Ask the office for its approval."""
    sheet = queries.open_sheet(work, id_code, "answer.ask_approval")
    form = posted.read(forms.AskForm)
    if form.value is None:
        return _approval_page(work, sheet, form, status=422)
    try:
        actions.ask(work, id_code, form.value.note)
    except (AnswerNotReady, NoApprover) as refusal:
        form.refuse("", refusal.say())
        return _approval_page(work, sheet, form, status=422)
    office = queries.office_of(work, queries.load(work, sheet.submission))
    return see_other(
        "answer.approval",
        id_code=id_code,
        saying=_("We asked %(office)s. The answer is locked until it decides.", office=office),
    )


@pages.post("/answers/{id_code}/approval/take-back", name="answer.take_back")
def take_back(id_code: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Take the answer back from the office."""
    queries.by_code(work, id_code, "answer.take_back")
    actions.take_back(work, id_code)
    return see_other(
        "answer.hub", id_code=id_code, saying=_("Taken back. You can change it again.")
    )


@pages.get("/answers/{id_code}/approval/paper", name="answer.paper_approval")
def show_paper(id_code: str, view: PersonView) -> Response:
    """Ask for name and date of an approval on paper, and a scan."""
    sheet = queries.open_sheet(view, id_code, "answer.paper_approval")
    return _paper_page(view, sheet, blank(forms.PaperForm))


@pages.post("/answers/{id_code}/approval/paper", name="answer.paper_approval")
def save_paper(id_code: str, work: PersonWork, posted: Posted) -> Response:
    """Record an approval on paper."""
    sheet = queries.open_sheet(work, id_code, "answer.paper_approval")
    form = posted.read(forms.PaperForm)
    if form.value is not None and form.value.on > work.now.date():
        form.refuse("on", _("The date must not be in the future."))
    if form.value is None:
        return _paper_page(work, sheet, form, status=422)
    scan = posted.file("scan")
    try:
        kept = actions.Scan(scan.name, scan.data) if scan else None
        actions.approve_on_paper(work, id_code, form.value.name, form.value.on, kept)
    except (WrongScan, TooLarge, AnswerNotReady) as refusal:
        form.refuse("" if isinstance(refusal, AnswerNotReady) else "scan", refusal.say())
        return _paper_page(work, sheet, form, status=422)
    return see_other("answer.hub", id_code=id_code, saying=_("The approval is recorded."))


@pages.get("/answers/{id_code}/approval/scan", name="answer.scan")
def scan(id_code: str, view: PersonView) -> RawResponse:
    """Give the scan of an approval on paper as a download."""
    submission = queries.by_code(view, id_code, "answer.scan")
    approval = queries.last_approval(view, submission.id)
    if approval is None or approval.scan is None:
        raise NotFound
    return RawResponse(
        view.files.get(approval.scan),
        media_type=approval.scan_type,
        headers={
            "content-disposition": f'attachment; filename="approval-{submission.code}"',
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
        },
    )


@pages.get("/approve/{secret}", name="approval.show")
def show(secret: str, view: PublicView) -> Response:
    """Show the whole answer to the office that was asked; opening it changes nothing."""
    view.require("approval.show")
    approval = _found(view, secret)
    return _office_page(view, approval, secret, blank(forms.DecideForm))


@pages.post("/approve/{secret}", name="approval.show")
def decide(secret: str, work: PublicWork, posted: Posted) -> Response:
    """Approve, or send back with a comment."""
    work.require("approval.show")
    form = posted.read(forms.DecideForm)
    approval = _found(work, secret)
    if form.value is not None and not form.value.name:
        form.refuse("name", _("Type your name to decide."))
    elif form.value is not None and form.value.decision == "send_back" and not form.value.comment:
        form.refuse("comment", _("Say what should change before you approve."))
    if form.value is None:
        return _office_page(work, approval, secret, form, status=422)
    try:
        if form.value.decision == "approve":
            actions.approve(work, secret, form.value.name)
        else:
            actions.send_back(work, secret, form.value.name, form.value.comment)
    except ApprovalOver:
        return _office_page(work, approval, secret, blank(forms.DecideForm), status=410)
    return see_other("approval.show", secret=secret)


def _found(view: View, secret: str) -> Approval:
    approval = view.find(Approval, secret_hash=actions.hash_of(secret))
    if approval is None:
        raise Gone
    return approval


def _approval_page(view: View, sheet: Sheet, form: Filled[Any], *, status: int = 200) -> Response:
    approval = sheet.approval
    names = known.names(view, {approval.asked_by} if approval and approval.asked_by else set())
    asked = queries.approver(view, approval.approver_id if approval else None)
    chosen = queries.approver(view, sheet.settings.approver_id if sheet.settings else None)
    return page(
        f"{TEMPLATES}/approval.html",
        status=status,
        sheet=sheet,
        bar=hub.bar(view, sheet),
        form=form,
        approval=approval,
        asked=asked,
        chosen=chosen,
        asked_by=names.get(approval.asked_by, "") if approval and approval.asked_by else "",
        waiting=sheet.submission.state == State.WITH_APPROVER,
    )


def _paper_page(view: View, sheet: Sheet, form: Filled[Any], *, status: int = 200) -> Response:
    return page(
        f"{TEMPLATES}/paper.html",
        status=status,
        sheet=sheet,
        bar=hub.bar(view, sheet),
        form=form,
    )


def _office_page(
    view: View, approval: Approval, secret: str, form: Filled[Any], *, status: int = 200
) -> Response:
    """Draw the office's page: the whole answer while it is asked, afterwards only what happened."""
    submission = view.get(Submission, id=approval.submission_id)
    sheet = queries.load(view, submission)
    waiting = approval.state == ApprovalState.ASKED and submission.state == State.WITH_APPROVER
    version = submission.document_version_id
    return page(
        f"{TEMPLATES}/approve.html",
        status=status,
        sheet=sheet,
        bar=hub.bar(view, sheet),
        approval=approval,
        approver=queries.approver(view, approval.approver_id),
        asked_by=known.names(view, {approval.asked_by}).get(approval.asked_by, "")
        if approval.asked_by
        else "",
        secret=secret,
        waiting=waiting,
        was_sent=submission.state in rules.SEALED,
        form=form,
        whole=whole.of(view, sheet) if waiting else None,
        has_document=bool(version) and documents.pages(view, version) > 0 if version else False,
    )
