"""What the tests of notifications share."""

import dataclasses
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from shared.runtime import application
from shared.security.permissions import Actor
from shared.web.edge import TOKEN
from shared.work import View
from tests.support.bench import Bench
from tests.support.notices import World


@pytest.fixture
def world(notifications_bench: Bench) -> World:
    """Notifications in which nothing was heard yet."""
    return World(notifications_bench)


class Readers:
    """Browsers of people whom notifications knows; their token is their id."""

    def __init__(self, world: World) -> None:
        self.world = world
        service = dataclasses.replace(world.bench.service, identity=self._who)
        self.app = application([service])

    def browser(self, person: UUID | None = None) -> TestClient:
        """Return a browser, signed in when a person is given."""
        client = TestClient(
            self.app, base_url="http://testserver", headers={"Sec-Fetch-Site": "same-origin"}
        )
        if person is not None:
            client.cookies.set(TOKEN, str(person))
        return client

    def mail_program(self) -> TestClient:
        """Return what posts an unsubscription: no cookie, no header of a browser."""
        return TestClient(self.app, base_url="http://testserver")

    def _who(self, _view: View, token: str) -> Actor:
        known = self.world.people[UUID(token)]
        return Actor(
            person=UUID(token),
            name=known["name"],
            language=known["language"],
            zone=known["zone"],
            staff_roles=frozenset(known["staff_roles"]),
        )


@pytest.fixture
def readers(world: World) -> Readers:
    """Browsers of people."""
    return Readers(world)
