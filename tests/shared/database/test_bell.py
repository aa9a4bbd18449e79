"""A commit in one process wakes the others of its service at once, and seldom."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from shared.database.bell import APART, Bell
from shared.database.session import Database

pytestmark = pytest.mark.postgres

PATIENCE = 20.0


class Ear:
    """Counts how often it was woken."""

    def __init__(self) -> None:
        self.times = 0
        self._heard = threading.Condition()

    def wake(self) -> None:
        with self._heard:
            self.times += 1
            self._heard.notify_all()

    def wait(self, times: int) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: self.times >= times, PATIENCE), self.times


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.dispose()


@pytest.fixture
def pair(database: Database) -> Iterator[tuple[Bell, Bell, Ear]]:
    """A bell that rings, one that listens, and what it wakes."""
    web, worker, ear = Bell(database), Bell(database), Ear()
    web.start()
    worker.start([ear.wake])
    # Once for what was told while nobody listened.
    ear.wait(1)
    yield web, worker, ear
    web.stop()
    worker.stop()


def test_a_ring_wakes_the_other_process(pair: tuple[Bell, Bell, Ear]) -> None:
    web, _, ear = pair
    web.ring()
    ear.wait(2)


def test_one_does_not_wake_oneself(pair: tuple[Bell, Bell, Ear]) -> None:
    web, worker, ear = pair
    worker.ring()
    time.sleep(APART * 4)
    assert ear.times == 1
    web.ring()
    ear.wait(2)


def test_many_commits_are_few_rings(pair: tuple[Bell, Bell, Ear]) -> None:
    web, _, ear = pair
    begun = time.monotonic()
    for _ in range(2000):
        web.ring()
        time.sleep(0.0001)
    took = time.monotonic() - begun
    ear.wait(2)
    time.sleep(APART * 4)
    assert ear.times <= 2 + (took + APART * 4) / APART


def test_a_connection_that_was_cut_is_made_again(
    pair: tuple[Bell, Bell, Ear], database: Database
) -> None:
    web, _, ear = pair
    with database.session_for_write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    # It looks once when it listens again; then it hears as before.
    ear.wait(2)
    until = time.monotonic() + PATIENCE
    while ear.times < 3:
        assert time.monotonic() < until
        web.ring()
        time.sleep(0.1)
