"""Replicas come, stop and die, and the log goes away: work goes on, and somebody always sends."""

import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
from sqlalchemy import text

from shared.database import outbox, vitals
from shared.database.session import Database, number_of
from tests.production.test_processes import browser, sign_in
from tests.support.portal import hidden
from tests.support.production import Process, Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

PATIENCE = 60.0
TAKEN_OVER = 5.0
STOPPED = 10.0
HOLDER = text(
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND classid = :high AND objid = :low"
)


@pytest.fixture
def registry(production: Production) -> Iterator[Database]:
    database = Database(production.urls["registry"])
    yield database
    database.dispose()


def until(what: Callable[[], object], patience: float = PATIENCE) -> float:
    """Wait until something holds; returns how many seconds it took."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < patience, f"not within {patience} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def leader(registry: Database) -> int | None:
    """The server's number of the connection that holds the relay's lock."""
    number = number_of("relay.registry") % 2**64
    with registry.session_for_read() as session:
        found = session.scalar(HOLDER, {"high": number >> 32, "low": number % 2**32})
        return None if found is None else int(found)


def waiting(registry: Database) -> int:
    with registry.session_for_read() as session:
        return outbox.backlog(session).rows


def is_leading(process: Process, registry: Database) -> bool:
    with registry.session_for_read() as session:
        return any(
            one.sending.leading and one.worker.endswith(f":{process.pid}")
            for one in vitals.workers(session)
        )


def test_when_the_leading_relay_is_killed_another_leads_within_five_seconds(
    production: Production, registry: Database
) -> None:
    first = production.process("work", "registry")
    second = production.add("work", "registry")
    try:
        until(lambda: is_leading(first, registry))
        before = leader(registry)
        first.kill()
        taken_over = until(lambda: leader(registry) not in (None, before))
        assert taken_over < TAKEN_OVER, f"another led after {taken_over:.1f} s"
        sign_in(production, "after-the-leader@path.example")
        until(lambda: not waiting(registry))
        until(lambda: is_leading(second, registry))
    finally:
        first.start()
        production.remove(second)


def test_a_worker_that_is_told_to_stop_leaves_in_good_order(
    production: Production, registry: Database
) -> None:
    worker = production.process("work", "registry")
    until(lambda: is_leading(worker, registry))
    pid = worker.pid
    try:
        took = worker.stop()
        assert took < STOPPED, f"it took {took:.1f} s"
        assert leader(registry) is None
        with registry.session_for_read() as session:
            left = [one.worker.rpartition(":")[2] for one in vitals.workers(session)]
        assert str(pid) not in left
    finally:
        worker.start()


def test_a_form_of_one_replica_is_taken_by_another(production: Production) -> None:
    second = production.add("web", "registry")
    try:
        with browser(production, "registry") as client:
            field = hidden(client.get("/en/sign-in").text, "csrf")
        for proof, status in ((field, 303), ("0" * 64, 403)):
            given = {"email": "replica@path.example", "asked": "0", "csrf": proof}
            # No Sec-Fetch-Site: an older browser, for which the token alone speaks.
            assert httpx2.post(f"{second.url}/en/sign-in", data=given).status_code == status
    finally:
        production.remove(second)


def test_without_the_log_people_go_on_and_the_service_says_what_is_degraded(
    production: Production, registry: Database
) -> None:
    web, worker = production.process("web", "registry"), production.process("work", "registry")
    until(lambda: web.health("registry")[1].get("status") == "ok")
    production.broker.stop()
    try:
        sign_in(production, "without-the-log@path.example")
        assert waiting(registry) > 0
        until(lambda: web.health("registry")[1].get("log_away") is True)
        status, told = web.health("registry")
        assert (status, told["status"]) == (200, "degraded")
        for process in (web, worker):
            assert process.health("live")[0] == 200
            assert process.health("ready")[0] == 200
    finally:
        production.broker.start()
    until(lambda: not waiting(registry))
    until(lambda: web.health("registry")[1].get("status") == "ok")


def test_a_database_that_is_not_migrated_is_not_ready(
    production: Production, registry: Database
) -> None:
    web = production.process("web", "registry")
    with registry.session_for_write() as session:
        present = session.scalar(text("SELECT version_num FROM alembic_version"))
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        status, told = web.health("ready")
        assert status == 503
        assert "roundtable migrate" in str(told["why"])
        assert web.health("live")[0] == 200
    finally:
        with registry.session_for_write() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": present})
    assert web.health("ready")[0] == 200
