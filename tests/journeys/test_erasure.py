"""Erasing an account through the whole portal: nothing of the person is left where they were."""

import sqlite3
from datetime import timedelta
from importlib import import_module

import pytest

from services.registry.accounts.actions import members, people, sessions
from services.registry.accounts.models import ParkedBody, Person
from services.registry.accounts.queries import actor_of
from services.registry.organisations.actions import people as organisation_people
from services.registry.organisations.actions import registering
from shared import ids, mail
from shared.contracts.registry import PersonChanged
from shared.contracts.topics import PEOPLE
from shared.database import dead_letters
from shared.known import actions as known
from shared.known.models import KnownPerson
from shared.messaging.embedded_janitor import tidy
from shared.security.personal import Fate
from shared.work import Actor
from tests.services.registry.accounts.conftest import DOMAIN
from tests.support.portal import Portal
from tests.support.walker import Walker

SERVICES = ("registry", "consultation", "notifications")
CANARY = "Kanarievogel"
ADDRESS = "kanarievogel@birds.example"


class Scene:
    """A person of whom every part of the portal knows something, and their colleagues."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.colleague = self.enrol("colleague@birds.example", "Colleague")
        before = self.enrol(f"old.{ADDRESS}", f"Zuleika {CANARY}")
        with portal.work("registry", before) as work:
            people.change_address(work, ADDRESS)
        self.person = self.now(before)
        with portal.work("registry", self.colleague) as work:
            self.slug = registering.register(
                work, name="Bird Watchers", category="stakeholder", country="KEN"
            ).slug
            other = registering.register(
                work, name="Nest Builders", category="stakeholder", country="KEN"
            )
            organisation = other.id
        self.colleague = self.now(self.colleague)
        with portal.work("registry", self.person) as work:
            organisation_people.ask_to_join(work, self.slug, f"I am {CANARY}")
        assert self.person.person is not None
        with portal.work("registry", self.colleague) as work:
            organisation_people.invite(work, "nest-builders", ADDRESS, ["reviewer"])
            members.seat(work, organisation, self.person.person, ["deputy"])
        portal.settle()
        self.walker = self.signed_in(self.person)
        self.leave_traces()
        portal.settle()

    def enrol(self, email: str, name: str) -> Actor:
        with self.portal.work("registry") as work:
            row = people.enrol(work, email, name=name, zone="Africa/Nairobi", confirmed=True)
            work.session.flush()
            key = row.id
        return self.now(Actor(person=key))

    def now(self, actor: Actor) -> Actor:
        """A person as they are now."""
        assert actor.person is not None
        with self.portal.view("registry") as view:
            found = actor_of(view, actor.person)
        assert found is not None
        return found

    def signed_in(self, actor: Actor) -> Walker:
        walker = Walker(self.portal)
        with self.portal.work("registry") as work:
            opened = sessions.start(work, work.get(Person, id=actor.person), "Firefox Linux")
        walker.client.cookies.set("roundtable_token", opened.token, domain=DOMAIN)
        walker.client.cookies.set("roundtable_session", opened.secret, domain=DOMAIN)
        return walker

    def leave_traces(self) -> None:
        """Have every service keep what a year of use would leave."""
        self.walker.visit("/account/address").submit("/account/address", email="k@birds.example")
        self.walker.client.post("/en/preferences", data={"calls": "none"})
        with self.portal.work("registry") as work:
            work.add(
                ParkedBody(
                    person_id=self.person.person,
                    flow_hash="x" * 64,
                    path="/en/account",
                    fields=[["name", CANARY]],
                    files=[f"{CANARY}.pdf"],
                    created_at=work.system_now,
                    expires_at=work.system_now + timedelta(hours=24),
                )
            )
        for service in SERVICES:
            with self.portal.work(service) as work:
                error = ValueError(f"cannot read {ADDRESS}")
                dead_letters.park(
                    work.session,
                    service,
                    dead_letters.Letter(
                        PEOPLE.name,
                        0,
                        0,
                        str(self.person.person),
                        PersonChanged.type,
                        [],
                        CANARY.encode(),
                        ids.new(),
                    ),
                    dead_letters.Failure(error, 1, work.system_now, work.system_now),
                )
                mail.post(
                    work,
                    template="registry/accounts/mail/address_changed",
                    to=ADDRESS,
                    language="en",
                    new=f"{CANARY}@elsewhere.example",
                )

    def found(self) -> set[str]:
        """Where the person's name or address stands: service.table.column."""
        return {
            f"{service}.{table}.{column}"
            for service in SERVICES
            for table, column, value in cells(self.portal, service)
            if CANARY.lower() in value.lower() or "k@birds.example" in value
        }


def cells(portal: Portal, service: str) -> list[tuple[str, str, str]]:
    path = portal.everything.folder / f"{service}.db"
    found = []
    with sqlite3.connect(path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in names.fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - its own name
            columns = [one[0] for one in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    text = value.decode(errors="replace") if isinstance(value, bytes) else value
                    found.append((table, column, str(text)))
    return found


@pytest.fixture
def scene(portal: Portal) -> Scene:
    return Scene(portal)


def test_every_place_is_declared_and_empty_afterwards(scene: Scene) -> None:
    declared = {
        f"{service}.{line.table}.{column}"
        for service in SERVICES
        for line in import_module(f"services.{service}.personal").PERSONAL
        if line.fate in (Fate.EMPTIED, Fate.DELETED)
        for column in line.columns
    }
    before = scene.found()
    assert {"registry.person.email", "consultation.known_person.name", "registry.mail.to"} <= before
    assert before <= declared
    scene.walker.visit("/account/erase").submit("/account/erase", email=f" {ADDRESS.upper()} ")
    scene.walker.sees("Your account is erased.")
    scene.portal.settle()
    assert scene.found() == set()
    tidy(scene.portal.everything.bus, int(scene.portal.clock.system().timestamp() * 1000))  # type: ignore[arg-type]
    with sqlite3.connect(scene.portal.everything.folder / "events.db") as log:
        assert CANARY.lower() not in "\n".join(log.iterdump()).lower()
        kept = log.execute("SELECT value FROM record WHERE topic = 'registry.people'").fetchall()
    assert (None,) in kept


def test_what_was_told_before_does_not_bring_the_person_back(scene: Scene) -> None:
    scene.walker.visit("/account/erase").submit("/account/erase", email=ADDRESS)
    scene.portal.settle()
    person = scene.person.person
    assert person is not None
    for service in ("consultation", "notifications"):
        with scene.portal.work(service) as work:
            version = work.get(KnownPerson, id=person).version
            for told in (1, version, version + 5):
                known.copy_person(work, changed(person, told))
    assert scene.found() == set()


def changed(person: object, version: int) -> PersonChanged:
    return PersonChanged.model_validate(
        {
            "id": person,
            "version": version,
            "name": CANARY,
            "language": "en",
            "zone": "UTC",
            "email": ADDRESS,
            "email_confirmed": True,
            "active": True,
            "staff_roles": [],
            "memberships": [],
        }
    )


def test_the_record_of_acts_stays_without_the_person(scene: Scene) -> None:
    scene.walker.visit("/account/erase").submit("/account/erase", email=ADDRESS)
    scene.portal.settle()
    acts = [row for row in cells(scene.portal, "registry") if row[:2] == ("audit", "act")]
    assert ("audit", "act", "account.erase") in acts
    assert ("audit", "act", "organisation.join") in acts


def test_a_browser_elsewhere_is_signed_out(scene: Scene) -> None:
    other = scene.signed_in(scene.person)
    assert "Zuleika" in other.visit("/account").page.text
    scene.walker.visit("/account/erase").submit("/account/erase", email=ADDRESS)
    scene.portal.settle()
    assert other.visit("/inbox").url.startswith("/en/sign-in")
