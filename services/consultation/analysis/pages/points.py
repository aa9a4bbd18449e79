"""The table of points, and one point that is recommended, decided, returned or reopened."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends
from pydantic import Field, create_model
from starlette.responses import Response

from services.consultation import errors
from services.consultation.analysis import queries
from services.consultation.analysis.actions import deciding
from services.consultation.analysis.pages.reading import CONSENTS, STANCES, spoken
from services.consultation.analysis.queries import Wanted
from services.consultation.analysis.rules import Disposition, PointState
from services.consultation.calls import queries as calls
from services.consultation.documents import queries as documents
from services.consultation.documents.rules import name_of
from shared.errors import Conflict
from shared.i18n import LANGUAGES, N_, Words, _, language, ngettext, translate
from shared.known import queries as known
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View, Work

pages = Pages()

Narrowed = Annotated[Wanted, Depends()]
"""What a list of points is narrowed by, read from the address."""

STATES = {
    PointState.NEW: N_("New"),
    PointState.RECOMMENDED: N_("To decide"),
    PointState.DECIDED: N_("Decided"),
    PointState.RETURNED: N_("Returned"),
    PointState.REOPENED: N_("Reopened"),
}
BULK_REFUSALS = (errors.NothingSelected, errors.NotRecommended, errors.OwnRecommendation)
STEPS = {
    "cut": N_("Cut from the answer"),
    "gist": N_("Gist written"),
    "assigned": N_("Assigned"),
    "recommended": N_("Recommended"),
    "decided": N_("Decided"),
    "returned": N_("Returned"),
    "reopened": N_("Reopened"),
}


class BulkForm(Form):
    """Selected points and what is done with them."""

    number: list[int] = Field(default_factory=list, max_length=200)
    act: Annotated[str, Field(pattern="^(decide|return|assign)$")] = "decide"
    note: Annotated[str, Field(max_length=2000)] = ""
    to: Annotated[str, Field(max_length=40)] = ""


class GistForm(Form):
    """A gist by the secretariat."""

    gist: Annotated[str, Field(max_length=4000)] = ""


class NoteForm(Form):
    """A reason or note."""

    note: Annotated[str, Field(min_length=3, max_length=2000)]


def _recommendation_form() -> type[Form]:
    fields: dict[str, Any] = {
        "disposition": (Annotated[str, Field(pattern=_one_of(vocabulary.dispositions()))], ...),
        "reason": (Annotated[str, Field(pattern=_one_of(vocabulary.reasons()))], ...),
        "covered_by": (Annotated[str, Field(max_length=60)], ""),
        "row_version": (int, ...),
    }
    for code in LANGUAGES:
        fields[f"explanation_{code}"] = (Annotated[str, Field(max_length=4000)], "")
    return create_model("RecommendationForm", __base__=Form, **fields)


def _one_of(codes: tuple[str, ...]) -> str:
    return f"^({'|'.join(codes)})$"


RecommendationForm = _recommendation_form()


@pages.get("/staff/calls/{code}/points", name="analysis.points")
def points(code: str, view: StaffView, wanted: Narrowed, page_number: int = 1) -> Response:
    """List points, narrowed by what stands in the address."""
    return _points_page(view, code, wanted, page_number)


def _points_page(
    view: View,
    code: str,
    wanted: Wanted,
    number: int,
    form: Filled[Any] | None = None,
    status: int = 200,
) -> Response:
    found = queries.points(view, code, wanted, max(1, number))
    spoken_in = language()

    def at(wished: int | None) -> str | None:
        return link("analysis.points", code=code, **_chosen(wanted, wished)) if wished else None

    return page(
        "consultation/analysis/points.html",
        status=status,
        form=form or blank(Form),
        here=link("point.bulk", code=code, **_chosen(wanted, number)),
        pager={"next": at(found.next), "previous": at(found.previous)},
        points=found,
        title=calls.words(view, found.call).get("title", Words()),
        asked=queries.asked(view, found.call),
        wanted=wanted,
        fate=queries.fate(view, found.call.id),
        completeness=queries.completeness(view, found.call.id),
        categories=vocabulary.options("category_short", spoken_in),
        paragraphs=[(label, name_of(label)) for label in found.paragraphs],
        colleagues=_colleagues(view),
        **_words(),
    )


def _chosen(wanted: Wanted, number: int) -> dict[str, str]:
    """Return what stands in the address of a page of the list."""
    chosen = {name: str(value) for name, value in asdict(wanted).items() if value}
    return chosen | ({"page_number": str(number)} if number > 1 else {})


def _words() -> dict[str, Any]:
    spoken_in = language()
    return {
        "states": {code.value: translate(text) for code, text in STATES.items()},
        "steps": {code: translate(text) for code, text in STEPS.items()},
        "stances": spoken(STANCES),
        "consents": spoken(CONSENTS),
        "dispositions": dict(vocabulary.options("disposition", spoken_in)),
        "reasons": dict(vocabulary.options("reason", spoken_in)),
    }


def _colleagues(view: View) -> list[tuple[str, str]]:
    return [
        (str(one.id), one.name) for one in known.staff(view, "analyst", "decider", "call_manager")
    ]


@pages.post("/staff/calls/{code}/points", name="point.bulk")
def bulk(
    code: str, work: StaffWork, posted: Posted, wanted: Narrowed, page_number: int = 1
) -> Response:
    """Decide, return or assign the selected points; the list stays as it was narrowed."""
    form = posted.read(BulkForm)
    work.require("point.bulk")
    if form.value is not None:
        with (
            form.refusing("note", errors.NoteNeeded),
            form.refusing("", *BULK_REFUSALS),
        ):
            saying = _bulk(work, code, form.value)
            return see_other(
                "analysis.points", code=code, saying=saying, **_chosen(wanted, page_number)
            )
    return _points_page(work, code, wanted, page_number, form, status=422)


def _bulk(work: Work, code: str, given: BulkForm) -> str:
    if given.act == "assign":
        person = next(
            (
                one.id
                for one in known.staff(work, "analyst", "decider", "call_manager")
                if str(one.id) == given.to
            ),
            None,
        )
        n = deciding.assign(work, code, given.number, person)
        return ngettext("%(n)s point assigned.", "%(n)s points assigned.", n)
    if given.act == "return":
        if not given.note:
            raise errors.NoteNeeded
        n = deciding.return_(work, code, given.number, given.note)
        return ngettext("%(n)s point returned.", "%(n)s points returned.", n)
    n = deciding.decide(work, code, given.number)
    return ngettext("%(n)s point decided.", "%(n)s points decided.", n)


@pages.get("/staff/calls/{code}/points/{number}", name="analysis.point")
def point(code: str, number: int, view: StaffView) -> Response:
    """Show one point."""
    return _point_page(view, code, number)


def _point_page(
    view: View, code: str, number: int, form: Filled[Any] | None = None, status: int = 200
) -> Response:
    found = queries.point(view, code, number)
    call = calls.by_code(view, code)
    version = documents.consulted(view, call.id)
    paragraph = (
        documents.paragraph(view, version.id, found.paragraph, language()).paragraph
        if version and found.paragraph
        else None
    )
    initial: dict[str, Any] = {
        "disposition": found.disposition,
        "reason": found.reason,
        "covered_by": found.covered_by,
        "row_version": found.row_version,
        "gist": found.gist,
    }
    initial |= {f"explanation_{one}": text for one, text in found.explanation.items()}
    labels = documents.labels(view, version.id) if version else []
    return page(
        "consultation/analysis/point.html",
        status=status,
        call=call,
        point=found,
        asked=queries.asked(view, call),
        paragraph=paragraph,
        form=form or blank(Form, initial),
        history=queries.history(view, found.id),
        labels=[(label, name_of(label)) for label in labels],
        offered=[
            (disposition, name)
            for disposition, name in vocabulary.options("disposition", language())
            if labels or disposition != Disposition.ALREADY_COVERED
        ],
        explained_in=_explained_in(call.authentic_language, found.language),
        **_words(),
    )


def _explained_in(authentic: str, author: str) -> list[tuple[str, str]]:
    codes = [authentic] + ([author] if author != authentic and author in LANGUAGES else [])
    return [(code, vocabulary.language_name(code, language())) for code in codes]


@pages.post("/staff/calls/{code}/points/{number}/recommend", name="point.recommend")
def recommend(code: str, number: int, work: StaffWork, posted: Posted) -> Response:
    """Recommend what becomes of the point."""
    form: Filled[Form] = posted.read(RecommendationForm)
    if form.value is not None:
        said = form.value.model_dump()
        with (
            form.refusing("reason", errors.ExplanationNeeded, Conflict),
            form.refusing("covered_by", errors.ParagraphNeeded),
        ):
            deciding.recommend(
                work,
                code,
                number,
                disposition=said["disposition"],
                reason=said["reason"],
                explanations={
                    one: said[f"explanation_{one}"]
                    for one in LANGUAGES
                    if f"explanation_{one}" in form.raw
                },
                covered_by=said["covered_by"],
                row_version=said["row_version"],
            )
    if form.value is None:
        return _point_page(work, code, number, form, status=422)
    return see_other(
        "analysis.point", code=code, number=number, saying=_("Recommended. Somebody else decides.")
    )


@pages.post("/staff/calls/{code}/points/{number}/decide", name="point.decide")
def decide(code: str, number: int, work: StaffWork, _pressed: Pressed) -> Response:
    """Decide the point as recommended."""
    deciding.decide(work, code, [number])
    return see_other("analysis.point", code=code, number=number, saying=_("Decided."))


@pages.post("/staff/calls/{code}/points/{number}/return", name="point.return")
def return_(code: str, number: int, work: StaffWork, posted: Posted) -> Response:
    """Give the point back with a note."""
    form = posted.read(NoteForm)
    if form.value is None:
        return _point_page(work, code, number, form, status=422)
    deciding.return_(work, code, [number], form.value.note)
    return see_other("analysis.point", code=code, number=number, saying=_("Returned."))


@pages.post("/staff/calls/{code}/points/{number}/reopen", name="point.reopen")
def reopen(code: str, number: int, work: StaffWork, posted: Posted) -> Response:
    """Open a decided point again."""
    form = posted.read(NoteForm)
    if form.value is None:
        return _point_page(work, code, number, form, status=422)
    deciding.reopen(work, code, number, form.value.note)
    return see_other("analysis.point", code=code, number=number, saying=_("Reopened."))


@pages.post("/staff/calls/{code}/points/{number}/gist", name="point.gist")
def gist(code: str, number: int, work: StaffWork, posted: Posted) -> Response:
    """Keep a gist."""
    deciding.write_gist(work, code, number, posted.take(GistForm).gist)
    return see_other("analysis.point", code=code, number=number, saying=_("Saved."))
