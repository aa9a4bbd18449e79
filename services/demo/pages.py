"""Pages of the demo: who to be, what was mailed, what was told, and a clock to move."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Annotated

from fastapi import Depends
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from services.demo.personas import BY_KEY, PERSONAS
from services.demo.stage import Stage, stage_of
from shared.contracts.envelope import Envelope
from shared.contracts.topics import TOPICS
from shared.errors import NotFound
from shared.i18n import N_, _, translate
from shared.messaging.bus import Kept
from shared.security.tokens import COOKIE, SESSION_COOKIE
from shared.web import cookies
from shared.web.edge import Posted, PublicView
from shared.web.forms import Form
from shared.web.frame import frame
from shared.web.pages import Pages, page, see_other

pages = Pages()
OnStage = Annotated[Stage, Depends(stage_of)]
SHOWN = 50

STEPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        N_("Draft a call for input and publish it with a second person"),
        (("call-manager", "call.desk"), ("second-manager", "staff.work")),
    ),
    (N_("See who was told, in the captured mail"), (("", "demo.mail"),)),
    (
        N_("Register a civil society group and answer, in French, on a phone"),
        (("group-lead", "call.index"), ("officer", "verification.index")),
    ),
    (
        N_("Answer as a city, in Arabic, with the approval of the mayor's office"),
        (("preparer", "call.index"), ("", "demo.mail"), ("contact-point", "answer.index")),
    ),
    (
        N_("Move the clock past the deadline; read, cut into points, recommend, decide"),
        (("", "demo.clock"), ("analyst", "staff.work"), ("decider", "staff.work")),
    ),
    (
        N_("Publish answers, write the revised text and the report, have it approved"),
        (("analyst", "staff.work"), ("call-manager", "staff.work"), ("decider", "staff.work")),
    ),
    (
        N_("Read what became of your words"),
        (("contact-point", "answer.index"), ("group-lead", "answer.index")),
    ),
)
"""Each with the people to be and the demo's pages to open, in this order."""
PLACES = {"demo.mail": N_("Captured mail"), "demo.clock": N_("Move the clock")}


class AdvanceForm(Form):
    """By how many days portal time moves on."""

    days: Annotated[int, Field(ge=1, le=365)]


@pages.get("/demo", name="demo.index")
def index(view: PublicView, stage: OnStage) -> Response:
    """Say what can be walked here and as whom."""
    view.require("demo.index")
    return page(
        "demo/index.html",
        personas=[(one, translate(one.what)) for one in PERSONAS],
        steps=[(translate(text), [_turn(*one) for one in turns]) for text, turns in STEPS],
        seeding=stage.progress(),
        can_begin_anew=stage.restart is not None,
    )


def _turn(who: str, name: str) -> dict[str, object]:
    return {"who": BY_KEY.get(who), "name": name, "text": translate(PLACES.get(name, ""))}


@pages.post("/demo/become/{key}", name="demo.become")
def become(key: str, view: PublicView, stage: OnStage, posted: Posted) -> Response:
    """Sign in as a persona, in their language."""
    view.require("demo.become")
    persona = BY_KEY.get(key)
    if persona is None:
        raise NotFound
    opened = stage.sign_in(persona)
    frame().language = persona.language
    response = see_other(posted.get("to") or "home.index")
    for name, value in ((COOKIE, opened.token), (SESSION_COOKIE, opened.secret)):
        cookies.keep(response, name, value)
    return response


@pages.post("/demo/leave", name="demo.leave")
def leave(view: PublicView) -> Response:
    """Be a visitor again."""
    view.require("demo.leave")
    response = see_other("demo.index")
    for name in (COOKIE, SESSION_COOKIE):
        cookies.drop(response, name)
    return response


@dataclass(frozen=True)
class Letter:
    """One captured message as the list shows it."""

    number: int
    to: str
    subject: str
    language: str
    at: str


@pages.get("/demo/mail", name="demo.mail")
def mail(view: PublicView, stage: OnStage, to: str = "", before: int = 0) -> Response:
    """List captured messages, newest first."""
    view.require("demo.mail")
    letters = [
        Letter(
            number,
            str(one["To"]),
            str(one["Subject"]),
            str(one["Content-Language"] or ""),
            str(one["Date"]),
        )
        for number, one in enumerate(stage.messages(), start=1)
        if not to or to in str(one["To"])
    ]
    older = [one for one in reversed(letters) if not before or one.number < before]
    shown = older[:SHOWN]
    return page(
        "demo/mail.html",
        letters=shown,
        to=to,
        more=shown[-1].number if len(older) > SHOWN else None,
        people=[(to, to) for to in sorted({str(one["To"]) for one in stage.messages()})],
    )


@pages.get("/demo/mail/{number}", name="demo.message")
def message(number: int, view: PublicView, stage: OnStage, form: str = "") -> Response:
    """Show one captured message; `?form=html` is its HTML part alone, for a frame."""
    view.require("demo.message")
    messages = stage.messages()
    if not 1 <= number <= len(messages):
        raise NotFound
    one = messages[number - 1]
    if form == "html":
        return _html_part(one)
    plain = one.get_body(("plain",))
    return page(
        "demo/message.html",
        number=number,
        headers=[(name, str(value)) for name, value in one.items()],
        text=plain.get_content() if plain is not None else "",
        has_html=one.get_body(("html",)) is not None,
        attachments=[part.get_filename() for part in one.iter_attachments()],
    )


def _html_part(one: EmailMessage) -> Response:
    part = one.get_body(("html",))
    if part is None:
        raise NotFound
    # Mail is styled inline, for mail programs; only this page of the demo allows that.
    return HTMLResponse(
        part.get_content(),
        headers={
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                "frame-ancestors 'self'; "
                "sandbox allow-popups allow-top-navigation-by-user-activation"
            )
        },
    )


@dataclass(frozen=True)
class Told:
    """One record of the log as the page shows it."""

    topic: str
    partition: int
    offset: int
    type: str
    key: str
    at: datetime
    payload: str


@pages.get("/demo/events", name="demo.events")
def events(view: PublicView, stage: OnStage, topic: str = "") -> Response:
    """List the newest records of the event log."""
    view.require("demo.events")
    chosen = [one for one in TOPICS if not topic or one.name == topic]
    records = [_told(record) for one in chosen for record in stage.newest(one, SHOWN)]
    records.sort(key=lambda one: (one.at, one.offset), reverse=True)
    return page(
        "demo/events.html",
        records=records[:SHOWN],
        topics=[one.name for one in TOPICS],
        topic=topic,
    )


def _told(record: Kept) -> Told:
    try:
        kind = Envelope.of(list(record.headers)).type
    except (KeyError, ValueError):
        kind = "?"
    return Told(
        topic=record.partition.topic,
        partition=record.partition.number,
        offset=record.offset,
        type=kind,
        key=(record.key or b"").decode(),
        at=record.at,
        payload=(record.value or b"").decode() or _("(erased)"),
    )


@pages.get("/demo/clock", name="demo.clock")
def clock(view: PublicView) -> Response:
    """Say what time it is in the portal and offer to move it on."""
    view.require("demo.clock")
    return page("demo/clock.html", portal=view.now, machine=datetime.now(UTC))


@pages.post("/demo/clock", name="demo.advance")
def advance(view: PublicView, stage: OnStage, posted: Posted) -> Response:
    """Move portal time forward; whatever falls due happens on the way, in order."""
    view.require("demo.advance")
    form = posted.read(AdvanceForm)
    if form.value is None:
        return page(
            "demo/clock.html", status=422, portal=view.now, machine=datetime.now(UTC), form=form
        )
    stage.advance(timedelta(days=form.value.days))
    return see_other(
        "demo.clock",
        saying=_("The clock moved on. Whatever became due is happening now: look at the mail."),
    )


@pages.post("/demo/reset", name="demo.reset")
def reset(view: PublicView, stage: OnStage) -> Response:
    """Throw everything away and begin anew."""
    view.require("demo.reset")
    stage.reset()
    saying = _("Everything is being made anew. This takes a few seconds.")
    return HTMLResponse(
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content='6;url=/demo'>"
        f"<title>Roundtable</title><p>{saying}"
    )
