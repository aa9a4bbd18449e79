"""The public pages of calls: the list, one call, its document, its questions, its deadline."""

from typing import Any

from starlette.responses import Response

from services.consultation.calls import queries, rules
from services.consultation.calls.models import Call
from services.consultation.calls.pages import showing
from services.consultation.calls.queries import Shelf, Wanted
from services.consultation.documents import queries as documents
from services.consultation.documents.rules import anchor_of
from services.consultation.home import queries as home
from services.consultation.questions import queries as questions
from services.consultation.submissions import queries as submissions
from shared.errors import NotFound
from shared.i18n import _, language, pgettext
from shared.vocabulary import vocabulary
from shared.web import formats
from shared.web.edge import PublicView
from shared.web.links import link
from shared.web.pages import Pages, page
from shared.web.shelf import for_everybody
from shared.work import View

pages = Pages()

TEMPLATES = "consultation/calls"


@pages.get("/calls", name="call.index")
@for_everybody
def index(
    view: PublicView, state: str = "open", programme: str = "", words: str = "", after: str = ""
) -> Response:
    """Show calls that are open, upcoming or closed, by programme and words."""
    shelf = Shelf(state) if state in set(Shelf) else Shelf.OPEN
    wanted = Wanted(shelf, programme=programme, text=words[:100].strip(), after=after)
    found = queries.index(view, wanted)
    chosen = {"state": shelf.value, "programme": programme, "words": wanted.text}
    return page(
        f"{TEMPLATES}/index.html",
        cards=home.call_cards(view, found.rows),
        chosen=chosen,
        shelves_options=[
            (one.value, _("%(shelf)s (%(n)s)", shelf=text, n=queries.count(view, one)))
            for one, text in (
                (Shelf.OPEN, pgettext("calls", "Open")),
                (Shelf.UPCOMING, pgettext("calls", "Opening soon")),
                (Shelf.CLOSED, pgettext("calls", "Closed")),
            )
        ],
        programmes=[("", _("All subjects")), *vocabulary.options("programme", language())],
        pager=_pager(chosen, found.next, after),
    )


@pages.get("/calls/{code}", name="call.show")
@for_everybody
def show(code: str, view: PublicView) -> Response:
    """Show one call: what it is, how to take part, what is promised, who answered."""
    call = queries.to_show(view, code)
    shown = showing.shown(view, call)
    return page(f"{TEMPLATES}/show.html", shown=shown, anchor_of=anchor_of)


@pages.get("/calls/{code}/document", name="call.document")
@for_everybody
def document(code: str, view: PublicView) -> Response:
    """Show the whole document of a call, paragraph by paragraph."""
    call = queries.to_show(view, code, "call.document")
    return document_page(view, call)


@pages.get("/calls/{code}/questions", name="call.questions")
@for_everybody
def all_questions(code: str, view: PublicView) -> Response:
    """Show all questions on one page, to print or save."""
    call = queries.to_show(view, code, "call.questions")
    return page(
        f"{TEMPLATES}/questions.html",
        call=call,
        title=queries.words(view, call)["title"].best(),
        topics=questions.topics_of(view, call.id, call.authentic_language),
    )


@pages.get("/calls/{code}/deadline.ics", name="call.calendar")
def calendar(code: str, view: PublicView) -> Response:
    """Give the deadline as a calendar file."""
    call = queries.to_show(view, code, "call.calendar")
    if call.closes_at is None:
        raise NotFound
    title = queries.words(view, call)["title"].best().text
    url = f"{view.settings.portal_url.rstrip('/')}{link('call.show', code=code)}"
    data = rules.deadline_file(
        code,
        _("Answers close: %(title)s", title=title),
        formats.deadline(call.closes_at, call.zone, view.actor.zone),
        url,
        call.closes_at,
        view.system_now,
    )
    headers = {"Content-Disposition": f'attachment; filename="deadline-{code}.ics"'}
    return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)


def document_page(view: View, call: Call) -> Response:
    """Draw the whole document of a call for somebody who may read it. Raises NotFound."""
    version = documents.consulted(view, call.id)
    if version is None:
        raise NotFound
    return page(
        f"{TEMPLATES}/document.html",
        call=call,
        title=queries.words(view, call)["title"].best(),
        outline=documents.outline(view, version, language()),
        rows=documents.whole(view, version.id, language()),
        comment=_comment_link(view, call),
        is_open=queries.phase(view, call) is rules.Phase.OPEN,
    )


def _comment_link(view: View, call: Call) -> Any:
    """Return a function from a label to where one comments on that paragraph."""
    for organisation in submissions.organisations_of(view):
        live = submissions.live(view, call.id, organisation.id)
        if live is not None and submissions.is_draft(live):
            answer = live.code
            return lambda label: link("answer.paragraph", id_code=answer, label=label)
    return lambda _label: link("answer.begin", code=call.code)


def _pager(chosen: dict[str, str], following: str, after: str) -> dict[str, str | None]:
    return {
        "next": link("call.index", **chosen, after=following) if following else None,
        "previous": link("call.index", **chosen) if after else None,
    }
