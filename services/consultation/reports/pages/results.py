"""What everybody reads: the results, one report; and what became of one's own words."""

from starlette.responses import Response

from services.consultation.calls import queries as calls
from services.consultation.documents import queries as documents
from services.consultation.home import queries as home
from services.consultation.reports import queries
from services.consultation.reports.pages.revising import KINDS, spoken_changes
from services.consultation.reports.queries import Wanted
from services.consultation.submissions import queries as submissions
from shared.i18n import language
from shared.vocabulary import vocabulary
from shared.web.edge import PersonView, PublicView
from shared.web.links import link
from shared.web.pages import Pages, page
from shared.web.shelf import for_everybody

pages = Pages()

SIZE = 20
DISPOSITION_KINDS = {
    "accepted": "settled",
    "accepted_in_part": "partly",
    "not_accepted": "refused",
    "out_of_scope": "refused",
}


@pages.get("/results", name="result.index")
@for_everybody
def index(view: PublicView, page_number: int = 1) -> Response:
    """List the published reports, the latest first."""
    number = max(1, page_number)
    found = queries.published_calls(view, number, SIZE)
    rows = calls.rows_of(view, found[:SIZE])
    return page(
        "consultation/reports/index.html",
        results=home.result_cards(view, rows),
        pager={
            "next": link("result.index", page_number=number + 1) if len(found) > SIZE else None,
            "previous": link("result.index", page_number=number - 1) if number > 1 else None,
        },
    )


@pages.get("/results/{code}", name="result.show")
@for_everybody
def show(
    code: str,
    view: PublicView,
    words: str = "",
    disposition: str = "",
    change: str = "",
    page_number: int = 1,
) -> Response:
    """Show one report: what it comes to, what changed, and the reply to every point."""
    wanted = Wanted(words[:100], disposition[:40], change[:60])
    report = queries.public_report(view, code, wanted, max(1, page_number))
    return page(
        "consultation/reports/show.html",
        report=report,
        call=report.call,
        wanted=wanted,
        figures=submissions.figures(view, report.call.id),
        changes=spoken_changes(),
        change_kinds=KINDS,
        disposition_options=vocabulary.options("disposition", language()),
        dispositions=dict(vocabulary.options("disposition", language())),
        disposition_kinds=DISPOSITION_KINDS,
        reasons=dict(vocabulary.options("reason", language())),
        pager={
            "next": _points_page(code, wanted, report.next),
            "previous": _points_page(code, wanted, report.previous),
        },
    )


def _points_page(code: str, wanted: Wanted, number: int | None) -> str | None:
    if number is None:
        return None
    return link(
        "result.show",
        code=code,
        words=wanted.words,
        disposition=wanted.disposition,
        change=wanted.change,
        page_number=number,
        anchor="points",
    )


@pages.get("/results/{code}/text", name="result.text")
@for_everybody
def revised(code: str, view: PublicView) -> Response:
    """Show the whole revised text; each change leads to what it was before."""
    call, version = queries.published_text(view, code)
    return page(
        "consultation/reports/revised.html",
        call=call,
        outline=documents.outline(view, version, language()),
        rows={row.label: row for row in documents.whole(view, version.id, language())},
        changes=spoken_changes(),
        change_kinds=KINDS,
    )


@pages.get("/answers/{id_code}/words", name="answer.words")
def words(id_code: str, view: PersonView) -> Response:
    """Show what became of the points of one answer, on one page that prints."""
    submission = submissions.by_code(view, id_code, "answer.words")
    return page(
        "consultation/reports/words.html",
        words=queries.own_words(view, submission),
        changes=spoken_changes(),
        change_kinds=KINDS,
        dispositions=dict(vocabulary.options("disposition", language())),
        disposition_kinds=DISPOSITION_KINDS,
        reasons=dict(vocabulary.options("reason", language())),
    )
