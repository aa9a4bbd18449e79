"""Checking and sending, the receipt, the sealed file, print, replacing and withdrawing."""

from typing import Any

from starlette.responses import Response

from services.consultation.errors import (
    AnswerChanged,
    AnswerNotReady,
    ApproverNeeded,
    CannotAnswer,
    OnlyContactPoint,
)
from services.consultation.publication import queries as publication
from services.consultation.submissions import actions, queries, rules
from services.consultation.submissions.pages import forms, hub, whole
from services.consultation.submissions.pages.table import place_sentence
from services.consultation.submissions.queries import Sheet
from services.consultation.submissions.rules import State
from shared import ids
from shared.errors import NotFound
from shared.i18n import _
from shared.known import queries as known
from shared.web.edge import PersonView, PersonWork, Posted, Pressed
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

TEMPLATES = "consultation/submissions"


@pages.get("/answers/{id_code}/check", name="answer.check")
def check(id_code: str, view: PersonView) -> Response:
    """Show the whole answer with change links, what is missing, and the button that sends."""
    sheet = queries.open_sheet(view, id_code, "answer.check")
    if sheet.submission.state in rules.SEALED:
        return see_other("answer.receipt", id_code=id_code)
    return _check_page(view, sheet, blank(forms.SendForm))


@pages.post("/answers/{id_code}/send", name="answer.send")
def send(id_code: str, work: PersonWork, posted: Posted) -> Response:
    """Send: sealed once, however often this is posted."""
    form = posted.read(forms.SendForm)
    if form.value is None:
        sheet = queries.open_sheet(work, id_code, "answer.check")
        return _check_page(work, sheet, form, status=422)
    try:
        actions.send(work, id_code, form.value.key, form.value.seen)
    except (AnswerChanged, AnswerNotReady, CannotAnswer, OnlyContactPoint) as refusal:
        sheet = queries.open_sheet(work, id_code, "answer.check")
        shown = blank(forms.SendForm)
        shown.refuse("", refusal.say())
        return _check_page(work, sheet, shown, status=refusal.status)
    return see_other("answer.receipt", id_code=id_code)


@pages.get("/answers/{id_code}/receipt", name="answer.receipt")
def show_receipt(id_code: str, view: PersonView) -> Response:
    """Show the proof of receipt."""
    sheet = queries.open_sheet(view, id_code, "answer.receipt")
    submission = sheet.submission
    if submission.sealed_at is None:
        return see_other("answer.hub", id_code=id_code)
    call = sheet.asked.call
    verdict = queries.eligibility(view, call, sheet.organisation.id)
    given = queries.receipt(view, submission)
    approval = sheet.approval if submission.approval_id else None
    return page(
        f"{TEMPLATES}/receipt.html",
        sheet=sheet,
        call=call,
        receipt=given,
        place=place_sentence(given.place),
        figures=queries.figures(view, call.id),
        closes_at=call.closes_for(sheet.organisation.id),
        may_replace=view.allows("answer.replace", submission)
        and rules.may_replace(submission.state, is_open=verdict.may_send),
        may_withdraw=view.allows("answer.withdraw", submission)
        and rules.may_withdraw(submission.state, is_open=verdict.is_open),
        is_closed=not verdict.is_open,
        approved=approval,
        has_office=bool(sheet.settings and sheet.settings.approver_id),
        draft=queries.live_draft(view, call.id, sheet.organisation.id),
        declined=sheet.organisation.state == "declined",
        is_published=publication.state_of(view, submission) != "pending",
        may_erase_approver=view.allows("answer.erase_approver", submission)
        and queries.tells_of_approver(view, submission),
    )


@pages.get("/answers/{id_code}/receipt/file", name="answer.file")
def download(id_code: str, view: PersonView) -> Response:
    """Give the sealed answer as the very bytes whose digest stands on the receipt."""
    submission = queries.by_code(view, id_code, "answer.file")
    data = queries.canonical_file(view, submission)
    return Response(
        data,
        media_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="{submission.reference}.json"',
            "x-content-type-options": "nosniff",
        },
    )


@pages.get("/answers/{id_code}/print", name="answer.print")
def show_print(id_code: str, view: PersonView) -> Response:
    """Show the whole answer on one page for paper: a draft as it is, or what was sent."""
    sheet = queries.open_sheet(view, id_code, "answer.print")
    return page(
        f"{TEMPLATES}/print.html",
        sheet=sheet,
        bar=hub.bar(view, sheet),
        about=hub.about(sheet),
        whole=whole.of(view, sheet),
    )


@pages.post("/answers/{id_code}/replace", name="answer.replace")
def replace(id_code: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Begin a replacement with the words of what was sent."""
    queries.by_code(work, id_code, "answer.replace")
    draft = actions.replace(work, id_code)
    return see_other(
        "answer.hub",
        id_code=draft.code,
        saying=_("Change what you like and send it again. Until then the earlier answer counts."),
    )


@pages.get("/answers/{id_code}/withdraw", name="answer.withdraw")
def show_withdraw(id_code: str, view: PersonView) -> Response:
    """Ask once more before withdrawing."""
    sheet = queries.open_sheet(view, id_code, "answer.withdraw")
    if sheet.submission.state != State.SUBMITTED:
        raise NotFound
    return page(f"{TEMPLATES}/withdraw.html", sheet=sheet)


@pages.post("/answers/{id_code}/withdraw", name="answer.withdraw")
def withdraw(id_code: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Withdraw what was sent."""
    queries.by_code(work, id_code, "answer.withdraw")
    actions.withdraw(work, id_code)
    return see_other("answer.receipt", id_code=id_code)


@pages.get("/answers/{id_code}/approver", name="answer.erase_approver")
def show_erase_approver(id_code: str, view: PersonView) -> Response:
    """Say what goes and what stays before who approved is erased."""
    sheet = queries.open_sheet(view, id_code, "answer.erase_approver")
    return _erase_page(view, sheet, blank(Form))


@pages.post("/answers/{id_code}/approver", name="answer.erase_approver")
def erase_approver(id_code: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Erase who approved."""
    sheet = queries.open_sheet(work, id_code, "answer.erase_approver")
    form = blank(Form)
    with form.refusing("", ApproverNeeded):
        actions.erase_approver(work, id_code)
    if form.errors:
        return _erase_page(work, sheet, form, status=409)
    return see_other("answer.receipt", id_code=id_code, saying=_("Erased."))


def _erase_page(view: View, sheet: Sheet, form: Filled[Any], *, status: int = 200) -> Response:
    if not queries.tells_of_approver(view, sheet.submission):
        raise NotFound
    return page(
        f"{TEMPLATES}/erase_approver.html",
        status=status,
        sheet=sheet,
        form=form,
        named=queries.approver(view, sheet.settings.approver_id if sheet.settings else None),
    )


def _check_page(view: View, sheet: Sheet, form: Filled[Any], *, status: int = 200) -> Response:
    organisation = sheet.organisation.id
    roles = view.actor.memberships.get(organisation, frozenset())
    deputies = bool(sheet.settings and sheet.settings.deputies_may_send)
    shown = hub.bar(view, sheet)
    titles = hub.section_titles(view, sheet)
    return page(
        f"{TEMPLATES}/check.html",
        status=status,
        sheet=sheet,
        bar=shown,
        form=form,
        whole=whole.of(view, sheet),
        missing=[hub.named(sheet, part, titles) for part in sheet.missing],
        says_something=rules.says_something(sheet.parts),
        may_send=rules.may_send(roles, deputies_may_send=deputies),
        sender=queries.senders_named(view, organisation),
        administrators=known.members(view, organisation, "administrator"),
        without_approval=bool(shown.office) and not sheet.approved,
        key=ids.secret(),
        earlier=view.find(queries.Submission, id=sheet.submission.replaces_id)
        if sheet.submission.replaces_id
        else None,
    )
