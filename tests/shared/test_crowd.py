"""Background work gives way to a crowd of requests, and never stands still."""

import threading
import time
from contextlib import ExitStack

import pytest

from shared import crowd
from shared.crowd import MOST, Crowd

LONG = 60.0
SOON = 20.0


def gives_way(one: Crowd, passed: threading.Event) -> threading.Thread:
    def work() -> None:
        one.give_way()
        passed.set()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_few_requests_hold_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "PATIENCE", LONG)
    one = Crowd()
    with ExitStack() as inside:
        for _ in range(MOST):
            inside.enter_context(one.inside())
        began = time.monotonic()
        one.give_way()
        assert time.monotonic() - began < SOON


def test_a_crowd_is_given_way_to_until_it_thins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "PATIENCE", LONG)
    one, passed = Crowd(), threading.Event()
    with ExitStack() as inside:
        for _ in range(MOST):
            inside.enter_context(one.inside())
        with one.inside():
            waiting = gives_way(one, passed)
            assert not passed.wait(0.1)
        assert passed.wait(SOON)
    waiting.join()
    assert one.here == 0


def test_work_goes_on_beside_a_crowd_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "PATIENCE", 0.2)
    one, passed = Crowd(), threading.Event()
    with ExitStack() as inside:
        for _ in range(3 * MOST):
            inside.enter_context(one.inside())
        began = time.monotonic()
        waiting = gives_way(one, passed)
        assert passed.wait(SOON)
        assert time.monotonic() - began > 0.15
    waiting.join()
