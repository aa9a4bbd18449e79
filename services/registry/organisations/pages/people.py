"""The people of an organisation: members, roles, invitations, requests to join; and its files."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.registry import errors
from services.registry.accounts import queries as accounts
from services.registry.accounts.rules import MemberRole
from services.registry.organisations import queries
from services.registry.organisations.actions import people
from services.registry.organisations.pages.forms import DecideForm
from shared.i18n import _, language
from shared.vocabulary import vocabulary
from shared.vocabulary.access import MEMBER_ROLES
from shared.web.edge import PersonView, PersonWork, Posted
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()


class InviteForm(Form):
    """Whom to invite, and to do what."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    roles: Annotated[list[MemberRole], Field(min_length=1, max_length=5)]


class RolesForm(Form):
    """The roles of a member."""

    roles: Annotated[list[MemberRole], Field(max_length=5, default_factory=list)]


class JoinForm(Form):
    """Why somebody wants to join."""

    note: Annotated[str, Field(max_length=1000)] = ""


@pages.get("/organisation/{slug}/people", name="organisation.members")
def members(slug: str, view: PersonView) -> Response:
    """List the people, what they may do, and who waits."""
    return _people_page(view, slug, blank(InviteForm, {}))


def _people_page(view: View, slug: str, form: Filled[Any], status: int = 200) -> Response:
    found = queries.by_slug(view, slug)
    view.require("organisation.members", found)
    return page(
        "registry/organisations/people.html",
        status=status,
        organisation=found,
        members=accounts.members(view, found.id),
        invitations=accounts.invitations(view, found.id),
        requests=accounts.join_requests(view, found.id),
        roles=[(code, vocabulary.role(code, language(), member=True)) for code in MEMBER_ROLES],
        form=form,
    )


@pages.post("/organisation/{slug}/people/invite", name="organisation.invite_member")
def invite(slug: str, work: PersonWork, posted: Posted) -> Response:
    """Invite somebody by mail."""
    form = posted.read(InviteForm)
    if form.value is not None:
        with form.refusing("email", errors.WrongAddress, errors.AlreadyMember):
            people.invite(work, slug, form.value.email, form.value.roles)
    if form.value is None:
        return _people_page(work, slug, form, status=422)
    return see_other("organisation.members", slug=slug, saying=_("The invitation is on its way."))


@pages.post("/organisation/{slug}/people/{membership}/roles", name="organisation.set_roles")
def set_roles(slug: str, membership: UUID, work: PersonWork, posted: Posted) -> Response:
    """Give a member other roles, or end the membership when none is left."""
    form = posted.read(RolesForm)
    if form.value is None:
        return _people_page(work, slug, form, status=422)
    people.set_roles(work, slug, membership, form.value.roles)
    return see_other("organisation.members", slug=slug, saying=_("Saved."))


@pages.get("/organisation/{slug}/join", name="organisation.join_page")
def join_page(slug: str, view: PersonView) -> Response:
    """Ask for a note to the administrators."""
    return _join_page(view, slug, blank(JoinForm))


def _join_page(view: View, slug: str, form: Filled[JoinForm], status: int = 200) -> Response:
    view.require("organisation.join_page")
    found = queries.by_slug(view, slug)
    return page(
        "registry/organisations/join.html",
        status=status,
        organisation=found,
        waiting=accounts.my_join_request(view, found.id),
        form=form,
    )


@pages.post("/organisation/{slug}/join", name="organisation.join")
def join(slug: str, work: PersonWork, posted: Posted) -> Response:
    """Ask to join."""
    form = posted.read(JoinForm)
    if form.value is None:
        return _join_page(work, slug, form, status=422)
    people.ask_to_join(work, slug, form.value.note)
    return see_other(
        "organisation.join_page",
        slug=slug,
        saying=_("We passed your request on. Its administrators have 7 days to decide."),
    )


@pages.post("/organisation/{slug}/join/{request}", name="organisation.decide_join")
def decide_join(slug: str, request: UUID, work: PersonWork, posted: Posted) -> Response:
    """Take somebody in, or not."""
    form = posted.read(DecideForm)
    if form.value is None:
        return _people_page(work, slug, form, status=422)
    approve = form.value.approve == "yes"
    people.decide_join(work, slug, request, approve=approve, roles=form.value.roles)
    return see_other(
        "organisation.members", slug=slug, saying=_("Decided. We told the person who asked.")
    )


@pages.get("/organisation/{slug}/files/{file}", name="organisation.file")
def file(slug: str, file: UUID, view: PersonView) -> Response:
    """Give a file back as an attachment that no browser opens by itself."""
    found = queries.file(view, slug, file)
    return Response(
        found.data,
        media_type=found.content_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{found.quoted_name}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
