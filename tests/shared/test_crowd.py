"""Background work gives way to a crowd of requests, and never stands still."""

import threading
import time
from contextlib import ExitStack

from shared import crowd
from shared.crowd import MOST, Crowd


def test_few_requests_hold_nothing_up() -> None:
    one = Crowd()
    with ExitStack() as inside:
        for _ in range(MOST):
            inside.enter_context(one.inside())
        began = time.monotonic()
        one.give_way()
        assert time.monotonic() - began < crowd.PATIENCE / 2


def test_a_crowd_is_given_way_to_until_it_thins() -> None:
    one, passed = Crowd(), threading.Event()
    with ExitStack() as inside:
        for _ in range(MOST):
            inside.enter_context(one.inside())
        with one.inside():
            waiting = threading.Thread(target=lambda: (one.give_way(), passed.set()))
            waiting.start()
            assert not passed.wait(0.1)
        assert passed.wait(0.5)
    waiting.join()
    assert one.here == 0


def test_work_goes_on_beside_a_crowd_that_stays() -> None:
    one = Crowd()
    with ExitStack() as inside:
        for _ in range(3 * MOST):
            inside.enter_context(one.inside())
        began = time.monotonic()
        one.give_way()
        assert crowd.PATIENCE / 2 < time.monotonic() - began < crowd.PATIENCE * 3
