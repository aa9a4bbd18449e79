"""A registry with a browser, a clock whose both hands move, and the mail that it wrote."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from services.registry.accounts import queries
from services.registry.accounts.actions import keys, people, sessions
from services.registry.accounts.models import Person
from shared.clock import FixedClock
from shared.mail.models import MailRow
from shared.runtime import application
from shared.security import tokens
from shared.work import Actor
from tests.support.bench import START, Bench, Open

SLOWLY = {"remarks": "", "asked": "0"}
"""What the form of a person says who took their time."""
DOMAIN = "testserver.local"
"""What a cookie jar makes of a host without a dot."""


class BothHands(FixedClock):
    """System time stands still as well, and moves with portal time."""

    def system(self) -> datetime:
        """Return the same time as `now`."""
        return self.at


@dataclass
class Registry:
    """Registry under test, with what a person sees of it."""

    bench: Bench
    clock: BothHands

    def browser(self, agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0") -> TestClient:
        """Return a browser in which nobody is signed in."""
        return TestClient(
            application([self.bench.service]),
            base_url="http://testserver",
            headers={"Sec-Fetch-Site": "same-origin", "User-Agent": agent},
            follow_redirects=False,
        )

    def person(self, email: str = "amina@example.org", name: str = "Amina", *roles: str) -> Actor:
        """Enrol a person and return them as one who acts."""
        with self.bench.work() as work:
            row = people.enrol(work, email, name=name, zone="Africa/Nairobi", confirmed=True)
            if roles:
                people.set_staff_roles(work, row, roles)
        return self.actor(email)

    def actor(self, email: str) -> Actor:
        """Return the person of an address as they are now."""
        with self.bench.view() as view:
            row = view.get(Person, email=email)
            actor = queries.actor_of(view, row.id)
        assert actor is not None
        return actor

    def signed_in(self, actor: Actor) -> TestClient:
        """Return a browser in which somebody is signed in."""
        client = self.browser()
        with self.bench.work() as work:
            opened = sessions.start(work, work.get(Person, id=actor.person))
        client.cookies.set(tokens.COOKIE, opened.token, domain=DOMAIN)
        client.cookies.set(tokens.SESSION_COOKIE, opened.secret, domain=DOMAIN)
        return client

    def mails(self) -> list[MailRow]:
        """Return the mails written so far."""
        with self.bench.view() as view:
            rows = view.session.scalars(select(MailRow).order_by(MailRow.created_at, MailRow.id))
            return list(rows)

    def code(self) -> str:
        """Return the six digits of the newest mail, as they are written there."""
        found = re.search(r"\b(\d{3} \d{3})\b", self.mails()[-1].text)
        assert found
        return found.group(1)

    def link(self) -> str:
        """Return the path of the link in the newest mail."""
        found = re.search(r"https?://[^/\s]+(/\S+)", self.mails()[-1].text)
        assert found
        return found.group(1)

    def later(self, **by: float) -> None:
        """Move both hands of the clock."""
        self.clock.at += timedelta(**by)


@pytest.fixture
def registry(opened: Open) -> Registry:
    """Registry on both engines, with a key."""
    bench = opened("registry")
    clock = BothHands(START)
    bench.service.room.clock = bench.clock = clock
    with bench.work() as work:
        keys.ensure(work)
    return Registry(bench, clock)
