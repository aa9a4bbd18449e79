"""The desk of publication, one answer before its decision, and the answers that are public."""

from typing import Annotated, Any

from pydantic import Field, create_model
from starlette.responses import Response

from services.consultation import errors
from services.consultation.calls import queries as calls
from services.consultation.publication import actions, queries
from services.consultation.publication.queries import CONFIDENTIAL
from services.consultation.publication.rules import State
from services.consultation.submissions import queries as submissions
from services.consultation.submissions.rules import Consent, Stance
from shared.i18n import N_, NP_, Words, _, language, ngettext, translate
from shared.vocabulary import vocabulary
from shared.web.edge import PersonView, Posted, Pressed, PublicView, StaffView, StaffWork
from shared.web.forms import Filled, Form, blank
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.web.shelf import for_everybody
from shared.work import View, Work

pages = Pages()

STATES = {
    State.PENDING.value: N_("Not published yet"),
    State.PUBLISHED.value: NP_("answer", "Published"),
    State.REDACTED.value: N_("Published, redacted"),
    State.WITHHELD.value: N_("Withheld"),
    CONFIDENTIAL: N_("In confidence"),
}
KINDS = {
    State.PENDING.value: "waiting",
    State.PUBLISHED.value: "settled",
    State.REDACTED.value: "partly",
    State.WITHHELD.value: "refused",
    CONFIDENTIAL: "plain",
}
PROPOSALS = {
    State.PUBLISHED.value: N_("Publish as it is"),
    State.REDACTED.value: N_("Publish redacted"),
    State.WITHHELD.value: N_("Withhold"),
}
CONSENTS = {
    Consent.NAMED: N_("Everyone, with their name"),
    Consent.UNNAMED: N_("Everyone, without their name"),
    Consent.SECRETARIAT: N_("The secretariat only"),
}
STANCES = {
    Stance.KEEP: N_("Keep it"),
    Stance.CHANGE: N_("Change it"),
    Stance.REMOVE: N_("Take it out"),
    Stance.COMMENT: N_("Comment"),
}
TEMPLATES = "consultation/publication"
BULK_REFUSALS = (
    errors.NoAnswerSelected,
    errors.NotPrepared,
    errors.OwnPreparation,
    errors.Confidential,
    errors.TiesToAuthor,
)
PARTS = ("text", "wording", "left_out")


class BulkForm(Form):
    """Selected answers and what is done with them."""

    reference: list[str] = Field(default_factory=list, max_length=200)
    act: Annotated[str, Field(pattern="^(prepare|decide)$")] = "decide"


def _spoken() -> dict[str, Any]:
    return {
        "states": {code: translate(text) for code, text in STATES.items()},
        "proposals": {code: translate(text) for code, text in PROPOSALS.items()},
        "consents": {code.value: translate(text) for code, text in CONSENTS.items()},
        "stances": {code.value: translate(text) for code, text in STANCES.items()},
        "kinds": KINDS,
    }


@pages.get("/staff/calls/{code}/publication", name="publication.desk")
def desk(
    code: str, view: StaffView, show: str = "", consent: str = "", page_number: int = 1
) -> Response:
    """List the answers that count, with how each is published."""
    return _desk_page(view, code, show, consent, page_number)


def _desk_page(
    view: View,
    code: str,
    show: str,
    consent: str,
    number: int,
    form: Filled[Any] | None = None,
    status: int = 200,
) -> Response:
    found = queries.desk(view, code, show=show, consent=consent, page=max(1, number))
    narrowed = {"code": code, "show": show, "consent": consent}

    def at(wanted: int | None) -> str | None:
        return link("publication.desk", **narrowed, page_number=wanted) if wanted else None

    return page(
        f"{TEMPLATES}/desk.html",
        status=status,
        form=form or blank(Form),
        here=link("publication.bulk", **narrowed, page_number=number),
        desk=found,
        title=calls.words(view, found.call).get("title", Words()),
        call=found.call,
        show=show,
        consent=consent,
        pager={"next": at(found.next), "previous": at(found.previous)},
        categories=dict(vocabulary.options("category_short", language())),
        **_spoken(),
    )


@pages.post("/staff/calls/{code}/publication", name="publication.bulk")
def bulk(
    code: str,
    work: StaffWork,
    posted: Posted,
    show: str = "",
    consent: str = "",
    page_number: int = 1,
) -> Response:
    """Prepare or decide the selected answers; the list stays as it was narrowed."""
    form = posted.read(BulkForm)
    work.require("publication.bulk")
    if form.value is not None:
        with form.refusing("", *BULK_REFUSALS):
            saying = _bulk(work, code, form.value)
            narrowed = {"show": show, "consent": consent, "page_number": page_number}
            return see_other("publication.desk", code=code, saying=saying, **narrowed)
    return _desk_page(work, code, show, consent, page_number, form, status=422)


def _bulk(work: Work, code: str, given: BulkForm) -> str:
    if given.act == "prepare":
        n = actions.prepare_as_they_are(work, code, given.reference)
        return ngettext("%(n)s answer prepared.", "%(n)s answers prepared.", n)
    n = actions.decide(work, code, given.reference)
    return ngettext("%(n)s answer decided.", "%(n)s answers decided.", n)


@pages.get("/staff/calls/{code}/publication/{reference}", name="publication.show")
def show(code: str, reference: str, view: StaffView) -> Response:
    """Show one answer with what its author allows, and what everybody would read."""
    return _answer_page(view, code, reference)


def _answer_page(
    view: View, code: str, reference: str, form: Filled[Any] | None = None, status: int = 200
) -> Response:
    found = queries.answer(view, code, reference)
    initial: dict[str, Any] = {"reason": found.reason}
    if State.WITHHELD in (found.line.proposed, found.line.state) and not (
        found.line.proposed and found.line.proposed != State.WITHHELD
    ):
        initial["withhold"] = True
    for piece in found.pieces:
        initial[f"text_{piece.id}"] = piece.shown_text
        initial[f"wording_{piece.id}"] = piece.shown_wording
        initial[f"left_out_{piece.id}"] = piece.left_out or None
    return page(
        f"{TEMPLATES}/answer.html",
        status=status,
        answer=found,
        call=found.call,
        row=found.line.row,
        form=form or blank(Form, initial),
        categories=dict(vocabulary.options("category_short", language())),
        **_spoken(),
    )


@pages.post("/staff/calls/{code}/publication/{reference}/prepare", name="publication.prepare")
def prepare(code: str, reference: str, work: StaffWork, posted: Posted) -> Response:
    """Propose how one answer is published."""
    found = queries.answer(work, code, reference)
    form: Filled[Form] = posted.read(_preparation_form(found))
    if form.value is not None:
        said = form.value.model_dump()
        texts = {
            str(one.id): {
                part: said[f"{part}_{one.id}"] for part in PARTS if f"{part}_{one.id}" in form.raw
            }
            for one in found.pieces
        }
        with form.refusing("reason", errors.RedactionReasonNeeded):
            actions.prepare(
                work,
                code,
                reference,
                withhold=said["withhold"],
                texts=texts,
                reason=said["reason"],
            )
    if form.value is None:
        return _answer_page(work, code, reference, form, status=422)
    return see_other(
        "publication.show",
        code=code,
        reference=reference,
        saying=_("Prepared. A call manager decides."),
    )


def _preparation_form(found: queries.Answer) -> type[Form]:
    fields: dict[str, Any] = {
        f"{part}_{one.id}": (Annotated[str, Field(max_length=20000)], "")
        for one in found.pieces
        for part in PARTS
    }
    fields["withhold"] = (bool, False)
    fields["reason"] = (Annotated[str, Field(max_length=2000)], "")
    return create_model("PreparationForm", __base__=Form, **fields)


@pages.post("/staff/calls/{code}/publication/{reference}/decide", name="publication.decide")
def decide(code: str, reference: str, work: StaffWork, _pressed: Pressed) -> Response:
    """Decide as it was prepared."""
    actions.decide(work, code, [reference])
    return see_other(
        "publication.show", code=code, reference=reference, saying=_("Decided. Its author is told.")
    )


@pages.get("/answers/{id_code}/publication", name="answer.published")
def published(id_code: str, view: PersonView) -> Response:
    """Show its authors how an answer was published: what is left out, and why."""
    submission = submissions.by_code(view, id_code, "answer.published")
    return page(
        f"{TEMPLATES}/own.html",
        own=queries.own(view, submission),
        submission=submission,
        **_spoken(),
    )


@pages.get("/results/{code}/answers", name="result.answers")
@for_everybody
def answers(code: str, view: PublicView, show: str = "named", page_number: int = 1) -> Response:
    """Show the answers that are public: by partner, or without a name in no order that tells."""
    number = max(1, page_number)
    found = queries.public(view, code, named=show != "unnamed", page=number)
    chosen = "named" if found.named else "unnamed"

    def at(wanted: int | None) -> str | None:
        if wanted is None:
            return None
        return link("result.answers", code=code, show=chosen, page_number=wanted)

    return page(
        f"{TEMPLATES}/answers.html",
        answers=found,
        call=found.call,
        has_report=found.call.state == "report_published",
        pager={"next": at(found.next), "previous": at(found.previous)},
        categories=dict(vocabulary.options("category_short", language())),
        **_spoken(),
    )
