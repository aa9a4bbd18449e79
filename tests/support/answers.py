"""Factories of answers, and browsers over consultation alone, signed in as the test says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.testclient import TestClient
from starlette.responses import RedirectResponse, Response

from services.consultation.calls import actions as calls
from services.consultation.calls import queries as call_queries
from services.consultation.documents import actions as documents
from services.consultation.questions import actions as questions
from services.consultation.questions.actions import OptionDraft, QuestionDraft
from services.consultation.questions.rules import Kind
from services.consultation.submissions import actions, queries
from services.consultation.submissions.actions import Draft, Entry
from shared import ids
from shared.runtime import application
from shared.security.permissions import NOBODY, Actor
from shared.web.dispatch import PagesOf
from shared.web.edge import TOKEN
from shared.web.frame import WAITED
from shared.work import View
from tests.support.bench import Bench
from tests.support.calls import MANAGER, SECOND, colleague, drafted, partner

SEEDS = Path(__file__).parents[2] / "services" / "demo" / "seeds"


def open_call(bench: Bench, *, document: bool = True, **given: Any) -> str:
    """Publish a call with two topics of questions and the draft strategy; return its code."""
    code = drafted(bench, **given)
    with bench.work(MANAGER) as work:
        call_id = call_queries.by_code(work, code).id
        topic = questions.save_topic(work, call_id, {"en": "About your city"})
        questions.save(
            work,
            call_id,
            QuestionDraft(
                kind=Kind.ONE,
                titles={"en": "Who decides?"},
                required=True,
                topic=topic,
                options=[OptionDraft({"en": "The council"}), OptionDraft({"en": "The mayor"})],
            ),
        )
        questions.save(
            work,
            call_id,
            QuestionDraft(kind=Kind.NUMBER, titles={"en": "How many?"}, topic=topic, minimum=0),
        )
        if document:
            for language, authentic in (("zh", True), ("en", False)):
                text = (SEEDS / f"partnership-strategy.{language}.md").read_bytes()
                documents.import_markdown(work, call_id, text, language, authentic=authentic)
        calls.ask_review(work, code)
    with bench.work(SECOND) as work:
        calls.publish(work, code)
    return code


def begun(bench: Bench, who: Actor, call_code: str, organisation: UUID) -> str:
    """Begin an answer and return its code."""
    with bench.work(who) as work:
        return actions.begin(work, call_code, organisation, "en").code


def written(bench: Bench, who: Actor, call_code: str, organisation: UUID) -> str:
    """Write an answer that can be sent, and return its code."""
    code = begun(bench, who, call_code, organisation)
    with bench.work(who) as work:
        sheet = queries.open_sheet(work, code, "answer.hub")
        for topic in sheet.asked.topics:
            entries = {
                item.code: Entry(_value(item.kind, item.option_codes), None, 0)
                for item in topic.questions
            }
            actions.save_topic(work, code, topic.key, entries)
        if sheet.asked.paragraphs:
            draft = Draft("", "change", "Name the mountains.", "", None, 0)
            actions.save_comment(work, code, "3", draft)
        actions.save_consent(work, code, "named", "en", 1)
    return code


def sent(bench: Bench, who: Actor, call_code: str, organisation: UUID) -> str:
    """Write and send an answer, and return its code."""
    code = written(bench, who, call_code, organisation)
    send(bench, who, code)
    return code


def send(bench: Bench, who: Actor, code: str, key: str = "") -> None:
    """Send what stands there now."""
    with bench.work(who) as work:
        seen = queries.open_sheet(work, code, "answer.check").content
        actions.send(work, code, key or ids.secret(), seen)


def _value(kind: str, options: Sequence[str]) -> str:
    return {"one": next(iter(options), ""), "number": "12"}.get(kind, "Water, and who pays for it.")


def _neighbour() -> APIRouter:
    """Return what registry answers at /renew, where it is not there: nothing newer is known."""
    router = APIRouter()

    @router.api_route("/renew", methods=["GET", "POST"])
    def renew(request: Request) -> Response:
        response = RedirectResponse(request.query_params["next"], 307)
        waited = ".".join(request.query_params.getlist("org"))
        response.set_cookie(WAITED, waited, httponly=True)
        return response

    return router


class Doors:
    """Browsers over one service: who is signed in is said by the test, not by a token."""

    def __init__(self, bench: Bench) -> None:
        self.people: dict[str, Actor] = {}
        bench.service.identity = self.who
        self.application = application(
            [bench.service], extra=[PagesOf(bench.service, [_neighbour()])]
        )

    def browser(self, who: Actor = NOBODY, language: str = "en") -> TestClient:
        """Return a browser in which somebody is signed in."""
        client = TestClient(
            self.application,
            base_url="http://testserver",
            headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": language},
            follow_redirects=True,
        )
        if who.person is not None:
            self.people[str(who.person)] = who
            client.cookies.set(TOKEN, str(who.person))
        return client

    def who(self, view: View, token: str) -> Actor:
        """Return whom the test means."""
        del view
        return self.people[token]


class Table:
    """A city with a contact point and a deputy, and an open call."""

    def __init__(self, bench: Bench, **given: Any) -> None:
        self.bench = bench
        partner(bench, "City of Amman")
        self.city = partner(bench, **given)
        self.point = colleague(bench, self.city, "contact_point", name="Amal")
        self.deputy = colleague(bench, self.city, "deputy", name="Basil")
        self.call = open_call(bench)

    def read(self, code: str) -> queries.Sheet:
        with self.bench.view(self.point) as view:
            return queries.open_sheet(view, code, "answer.hub")
