"""The verification desk."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, create_model
from starlette.responses import Response

from services.registry.organisations import queries as organisations
from services.registry.organisations.actions import people, registering
from services.registry.organisations.pages.forms import BeginForm, DecideForm
from services.registry.organisations.rules import State
from services.registry.verification import actions, queries, rules
from shared.i18n import N_, NP_, _, language, translate
from shared.vocabulary import vocabulary
from shared.vocabulary.access import MEMBER_ROLES
from shared.web.edge import PersonWork, Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

STATES = {
    State.INVITED: NP_("organisation", "Invited"),
    State.DRAFT: N_("Being filled in"),
    State.SUBMITTED: N_("Handed in"),
    State.SCREENING: N_("In screening"),
    State.CLARIFICATION: N_("Question asked"),
    State.VERIFIED: NP_("organisation", "Verified"),
    State.DECLINED: N_("Declined"),
    State.REVERIFICATION: N_("To be verified again"),
    State.SUSPENDED: N_("Suspended"),
    State.DEACTIVATED: NP_("organisation", "Closed"),
    State.WITHDRAWN: NP_("organisation", "Withdrawn"),
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
        requests=queries.count_left_requests(view),
    )


def _states() -> dict[str, str]:
    return {state.value: translate(text) for state, text in STATES.items()}


@pages.get("/staff/organisation/requests", name="verification.requests")
def list_requests(view: StaffView, after: UUID | None = None) -> Response:
    """List requests to join that administrators left for 7 days."""
    return _requests_page(view, blank(DecideForm), after)


def _requests_page(
    view: View, form: Filled[DecideForm], after: UUID | None = None, status: int = 200
) -> Response:
    spoken = language()
    return page(
        "registry/verification/requests.html",
        status=status,
        requests=queries.left_requests(view, after),
        form=form,
        roles=[(code, vocabulary.role(code, spoken, member=True)) for code in MEMBER_ROLES],
        first=after is None,
    )


@pages.post("/staff/organisation/{slug}/requests/{request}", name="verification.decide_request")
def decide_request(slug: str, request: UUID, work: StaffWork, posted: Posted) -> Response:
    """Take somebody in, or not, in place of administrators who did not answer."""
    work.require("verification.decide_request")
    form = posted.read(DecideForm)
    if form.value is not None and form.value.approve == "yes" and not form.value.roles:
        form.refuse("roles", _("Choose what the person may do there."))
    if form.value is None:
        return _requests_page(work, form, status=422)
    approve = form.value.approve == "yes"
    people.decide_join(work, slug, request, approve=approve, roles=form.value.roles)
    return see_other("verification.requests", saying=_("Decided. We told the person who asked."))


@pages.get("/staff/organisation/invite", name="organisation.invite")
def invite_page(view: StaffView) -> Response:
    """Ask whom to invite."""
    view.require("organisation.invite")
    return _invite_page(blank(InviteForm, {"language": "en"}), [])


def _invite_page(
    form: Filled[InviteForm], likely: list[organisations.Likely], status: int = 200
) -> Response:
    spoken = language()
    return page(
        "registry/verification/invite.html",
        status=status,
        form=form,
        likely=likely,
        categories=vocabulary.options("category", spoken),
        countries=vocabulary.country_options(spoken),
    )


@pages.post("/staff/organisation/invite", name="organisation.send_invitation")
def invite(work: StaffWork, posted: Posted) -> Response:
    """Invite an organisation, unless likely duplicates are to be looked at first."""
    form = posted.read(InviteForm)
    work.require("organisation.send_invitation")
    if form.value is None:
        return _invite_page(form, [], status=422)
    given = form.value
    likely = organisations.likely_duplicates(
        work, name=given.name, country=given.country, website=given.website
    )
    if likely and not given.sure:
        return _invite_page(form, likely, status=409)
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
    actions.answer(work, slug, number, posted.take(AnswerForm).answer)
    return see_other("organisation.home", slug=slug, saying=_("Sent. We go on checking."))


@pages.post("/staff/organisation/{slug}/verify", name="verification.verify")
def verify(slug: str, work: StaffWork, _pressed: Pressed) -> Response:
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
def reinstate(slug: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Let a suspended partner take part again."""
    actions.reinstate(work, slug)
    return see_other("verification.show", slug=slug, saying=_("It can take part again."))
