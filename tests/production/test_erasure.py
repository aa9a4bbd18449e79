"""Erasing an account where the log is Kafka: a record without a value empties every copy."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from services import apart
from services.registry.accounts.actions import erasing, people
from services.registry.accounts.queries import actor_of
from shared.contracts.topics import PEOPLE
from shared.work import Actor, Room

if TYPE_CHECKING:
    from tests.support.production import Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
ADDRESS, CANARY = "kanarievogel@birds.example", "Zuleika Kanarievogel"
PATIENCE = 30.0
COPIES = ("consultation", "notifications")


@pytest.fixture
def registry(production: "Production", monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Registry's own database beside its processes: what is written here its worker sends."""
    for name, value in production.environment.items():
        monkeypatch.setenv(name, value)
    service = apart.build("registry")
    yield service.room
    service.room.database.dispose()


def copy(production: "Production", service: str, person: UUID) -> tuple[str | None, ...] | None:
    engine = create_engine(production.urls[service])
    asked = text("SELECT name, email, erased FROM known_person WHERE id = :id")
    try:
        with engine.connect() as connection:
            row = connection.execute(asked, {"id": person}).first()
            return tuple(row) if row is not None else None
    finally:
        engine.dispose()


def wait_until_copies_are(
    production: "Production", person: UUID, *expected: tuple[str | None, ...]
) -> None:
    until = time.monotonic() + PATIENCE
    for service in COPIES:
        while (found := copy(production, service, person)) not in expected:
            assert time.monotonic() < until, f"{service} has {found}"
            time.sleep(0.1)


def test_an_erasure_reaches_every_copy_and_stands_in_the_log(
    production: "Production", registry: Room
) -> None:
    with registry.work() as work:
        row = people.enrol(work, ADDRESS, name=CANARY, zone="UTC", confirmed=True)
        work.session.flush()
        person = row.id
    wait_until_copies_are(production, person, (CANARY, ADDRESS, False))
    with registry.view() as view:
        actor = actor_of(view, person)
    assert isinstance(actor, Actor)
    with registry.work(actor) as work:
        erasing.erase_me(work, ADDRESS)
    wait_until_copies_are(production, person, ("", "", True), ("", None, True), (None, None, True))
    bus = apart.kafka().bus()
    try:
        records = [one for one in bus.read(PEOPLE.name) if one.key == str(person).encode()]
    finally:
        bus.close()
    assert CANARY.encode() in (records[0].value or b"")
    assert records[-1].value is None
