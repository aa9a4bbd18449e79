"""Commands on the portal of processes, typed while it runs."""

import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from shared.contracts.topics import TOPICS

if TYPE_CHECKING:
    from tests.support.production import Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
PATIENCE = 30.0


def ask(production: "Production", service: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(production.urls[service])
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


def audited(production: "Production", service: str) -> set[object]:
    rows = ask(production, service, "SELECT act FROM audit WHERE act LIKE 'events.%'")
    return {act for (act,) in rows}


def heard_by_all(production: "Production") -> str:
    until = time.monotonic() + PATIENCE
    while "not handled yet" in (said := production.run("lag")):
        assert time.monotonic() < until, said
    return said


def test_topics_and_who_is_behind_are_said(production: "Production") -> None:
    listed = production.run("events", "list")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [one.name for one in TOPICS]
    assert heard_by_all(production).count("all handled") == 3
    everything = production.run("lag", "consultation", "--all")
    assert everything.count("registry.people") == 6


def test_topics_are_as_declared_and_a_difference_is_reported(production: "Production") -> None:
    assert "topics: as they are declared" in production.run("migrate")


def test_the_log_is_handed_to_a_service_again_while_its_worker_runs(
    production: "Production",
) -> None:
    heard_by_all(production)
    said = production.run("replay", "consultation")
    assert "Handled: 0. Known before:" in said
    assert audited(production, "consultation") >= {"events.replay", "events.replayed"}
    assert "Handled: 0." not in production.run("replay", "consultation", "--force")


def test_quietly_only_without_a_worker_that_would_tell(production: "Production") -> None:
    said = production.run("replay", "notifications", "--quiet", status=2)
    assert "--quiet: a worker of notifications runs" in said


def test_everything_is_told_again_and_heard(production: "Production") -> None:
    said = production.run("retell")
    assert "Told again, and heard by every service." in said
    assert "events.retell" in audited(production, "registry")
    assert "events.retell" in audited(production, "consultation")
    assert heard_by_all(production)


def test_what_a_worker_says_stands_where_other_processes_read_it(
    production: "Production",
) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        [(figures,)] = ask(production, "notifications", "SELECT figures FROM vital")
        assert isinstance(figures, dict)
        if figures["lag"] and figures["sending"]["leading"]:
            break
        assert time.monotonic() < until, figures
        time.sleep(0.2)
    assert len(figures["lag"]["shares"]) == sum(
        one.partitions for one in TOPICS if "notifications" in one.readers
    )
