"""The production form dies at named points, and with faults of our own, which are found out."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from shared.messaging.relay import POLL_SECONDS
from tests.chaos.checker import SENT, differences
from tests.chaos.faults import headers_of, put, records
from tests.chaos.people import (
    Someone,
    send,
    walker_of,
)
from tests.chaos.scene import PATIENCE, Scene, scene
from tests.support.production import Process

__all__ = ["scene"]
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.timeout(int(os.environ.get("CHAOS_TIMEOUT", "900"))),
]


def wait_for(condition: Callable[[], bool]) -> None:
    """Return when it is so."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


# -- named points --

POINTS = (
    ("relay.before_send", "consumer.before_commit"),
    ("relay.after_send", "consumer.after_commit"),
    ("relay.after_mark", "consumer.after_ack"),
)


def ready(scene: Scene) -> None:
    """Have every sender's answer written and not sent, and nothing wait."""
    for one in scene.sown.senders:
        walker, code = walker_of(scene, one), place(scene, one)
        walker.visit(f"/answers/{code}/check")
        while "/receipt" in walker.url:
            code = send(walker, scene.ledger, code)
            walker.visit(f"/answers/{code}/check")
        scene.ledger.places[one.token] = code
        walker.client.close()
    assert scene.settled(), scene.unsettled()


def place(scene: Scene, one: Someone) -> str:
    """Which answer somebody works on."""
    return scene.ledger.places.get(one.token, one.at)


def sent(scene: Scene, one: Someone) -> None:
    """Have a sender send what is ready."""
    walker = walker_of(scene, one)
    send(walker, scene.ledger, place(scene, one))
    walker.client.close()


def test_killed_at_named_points_nothing_is_lost(scene: Scene) -> None:
    ready(scene)
    before = set(differences(scene))
    teller, hearer = scene.process("work", "consultation"), scene.process("work", "notifications")
    with alone(scene):
        for (relay, consumer), sender in zip(POINTS, scene.sown.senders, strict=True):
            teller.end()
            scene.start(teller, point=relay)
            # In good order: of a member that just vanished its group waits 10 s to hear.
            hearer.stop()
            scene.start(hearer, point=consumer)
            sent(scene, sender)
            scene.dies(teller)
            scene.start(teller)
            scene.dies(hearer)
            scene.start(hearer)
    assert scene.settled(), scene.unsettled()
    assert set(differences(scene)) <= before


@contextmanager
def alone(scene: Scene) -> Iterator[None]:
    """Have the first worker of consultation be the only one."""
    second = scene.production.process("work", "consultation", 1)
    second.end()
    try:
        yield
    finally:
        scene.start(second)


@contextmanager
def honest_again(scene: Scene, *processes: Process) -> Iterator[None]:
    """Whatever comes of it, have these processes run as they are afterwards."""
    try:
        yield
    finally:
        for one in processes:
            one.end()
            scene.start(one)
        scene.hurry()


# -- controls: the same points, with a fault of our own making; each must be found out --


LOST, STALE = "nobody was told that", "submission_copy"
DOUBLED, UNSENT = "notifications handled", "is not in the log"


def found_out(scene: Scene, before: set[str]) -> list[str]:
    """What the checker finds that was not there before."""
    assert scene.settled(), scene.unsettled()
    return sorted(set(differences(scene)) - before)


@pytest.mark.parametrize(
    ("fault", "point", "sentences"),
    [
        ("commit_of_offsets_first", "consumer.before_commit:1", [LOST]),
        # What is sent replaces an answer, of which another event says so: either may be the first.
        ("effect_apart", "consumer.before_commit:1", [LOST, STALE]),
        ("no_inbox", "consumer.before_commit:2", [DOUBLED]),
    ],
)
def test_control_of_the_consumer(
    scene: Scene, fault: str, point: str, sentences: list[str]
) -> None:
    ready(scene)
    before = set(differences(scene))
    hearer = scene.process("work", "notifications")
    hearer.stop()
    sent(scene, scene.sown.senders[0])
    if fault == "no_inbox":
        double(scene)
    with honest_again(scene, hearer):
        scene.start(hearer, fault=fault, point=point)
        scene.dies(hearer)
        scene.start(hearer, fault=fault)
        found = found_out(scene, before)
    assert any(sentence in one for one in found for sentence in sentences), found


def double(scene: Scene) -> None:
    """Deliver the newest answer a second time, as Kafka may: at this one the consumer dies."""
    wait_for(lambda: not any("outbox" in one for one in scene.unsettled()))
    told = [one for one in records(scene) if headers_of(one).get("ce_type") == SENT]
    last = max(told, key=lambda one: one.timestamp)
    put(scene, [(last.topic, last.key, last.value, list(last.headers))])


def test_control_of_a_relay_that_marks_first(scene: Scene) -> None:
    ready(scene)
    before = set(differences(scene))
    teller = scene.process("work", "consultation")
    with alone(scene), honest_again(scene, teller):
        teller.end()
        scene.start(teller, fault="mark_before_confirm", point="relay.before_send:1")
        sent(scene, scene.sown.senders[0])
        scene.dies(teller)
    found = found_out(scene, before)
    assert any(UNSENT in one for one in found), found
    assert any(LOST in one for one in found), found


@pytest.mark.parametrize("fault", ["", "cursor_over_ids"])
def test_what_commits_after_a_later_id_is_lost_to_a_cursor_alone(scene: Scene, fault: str) -> None:
    ready(scene)
    before = set(differences(scene))
    web, teller = scene.process("web", "consultation"), scene.process("work", "consultation")
    with alone(scene), honest_again(scene, web, teller):
        for one in (web, teller):
            one.end()
        scene.start(teller, fault=fault)
        overtake(scene, web)
        if fault:
            # Longer than the relay looks away when nobody rings.
            time.sleep(3 * POLL_SECONDS)
        else:
            assert scene.settled(), scene.unsettled()
        found = set(differences(scene)) - before
    assert scene.settled(), scene.unsettled()
    assert any("has not sent" in one for one in found) == bool(fault), found


def overtake(scene: Scene, web: Process) -> None:
    """Have somebody send, be held before the commit, and somebody else send meanwhile."""
    slow, quick = scene.sown.senders[:2]
    file = scene.production.folder / "held"
    reached = file.with_suffix(".reached")
    reached.unlink(missing_ok=True)
    scene.start(web, fault="held_before_commit", ROUNDTABLE_HELD=str(file))
    other = scene.production.add("web", "consultation")
    scene.avoided = {other.port}
    walker = walker_of(scene, slow)
    walker.visit(f"/answers/{place(scene, slow)}/check")
    file.touch()
    sending = Thread(target=walker.submit, args=("/send",))
    sending.start()
    wait_for(reached.exists)
    scene.avoided = {web.port}
    sent(scene, quick)
    wait_for(lambda: not any("outbox" in one for one in scene.unsettled()))
    file.unlink()
    sending.join()
    walker.client.close()
    scene.avoided = set()
    scene.production.remove(other)
