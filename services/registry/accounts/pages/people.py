"""People for administrators of the portal: found, looked at, given staff roles."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from services.registry import errors
from services.registry.accounts import queries
from services.registry.accounts.actions import people, provider
from services.registry.accounts.pages import choices
from services.registry.accounts.queries import PersonRow
from services.registry.accounts.rules import StaffRole
from shared.i18n import _
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()


class RolesForm(Form):
    """The staff roles that a person is to have; `confirmed` once they were shown again."""

    roles: Annotated[list[StaffRole], Field(default_factory=list)]
    confirmed: Annotated[str, Field(max_length=3)] = ""


@pages.get("/staff/people", name="person.index")
def index(view: StaffView, words: str = "", who: str = "", after: str = "") -> Response:
    """List people, newest first."""
    found = queries.people(view, words=words[:200], staff_only=who == "staff", after=after[:12])
    following = link("person.index", words=words, who=who, after=found.next) if found.next else ""
    first = link("person.index", words=words, who=who) if after else ""
    return page(
        "registry/accounts/people.html",
        people=found.rows,
        pages={"next": following, "previous": first},
        words=words,
        who=who,
        staff_role=choices.staff_role,
    )


@pages.get("/staff/people/{code}", name="person.show")
def show(code: str, view: StaffView) -> Response:
    """Show one person and their staff roles."""
    person = queries.person(view, code)
    return _person(view, person, blank(RolesForm, {"roles": list(person.staff_roles)}))


@pages.post("/staff/people/{code}", name="person.appoint")
def appoint(code: str, work: StaffWork, posted: Posted) -> Response:
    """Show the change first, then make it."""
    person, form = queries.person(work, code), posted.read(RolesForm)
    if form.value is None:
        return _person(work, person, form, status=422)
    before, after = set(person.staff_roles), {role.value for role in form.value.roles}
    if before == after:
        return see_other("person.show", code=code, saying=_("Nothing was changed."))
    if form.value.confirmed != "yes":
        return page(
            "registry/accounts/appoint.html",
            person=person,
            roles=sorted(after),
            given=[choices.staff_role(role) for role in StaffRole if role in after - before],
            taken=[choices.staff_role(role) for role in StaffRole if role in before - after],
        )
    with form.refusing("roles", errors.NotOneself, errors.LastStaffAdministrator):
        people.appoint(work, code, after)
    if form.errors:
        return _person(work, person, form, status=409)
    return see_other("person.show", code=code, saying=_("Saved. It holds from now on."))


@pages.post("/staff/people/{code}/release", name="person.release")
def release(code: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Let another identity of the person at the organisation's sign-in come in."""
    provider.release(work, code)
    return see_other(
        "person.show",
        code=code,
        saying=_("The next identity that comes with this address is let in."),
    )


def _person(view: View, person: PersonRow, form: Filled[RolesForm], status: int = 200) -> Response:
    return page(
        "registry/accounts/person.html",
        status=status,
        person=person,
        bound=queries.bound(view, person.id),
        form=form,
        roles=choices.staff_roles(),
        staff_role=choices.staff_role,
    )
