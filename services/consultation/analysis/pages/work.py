"""My work: what waits for the reader in each call, by what the reader may do there."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from services.consultation.analysis import queries
from services.consultation.analysis.queries import CallWork
from services.consultation.calls import queries as calls
from services.consultation.calls.rules import State
from services.consultation.publication import queries as publication
from services.consultation.reports import queries as reports
from shared.i18n import _, ngettext
from shared.web.edge import StaffView
from shared.web.links import link
from shared.web.pages import Pages, page
from shared.work import View

pages = Pages()

UNFINISHED = (State.DRAFT, State.CHANGES_REQUESTED)


@dataclass(frozen=True)
class Task:
    """One thing to do, and where."""

    title: str
    href: str


@pages.get("/staff", name="staff.work")
def my_work(view: StaffView, page_number: int = 1) -> Response:
    """Show what waits for the reader."""
    found = queries.my_work(view, max(1, page_number))
    tasks = _tasks(view, found.calls)

    def at(number: int | None) -> str | None:
        return link("staff.work", page_number=number) if number else None

    return page(
        "consultation/analysis/work.html",
        work=found,
        tasks=tasks,
        pager={"next": at(found.next), "previous": at(found.previous)},
    )


def _tasks(view: View, found: list[CallWork]) -> dict[str, list[Task]]:
    ids = [one.id for one in found]
    seconds = calls.waiting(view, [(one.id, one.state) for one in found])
    desk = publication.waiting(view, ids)
    approvals = reports.waiting(view, ids)
    none = publication.Waiting(0, 0)
    return {
        one.code: [
            *_as_second(view, one, seconds[one.id]),
            *(_as_analyst(one, desk.get(one.id, none)) if view.actor.is_staff("analyst") else ()),
            *(_as_decider(one) if view.actor.is_staff("decider") else ()),
            *(
                _as_manager(view, one, desk.get(one.id, none))
                if view.actor.is_staff("call_manager")
                else ()
            ),
            *(
                (Task(_("Report waits for approval"), link("report.edit", code=one.code)),)
                if approvals.get(one.id) and view.actor.is_staff("decider")
                else ()
            ),
        ]
        for one in found
    }


def _as_second(view: View, one: CallWork, waiting: calls.Waiting) -> Iterator[Task]:
    if not view.allows("call.approve_act"):
        return
    if waiting.review:
        yield Task(_("Waits for review"), link("call.review", code=one.code))
    if n := waiting.acts:
        said = ngettext("%(n)s proposed act to approve", "%(n)s proposed acts to approve", n)
        yield Task(said, link("call.edit", code=one.code))


def _as_analyst(one: CallWork, desk: publication.Waiting) -> Iterator[Task]:
    if not one.is_closed:
        return
    if n := one.unread:
        said = ngettext("%(n)s unread", "%(n)s unread", n)
        yield Task(said, link("analysis.queue", code=one.code, show="unread"))
    if n := one.to_recommend:
        said = ngettext("%(n)s point to recommend", "%(n)s points to recommend", n)
        yield Task(said, link("analysis.points", code=one.code, state="to_recommend"))
    if n := one.mine:
        said = ngettext("%(n)s assigned to me", "%(n)s assigned to me", n)
        yield Task(said, link("analysis.points", code=one.code, assigned="me", state="to_decide"))
    if n := desk.to_prepare:
        said = ngettext(
            "%(n)s answer to prepare for publication", "%(n)s answers to prepare for publication", n
        )
        yield Task(said, link("publication.desk", code=one.code, show="to_prepare"))


def _as_decider(one: CallWork) -> Iterator[Task]:
    if n := one.to_decide:
        said = ngettext("%(n)s point to decide", "%(n)s points to decide", n)
        yield Task(said, link("analysis.points", code=one.code, state="recommended"))


def _as_manager(view: View, one: CallWork, desk: publication.Waiting) -> Iterator[Task]:
    if one.is_closed and one.reply_due_at and one.reply_due_at <= view.now:
        yield Task(_("Say that the reply is late"), link("call.reply_late", code=one.code))
    if one.state in UNFINISHED:
        yield Task(_("Finish the draft"), link("call.edit", code=one.code))
    if n := desk.to_decide:
        said = ngettext("%(n)s publication to decide", "%(n)s publications to decide", n)
        yield Task(said, link("publication.desk", code=one.code, show="to_decide"))
    if one.state == State.ANALYSING:
        yield Task(_("Write the report"), link("report.edit", code=one.code))
