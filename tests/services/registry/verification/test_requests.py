"""Requests to join that administrators left for 7 days come to the desk."""

from uuid import UUID

import pytest

from services.registry import errors
from services.registry.accounts.actions import members, sessions
from services.registry.accounts.actions import people as accounts
from services.registry.accounts.models import Person
from services.registry.accounts.queries import organisations_of
from services.registry.organisations import queries as organisations
from services.registry.organisations.actions import people
from services.registry.verification import queries
from shared.contracts import registry as told
from shared.security.permissions import Actor
from tests.services.registry.accounts.conftest import DOMAIN
from tests.support.bench import Bench, person
from tests.support.partners import again, begun, founder
from tests.support.portal import Portal
from tests.support.walker import Walker

OFFICER = person("partnership_officer")


def asked(bench: Bench, slug: str, email: str = "basma@group.example") -> tuple[Actor, UUID]:
    who = founder(bench, email)
    with bench.work(who) as work:
        request = people.ask_to_join(work, slug, "I keep the books")
    return who, request.id


def test_they_are_listed_after_seven_days_with_who_and_where(registry_bench: Bench) -> None:
    _admin, slug = begun(registry_bench)
    who, request = asked(registry_bench, slug)
    registry_bench.later(days=6, hours=23)
    with registry_bench.view(OFFICER) as view:
        assert queries.left_requests(view).rows == []
        assert queries.count_left_requests(view) == 0
    registry_bench.later(hours=1)
    with registry_bench.view(OFFICER) as view:
        (row,) = queries.left_requests(view).rows
        assert queries.count_left_requests(view) == 1
    assert (row.id, row.organisation, row.email) == (request, "Street Vendors' Alliance", who.email)
    assert (row.note, row.tied) == ("I keep the books", False)


def test_they_are_paged_with_the_same_number_of_queries(registry_bench: Bench) -> None:
    _admin, slug = begun(registry_bench)
    wanted = [asked(registry_bench, slug, f"p{n}@group.example")[1] for n in range(27)]
    registry_bench.later(days=7)
    with registry_bench.view(OFFICER) as view:
        first = queries.left_requests(view)
        second = queries.left_requests(view, first.next)
    assert [row.id for row in (*first.rows, *second.rows)] == wanted
    assert (len(first.rows), second.next) == (25, None)


def test_an_officer_decides_and_the_person_has_the_place(registry_bench: Bench) -> None:
    _admin, slug = begun(registry_bench)
    who, request = asked(registry_bench, slug)
    with pytest.raises(errors.NotYetOurs), registry_bench.work(OFFICER) as work:
        people.decide_join(work, slug, request, approve=True, roles=["administrator"])
    registry_bench.later(days=7)
    with registry_bench.work(OFFICER) as work:
        people.decide_join(work, slug, request, approve=True, roles=["administrator"])
    assert who.person is not None
    with registry_bench.view() as view:
        (held,) = organisations_of(view, who.person).values()
    assert held == {"administrator"}
    (event,) = registry_bench.told_of(told.JoinDecided)
    assert event.approved  # type: ignore[attr-defined]


def test_nobody_with_ties_decides(registry_bench: Bench) -> None:
    _admin, slug = begun(registry_bench)
    who, request = asked(registry_bench, slug)
    registry_bench.later(days=7)
    tied = founder(registry_bench, "tied@group.example")
    assert tied.person is not None
    with registry_bench.work() as work:
        organisation = organisations.by_slug(work, slug)
        members.seat(work, organisation.id, tied.person, ["observer"])
    for actor in (again(registry_bench, tied.person), who):
        officer = Actor(
            person=actor.person,
            memberships=actor.memberships,
            staff_roles=frozenset({"partnership_officer"}),
        )
        with registry_bench.view(officer) as view:
            assert [row.tied for row in queries.left_requests(view).rows] == [True]
        with pytest.raises(errors.HasTies), registry_bench.work(officer) as work:
            people.decide_join(work, slug, request, approve=True, roles=["deputy"])


def test_an_organisation_called_requests_has_another_address(registry_bench: Bench) -> None:
    _admin, slug = begun(registry_bench, "Requests")
    assert slug == "requests-2"


def test_the_desk_shows_and_decides_them(portal: Portal) -> None:
    bench = Bench(portal.everything.service("registry"), portal.clock)  # type: ignore[arg-type]
    _admin, slug = begun(bench)
    asked(bench, slug)
    with bench.work() as work:
        officer = accounts.enrol(work, "o@example.org", name="Olga", confirmed=True)
        accounts.set_staff_roles(work, officer, ["partnership_officer"])
    walker = Walker(portal)
    with bench.work() as work:
        opened = sessions.start(work, work.get(Person, email="o@example.org"))
    walker.client.cookies.set("roundtable_token", opened.token, domain=DOMAIN)
    walker.client.cookies.set("roundtable_session", opened.secret, domain=DOMAIN)
    walker.visit("/staff/organisation").does_not_see("/staff/organisation/requests")
    portal.advance(days=7)
    walker.visit("/staff/organisation").follow("1 request to join was left for 7 days")
    walker.sees("Street Vendors' Alliance", "basma@group.example", "I keep the books")
    request = walker.form("Take in").action
    wrong = walker.client.post(request, data={"approve": "yes", "roles": "emperor"})
    assert wrong.status_code == 422
    none = walker.client.post(request, data={"approve": "yes"})
    assert "Choose what the person may do there." in none.text
    walker.submit("Take in", button="Take in", roles=["deputy", "reviewer"])
    walker.sees("Decided. We told the person who asked.", "Nothing waits")
    portal.settle()
    assert portal.mail_to("basma@group.example")
