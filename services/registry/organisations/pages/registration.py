"""A registration: begun, filled in by parts, handed in."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.registry import errors
from services.registry.accounts.pages import browser
from services.registry.organisations import queries
from services.registry.organisations.actions import documents, registering
from services.registry.organisations.pages.forms import BeginForm, part_form
from services.registry.organisations.rules import State
from services.registry.verification import queries as verification
from shared.errors import Conflict, TooLarge
from shared.i18n import _, language, translate
from shared.vocabulary import vocabulary
from shared.web import formats
from shared.web.edge import PersonView, PersonWork, Posted, Pressed
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.web.posted import PostedForm
from shared.work import View

pages = Pages()


@pages.get("/organisation/new", name="organisation.register")
def register(view: PersonView) -> Response:
    """Ask for name, category and country."""
    view.require("organisation.register")
    return _begin_page(view, blank(BeginForm, {}), [])


@pages.post("/organisation/new", name="organisation.begin")
def begin(work: PersonWork, posted: Posted) -> Response:
    """Begin a registration, unless likely duplicates are to be looked at first."""
    form = posted.read(BeginForm)
    work.require("organisation.begin")
    if form.value is None:
        return _begin_page(work, form, [], status=422)
    given = form.value
    likely = queries.likely_duplicates(
        work, name=given.name, country=given.country, website=given.website
    )
    if likely and not given.sure:
        return _begin_page(work, form, likely, status=409)
    organisation = registering.register(
        work, name=given.name, category=given.category, country=given.country, website=given.website
    )
    response = see_other("organisation.home", slug=organisation.slug)
    browser.refresh(work, response, {organisation.id: organisation.version})
    return response


def _begin_page(
    view: View, form: Filled[BeginForm], likely: list[queries.Likely], status: int = 200
) -> Response:
    spoken = language()
    return page(
        "registry/organisations/begin.html",
        status=status,
        form=form,
        likely=likely,
        categories=vocabulary.options("category", spoken),
        countries=vocabulary.country_options(spoken),
        mine=queries.of_person(view),
    )


@pages.get("/organisation/{slug}", name="organisation.home")
def home(slug: str, view: PersonView) -> Response:
    """Show the registration as a task list, and where it stands."""
    return page("registry/organisations/home.html", **_hub(view, slug))


def _hub(view: View, slug: str) -> dict[str, Any]:
    found = queries.registration(view, slug)
    return {
        "registration": found,
        "sentence": translate(
            queries.STATE_SENTENCES[State(found.state)],
            name=found.name,
            reason=found.state_reason.rstrip("."),
            since=formats.day(found.state_since, view.actor.zone),
        ),
        "clarifications": verification.clarifications(view, found.id),
    }


@pages.get("/organisation/{slug}/registration/{part}", name="organisation.part")
def part(slug: str, part: str, view: PersonView) -> Response:
    """Show one part with what was answered."""
    found = queries.part_page(view, slug, part)
    form = blank(
        part_form(found.registration.category, part),
        {**found.answers, "row_version": found.registration.row_version},
    )
    return page("registry/organisations/part.html", part=found, form=form)


@pages.post("/organisation/{slug}/registration/{part}", name="organisation.save")
def save(slug: str, part: str, work: PersonWork, posted: Posted) -> Response:
    """Keep the answers of a part and its files, and go on to the next one."""
    # Before what was typed is looked at; the action itself writes down who acted.
    View.require(work, "organisation.save", queries.by_slug(work, slug))
    found = queries.part_page(work, slug, part)
    form: Filled[Form] = posted.read(part_form(found.registration.category, part))
    if form.value is None:
        return page("registry/organisations/part.html", status=422, part=found, form=form)
    answers = form.value.model_dump(exclude={"row_version", "then"})
    version: int = form.value.model_dump()["row_version"]
    try:
        registering.save_part(work, slug, part, answers, version)
    except Conflict as problem:
        return page(
            "registry/organisations/part.html",
            status=409,
            part=found,
            form=form,
            conflict=problem.say(),
        )
    _keep_files(work, slug, found, posted, form)
    if form.errors:
        return page(
            "registry/organisations/part.html",
            status=422,
            keep=True,
            part=queries.part_page(work, slug, part),
            form=form,
        )
    if posted.get("then") == "stay":
        return see_other("organisation.part", slug=slug, part=part, saying=_("Saved."))
    if found.next:
        return see_other("organisation.part", slug=slug, part=found.next)
    return see_other("organisation.home", slug=slug)


def _keep_files(
    work: PersonWork, slug: str, found: queries.PartPage, posted: PostedForm, form: Filled[Form]
) -> None:
    for field in found.fields:
        for upload in posted.files(field.code):
            with form.refusing(field.code, errors.WrongFile, errors.TooManyFiles, TooLarge):
                documents.add(work, slug, found.code, field.code, upload.name, upload.data)
    if form.errors:
        # What was saved stays: the page shows the new row version beside the refused file.
        form.raw["row_version"] = [str(found.registration.row_version + 1)]


@pages.post(
    "/organisation/{slug}/registration/{part}/files/{file}/remove", name="organisation.remove_file"
)
def remove_file(slug: str, part: str, file: UUID, work: PersonWork, _pressed: Pressed) -> Response:
    """Take a file out."""
    work.require("organisation.remove_file", queries.by_slug(work, slug))
    documents.remove(work, slug, file)
    return see_other("organisation.part", slug=slug, part=part, saying=_("The file was removed."))


@pages.post("/organisation/{slug}/submit", name="organisation.submit")
def submit(slug: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Hand the registration in."""
    organisation = registering.submit(work, slug)
    response = see_other(
        "organisation.home",
        slug=slug,
        saying=_("Your registration is handed in. You can write and send answers at once."),
    )
    browser.refresh(work, response, {organisation.id: organisation.version})
    return response


@pages.post("/organisation/{slug}/withdraw", name="organisation.withdraw")
def withdraw(slug: str, work: PersonWork, _pressed: Pressed) -> Response:
    """Take the registration back."""
    registering.withdraw(work, slug)
    return see_other("organisation.home", slug=slug, saying=_("The registration is withdrawn."))
