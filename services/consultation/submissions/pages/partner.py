"""The partner's own page, beginning an answer, and how an organisation sends."""

from typing import Any

from starlette.responses import Response

from services.consultation.errors import CannotAnswer
from services.consultation.submissions import actions, queries
from services.consultation.submissions.pages import forms, hub
from shared.errors import Forbidden, NotFound
from shared.i18n import LANGUAGES, _, language
from shared.known import queries as known
from shared.known.models import KnownOrganisation
from shared.mail.message import UnsafeHeader, address
from shared.web.edge import PersonView, PersonWork, Posted
from shared.web.forms import Filled, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View

pages = Pages()

TEMPLATES = "consultation/submissions"


@pages.get("/answers", name="answer.index")
def index(view: PersonView, before: str = "") -> Response:
    """Show what is open for us, what we write, what we sent and what became of it."""
    view.require("answer.index")
    organisations = queries.organisations_of(view)
    ids = [one.id for one in organisations]
    sent = queries.sent(view, ids, before)
    return page(
        f"{TEMPLATES}/index.html",
        organisations=organisations,
        open_for=[] if before else [_open_for(view, one) for one in organisations],
        writing=[] if before else queries.writing(view, ids),
        sent=sent,
        older=link("answer.index", before=sent.before) if sent.before else None,
        newest=link("answer.index") if before else None,
    )


def _open_for(view: View, one: KnownOrganisation) -> tuple[KnownOrganisation, Any, list[Any]]:
    standing = queries.standing(view, one)
    may_begin = standing is None or standing.may_send
    return one, standing, queries.open_calls(view, one) if may_begin else []


@pages.get("/calls/{code}/answer", name="answer.begin")
def show_begin(code: str, view: PersonView, organisation: str = "") -> Response:
    """Ask for whom, and say before the first question whether it may be answered."""
    view.require("answer.begin")
    call = queries.call_facts(view, code)
    mine = queries.organisations_of(view)
    chosen = next((one for one in mine if one.slug == organisation), None)
    if chosen is None and len(mine) == 1:
        chosen = mine[0]
    if chosen is not None:
        live = queries.live(view, call.id, chosen.id)
        if live is not None and len(mine) == 1:
            return see_other("answer.hub", id_code=live.code)
    return _begin_page(view, call, mine, chosen, blank(forms.BeginForm))


@pages.post("/calls/{code}/answer", name="answer.begin")
def begin(code: str, work: PersonWork, posted: Posted) -> Response:
    """Begin an answer for one organisation, or go on with the one there is."""
    work.require("answer.begin")
    call = queries.call_facts(work, code)
    mine = queries.organisations_of(work)
    form = posted.read(forms.BeginForm)
    slug = form.value.organisation if form.value else ""
    chosen = next((one for one in mine if one.slug == slug), None)
    if chosen is None:
        form.refuse("organisation", _("Choose for which organisation you answer."))
        return _begin_page(work, call, mine, None, form, status=422)
    try:
        submission = actions.begin(work, code, chosen.id, language())
    except (CannotAnswer, Forbidden) as refusal:
        form.refuse("", refusal.say())
        return _begin_page(work, call, mine, chosen, form, status=refusal.status)
    return see_other("answer.hub", id_code=submission.code)


@pages.get("/answers/settings/{slug}", name="answer.settings")
def show_settings(slug: str, view: PersonView) -> Response:
    """Show who approves before sending, and whether deputies may send."""
    organisation = _organisation(view, slug)
    settings = queries.settings_of(view, organisation.id)
    approver = queries.approver(view, settings.approver_id if settings else None)
    initial: dict[str, Any] = {"who": "nobody", "language": language()}
    if approver is not None:
        initial = {
            "who": "office",
            "name": approver.name,
            "office": approver.office,
            "email": approver.email,
            "language": approver.language,
        }
    initial["deputies"] = bool(settings and settings.deputies_may_send)
    return _settings_page(view, organisation, blank(forms.SettingsForm, initial))


@pages.post("/answers/settings/{slug}", name="answer.settings")
def save_settings(slug: str, work: PersonWork, posted: Posted) -> Response:
    """Save who approves before sending, and whether deputies may send."""
    organisation = _organisation(work, slug)
    form = posted.read(forms.SettingsForm)
    if form.value is not None and form.value.who == "office":
        _check_office(form)
    if form.value is None:
        return _settings_page(work, organisation, form, status=422)
    given = form.value
    email = given.email if given.who == "office" else ""
    actions.set_approver(work, organisation.id, given.name, given.office, email, given.language)
    actions.let_deputies_send(work, organisation.id, allowed=given.deputies)
    return see_other("answer.index", saying=_("Saved."))


def _begin_page(
    view: View,
    call: queries.CallFacts,
    mine: list[KnownOrganisation],
    chosen: KnownOrganisation | None,
    form: Filled[Any],
    *,
    status: int = 200,
) -> Response:
    lines = [
        (
            one,
            queries.eligibility(view, call, one.id),
            queries.live(view, call.id, one.id),
        )
        for one in mine
    ]
    return page(
        f"{TEMPLATES}/begin.html",
        status=status,
        call=call,
        lines=lines,
        chosen=chosen,
        form=form,
        may_write={one.id: view.allows("answer.write", one.id) for one in mine},
    )


def _organisation(view: View, slug: str) -> KnownOrganisation:
    mine = queries.organisations_of(view)
    organisation = next((one for one in mine if one.slug == slug), None)
    view.require("answer.settings", organisation.id if organisation else None)
    if organisation is None:
        raise NotFound
    return organisation


def _settings_page(
    view: View, organisation: KnownOrganisation, form: Filled[Any], *, status: int = 200
) -> Response:
    deputies = known.members(view, organisation.id, "deputy")
    return page(
        f"{TEMPLATES}/settings.html",
        status=status,
        organisation=organisation,
        about=hub.country(organisation.country),
        form=form,
        deputies=[one.name for one in deputies],
        languages_of_mail=list(LANGUAGES.items()),
    )


def _check_office(form: Filled[forms.SettingsForm]) -> None:
    given = form.value
    if given is None:
        return
    if not given.office:
        form.refuse("office", _("Write the name of the office, such as “Mayor's office”."))
    if not given.name:
        form.refuse("name", _("Write the name of the person who approves."))
    try:
        address(given.email)
    except UnsafeHeader:
        form.refuse("email", _("Write an e-mail address such as name@example.org."))
