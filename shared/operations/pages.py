"""How a service is, for administrators: the same pages in each, at its own address."""

import json
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from shared import ids
from shared.contracts.topics import is_personal
from shared.database.dead_letters import DeadLetterRow, Status
from shared.errors import NotFound, Problem
from shared.i18n import N_, _, translate
from shared.messaging import replay
from shared.messaging.handling import Handling
from shared.messaging.relay import GROUP
from shared.operations import queries
from shared.operations.rules import CARE
from shared.operations.sayings import SAYINGS, of_letter
from shared.web.edge import Posted, StaffView
from shared.web.forms import Filled, Form, blank
from shared.web.frame import frame
from shared.web.links import link
from shared.web.pages import Pages, page, see_other
from shared.work import View

SERVICES = {
    "registry": N_("People and organisations"),
    "consultation": N_("Calls and answers"),
    "notifications": N_("Notices"),
}
LONGEST_PAYLOAD = 20_000


class Decision(StrEnum):
    """What becomes of a record that was set aside."""

    AGAIN = "again"
    DISCARD = "discard"


class DecisionForm(Form):
    """What is decided of a record that was set aside, and why."""

    decision: Decision
    note: Annotated[str, Field(max_length=2000)] = ""


def router(service: str) -> APIRouter:
    """Return the operations pages of one service."""
    pages = Pages()
    base = f"/staff/operations/{service}"
    for path, verb, answer, method in (
        ("", "show", show, "GET"),
        ("/parked", "parked", parked, "GET"),
        ("/parked/{code}", "letter", letter, "GET"),
        ("/parked/{code}", "decide", decide, "POST"),
        ("/mail", "mail", mail, "GET"),
        ("/due", "due", due, "GET"),
    ):
        name = f"operations_{service}.{verb}"
        pages.add_api_route(f"{base}{path}", answer, methods=[method], name=name)
    return pages


def show(view: StaffView) -> Response:
    """Show how the service is, part by part."""
    state = queries.state(view)
    parts = {
        name: (CARE[finding], SAYINGS[finding].said()) for name, finding in state.findings.items()
    }
    return page(
        "operations/show.html",
        state=state,
        parts_of=parts,
        to=_to(view),
        services=[(one, translate(title), _at(one, "show")) for one, title in SERVICES.items()],
        title=translate(SERVICES[state.service]),
    )


def parked(view: StaffView, status: Status = Status.PARKED, after: UUID | None = None) -> Response:
    """List what was set aside."""
    found = queries.letters(view, status, after)
    return page(
        "operations/parked.html",
        found=found,
        chosen=status.value,
        codes={row.id: ids.spelled(row.id) for row in found.rows},
        to=_to(view),
        pager=_pager(view, "parked", found.next, after, status=status.value),
    )


def letter(code: str, view: StaffView) -> Response:
    """Show one record that was set aside, why, and what can be done."""
    return _letter(view, queries.letter(view, _id_of(code)), blank(DecisionForm))


def decide(code: str, view: StaffView, posted: Posted) -> Response:
    """Try a record again, send it again, or give it up."""
    service = view.room.name
    view.require(f"operations_{service}.decide")
    row, form = queries.letter(view, _id_of(code)), posted.read(DecisionForm)
    given = form.value
    if given is not None and given.decision is Decision.DISCARD and not given.note:
        form.refuse("note", _("Write why it is given up."))
    if given is None or form.errors:
        return _letter(view, row, form, status=422)
    try:
        saying = _decide(view, row, given)
    except Problem:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is shown to who asked
        form.refuse("decision", _("It failed again: %(error)s", error=type(error).__name__))
        return _letter(view, queries.letter(view, row.id), form, status=409)
    return see_other(f"operations_{service}.parked", saying=saying)


def _decide(view: View, row: DeadLetterRow, given: DecisionForm) -> str:
    # Each in a work of its own: a retry lets the service's handlers do what they do as the system.
    room, now = view.room, view.system_now
    if given.decision is Decision.DISCARD:
        with room.work(view.actor) as work:
            replay.discard(work, row.id, given.note, now)
        return _("Given up. It stays in the list of what was given up, with your reason.")
    if row.consumer_group == GROUP:
        with room.work(view.actor) as work:
            replay.send_again(work, row.id, given.note, now)
        return _("It will be sent again at once.")
    handling = Handling(room.name, frame().service.subscriptions, room.work, clock=room.clock)
    replay.replay_parked(handling, row.id, view.actor.person, given.note)
    return _("Handled. What the event says has had its effect now.")


def mail(view: StaffView, after: UUID | None = None) -> Response:
    """List messages in trouble."""
    found = queries.mail(view, after)
    return page(
        "operations/mail.html",
        found=found,
        to=_to(view),
        pager=_pager(view, "mail", found.next, after),
    )


def due(view: StaffView, after: UUID | None = None) -> Response:
    """List timed work that is late or failed."""
    found = queries.due(view, after)
    pager = _pager(view, "due", found.next, after)
    return page("operations/due.html", found=found, to=_to(view), pager=pager)


def _letter(
    view: View, row: DeadLetterRow, form: Filled[DecisionForm], status: int = 200
) -> Response:
    return page(
        "operations/letter.html",
        status=status,
        row=row,
        form=form,
        told=of_letter(row).said(),
        payload=_payload(row),
        is_personal=is_personal(row.topic),
        of_relay=row.consumer_group == GROUP,
        here=_at(view.room.name, "letter", code=ids.spelled(row.id)),
        to=_to(view),
    )


def _payload(row: DeadLetterRow) -> str:
    """Return what an event says, readable; of personal data only which fields there are."""
    try:
        said = json.loads(row.payload or b"null")
    except ValueError:
        said = "" if is_personal(row.topic) else (row.payload or b"").decode(errors="replace")
    if is_personal(row.topic):
        return "\n".join(sorted(said)) if isinstance(said, dict) else ""
    if isinstance(said, str):
        return said[:LONGEST_PAYLOAD]
    return json.dumps(said, indent=2, ensure_ascii=False)[:LONGEST_PAYLOAD]


def _id_of(code: str) -> UUID:
    found = ids.of_spelled(code)
    if found is None:
        raise NotFound
    return found


def _at(service: str, verb: str, **params: Any) -> str:
    return link(f"operations_{service}.{verb}", **params)


def _to(view: View) -> Callable[..., str]:
    """Return what links to the other pages of the same service."""
    return partial(_at, view.room.name)


def _pager(
    view: View, verb: str, following: UUID | None, after: UUID | None, **more: str
) -> dict[str, str]:
    at = partial(_at, view.room.name, verb, **more)
    return {"next": at(after=following) if following else "", "previous": at() if after else ""}
