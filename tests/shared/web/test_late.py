"""A copy that lags behind the token: waited for, then made do with."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import anyio
import pytest
from anyio import to_thread

from shared.security.identity import Late
from shared.security.permissions import NOBODY, Actor
from shared.web import edge
from shared.web.frame import Frame

OLD, NEW = Actor(name="old"), Actor(name="new")


class Lagging:
    """A service whose copy arrives after so many looks."""

    name = "consultation"

    def __init__(self, looks: int, known: Actor | None) -> None:
        self.looks, self.known = looks, known
        self.room = self

    @contextmanager
    def view(self) -> Iterator[None]:
        yield

    def identity(self, _view: object, _token: str) -> Actor:
        self.looks -= 1
        if self.looks < 0:
            return NEW
        raise Late(self.known)


def asking(service: Lagging) -> Frame:
    headers = [(b"cookie", b"roundtable_token=x")]
    here = Frame({"type": "http", "headers": headers, "query_string": b"", "scheme": "http"})
    here.service = service
    return here


def who(service: Lagging) -> Actor:
    here = asking(service)
    # In a thread of its own: a browser of the same run keeps a loop in the main one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(anyio.run, edge.recognise, here).result()
    return here.actor


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "LATE_SECONDS", 0.3)


def test_a_late_copy_is_waited_for() -> None:
    assert who(Lagging(3, OLD)) == NEW


def test_an_older_copy_is_used_when_the_newer_one_does_not_come() -> None:
    assert who(Lagging(10_000, OLD)) == OLD


def test_somebody_never_heard_of_is_nobody() -> None:
    assert who(Lagging(10_000, None)) == NOBODY


def test_waiting_for_a_thread_is_no_lateness() -> None:
    async def busy() -> Actor:
        limiter = to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        found: list[Actor] = []

        async def ask() -> None:
            here = asking(Lagging(0, None))
            await edge.recognise(here)
            found.append(here.actor)

        async with anyio.create_task_group() as tasks, limiter:
            tasks.start_soon(ask)
            await anyio.sleep(edge.LATE_SECONDS * 2)
            assert found == []
        return found[0]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(anyio.run, busy).result() == NEW
