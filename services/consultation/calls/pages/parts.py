"""The parts of a draft, each a page: basics, texts, period, audience, document and the rest."""

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel
from starlette.responses import Response

from services.consultation.calls import actions, queries, rules
from services.consultation.calls.models import Call
from services.consultation.calls.pages import forms
from services.consultation.calls.pages.desk import PART_TITLES, basics_of, basics_options
from services.consultation.documents import actions as document_actions
from services.consultation.documents import queries as documents
from services.consultation.documents.rules import together
from services.consultation.errors import CallMoved, DocumentNotReadable, PartChanged
from services.consultation.questions import queries as questions
from services.consultation.questions.rules import KIND_NAMES
from shared.contracts.audience import Audience
from shared.errors import NotFound, TooLarge
from shared.i18n import LANGUAGES, _, language
from shared.vocabulary import vocabulary
from shared.web import formats
from shared.web.edge import Posted, StaffView, StaffWork
from shared.web.forms import Filled, blank
from shared.web.pages import Pages, page, see_other
from shared.web.posted import PostedForm
from shared.work import View, Work

pages = Pages()

TEMPLATES = "consultation/calls"


@pages.get("/staff/calls/{code}/parts/{part}", name="call.part")
def show(code: str, part: str, view: StaffView, text_language: str = "") -> Response:
    """Show one part of a draft to be filled in."""
    call = _editable(view, code, part)
    return _draw(view, call, part, _initial(view, call, part, text_language))


@pages.post("/staff/calls/{code}/parts/{part}", name="call.part")
def save(code: str, part: str, work: StaffWork, posted: Posted) -> Response:
    """Save one part of a draft, or count and search on the page of the audience."""
    call = _editable(work, code, part)
    if part == "document":
        return _import(work, call, posted)
    if part not in FORMS:
        raise NotFound
    form = posted.read(FORMS[part])
    if form.value is not None and getattr(form.value, "do", "save") != "save":
        return _draw(work, call, part, form)
    theirs: list[tuple[str, str]] = []
    if form.value is not None:
        try:
            SAVERS[part](work, call, form.value)
        except PartChanged as refusal:
            saved = _initial(work, call, part, form.get("language"))
            theirs = _differing(form, saved)
            # Saving once more is now a decision: the colleague's words have been shown.
            form.raw["seen"] = saved.raw["seen"]
            form.refuse("", refusal.say())
    if form.value is None:
        return _draw(work, call, part, form, status=422, theirs=theirs)
    if part == "texts":
        chosen = form.get("language")
        name = vocabulary.language_name(chosen, language())
        saying = _("Saved in %(language)s.", language=name)
        return see_other("call.part", code=code, part=part, text_language=chosen, saying=saying)
    return see_other("call.edit", code=code, saying=_("Saved."))


@pages.post("/staff/calls/{code}/parts/document/remove", name="call.remove_document")
def remove_document(code: str, work: StaffWork, posted: Posted) -> Response:
    """Remove the document, or one language of it."""
    call = actions.edit_part(work, code, "document")
    document_actions.remove(work, call.id, posted.take(forms.RemoveForm).language or None)
    return see_other("call.part", code=code, part="document", saying=_("Removed."))


def _editable(view: View, code: str, part: str) -> Call:
    if part not in rules.PARTS:
        raise NotFound
    call = queries.by_code(view, code)
    # Reading a part is no act; whoever saves is written down by the action itself.
    View.require(view, "call.part", call)
    if call.state not in rules.EDITABLE:
        raise CallMoved
    return call


# -- saving ------------------------------------------------------------------------------------


def _save_basics(work: Work, call: Call, given: forms.BasicsForm) -> None:
    actions.save_basics(work, call.code, basics_of(given), given.seen)


def _save_texts(work: Work, call: Call, given: forms.TextsForm) -> None:
    is_authentic = given.language == call.authentic_language
    origin = "written" if is_authentic else given.origin
    actions.save_texts(work, call.code, given.language, given.texts, origin, given.seen)


def _save_period(work: Work, call: Call, given: forms.PeriodForm) -> None:
    period = actions.Period(
        zone=given.zone,
        period=rules.PeriodType(given.period),
        opens_at=forms.moment(given.opens_on, given.opens_time, given.zone),
        closes_at=forms.moment(given.closes_on, given.closes_time, given.zone),
        exception={call.authentic_language: given.exception},
    )
    actions.save_period(work, call.code, period, given.seen)


def _save_audience(work: Work, call: Call, given: forms.AudienceForm) -> None:
    actions.save_audience(work, call.code, audience_of(given), given.seen)


def _save_participation(work: Work, call: Call, given: forms.ParticipationForm) -> None:
    actions.save_participation(work, call.code, given.level, given.seen)


def _save_decision(work: Work, call: Call, given: forms.DecisionForm) -> None:
    owner = {call.authentic_language: given.owner}
    actions.save_decision(work, call.code, owner, given.decided_on, given.seen)


FORMS: dict[str, type[BaseModel]] = {
    "basics": forms.BasicsForm,
    "texts": forms.TextsForm,
    "period": forms.PeriodForm,
    "audience": forms.AudienceForm,
    "participation": forms.ParticipationForm,
    "decision": forms.DecisionForm,
}
SAVERS: dict[str, Callable[[Work, Call, Any], None]] = {
    "basics": _save_basics,
    "texts": _save_texts,
    "period": _save_period,
    "audience": _save_audience,
    "participation": _save_participation,
    "decision": _save_decision,
}


def _import(work: Work, call: Call, posted: PostedForm) -> Response:
    form = posted.read(forms.DocumentForm)
    upload = posted.file("file")
    if form.value is not None and upload is None:
        form.refuse("file", _("Choose a Markdown file."))
    findings: list[Any] = []
    if form.value is not None and upload is not None:
        is_authentic = documents.consulted(work, call.id) is None
        try:
            document_actions.import_markdown(
                work,
                call.id,
                upload.data,
                form.value.language,
                authentic=is_authentic,
                origin=form.value.origin,
            )
            actions.edit_part(work, call.code, "document")
        except DocumentNotReadable as refusal:
            findings = together(refusal.findings)
            form.refuse("file", refusal.say())
        except TooLarge as refusal:
            form.refuse("file", refusal.say())
    if form.value is None:
        return _draw(work, call, "document", form, status=422, findings=findings)
    return see_other("call.part", code=call.code, part="document", saying=_("The text is taken."))


def audience_of(given: forms.AudienceForm) -> Audience:
    """Return the audience that a form describes; unknown codes and ids are left out."""
    return Audience(
        categories=given.categories,
        tiers=given.tiers,
        constituencies=given.constituencies,
        regions=given.regions,
        countries=given.countries,
        interests=given.interests,
        included=given.included,
        excluded=[one for one in given.excluded if one not in given.included],
        only_named=given.whom == "named",
    )


# -- showing -----------------------------------------------------------------------------------


def _initial(view: View, call: Call, part: str, text_language: str) -> Filled[Any]:
    said = queries.words(view, call)
    authentic = call.authentic_language
    chosen = text_language if text_language in LANGUAGES else authentic
    opens_on, opens_time = forms.typed(call.opens_at, call.zone)
    closes_on, closes_time = forms.typed(call.closes_at, call.zone)
    audience = call.audience
    values: dict[str, dict[str, Any]] = {
        "basics": {
            "subject": call.subject,
            "authentic_language": authentic,
            "languages": call.languages,
            "contact": call.contact,
            "visibility": call.visibility,
            "sensitive": call.sensitive,
        },
        "texts": {
            "language": chosen,
            "origin": "human",
            **{name: said[name].get(chosen) for name in forms.TEXT_PARTS if name in said},
        },
        "period": {
            "zone": call.zone,
            "period": call.period,
            "opens_on": opens_on,
            "opens_time": opens_time or "09:00",
            "closes_on": closes_on,
            "closes_time": closes_time or "23:59",
            "exception": said["exception"].get(authentic) if "exception" in said else None,
        },
        "audience": {
            **audience.model_dump(mode="json", exclude={"only_named"}),
            "whom": "named" if audience.only_named else "rules",
        },
        "document": {"language": authentic, "origin": "human"},
        "questions": {},
        "participation": {"level": call.participation},
        "decision": {
            "owner": said["decision_owner"].get(authentic) if "decision_owner" in said else None,
            "decided_on": call.decision_date.isoformat() if call.decision_date else None,
        },
    }
    key = f"texts-{chosen}" if part == "texts" else part
    return blank(FORMS.get(part, forms.NoteForm), values[part] | {"seen": call.saves.get(key, 0)})


def _draw(
    view: View, call: Call, part: str, form: Filled[Any], status: int = 200, **more: Any
) -> Response:
    context = CONTEXTS[part](view, call, form) if part in CONTEXTS else {}
    return page(
        f"{TEMPLATES}/part_{part}.html",
        status=status,
        call=call,
        part=part,
        heading=_(PART_TITLES[part]),
        form=form,
        **({"theirs": []} | context | more),
    )


def _differing(form: Filled[Any], saved: Filled[Any]) -> list[tuple[str, str]]:
    """Return what a colleague saved where it is not what was typed, field by field, in words."""
    names = {
        "subject": _("What is it about?"),
        "authentic_language": _("Language in which you write first"),
        "languages": _("Languages in which you take answers"),
        "contact": _("E-mail address for questions about the call"),
        "visibility": _("Who may see it?"),
        "sensitive": _("Its subject is sensitive"),
        "title": _("Title"),
        "summary": _("Plain summary"),
        "open_for_change": _("What is open for change?"),
        "already_decided": _("What is already decided?"),
        "decision_owner": _("Who decides?"),
        "exception": _("Why is the period shorter than the minimum?"),
        "language_gap": _("Why are there no texts in some languages?"),
        "zone": _("Time zone in which the deadline is said"),
        "period": _("How long must it be open?"),
        "opens_on": _("Opens on"),
        "opens_time": _("Opens at"),
        "closes_on": _("Closes on"),
        "closes_time": _("Closes at"),
        "categories": _("Categories"),
        "regions": _("Regions"),
        "countries": _("Countries and areas"),
        "level": _("Level of participation"),
        "owner": _("Who decides?"),
        "decided_on": _("When is it decided?"),
    }
    return [
        (text, queries.listed(saved.all(name)) or _("Nothing"))
        for name, text in names.items()
        if (name in form.raw or name in saved.raw) and form.all(name) != saved.all(name)
    ]


def _basics_context(_view: View, _call: Call, _form: Filled[Any]) -> dict[str, Any]:
    return basics_options()


def _texts_context(view: View, call: Call, form: Filled[Any]) -> dict[str, Any]:
    rows = queries.texts(view, call.id)
    authentic = {row.part: row for row in rows if row.language == call.authentic_language}
    chosen = form.get("language") or call.authentic_language
    stale = {
        row.language
        for row in rows
        if row.made_from_version is not None
        and row.part in authentic
        and row.made_from_version < authentic[row.part].revision
    }
    complete = {
        code
        for code in LANGUAGES
        if {"title", "summary"} <= {row.part for row in rows if row.language == code}
    }
    begun = {row.language for row in rows}
    return {
        "chosen": chosen,
        "is_authentic": chosen == call.authentic_language,
        "authentic": {part: row.text for part, row in authentic.items()},
        "tabs": [
            {
                "code": code,
                "name": name,
                "state": _text_state(code, call, complete, begun, stale),
                "current": code == chosen,
            }
            for code, name in LANGUAGES.items()
        ],
        "spoken": queries.spoken(view, call.audience),
        "is_short": _is_short(view, call),
    }


def _text_state(
    code: str, call: Call, complete: set[str], begun: set[str], stale: set[str]
) -> tuple[str, str]:
    if code in stale:
        return _("The authentic text changed"), "partly"
    if code in complete:
        return (_("Authentic") if code == call.authentic_language else _("Ready")), "settled"
    return (_("Begun"), "partly") if code in begun else (_("Missing"), "plain")


def _is_short(view: View, call: Call) -> bool:
    draft = queries.draft(view, call)
    return any("shorter" in one.sentence for one in rules.missing(draft)) or draft.says("exception")


def _period_context(_view: View, call: Call, _form: Filled[Any]) -> dict[str, Any]:
    weeks = {
        kind: rules.minimum_weeks(kind) for kind in (rules.PeriodType.FULL, rules.PeriodType.SHORT)
    }
    due = rules.reply_due(call.closes_at) if call.closes_at else None
    return {
        "zones": [
            (name, name.replace("_", " "))
            for name in sorted(available_timezones())
            if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/"))
        ]
        + [("UTC", "UTC")],
        "weeks": weeks,
        "due": formats.day(due, call.zone) if due else "",
    }


def _audience_context(view: View, call: Call, form: Filled[Any]) -> dict[str, Any]:
    given = form.value
    if isinstance(given, forms.AudienceForm):
        audience = audience_of(given)
        find = given.find
    else:
        audience, find = call.audience, ""
    told = language()
    found = queries.search(view, find) if find.strip() else []
    named = {*audience.included, *audience.excluded}
    left_out = rules.left_out_categories(call.subject_kind, audience)
    return {
        "reach": queries.reach(view, audience),
        "spelled": queries.spell(audience),
        "left_out": queries.category_names(left_out),
        "categories": vocabulary.options("category", told),
        "tiers": vocabulary.options("tier", told),
        "constituencies": vocabulary.options("constituency", told),
        "regions": vocabulary.options("region", told),
        "countries": vocabulary.country_options(told),
        "interests": [
            *vocabulary.options("programme", told),
            *vocabulary.options("outcome", told),
        ],
        "included": queries.named(view, list(audience.included)),
        "excluded": queries.named(view, list(audience.excluded)),
        "found": [one for one in found if one.id not in named],
        "searched": bool(find.strip()),
        "named_options": lambda partners: [(str(one.id), one.name) for one in partners],
        "country_name": lambda code: vocabulary.country_name(code, told),
    }


def _document_context(view: View, call: Call, _form: Filled[Any]) -> dict[str, Any]:
    version = documents.consulted(view, call.id)
    return {
        "version": version,
        "outline": documents.outline(view, version, language()) if version else None,
        "translations": documents.translations(view, version.id) if version else [],
        "language_options": basics_options()["language_options"],
        "findings": [],
        "names": {code: vocabulary.language_name(code, language()) for code in LANGUAGES},
    }


def _questions_context(view: View, call: Call, _form: Filled[Any]) -> dict[str, Any]:
    return {
        "topics": questions.topics_of(view, call.id, call.authentic_language),
        "all_topics": questions.all_topics(view, call.id, call.authentic_language),
        "untranslated": {
            code: questions.untranslated(view, call.id, code)
            for code in call.languages
            if code != call.authentic_language
        },
        "names": {code: vocabulary.language_name(code, language()) for code in LANGUAGES},
        "kind_names": {kind.value: _(name) for kind, name in KIND_NAMES.items()},
    }


def _participation_context(_view: View, call: Call, _form: Filled[Any]) -> dict[str, Any]:
    told = language()
    due = rules.reply_due(call.closes_at) if call.closes_at else None
    date = formats.day(due, call.zone) if due else _("the date of the reply")
    return {
        "levels": [
            (
                code,
                vocabulary.term("participation", code, told),
                vocabulary.promise(code, told, date),
            )
            for code in vocabulary.participation_levels()
        ]
    }


CONTEXTS: dict[str, Callable[[View, Call, Filled[Any]], dict[str, Any]]] = {
    "basics": _basics_context,
    "texts": _texts_context,
    "period": _period_context,
    "audience": _audience_context,
    "document": _document_context,
    "questions": _questions_context,
    "participation": _participation_context,
}
