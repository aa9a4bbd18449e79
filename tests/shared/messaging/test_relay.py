"""The relay sends what was told, in order, until the log has confirmed it."""

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from shared import ids
from shared.contracts.envelope import Envelope
from shared.contracts.topics import PEOPLE, SESSIONS, TOPICS
from shared.database import dead_letters, outbox
from shared.database.outbox import OutboxRow
from shared.database.session import Database
from shared.messaging import relay as relay_module
from shared.messaging.bus import MAX_RECORD, BusAway, Record, Refused, Result
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import ATTEMPTS, Relay
from shared.work import Room
from tests.shared.messaging.tables import room_of
from tests.shared.messaging.told import change, tell, versions


class Moody(EmbeddedBus):
    """A log that can be away."""

    away = False

    def append(self, records: Sequence[Record]) -> list[Result]:
        """Refuse everything while away."""
        if self.away:
            return [Refused(BusAway("away"))] * len(records)
        return super().append(records)


@pytest.fixture
def moody(tmp_path: Path) -> Moody:
    bus = Moody(tmp_path / "moody.db", janitor=False)
    bus.ensure_topics(TOPICS)
    return bus


def waiting(room: Room) -> int:
    with room.view() as view:
        return outbox.backlog(view.session).rows


def put_large(room: Room, key: str) -> None:
    with room.work() as work:
        envelope = Envelope(
            ids.new(), "roundtable.registry.large.v1", "/roundtable/registry", key, work.now, 1
        )
        outbox.put(work.connection, envelope, SESSIONS, key, b"x" * (MAX_RECORD + 1))


def test_what_was_told_is_in_the_log_in_order_and_marked(room: Room, log: EmbeddedBus) -> None:
    relay = Relay(room.database, log, "registry")
    one, other = tell(room, times=3), tell(room, times=2)
    assert relay.once() == 5
    assert versions(log) == {one: [1, 2, 3], other: [1, 2]}
    assert waiting(room) == 0
    assert relay.once() == 0
    assert relay.counters.published == 5
    relay.stop()


def test_what_was_rolled_back_is_never_told(room: Room, log: EmbeddedBus) -> None:
    relay = Relay(room.database, log, "registry")
    with suppress(ZeroDivisionError), room.work() as work:
        change(work, ids.new())
        raise ZeroDivisionError
    assert relay.once() == 0
    assert not versions(log)
    relay.stop()


def test_an_erasure_goes_as_a_record_without_value(lite: Room, log: EmbeddedBus) -> None:
    person = ids.new()
    with lite.work() as work:
        work.tell_erased(PEOPLE, person, 7)
    Relay(lite.database, log, "registry").once()
    [record] = log.read(PEOPLE.name)
    assert record.value is None
    assert record.key == str(person).encode()
    assert Envelope.of(list(record.headers)).aggregateversion == 7


def test_an_erasure_takes_along_what_was_told_before(lite: Room, log: EmbeddedBus) -> None:
    thing = tell(lite, times=2)
    with lite.work() as work:
        outbox.erase(work.session, SESSIONS, thing)
        work.tell_erased(SESSIONS, thing, 3)
    Relay(lite.database, log, "registry").once()
    [record] = log.read(SESSIONS.name)
    assert record.value is None


def test_nothing_is_lost_or_given_up_while_the_log_is_away(lite: Room, moody: Moody) -> None:
    relay = Relay(lite.database, moody, "registry")
    thing = tell(lite, times=3)
    moody.away = True
    for _ in range(ATTEMPTS + 2):
        with pytest.raises(BusAway):
            relay.once()
    assert waiting(lite) == 3
    moody.away = False
    assert relay.once() == 3
    assert versions(moody) == {thing: [1, 2, 3]}


def test_a_row_that_can_never_be_sent_is_set_aside_and_its_key_goes_on(
    lite: Room, log: EmbeddedBus
) -> None:
    relay = Relay(lite.database, log, "registry")
    thing = tell(lite)
    put_large(lite, str(thing))
    tell(lite, thing)
    other = tell(lite)
    assert relay.once() == 2
    assert versions(log) == {thing: [1], other: [1]}
    for _ in range(ATTEMPTS - 1):
        relay.once()
    relay.once()
    assert versions(log) == {thing: [1, 2], other: [1]}
    assert waiting(lite) == 0
    assert relay.counters.parked == 1
    with lite.view() as view:
        [letter] = dead_letters.parked(view.session)
    assert (letter.consumer_group, letter.error_class, letter.attempts) == ("relay", "TooLarge", 5)
    assert letter.key == str(thing)


def test_rows_sent_but_not_marked_are_sent_again(
    lite: Room, log: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Relay(lite.database, log, "registry")
    thing = tell(lite, times=2)

    def fail(*_given: object) -> None:
        raise SQLAlchemyError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "mark", fail)
        with pytest.raises(SQLAlchemyError):
            relay.once()
    assert relay.once() == 2
    assert len(list(log.read(SESSIONS.name))) == 4
    assert versions(log) == {thing: [1, 2]}


def test_a_commit_wakes_the_relay_at_once(
    lite: Room, log: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 60.0)
    relay = Relay(lite.database, log, "registry")
    lite.after_commit.append(relay.wake)
    relay.start()
    try:
        for expected in range(1, 4):
            tell(lite)
            until = time.monotonic() + 10
            while len(list(log.read(SESSIONS.name))) < expected:
                assert time.monotonic() < until
                time.sleep(0.005)
    finally:
        relay.stop()


def test_ids_are_never_used_twice(lite: Room) -> None:
    thing = tell(lite)
    with lite.view() as view:
        before = view.session.scalars(select(OutboxRow.id)).one()
    with lite.work() as work:
        outbox.erase(work.session, SESSIONS, thing)
    tell(lite, thing)
    with lite.view() as view:
        assert view.session.scalars(select(OutboxRow.id)).one() > before


@pytest.mark.postgres
def test_only_one_relay_leads_and_another_takes_over(
    postgres_url: str, tmp_path: Path, log: EmbeddedBus
) -> None:
    from tests.shared.messaging.tables import create  # noqa: PLC0415 - beside its database

    database = Database(postgres_url)
    create(database)
    room = room_of(database, tmp_path)
    one, other = Relay(database, log, "registry"), Relay(database, log, "registry")
    tell(room)
    assert one.once() == 1
    tell(room)
    assert other.once() == 0
    assert (one.counters.leading, other.counters.leading) == (True, False)
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND granted"
            )
        )
    assert other.once() == 1
    with pytest.raises(SQLAlchemyError):
        one.once()
    tell(room)
    assert one.once() == 0
    other.stop()
    assert one.once() == 1
    one.stop()
    database.dispose()
