"""The queue of answers, and one answer that is read and cut."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.consultation import errors
from services.consultation.analysis import queries
from services.consultation.analysis.actions import reading
from services.consultation.analysis.rules import Ending
from services.consultation.calls import queries as calls
from services.consultation.submissions.rules import Consent, Stance
from shared.i18n import N_, Words, _, language, ngettext, translate
from shared.vocabulary import vocabulary
from shared.web.edge import Posted, Pressed, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View, Work

pages = Pages()

STANCES = {
    Stance.KEEP: N_("Keep it"),
    Stance.CHANGE: N_("Change it"),
    Stance.REMOVE: N_("Take it out"),
    Stance.COMMENT: N_("Comment"),
}
CONSENTS = {
    Consent.NAMED: N_("Everyone, with their name"),
    Consent.UNNAMED: N_("Everyone, without their name"),
    Consent.SECRETARIAT: N_("The secretariat only"),
}
ENDINGS = {
    Ending.CUT: N_("Cut into points"),
    Ending.TALLIED: N_("Tallied"),
    Ending.NOTHING: N_("Nothing to answer"),
}


def spoken(
    texts: dict[str, str] | dict[Stance, str] | dict[Consent, str] | dict[Ending, str],
) -> dict[str, str]:
    """Return words by code in the reader's language."""
    return {str(code): translate(text) for code, text in texts.items()}


class CutForm(Form):
    """The points that a text makes, each with its gist: one a field, empty ones left out."""

    point: list[Annotated[str, Field(max_length=8000)]] = Field(default_factory=list, max_length=20)
    gist: list[Annotated[str, Field(max_length=4000)]] = Field(default_factory=list, max_length=20)


@pages.get("/staff/calls/{code}/answers", name="analysis.queue")
def queue(
    code: str, view: StaffView, show: str = "", category: str = "", page_number: int = 1
) -> Response:
    """List the answers of a call."""
    found = queries.queue(view, code, show=show, category=category, page=max(1, page_number))

    def at(number: int | None) -> str | None:
        if number is None:
            return None
        return link("analysis.queue", code=code, show=show, category=category, page_number=number)

    return page(
        "consultation/analysis/queue.html",
        queue=found,
        title=calls.words(view, found.call).get("title", Words()),
        completeness=queries.completeness(view, found.call.id),
        show=show,
        category=category,
        categories=vocabulary.options("category_short", language()),
        consents=spoken(CONSENTS),
        pager={"next": at(found.next), "previous": at(found.previous)},
    )


@pages.get("/staff/calls/{code}/answers/{reference}", name="analysis.answer")
def answer(code: str, reference: str, view: StaffView) -> Response:
    """Show one answer with each of its items."""
    return _answer_page(view, code, reference)


def _answer_page(
    view: View,
    code: str,
    reference: str,
    form: Filled[Any] | None = None,
    item: UUID | None = None,
    status: int = 200,
) -> Response:
    return page(
        "consultation/analysis/answer.html",
        status=status,
        answer=queries.answer(view, code, reference),
        form=form or blank(Form),
        typed_for=item,
        stances=spoken(STANCES),
        consents=spoken(CONSENTS),
        endings=spoken(ENDINGS),
        category=lambda code: vocabulary.term("category_short", code, language()),
    )


@pages.post("/staff/calls/{code}/answers/{reference}/read", name="analysis.read")
def read(code: str, reference: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Note that the answer was read."""
    reading.mark_read(work, reference)
    return see_other(
        "analysis.answer", code=code, reference=reference, saying=_("Marked as read by you.")
    )


@pages.post("/staff/calls/{code}/answers/{reference}/tally", name="analysis.tally_all")
def tally_all(code: str, reference: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Tally everything without words."""
    n = reading.tally_all(work, reference)
    return see_other(
        "analysis.answer",
        code=code,
        reference=reference,
        saying=ngettext("%(n)s item tallied.", "%(n)s items tallied.", n),
    )


@pages.post("/staff/calls/{code}/answers/{reference}/{item}/cut", name="analysis.cut")
def cut(code: str, reference: str, item: UUID, work: StaffWork, posted: Posted) -> Response:
    """Cut an item into points."""
    form = posted.read(CutForm)
    if form.value is not None:
        with form.refusing("", errors.NothingCut, errors.NotTheirWords):
            # As they were typed: an empty gist keeps its place beside its point.
            return _cut(work, code, reference, item, _lines(form, "point"), _lines(form, "gist"))
    return _answer_page(work, code, reference, form, item, status=422)


def _lines(form: Filled[Any], name: str) -> list[str]:
    return ["\n".join(text.splitlines()) for text in form.all(name)]


def _cut(
    work: Work, code: str, reference: str, item: UUID, texts: list[str], gists: list[str]
) -> Response:
    made = reading.cut(work, reference, item, texts, gists)
    return see_other(
        "analysis.answer",
        code=code,
        reference=reference,
        anchor=f"item-{item}",
        saying=ngettext("%(n)s point made.", "%(n)s points made.", len(made)),
    )


@pages.post("/staff/calls/{code}/answers/{reference}/{item}/tally", name="analysis.tally")
def tally(code: str, reference: str, item: UUID, work: StaffWork, _pressed: Pressed) -> Response:
    """Tally one item."""
    reading.tally(work, reference, item)
    return see_other("analysis.answer", code=code, reference=reference, saying=_("Tallied."))


@pages.post("/staff/calls/{code}/answers/{reference}/{item}/nothing", name="analysis.nothing")
def nothing(code: str, reference: str, item: UUID, work: StaffWork, _pressed: Pressed) -> Response:
    """Say that an item makes no point."""
    reading.nothing_to_answer(work, reference, item)
    return see_other("analysis.answer", code=code, reference=reference, saying=_("Noted."))
