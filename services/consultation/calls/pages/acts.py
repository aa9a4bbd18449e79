"""What is done to a published call: proposed on a page of its own, approved by somebody else."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from services.consultation.calls import actions, queries, rules
from services.consultation.calls.models import Call
from services.consultation.calls.pages import forms
from services.consultation.calls.pages.desk import ACT_TITLES
from services.consultation.calls.rules import ActKind
from services.consultation.errors import (
    CallMoved,
    CannotAnswer,
    NeverShorter,
    ReasonNeeded,
    SecondPersonForAct,
)
from shared.errors import NotFound
from shared.i18n import LANGUAGES, _, language
from shared.known import queries as known
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

TEMPLATES = "consultation/calls"

FORMS: dict[ActKind, type[forms.ReasonsForm]] = {
    ActKind.EXTEND: forms.ExtendForm,
    ActKind.CORRECT: forms.CorrectForm,
    ActKind.CANCEL: forms.EndForm,
    ActKind.NOT_GOING_FORWARD: forms.EndForm,
    ActKind.NO_REPORT_EXPECTED: forms.EndForm,
}


@pages.get("/staff/calls/{code}/acts/{kind}", name="call.act")
def show(
    code: str, kind: str, view: StaffView, part: str = "", text_language: str = ""
) -> Response:
    """Show the page on which an act is proposed."""
    call = queries.by_code(view, code)
    view.require("call.act", call)
    act = _kind(kind)
    initial: dict[str, Any] = {}
    if act is ActKind.EXTEND:
        day, clock = forms.typed(call.closes_at, call.zone)
        initial = {"closes_on": day, "closes_time": clock}
    if act is ActKind.CORRECT:
        part = part if part in forms.TEXT_PARTS else "summary"
        chosen = text_language if text_language in LANGUAGES else call.authentic_language
        said = queries.words(view, call)
        text = said[part].get(chosen) if part in said else ""
        initial = {"part": part, "language": chosen, "text": text}
    return _page(view, call, act, blank(FORMS[act], initial))


@pages.post("/staff/calls/{code}/acts/{kind}", name="call.act")
def propose(code: str, kind: str, work: StaffWork, posted: Posted) -> Response:
    """Propose an act."""
    act = _kind(kind)
    call = queries.by_code(work, code)
    form: Filled[Any] = posted.read(FORMS[act])
    if form.value is not None:
        given = form.value
        more: dict[str, Any] = {}
        if act is ActKind.EXTEND:
            more["closes_at"] = forms.moment(given.closes_on, given.closes_time, call.zone)
        if act is ActKind.CORRECT:
            more["texts"] = {given.part: {given.language: given.text}}
        with (
            form.refusing(f"reason_{call.authentic_language}", ReasonNeeded),
            form.refusing("closes_on", NeverShorter),
            form.refusing("", CallMoved),
        ):
            actions.propose(work, code, act, given.reasons, **more)
    if form.value is None:
        View.require(work, "call.act", call)
        return _page(work, call, act, form, status=422)
    return see_other(
        "call.edit", code=code, saying=_("Proposed. It happens when somebody else approves it.")
    )


@pages.post("/staff/calls/{code}/proposals/{act_id}/approve", name="call.approve_act")
def approve(code: str, act_id: UUID, work: StaffWork, _pressed: Pressed) -> Response:
    """Approve a proposed act."""
    try:
        actions.approve(work, code, act_id)
    except SecondPersonForAct as refusal:
        return _refused(code, refusal)
    return see_other("call.edit", code=code, saying=_("Done. Those concerned are being told."))


@pages.post("/staff/calls/{code}/proposals/{act_id}/refuse", name="call.refuse_act")
def refuse(code: str, act_id: UUID, work: StaffWork, posted: Posted) -> Response:
    """Refuse a proposed act, or take back one's own."""
    actions.refuse(work, code, act_id, posted.take(forms.NoteForm).note)
    return see_other("call.edit", code=code, saying=_("Not done. The proposal is closed."))


@pages.get("/staff/calls/{code}/late-window", name="call.late_window")
def show_late_window(code: str, view: StaffView) -> Response:
    """Show the page on which one partner is let in after the close."""
    call = queries.by_code(view, code)
    view.require("call.late_window", call)
    form = blank(forms.LateWindowForm, {"closes_time": "23:59"})
    return page(f"{TEMPLATES}/late_window.html", call=call, form=form)


@pages.post("/staff/calls/{code}/late-window", name="call.late_window")
def open_late_window(code: str, work: StaffWork, posted: Posted) -> Response:
    """Let one partner send after the close."""
    call = queries.by_code(work, code)
    form = posted.read(forms.LateWindowForm)
    if form.value is not None:
        given = form.value
        organisation = known.organisation_by_slug(work, given.organisation.rsplit("/", 1)[-1])
        closes_at = forms.moment(given.closes_on, given.closes_time, call.zone)
        if organisation is None:
            form.refuse("organisation", _("There is no such partner. Copy its address here."))
        elif closes_at is not None:
            with (
                form.refusing("closes_on", NeverShorter),
                form.refusing("organisation", CannotAnswer),
                form.refusing("", CallMoved),
            ):
                actions.open_late_window(work, code, organisation.id, closes_at, given.reason)
    if form.value is None:
        View.require(work, "call.late_window", call)
        return page(f"{TEMPLATES}/late_window.html", status=422, call=call, form=form)
    return see_other(
        "call.edit", code=code, saying=_("The partner can send now and is being told.")
    )


@pages.get("/staff/calls/{code}/reply-late", name="call.reply_late")
def show_reply_late(code: str, view: StaffView) -> Response:
    """Show the page on which a new date of the reply is said."""
    call = queries.by_code(view, code)
    view.require("call.reply_late", call)
    return _reply_late_page(view, call, blank(forms.ReplyLateForm))


@pages.post("/staff/calls/{code}/reply-late", name="call.reply_late")
def say_reply_late(code: str, work: StaffWork, posted: Posted) -> Response:
    """Say publicly that the reply is late, and until when."""
    call = queries.by_code(work, code)
    form = posted.read(forms.ReplyLateForm)
    if form.value is not None:
        given = form.value
        noon = datetime.combine(given.new_on, time(23, 59), ZoneInfo(call.zone)).astimezone(UTC)
        with (
            form.refusing(f"reason_{call.authentic_language}", ReasonNeeded),
            form.refusing("new_on", NeverShorter),
            form.refusing("", CallMoved),
        ):
            actions.reply_late(work, code, noon, given.reasons)
    if form.value is None:
        View.require(work, "call.reply_late", call)
        return _reply_late_page(work, call, form, status=422)
    return see_other("call.edit", code=code, saying=_("Said. Everybody who answered is told."))


def _kind(kind: str) -> ActKind:
    if kind not in set(ActKind):
        raise NotFound
    return ActKind(kind)


def _refused(code: str, refusal: SecondPersonForAct) -> Response:
    return see_other("call.edit", code=code, saying=refusal.say())


def _page(view: View, call: Call, act: ActKind, form: Filled[Any], status: int = 200) -> Response:
    chosen = form.get("language") or call.authentic_language
    return page(
        f"{TEMPLATES}/act.html",
        status=status,
        call=call,
        kind=act.value,
        heading=_(ACT_TITLES[act]),
        title=queries.words(view, call).get("title"),
        form=form,
        text_parts=_text_part_names(),
        text_language=chosen,
        language_options=[(code, vocabulary.language_name(code, language())) for code in LANGUAGES],
        **_reasons_context(call),
    )


def _reply_late_page(_view: View, call: Call, form: Filled[Any], status: int = 200) -> Response:
    return page(
        f"{TEMPLATES}/reply_late.html",
        status=status,
        call=call,
        form=form,
        due=call.reply_expected_at,
        is_owed=call.state in rules.REPLYING,
        **_reasons_context(call),
    )


def _reasons_context(call: Call) -> dict[str, Any]:
    told = language()
    others = [code for code in LANGUAGES if code != call.authentic_language]
    return {
        "authentic": (
            call.authentic_language,
            vocabulary.language_name(call.authentic_language, told),
        ),
        "others": [(code, vocabulary.language_name(code, told)) for code in others],
    }


def _text_part_names() -> list[tuple[str, str]]:
    names = {
        "title": _("Title"),
        "summary": _("Summary"),
        "open_for_change": _("Open for change"),
        "already_decided": _("Already decided"),
        "decision_owner": _("Who decides"),
        "exception": _("Why the period is short"),
        "language_gap": _("Why not in every language"),
    }
    return list(names.items())
