"""A list of many takes as many statements as a list of few: every list of the three services."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from services.consultation.publication import actions as publication
from services.registry.accounts.actions import members
from services.registry.organisations.models import Organisation
from shared.security.permissions import NOBODY, Actor
from tests.support.answers import Doors, sent
from tests.support.bench import Bench, Open, person
from tests.support.calls import published
from tests.support.notices import World
from tests.support.partners import begun, founder, handed_in
from tests.support.replies import ANALYST, MANAGER, Table

SERVICES = Path(__file__).parents[2] / "services"
FEW, MANY = 2, 5
STAFF = person("call_manager", "analyst", "decider", "partnership_officer", "administrator")
NO_LIST = {"consultation/reports/paragraph.html"}
"""Turns from one paragraph to the next."""

Seen = dict[str, tuple[int, int]]
"""By template of a list: rows on its page, statements that it took."""


class Reader:
    """Opens pages of one service and counts."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.doors = bench, Doors(bench)

    def see(self, browser: TestClient, path: str, row: str) -> tuple[int, int]:
        """Return how often `row` stands on a page, and how many statements it took."""
        said: list[str] = []

        def count(*given: Any) -> None:
            said.append(given[2])

        browser.get(path)  # what is kept for all readers is read the first time
        engine = self.bench.service.room.database.engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            page = browser.get(path)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        assert page.status_code == 200, path
        return page.text.count(row), len(said)


def consultation_lists(open_: Open) -> tuple[Seen, Seen]:
    """Two calls with their reports, and a partner that answers more and more calls."""
    bench = open_("consultation")
    reader = Reader(bench)
    seen = []
    for size in (FEW, MANY):
        table = Table(bench)
        for number in range(size):
            words = f"Word {number} of {size}"
            table.answer(f"City {size}{number}", words, comment=f"Change {number}")
        seen.append(lists_of_one_answerer(reader, size, table.answers[0]))
        table.close()
        table.reply()
        references = [one.reference for one in table.answers]
        with bench.work(ANALYST) as work:
            publication.prepare_as_they_are(work, table.call, references)
        with bench.work(MANAGER) as work:
            publication.decide(work, table.call, references)
        seen[-1] |= lists_of_one_call(reader, table.call)
        table.write()
        table.ask()
        table.approve()
        public = reader.doors.browser(NOBODY)
        result = f"/en/results/{table.call}"
        seen[-1] |= {
            "consultation/reports/show.html": reader.see(public, result, "Change "),
            "consultation/reports/index.html": reader.see(public, "/en/results", "/en/results/20"),
            "consultation/calls/index.html": reader.see(
                public, "/en/calls?state=closed", "/en/calls/20"
            ),
        }
    return seen[0], seen[1]


def lists_of_one_answerer(reader: Reader, size: int, one: Any) -> Seen:
    for number in range(size - 1):
        call = published(reader.bench, title=f"More {number}")
        sent(reader.bench, one.who, call, one.organisation)
    own = reader.doors.browser(one.who)
    return {"consultation/submissions/index.html": reader.see(own, "/en/answers", "RT-")}


def lists_of_one_call(reader: Reader, call: str) -> Seen:
    staff = reader.doors.browser(STAFF)
    desk = f"/en/staff/calls/{call}"
    return {
        "consultation/calls/desk.html": reader.see(staff, "/en/staff/calls", "/en/staff/calls/20"),
        "consultation/analysis/work.html": reader.see(staff, "/en/staff", "/en/staff/calls/20"),
        "consultation/analysis/queue.html": reader.see(staff, f"{desk}/answers", "RT-"),
        "consultation/analysis/points.html": reader.see(staff, f"{desk}/points", "/points/"),
        "consultation/publication/desk.html": reader.see(staff, f"{desk}/publication", "RT-"),
        "consultation/publication/answers.html": reader.see(
            reader.doors.browser(NOBODY), f"/en/results/{call}/answers", "<article"
        ),
    }


def registry_lists(open_: Open) -> tuple[Seen, Seen]:
    """Partners, registrations that wait, requests left alone, and people."""
    bench = open_("registry")
    reader = Reader(bench)
    staff, public = reader.doors.browser(STAFF), reader.doors.browser(NOBODY)
    seen = []
    for size in (FEW, MANY):
        for number in range(size):
            handed_in(bench, f"Waiting {size}{number}")
            _, slug = begun(bench, f"Verified {size}{number}")
            with bench.work() as work:
                one = work.get(Organisation, slug=slug)
                one.state, key = "verified", one.id
            with bench.work(founder(bench, f"joins{size}{number}@group.example")) as work:
                members.ask_to_join(work, key)
        bench.later(days=8)
        desk = "/en/staff/organisation"
        seen.append(
            {
                "registry/directory/index.html": reader.see(public, "/en/partners", "<tr>"),
                "registry/verification/index.html": reader.see(staff, desk, "<tr>"),
                "registry/verification/requests.html": reader.see(
                    staff, f"{desk}/requests", "Founder"
                ),
                "registry/accounts/people.html": reader.see(staff, "/en/staff/people", "Founder"),
            }
        )
    return seen[0], seen[1]


def notifications_lists(open_: Open) -> tuple[Seen, Seen]:
    """Calls of which more and more people are told."""
    world = World(open_("notifications"))
    reader = Reader(world.bench)
    world.partner("Kisumu")
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    own = reader.doors.browser(Actor(person=amal, name="Amal"))
    staff = reader.doors.browser(STAFF)
    seen = []
    for size in (FEW, MANY):
        for number in range(size):
            world.person(f"Deputy{size}{number}", (amman, "deputy"))
            world.call(code=f"2026-{size}{number}0")
        seen.append(
            {
                "notifications/messages/index.html": reader.see(own, "/en/inbox", "Safer streets"),
                "notifications/deliveries/index.html": reader.see(
                    staff, "/en/staff/inbox/reconciliation", "/reconciliation/2026-"
                ),
                "notifications/deliveries/show.html": reader.see(
                    staff, f"/en/staff/inbox/reconciliation/2026-{size}{number}0", "<tr>"
                ),
            }
        )
    return seen[0], seen[1]


LISTS: dict[str, Callable[[Open], tuple[Seen, Seen]]] = {
    "consultation": consultation_lists,
    "registry": registry_lists,
    "notifications": notifications_lists,
}


def templates_of(service: str) -> set[str]:
    """Return the templates of a service that turn pages."""
    found = (SERVICES / service).glob("*/templates/*.html")
    return {
        f"{service}/{one.parts[-3]}/{one.name}"
        for one in found
        if "rt-pager" in (text := one.read_text(encoding="utf-8")) or "parts.pager" in text
    } - NO_LIST


@pytest.mark.parametrize("service", LISTS)
def test_a_list_of_many_takes_as_many_statements(opened: Open, service: str) -> None:
    few, many = LISTS[service](opened)

    assert set(few) == set(many) == templates_of(service), "a list is missing from this table"
    assert [one for one in few if few[one][0] >= many[one][0]] == [], "must be longer"
    assert {one: taken for one, (_, taken) in many.items()} == {
        one: taken for one, (_, taken) in few.items()
    }
