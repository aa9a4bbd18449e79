"""The revised text: paragraph by paragraph, with the points that each change answers."""

from typing import Annotated, Any

from pydantic import Field, create_model
from starlette.responses import Response

from services.consultation import errors
from services.consultation.documents.rules import Change
from services.consultation.reports import actions, queries
from services.consultation.reports.queries import RevisedParagraph
from shared.i18n import N_, _, language, translate
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, StaffView, StaffWork
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


class EntryForm(Form):
    """A change where there is no document. `number` is that of an entry that is corrected."""

    number: int | None = None
    place: Annotated[str, Field(min_length=1, max_length=300)]
    before: Annotated[str, Field(max_length=LIMIT)] = ""
    after: Annotated[str, Field(max_length=LIMIT)] = ""
    points: Annotated[str, Field(max_length=2000, pattern=r"^[\d\s,;]*$")] = ""


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
    initial["point"] = found.answered
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
        language_name=lambda code: vocabulary.language_name(code, language()),
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
    fields["act"] = (Annotated[str, Field(pattern="^(revise|strike|restore|add)$")], "revise")
    return create_model("RevisionForm", __base__=Form, **fields)


@pages.post("/staff/calls/{code}/revised-text/{label}", name="report.revise")
def revise(code: str, label: str, work: StaffWork, posted: Posted) -> Response:
    """Reword, strike, restore, or add a paragraph after this one."""
    found = queries.revised_paragraph(work, code, label)
    form: Filled[Form] = posted.read(_form_of(found))
    if form.value is not None:
        said = form.value.model_dump()
        with form.refusing("others", errors.NoSuchPoint), form.refusing("", errors.NotRevisable):
            return _act(work, code, found, said)
    return _paragraph_page(found, form, status=422)


def _act(work: Work, code: str, found: RevisedParagraph, said: dict[str, Any]) -> Response:
    label = found.label
    points = [*said["point"], *numbers(said["others"])]
    if said["act"] == "add":
        texts = {one: said[f"added_{one}"] for one in found.languages if said[f"added_{one}"]}
        if not texts:
            raise errors.NotRevisable
        label = actions.add_paragraph(work, code, label, texts, points)
        return see_other("report.paragraph", code=code, label=label, saying=_("Added."))
    if said["act"] == "strike":
        actions.strike_paragraph(work, code, label, points)
        # One that was added is gone for good.
        if found.change is Change.ADDED:
            return see_other("report.text", code=code, saying=_("Taken out."))
        return see_other("report.paragraph", code=code, label=label, saying=_("Taken out."))
    if said["act"] == "restore":
        actions.restore_paragraph(work, code, label)
        return see_other("report.paragraph", code=code, label=label, saying=_("As it was."))
    wordings = {
        target.label: {
            one: said[_field(place, one)]
            for one in found.languages
            if said[_field(place, one)] != target.texts.get(one, "")
        }
        for place, target in enumerate(found.targets)
    }
    actions.revise_paragraph(work, code, label, wordings, points)
    return see_other("report.paragraph", code=code, label=label, saying=_("Saved."))


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
            "number": chosen.number,
            "place": chosen.place,
            "before": chosen.before,
            "after": chosen.after,
            "points": ", ".join(str(one) for one in chosen.points),
        }
    return page(
        "consultation/reports/entries.html",
        status=status,
        call=draft.call,
        entries=draft.entries,
        chosen=chosen,
        form=form or blank(EntryForm, initial),
        waiting=queries.waiting_points(view, draft.call.id),
        dispositions=dict(vocabulary.options("disposition", language())),
    )


@pages.post("/staff/calls/{code}/report/changes", name="report.save_entry")
def save_entry(code: str, work: StaffWork, posted: Posted) -> Response:
    """Keep one change."""
    form = posted.read(EntryForm)
    given = form.value
    if given is not None:
        with form.refusing("points", errors.NoSuchPoint):
            actions.save_entry(
                work,
                code,
                given.number,
                place=given.place,
                before=given.before,
                after=given.after,
                points=numbers(given.points),
            )
    if form.value is None:
        return _entries_page(work, code, 0, form, status=422)
    return see_other("report.entries", code=code, saying=_("Saved."))
