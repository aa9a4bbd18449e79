"""The verification desk."""

from typing import Annotated, Any

from pydantic import Field, create_model
from starlette.responses import Response

from services.registry.accounts import queries as accounts
from services.registry.organisations import queries as organisations
from services.registry.organisations.actions import registering
from services.registry.organisations.pages.forms import BeginForm
from services.registry.organisations.rules import State
from services.registry.verification import actions, queries, rules
from shared.i18n import N_, _, language, translate
from shared.vocabulary import vocabulary
from shared.web.edge import PersonWork, Posted, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

STATES = {
    State.INVITED: N_("Invited"),
    State.DRAFT: N_("Being filled in"),
    State.SUBMITTED: N_("Handed in"),
    State.SCREENING: N_("In screening"),
    State.CLARIFICATION: N_("Question asked"),
    State.VERIFIED: N_("Verified"),
    State.DECLINED: N_("Declined"),
    State.REVERIFICATION: N_("To be verified again"),
    State.SUSPENDED: N_("Suspended"),
    State.DEACTIVATED: N_("Closed"),
    State.WITHDRAWN: N_("Withdrawn"),
}
ANSWERS = {
    rules.Answer.YES: N_("Yes"),
    rules.Answer.NO: N_("No"),
    rules.Answer.NOT_APPLICABLE: N_("Does not apply"),
}
RESULTS = {
    rules.Result.CLEAR: N_("Clear: can be verified"),
    rules.Result.INCOMPLETE: N_("Not all checks are answered"),
    rules.Result.BLOCKED: N_("Blocked: a check or a part is not good"),
}


class QuestionForm(Form):
    """A question to the applicant, or its answer."""

    text: Annotated[str, Field(min_length=3, max_length=4000)]


class AnswerForm(Form):
    """The applicant's answer."""

    answer: Annotated[str, Field(min_length=1, max_length=4000)]


class ReasonForm(Form):
    """A reason that the partner is told."""

    reason: Annotated[str, Field(min_length=3, max_length=1000)]


class InviteForm(BeginForm):
    """An organisation to be invited, and where to write."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    language: Annotated[str, Field(max_length=8)] = "en"


@pages.get("/staff/organisation", name="verification.index")
def index(view: StaffView, state: str = "", category: str = "", page_number: int = 1) -> Response:
    """List registrations, those with the nearest deadline first."""
    found = queries.queue(view, state=state, category=category, page=max(1, page_number))
    return page(
        "registry/verification/index.html",
        queue=found,
        state=state,
        category=category,
        states=_states(),
        categories=vocabulary.options("category_short", language()),
        requests=accounts.overdue_join_requests(view),
    )


def _states() -> dict[str, str]:
    return {state.value: translate(text) for state, text in STATES.items()}


@pages.get("/staff/organisation/invite", name="organisation.invite")
def invite_page(view: StaffView) -> Response:
    """Ask whom to invite."""
    view.require("organisation.invite")
    return _invite_page(blank(InviteForm, {"language": "en"}))


def _invite_page(form: Filled[InviteForm], status: int = 200) -> Response:
    spoken = language()
    return page(
        "registry/verification/invite.html",
        status=status,
        form=form,
        categories=vocabulary.options("category", spoken),
        countries=vocabulary.country_options(spoken),
    )


@pages.post("/staff/organisation/invite", name="organisation.send_invitation")
def invite(work: StaffWork, posted: Posted) -> Response:
    """Invite an organisation."""
    form = posted.read(InviteForm)
    work.require("organisation.send_invitation")
    if form.value is None:
        return _invite_page(form, status=422)
    given = form.value
    organisation = registering.invite_organisation(
        work,
        name=given.name,
        category=given.category,
        country=given.country,
        email=given.email,
        language=given.language,
    )
    return see_other(
        "verification.show", slug=organisation.slug, saying=_("The invitation is on its way.")
    )


@pages.get("/staff/organisation/{slug}", name="verification.show")
def show(slug: str, view: StaffView) -> Response:
    """Show one registration with its checks."""
    return _case_page(view, slug)


def _case_page(
    view: View, slug: str, form: Filled[Any] | None = None, status: int = 200
) -> Response:
    found = queries.case(view, slug)
    initial = {f"check_{one.code}": one.answer for one in found.checks} | {"note": found.note}
    return page(
        "registry/verification/show.html",
        status=status,
        case=found,
        form=form or blank(Form, initial),
        states=_states(),
        answers={code.value: translate(text) for code, text in ANSWERS.items()},
        result=translate(RESULTS[rules.Result(found.result)]),
    )


@pages.post("/staff/organisation/{slug}/begin", name="verification.begin")
def begin(slug: str, work: StaffWork, _posted: Posted) -> Response:
    """Take the registration up."""
    actions.begin(work, slug)
    return see_other("verification.show", slug=slug)


@pages.post("/staff/organisation/{slug}/screen", name="verification.screen")
def screen(slug: str, work: StaffWork, posted: Posted) -> Response:
    """Keep the answers to the checks."""
    category = organisations.by_slug(work, slug).category
    form = posted.read(_screening_form(category))
    if form.value is None:
        return _case_page(work, slug, form, status=422)
    said = form.value.model_dump()
    answers = {one.code: said[f"check_{one.code}"] for one in rules.CHECKS[category]}
    actions.screen(work, slug, answers, said["note"])
    return see_other("verification.show", slug=slug, saying=_("Saved."))


def _screening_form(category: str) -> type[Form]:
    fields: dict[str, Any] = {
        f"check_{one.code}": (
            Annotated[str, Field(pattern=f"^({'|'.join(rules.offered(one))})?$")],
            "",
        )
        for one in rules.CHECKS[category]
    }
    fields["note"] = (Annotated[str, Field(max_length=4000)], "")
    return create_model("ScreeningForm", __base__=Form, **fields)


@pages.post("/staff/organisation/{slug}/ask", name="verification.ask")
def ask(slug: str, work: StaffWork, posted: Posted) -> Response:
    """Ask the applicant something."""
    form = posted.read(QuestionForm)
    if form.value is None:
        return _case_page(work, slug, form, status=422)
    actions.ask(work, slug, form.value.text)
    return see_other("verification.show", slug=slug, saying=_("Asked. Its members are told."))


@pages.post("/organisation/{slug}/clarifications/{number}", name="clarification.answer")
def answer(slug: str, number: int, work: PersonWork, posted: Posted) -> Response:
    """Answer the officer."""
    form = posted.read(AnswerForm)
    if form.value is not None:
        actions.answer(work, slug, number, form.value.answer)
        return see_other("organisation.home", slug=slug, saying=_("Sent. We go on checking."))
    work.require("clarification.answer", organisations.by_slug(work, slug))
    return see_other("organisation.home", slug=slug, saying=_("Write an answer first."))


@pages.post("/staff/organisation/{slug}/verify", name="verification.verify")
def verify(slug: str, work: StaffWork, _posted: Posted) -> Response:
    """Verify the partner."""
    actions.verify(work, slug)
    return see_other("verification.show", slug=slug, saying=_("Verified. Its members are told."))


@pages.post("/staff/organisation/{slug}/decline", name="verification.decline")
def decline(slug: str, work: StaffWork, posted: Posted) -> Response:
    """Decline the partner."""
    return _with_reason(work, slug, posted, actions.decline, _("Declined. Its members are told."))


@pages.post("/staff/organisation/{slug}/suspend", name="verification.suspend")
def suspend(slug: str, work: StaffWork, posted: Posted) -> Response:
    """Suspend the partner."""
    return _with_reason(work, slug, posted, actions.suspend, _("Suspended. Its members are told."))


def _with_reason(work: Any, slug: str, posted: Any, act: Any, saying: str) -> Response:
    form = posted.read(ReasonForm)
    if form.value is None:
        return _case_page(work, slug, form, status=422)
    act(work, slug, form.value.reason)
    return see_other("verification.show", slug=slug, saying=saying)


@pages.post("/staff/organisation/{slug}/reinstate", name="verification.reinstate")
def reinstate(slug: str, work: StaffWork, _posted: Posted) -> Response:
    """Let a suspended partner take part again."""
    actions.reinstate(work, slug)
    return see_other("verification.show", slug=slug, saying=_("It can take part again."))
