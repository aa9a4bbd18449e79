"""The staff desk of calls: the list, a new call, one call with its parts, its review."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from services.consultation.calls import actions, queries, rules
from services.consultation.calls.models import Call
from services.consultation.calls.pages import forms, showing
from services.consultation.calls.pages.public import document_page
from services.consultation.calls.queries import Wanted
from services.consultation.calls.rules import State
from services.consultation.documents.rules import anchor_of
from services.consultation.errors import (
    CallMoved,
    CallNotReady,
    ReasonNeeded,
    SecondPersonNeeded,
)
from shared.i18n import LANGUAGES, N_, _, language, ngettext
from shared.known import queries as known
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View, Work

pages = Pages()

TEMPLATES = "consultation/calls"

STATES: dict[str, tuple[str, str]] = {
    "draft": (N_("Draft"), "plain"),
    "in_review": (N_("In review"), "waiting"),
    "changes_requested": (N_("Changes requested"), "partly"),
    "upcoming": (N_("Opening soon"), "waiting"),
    "open": (N_("Open"), "settled"),
    "closed": (N_("Closed"), "waiting"),
    "awaiting_report": (N_("Being read"), "waiting"),
    "overdue": (N_("Reply overdue"), "refused"),
    "reported": (N_("Report published"), "settled"),
    "no_report_expected": (N_("No report expected"), "plain"),
    "not_going_forward": (N_("Not going forward"), "plain"),
    "cancelled": (N_("Cancelled"), "plain"),
}
"""Names of states and phases with the kind of their tag."""

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": (N_("All"), ()),
    "drafting": (N_("Being drafted"), ("draft", "in_review", "changes_requested")),
    "running": (N_("Published"), ("published",)),
    "replying": (N_("Reply in preparation"), ("analysing", "report_in_review")),
    "over": (
        N_("Over"),
        ("report_published", "no_report_expected", "not_going_forward", "cancelled"),
    ),
}
"""Groups of states to filter by."""

PART_TITLES: dict[str, str] = {
    "basics": N_("What it is about"),
    "texts": N_("Title, summary and what may change"),
    "period": N_("When it is open"),
    "audience": N_("Whom it asks"),
    "document": N_("Document to comment on"),
    "questions": N_("Questions"),
    "participation": N_("What you promise"),
    "decision": N_("Who decides, and when"),
}


@dataclass(frozen=True)
class Task:
    """One part of a draft in the task list."""

    title: str
    href: str | None
    hint: str
    state: tuple[str, str]


def state_tag(state: str, phase: str) -> tuple[str, str]:
    """Return the words and the kind of the tag of a call."""
    words, kind = STATES[state if state in rules.DRAFTING else phase]
    return _(words), kind


@pages.get("/staff/calls", name="call.desk")
def desk(
    view: StaffView, group: str = "", programme: str = "", words: str = "", after: str = ""
) -> Response:
    """List all calls, the newest first, with filters in the URL."""
    group = group if group in GROUPS else ""
    text = words[:100].strip()
    wanted = Wanted(states=GROUPS[group][1], programme=programme, text=text, after=after)
    found = queries.desk(view, wanted)
    chosen = {"group": group, "programme": programme, "words": text}
    return page(
        f"{TEMPLATES}/desk.html",
        rows=[(row, state_tag(row.state, row.phase)) for row in found.rows],
        subject=showing.subject,
        chosen=chosen,
        groups=[(key, _(name)) for key, (name, _states) in GROUPS.items()],
        programmes=[("", _("All subjects")), *vocabulary.options("programme", language())],
        pager={
            "next": link("call.desk", **chosen, after=found.next) if found.next else None,
            "previous": link("call.desk", **chosen) if after else None,
        },
    )


@pages.get("/staff/calls/new", name="call.new")
def new(view: StaffView) -> Response:
    """Ask for the title and the basics of a new call."""
    view.require("call.new")
    initial = {
        "authentic_language": language(),
        "languages": list(LANGUAGES),
        "visibility": "public",
        "contact": view.settings.contact,
    }
    return _new_page(blank(forms.NewForm, initial))


@pages.post("/staff/calls/new", name="call.new")
def create(work: StaffWork, posted: Posted) -> Response:
    """Begin a call."""
    form = posted.read(forms.NewForm)
    if form.value is None:
        work.require("call.new")
        return _new_page(form, status=422)
    call = actions.create(work, form.value.title, basics_of(form.value))
    return see_other(
        "call.edit", code=call.code, saying=_("Draft %(code)s is saved.", code=call.code)
    )


@pages.get("/staff/calls/{code}", name="call.edit")
def edit(code: str, view: StaffView) -> Response:
    """Show a call to the staff: its parts while it is drafted, what can be done once published."""
    call = queries.by_code(view, code)
    view.require("call.edit", call)
    return _edit_page(view, call)


@pages.get("/staff/calls/{code}/preview", name="call.preview")
def preview(code: str, view: StaffView) -> Response:
    """Show a draft as its public page will look."""
    call = queries.by_code(view, code)
    view.require("call.preview", call)
    shown = showing.shown(view, call, preview=True)
    return page(f"{TEMPLATES}/show.html", shown=shown, anchor_of=anchor_of)


@pages.get("/staff/calls/{code}/preview/document", name="call.preview_document")
def preview_document(code: str, view: StaffView) -> Response:
    """Show the whole document of a draft."""
    call = queries.by_code(view, code)
    view.require("call.preview_document", call)
    return document_page(view, call)


@pages.post("/staff/calls/{code}/review/ask", name="call.ask_review")
def ask_review(code: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Ask a second person to review."""
    actions.ask_review(work, code)
    return see_other(
        "call.edit", code=code, saying=_("Review asked. A colleague who edited nothing decides.")
    )


@pages.get("/staff/calls/{code}/review", name="call.review")
def review(code: str, view: StaffView) -> Response:
    """Show what the gate finds, and who may publish."""
    call = queries.by_code(view, code)
    view.require("call.review", call)
    return _review_page(view, call, blank(forms.NoteForm))


@pages.post("/staff/calls/{code}/send-back", name="call.send_back")
def send_back(code: str, work: StaffWork, posted: Posted) -> Response:
    """Ask for changes."""
    call = _reviewed(work, code, "call.send_back")
    form = posted.read(forms.NoteForm)
    if form.value is not None:
        with form.refusing("note", ReasonNeeded), form.refusing("", SecondPersonNeeded, CallMoved):
            actions.send_back(work, code, form.value.note)
    if form.value is None:
        return _review_page(work, call, form, status=422)
    return see_other("call.edit", code=code, saying=_("Sent back with your note."))


@pages.post("/staff/calls/{code}/publish", name="call.publish")
def publish(code: str, work: StaffWork, posted: Posted) -> Response:
    """Publish: everybody concerned is told."""
    call = _reviewed(work, code, "call.publish")
    form = posted.read(forms.NoteForm)
    if form.value is not None:
        with form.refusing("", CallNotReady, SecondPersonNeeded, CallMoved):
            actions.publish(work, code, form.value.note)
    if form.value is None:
        return _review_page(work, call, form, status=422)
    return see_other("call.show", code=code, saying=_("Published. Partners are being told."))


def _reviewed(work: Work, code: str, act: str) -> Call:
    """Return the call; the action itself writes down who acted."""
    call = queries.by_code(work, code)
    View.require(work, act, call)
    return call


def basics_of(given: forms.BasicsForm) -> actions.Basics:
    """Return the basics as actions take them."""
    kind, code = forms.subject_of(given.subject)
    return actions.Basics(
        kind,
        code,
        given.authentic_language,
        list(given.languages),
        given.contact,
        rules.Visibility(given.visibility),
        given.sensitive,
    )


def basics_options() -> dict[str, Any]:
    """Return the choices of the basics."""
    programmes = [
        (f"programme:{code}", _("Flagship programme: %(name)s", name=name))
        for code, name in vocabulary.options("programme", language())
    ]
    return {
        "subjects": [
            *programmes,
            ("strategy", _("A strategy or policy")),
            ("initiative", _("An initiative")),
        ],
        "language_options": [
            (code, vocabulary.language_name(code, language())) for code in LANGUAGES
        ],
    }


def _new_page(form: Filled[forms.NewForm], status: int = 200) -> Response:
    return page(f"{TEMPLATES}/new.html", status=status, form=form, **basics_options())


def _edit_page(view: View, call: Call) -> Response:
    if call.state in rules.DRAFTING:
        return _draft_page(view, call)
    phase = queries.phase(view, call)
    windows = queries.windows(view, call.id)
    late = known.organisations(
        view, {one.organisation_id for one in windows if one.organisation_id}
    )
    return page(
        f"{TEMPLATES}/run.html",
        call=call,
        title=queries.words(view, call)["title"],
        tag=state_tag(call.state, phase),
        phase=phase.value,
        windows=windows,
        late=late,
        steps=showing.steps(call, phase),
        proposals=queries.proposals(view, call.id),
        as_moment=datetime.fromisoformat,
        notes=queries.notes(view, call.id),
        reviews=queries.reviews(view, call.id),
        invited=queries.invited(view, call.id),
        categories=vocabulary.options("category", language()),
        acts=_acts(view, call),
        is_replying=call.state in rules.REPLYING,
        is_taking=call.state in rules.TAKING,
    )


def _draft_page(view: View, call: Call) -> Response:
    draft = queries.draft(view, call)
    missing = rules.missing(draft)
    editors = queries.editors(view, call.id)
    may_edit = call.state in rules.EDITABLE and view.allows("call.part", call)
    words = queries.words(view, call)
    return page(
        f"{TEMPLATES}/draft.html",
        call=call,
        title=words.get("title"),
        tag=state_tag(call.state, "drafting"),
        tasks=[_task(call, part, draft, linked=may_edit) for part in rules.PARTS],
        missing=missing,
        speak=queries.speak,
        editors=list(known.names(view, editors).values()),
        reviews=queries.reviews(view, call.id),
        may_ask=call.state in rules.EDITABLE and view.allows("call.ask_review", call),
        is_in_review=call.state == State.IN_REVIEW,
    )


def _task(call: Call, part: str, draft: rules.Draft, *, linked: bool) -> Task:
    open_ones = [one for one in rules.missing(draft) if one.part == part]
    begun = any(key == part or key.startswith(f"{part}-") for key in call.saves)
    held = {"document": draft.has_document, "questions": draft.questions > 0}
    hint = ""
    if open_ones and begun:
        state = (_("Something is missing"), "partly")
        hint = queries.speak(open_ones[0])
    elif open_ones:
        state = (_("Not started"), "plain")
    elif not held.get(part, True):
        state = (_("If you need it"), "plain")
    else:
        state = (_("Ready"), "settled")
    if part == "questions" and draft.questions:
        hint = ngettext("%(n)s question", "%(n)s questions", draft.questions)
    href = link("call.part", code=call.code, part=part) if linked else None
    return Task(_(PART_TITLES[part]), href, hint, state)


def _review_page(
    view: View, call: Call, form: Filled[forms.NoteForm], status: int = 200
) -> Response:
    draft = queries.draft(view, call)
    missing = rules.missing(draft)
    return page(
        f"{TEMPLATES}/review.html",
        status=status,
        form=form,
        call=call,
        title=queries.words(view, call).get("title"),
        missing=[(queries.speak(one), _(PART_TITLES[one.part])) for one in missing],
        warnings=[queries.speak(one) for one in rules.warnings(draft)],
        reach=queries.reach(view, call.audience),
        audience=queries.spell(call.audience),
        editors=list(known.names(view, list(draft.editors)).values()),
        is_second=rules.is_second_person(view.actor.person, draft.editors),
        is_in_review=call.state == State.IN_REVIEW,
        may_decide=view.allows("call.publish", call),
        reviews=queries.reviews(view, call.id),
    )


ACT_TITLES: dict[rules.ActKind, str] = {
    rules.ActKind.EXTEND: N_("Give more time"),
    rules.ActKind.CORRECT: N_("Correct a text"),
    rules.ActKind.CANCEL: N_("Cancel the call"),
    rules.ActKind.NOT_GOING_FORWARD: N_("Say that it is not going forward"),
    rules.ActKind.NO_REPORT_EXPECTED: N_("Say that no report is expected"),
}


def _acts(view: View, call: Call) -> list[tuple[str, str]]:
    if not view.allows("call.act", call):
        return []
    is_closed = call.closes_at is not None and view.now >= call.closes_at
    return [
        (_(title), link("call.act", code=call.code, kind=kind.value))
        for kind, title in ACT_TITLES.items()
        if rules.may_propose(kind, call.state, is_closed=is_closed)
    ]
