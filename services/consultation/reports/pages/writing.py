"""The report while it is written, reviewed and approved."""

from typing import Annotated, Any

from pydantic import Field, create_model
from starlette.responses import Response

from services.consultation import errors
from services.consultation.analysis import queries as analysis
from services.consultation.calls import queries as calls
from services.consultation.reports import actions, queries
from services.consultation.reports.queries import ReportDraft
from services.consultation.reports.rules import State
from services.consultation.submissions import queries as submissions
from shared.i18n import LANGUAGES, N_, NP_, Words, _, language, translate
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

PARTS = ("summary", "language_gap")
STATES = {
    State.DRAFT: N_("Being written"),
    State.IN_REVIEW: N_("Waits for approval"),
    State.PUBLISHED: NP_("report", "Published"),
}


def _texts_form() -> type[Form]:
    fields: dict[str, Any] = {
        f"{part}_{code}": (Annotated[str, Field(max_length=20000)], "")
        for part in PARTS
        for code in LANGUAGES
    }
    return create_model("TextsForm", __base__=Form, **fields)


TextsForm = _texts_form()


class NoteForm(Form):
    """What the authors are to change."""

    note: Annotated[str, Field(min_length=3, max_length=4000)]


class ApprovalForm(Form):
    """The attestation of the approver: the digest of what was listed, and the tick."""

    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    considered: bool = False


@pages.get("/staff/calls/{code}/report", name="report.edit")
def edit(code: str, view: StaffView) -> Response:
    """Show the report with what its gate finds, and what its approver attests."""
    return _edit_page(view, code)


def _edit_page(
    view: View, code: str, form: Filled[Any] | None = None, status: int = 200
) -> Response:
    draft = queries.draft_page(view, code)
    call = draft.call
    return page(
        "consultation/reports/edit.html",
        status=status,
        draft=draft,
        call=call,
        title=calls.words(view, call).get("title", Words()).best(),
        state=translate(STATES[State(draft.state)]),
        findings=[
            translate(one.sentence, what=_what(one.code, one.what)) for one in draft.findings
        ],
        written_in=[(one, vocabulary.language_name(one, language())) for one in draft.languages],
        form=form or blank(Form, _initial(draft)),
        fate=analysis.fate(view, call.id),
        figures=submissions.figures(view, call.id),
        waiting=queries.waiting_points(view, call.id),
        dispositions=dict(vocabulary.options("disposition", language())),
        reasons=dict(vocabulary.options("reason", language())),
    )


def _what(code: str, what: str) -> str:
    if code not in ("unexplained", "summary"):
        return what
    return _(", ").join(vocabulary.language_name(one, language()) for one in what.split(", "))


def _initial(draft: ReportDraft) -> dict[str, str]:
    return {f"{part}_{code}": text for part in PARTS for code, text in getattr(draft, part).items()}


@pages.post("/staff/calls/{code}/report", name="report.write")
def write(code: str, work: StaffWork, posted: Posted) -> Response:
    """Keep the texts of the report."""
    form: Filled[Form] = posted.read(TextsForm)
    work.require("report.write")
    if form.value is None:
        return _edit_page(work, code, form, status=422)
    said = form.value.model_dump(exclude_unset=True)
    texts: dict[str, dict[str, str]] = {part: {} for part in PARTS}
    for part in PARTS:
        for one in LANGUAGES:
            # A language that the page does not ask for keeps its text.
            if f"{part}_{one}" in form.raw:
                texts[part][one] = said.get(f"{part}_{one}", "")
    actions.write(work, code, texts)
    return see_other("report.edit", code=code, saying=_("Saved."))


@pages.post("/staff/calls/{code}/report/ask-review", name="report.ask_review")
def ask_review(code: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Hand the report to somebody who did not write it."""
    actions.ask_review(work, code)
    return see_other(
        "report.edit", code=code, saying=_("Handed on. Somebody who did not write it approves it.")
    )


@pages.post("/staff/calls/{code}/report/send-back", name="report.send_back")
def send_back(code: str, work: StaffWork, posted: Posted) -> Response:
    """Give the report back to its authors."""
    form = posted.read(NoteForm)
    if form.value is None:
        return _edit_page(work, code, form, status=422)
    actions.send_back(work, code, form.value.note)
    return see_other("report.edit", code=code, saying=_("Sent back to its authors."))


@pages.post("/staff/calls/{code}/report/approve", name="report.approve")
def approve(code: str, work: StaffWork, posted: Posted) -> Response:
    """Approve and publish the report."""
    form = posted.read(ApprovalForm)
    given = form.value
    if given is not None and not given.considered:
        form.refuse(
            "considered", _("Tick that you have considered what is listed, or send it back.")
        )
    if given is not None and form.value is not None:
        with form.refusing("considered", errors.ConsideredChanged, errors.OwnReport):
            actions.approve(work, code, given.digest)
    if form.value is None:
        return _edit_page(work, code, form, status=422)
    return see_other(
        "result.show", code=code, saying=_("Published. Everybody who answered is being told.")
    )
