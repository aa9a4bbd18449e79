"""Copies lag: nobody is refused, or told where they stand, by a copy that was overtaken."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.registry.accounts.actions import sessions
from services.registry.accounts.models import Person
from services.registry.organisations import events
from services.registry.organisations.actions import registering
from services.registry.organisations.rules import State
from services.registry.verification import actions as verification
from shared.clock import FixedClock
from shared.security import tokens
from shared.web import edge
from shared.work import Actor
from tests.services.registry.accounts.conftest import DOMAIN
from tests.support import partners
from tests.support.answers import open_call, written
from tests.support.bench import Bench, person
from tests.support.calls import colleague, partner
from tests.support.portal import Portal

OFFICER = person("partnership_officer")
HANDED_IN = "We are checking your registration."
NOT_HANDED_IN = "is not handed in yet"


class Scene:
    """A portal with an open call and one group, whose member sits before a browser."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.registry, self.consultation = (
            Bench(portal.everything.service(name), FixedClock(portal.clock.now()))
            for name in ("registry", "consultation")
        )
        asked = partner(self.consultation, "City of Amman")
        colleague(self.consultation, asked, "contact_point")
        self.call = open_call(self.consultation, document=False)
        self.actor, self.slug = partners.begun(self.registry)
        partners.fill(self.registry, self.actor, self.slug)
        portal.settle()
        self.browser = self.signed_in(self.actor)

    def signed_in(self, actor: Actor) -> TestClient:
        client = self.portal.browser()
        with self.registry.work() as work:
            opened = sessions.start(work, work.get(Person, id=actor.person))
        client.cookies.set(tokens.COOKIE, opened.token, domain=DOMAIN)
        client.cookies.set(tokens.SESSION_COOKIE, opened.secret, domain=DOMAIN)
        return client

    def officer(self) -> AbstractContextManager[Any]:
        return self.registry.work(OFFICER)

    def hand_in(self) -> None:
        with self.registry.work(self.actor) as work:
            registering.submit(work, self.slug)

    def written(self) -> str:
        """Write an answer that could be sent, and return its code."""
        (organisation,) = self.actor.memberships
        return written(self.consultation, self.actor, self.call, organisation)

    def while_held_back(self, ask: Callable[[], Any]) -> Any:
        """Ask for a page; what registry tells stays in its outbox until it has renewed the token.

        The page is asked for meanwhile and waits: the relay is let go from another thread.
        """
        renewed = threading.Event()
        hooks = self.portal.everything.service("registry").room.after_commit
        hooks.append(renewed.set)
        try:
            with ThreadPoolExecutor(1) as pool:
                answer = pool.submit(ask)
                assert renewed.wait(20), "nobody asked registry"
                hooks.remove(renewed.set)
                self.portal.settle()
                return answer.result()
        finally:
            if renewed.set in hooks:
                hooks.remove(renewed.set)


@pytest.fixture
def scene(portal: Portal) -> Scene:
    return Scene(portal)


def renewals(answer: Any) -> int:
    return sum("/renew" in str(one.url) for one in answer.history)


@pytest.mark.parametrize("page", ["/en/calls/{call}", "/en/calls/{call}/answer"])
def test_a_sentence_waits_for_what_registry_said_last(scene: Scene, page: str) -> None:
    scene.hand_in()
    answer = scene.while_held_back(lambda: scene.browser.get(page.format(call=scene.call)))
    assert HANDED_IN in answer.text
    assert NOT_HANDED_IN not in answer.text
    assert renewals(answer) == 1


def test_it_is_asked_again_the_next_time(scene: Scene) -> None:
    place = f"/en/calls/{scene.call}/answer"
    assert NOT_HANDED_IN in scene.browser.get(place).text
    scene.hand_in()
    answer = scene.while_held_back(lambda: scene.browser.get(place))
    assert HANDED_IN in answer.text


def test_a_form_and_its_file_survive_the_way(scene: Scene) -> None:
    scene.hand_in()
    scene.portal.settle()
    code = scene.written()
    with scene.officer() as work:
        verification.decline(work, scene.slug, "The paper cannot be read")
    scene.portal.settle()
    place = f"/en/answers/{code}/approval/paper"
    data = {"name": "The mayor", "on": f"{scene.portal.clock.now():%Y-%m-%d}"}
    files = {"scan": ("page.png", partners.PAPER, "image/png")}
    refused = scene.browser.post(place, data=data, files=files)
    assert refused.status_code == 403
    assert "The paper cannot be read" in refused.text
    scene.hand_in()
    answer = scene.while_held_back(lambda: scene.browser.post(place, data=data, files=files))
    assert [one.status_code for one in answer.history] == [307, 307, 303]
    assert "The approval is recorded." in answer.text
    kept = scene.browser.get(f"/en/answers/{code}/approval/scan")
    assert kept.content == partners.PAPER


def test_the_older_copy_decides_when_the_newer_one_does_not_come(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "LATE_SECONDS", 0.2)
    scene.hand_in()
    answer = scene.browser.get(f"/en/calls/{scene.call}/answer")
    assert answer.status_code == 200
    assert NOT_HANDED_IN in answer.text
    assert renewals(answer) == 1


def test_nobody_is_sent_round_without_need(scene: Scene) -> None:
    scene.hand_in()
    with scene.officer() as work:
        organisation = verification.begin(work, scene.slug)
        registering.move(work, organisation, State.VERIFIED)
        work.tell(events.verified(organisation))
    scene.portal.settle()
    answer = scene.browser.get(f"/en/calls/{scene.call}/answer")
    assert "Begin the answer" in answer.text
    assert renewals(answer) == 0
    assert renewals(scene.portal.browser().get(f"/en/calls/{scene.call}")) == 0
