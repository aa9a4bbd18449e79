"""The revised text: paragraph by paragraph, with the points that each change answers."""

from typing import Annotated, Any

from pydantic import Field, create_model
from starlette.responses import Response

from services.consultation import errors
from services.consultation.calls import queries as calls
from services.consultation.documents.rules import Change
from services.consultation.reports import actions, queries
from services.consultation.reports.queries import RevisedParagraph
from shared.i18n import LANGUAGES, N_, _, language, translate
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.pages import Pages, page, see_other
from shared.work import View, Work

pages = Pages()

CHANGES = {
    Change.UNCHANGED: N_("Unchanged"),
    Change.REWORDED: N_("Reworded"),
    Change.MOVED: N_("Moved"),
    Change.DELETED: N_("Deleted"),
    Change.ADDED: N_("Added"),
}
KINDS = {
    Change.REWORDED: "settled",
    Change.ADDED: "settled",
    Change.MOVED: "partly",
    Change.DELETED: "refused",
}
LIMIT = 20000


def _entry_form() -> type[Form]:
    """Return the form of a change entry. `number` is that of one that is corrected."""
    limits = {"place": 300, "before": LIMIT, "after": LIMIT}
    fields: dict[str, Any] = {
        f"{part}_{code}": (Annotated[str, Field(max_length=limits[part])], "")
        for part in actions.ENTRY_PARTS
        for code in LANGUAGES
    }
    fields["number"] = (int | None, None)
    fields["points"] = (Annotated[str, Field(max_length=2000, pattern=r"^[\d\s,;]*$")], "")
    return create_model("EntryForm", __base__=Form, **fields)


EntryForm = _entry_form()


@pages.get("/staff/calls/{code}/revised-text", name="report.text")
def text(code: str, view: StaffView) -> Response:
    """List the paragraphs with what became of each, and how many points wait there."""
    return page(
        "consultation/reports/text.html",
        text=queries.revised_text(view, code),
        changes=spoken_changes(),
        kinds=KINDS,
    )


def spoken_changes() -> dict[str, str]:
    """Return words for changes in the reader's language, by code."""
    return {code.value: translate(said) for code, said in CHANGES.items()}


@pages.get("/staff/calls/{code}/revised-text/{label}", name="report.paragraph")
def paragraph(code: str, label: str, view: StaffView) -> Response:
    """Show one paragraph before, its new words, and the points on it."""
    return _paragraph_page(queries.revised_paragraph(view, code, label))


def _paragraph_page(
    found: RevisedParagraph, form: Filled[Any] | None = None, status: int = 200
) -> Response:
    initial: dict[str, Any] = {
        _field(place, code): text
        for place, target in enumerate(found.targets)
        for code, text in target.texts.items()
    }
    initial |= {"point": found.answered, "place": found.place}
    return page(
        "consultation/reports/paragraph.html",
        status=status,
        found=found,
        call=found.call,
        form=form or blank(Form, initial),
        fields=[
            (target, [(code, _field(place, code)) for code in found.languages])
            for place, target in enumerate(found.targets)
        ],
        changes=spoken_changes(),
        kinds=KINDS,
        dispositions=dict(vocabulary.options("disposition", language())),
    )


def _field(place: int, code: str) -> str:
    return f"text_{place}_{code}"


def _form_of(found: RevisedParagraph) -> type[Form]:
    fields: dict[str, Any] = {
        _field(place, code): (Annotated[str, Field(max_length=LIMIT)], "")
        for place in range(len(found.targets))
        for code in found.languages
    }
    for code in found.languages:
        fields[f"added_{code}"] = (Annotated[str, Field(max_length=LIMIT)], "")
    fields["point"] = (Annotated[list[int], Field(max_length=500)], [])
    fields["others"] = (Annotated[str, Field(max_length=2000, pattern=r"^[\d\s,;]*$")], "")
    fields["act"] = (Annotated[str, Field(pattern="^(revise|strike|restore|add|move)$")], "revise")
    fields["place"] = (Annotated[str, Field(max_length=60)], "")
    return create_model("RevisionForm", __base__=Form, **fields)


@pages.post("/staff/calls/{code}/revised-text/{label}", name="report.revise")
def revise(code: str, label: str, work: StaffWork, posted: Posted) -> Response:
    """Reword, move, strike, restore, or add a paragraph after this one."""
    # Before what was typed is looked at; the action itself writes down who acted.
    View.require(work, "report.revise")
    found = queries.revised_paragraph(work, code, label)
    form: Filled[Form] = posted.read(_form_of(found))
    if form.value is not None:
        with form.refusing("others", errors.NoSuchPoint), form.refusing("", errors.NotRevisable):
            return _act(work, code, found, form)
    return _paragraph_page(found, form, status=422)


def _act(work: Work, code: str, found: RevisedParagraph, form: Filled[Form]) -> Response:
    said = form.value.model_dump() if form.value else {}
    points = [*said["point"], *numbers(said["others"])]
    acts = {"add": _add, "move": _move, "strike": _strike, "restore": _restore}
    if said["act"] in acts:
        return acts[said["act"]](work, code, found, said, points)
    wordings = {
        target.label: {
            one: said[_field(place, one)]
            for one in found.languages
            if _field(place, one) in form.raw
            and said[_field(place, one)] != target.texts.get(one, "")
        }
        for place, target in enumerate(found.targets)
    }
    changed = {label: texts for label, texts in wordings.items() if texts}
    actions.revise_paragraph(work, code, found.label, changed, points)
    return _shown(code, found.label, _("Saved."))


def _add(
    work: Work, code: str, found: RevisedParagraph, said: dict[str, Any], points: list[int]
) -> Response:
    texts = {one: said[f"added_{one}"] for one in found.languages if said[f"added_{one}"]}
    if not texts:
        raise errors.NotRevisable
    label = actions.add_paragraph(work, code, found.label, texts, points)
    return _shown(code, label, _("Added."))


def _move(
    work: Work, code: str, found: RevisedParagraph, said: dict[str, Any], points: list[int]
) -> Response:
    place = queries.place_of(said["place"])
    actions.move_paragraph(work, code, found.label, place, points)
    return _shown(code, found.label, _("Moved."))


def _strike(
    work: Work, code: str, found: RevisedParagraph, _said: dict[str, Any], points: list[int]
) -> Response:
    actions.strike_paragraph(work, code, found.label, points)
    # One that was added is gone for good.
    if found.change is Change.ADDED:
        return see_other("report.text", code=code, saying=_("Taken out."))
    return _shown(code, found.label, _("Taken out."))


def _restore(
    work: Work, code: str, found: RevisedParagraph, _said: dict[str, Any], _points: list[int]
) -> Response:
    actions.restore_paragraph(work, code, found.label)
    return _shown(code, found.label, _("As it was."))


def _shown(code: str, label: str, saying: str) -> Response:
    return see_other("report.paragraph", code=code, label=label, saying=saying)


def numbers(text: str) -> list[int]:
    """Return the numbers in a text such as `4, 12 13`."""
    return [int(one) for one in text.replace(",", " ").replace(";", " ").split()]


@pages.get("/staff/calls/{code}/report/changes", name="report.entries")
def entries(code: str, view: StaffView, number: int = 0) -> Response:
    """List the changes of a call without a document; one of them, or a new one, in a form."""
    return _entries_page(view, code, number)


def _entries_page(
    view: View, code: str, number: int, form: Filled[Any] | None = None, status: int = 200
) -> Response:
    draft = queries.draft_page(view, code)
    chosen = next((one for one in draft.entries if one.number == number), None)
    initial: dict[str, Any] = {}
    if chosen is not None:
        initial = {
            f"{part}_{one}": text
            for part in actions.ENTRY_PARTS
            for one, text in getattr(chosen, part).items()
        }
        points = ", ".join(str(one) for one in chosen.points)
        initial |= {"number": chosen.number, "points": points}
    return page(
        "consultation/reports/entries.html",
        status=status,
        call=draft.call,
        entries=draft.entries,
        chosen=chosen,
        form=form or blank(EntryForm, initial),
        written_in=[(one, vocabulary.language_name(one, language())) for one in draft.languages],
        waiting=queries.waiting_points(view, draft.call.id),
        dispositions=dict(vocabulary.options("disposition", language())),
    )


@pages.post("/staff/calls/{code}/report/changes", name="report.save_entry")
def save_entry(code: str, work: StaffWork, posted: Posted) -> Response:
    """Keep one change."""
    View.require(work, "report.save_entry")
    form: Filled[Form] = posted.read(EntryForm)
    own = calls.by_code(work, code).authentic_language
    if form.value is not None:
        said = form.value.model_dump()
        texts = {
            part: {one: said[f"{part}_{one}"] for one in LANGUAGES if f"{part}_{one}" in form.raw}
            for part in actions.ENTRY_PARTS
        }
        with (
            form.refusing("points", errors.NoSuchPoint),
            form.refusing(f"place_{own}", errors.PlaceNeeded),
            form.refusing(f"after_{own}", errors.NothingChanged),
        ):
            actions.save_entry(work, code, said["number"], texts, points=numbers(said["points"]))
            return see_other("report.entries", code=code, saying=_("Saved."))
    number = form.get("number")
    return _entries_page(work, code, int(number) if number.isdecimal() else 0, form, status=422)


@pages.post("/staff/calls/{code}/report/changes/{number}/remove", name="report.remove_entry")
def remove_entry(code: str, number: int, work: StaffWork, _pressed: Pressed) -> Response:
    """Take one change back."""
    actions.remove_entry(work, code, number)
    return see_other("report.entries", code=code, saying=_("Taken out."))
