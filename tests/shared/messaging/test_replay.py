"""Consumers rebuilt from the log reach the same state; parked events can be tried again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared import ids
from shared.contracts.registry import SessionEnded
from shared.contracts.topics import SESSIONS
from shared.database import dead_letters
from shared.database.audit import AuditRow
from shared.database.dead_letters import Status
from shared.database.session import Database
from shared.errors import Conflict, NotFound
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer, NotYet, hear
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import ATTEMPTS, Relay
from shared.messaging.replay import NobodyHears, discard, replay, replay_parked, send_again
from shared.work import Room
from tests.shared.messaging.tables import Effect, create, room_of
from tests.shared.messaging.test_consumer import failing, parked, until
from tests.shared.messaging.test_relay import put_large
from tests.shared.messaging.told import AT, effects, ended, on_ended, tell, wire

TOPICS = [SESSIONS.name]


def consumer(bus: Bus, room: Room, group: str = "consultation") -> Consumer:
    return Consumer(bus, group, [hear(SessionEnded, on_ended)], room.work)


def drain(one: Consumer, expected: int) -> None:
    until(lambda: one.counters.handled + one.counters.repeated >= expected, lambda: one.once(0.1))


def test_a_service_rebuilt_from_the_log_is_the_same(lite: Room, bus: Bus, tmp_path: Path) -> None:
    bus.ensure_topics([SESSIONS])
    bus_start = {one.partition: one.end for one in bus.lag("nobody", TOPICS)}
    relay = Relay(lite.database, bus, "registry")
    things = [tell(lite, times=3) for _ in range(4)]
    relay.once()
    group = f"g.{ids.new().hex}"
    bus.reset(group, TOPICS, bus_start)
    first = consumer(bus, lite, group)
    drain(first, 12)
    first.stop()
    before = effects(lite)
    assert set(before) == set(things)

    empty = Database(f"sqlite:///{tmp_path / 'rebuilt.db'}")
    create(empty)
    rebuilt = room_of(empty, tmp_path)
    bus.reset(group, TOPICS, bus_start)
    second = consumer(bus, rebuilt, group)
    drain(second, 12)
    second.stop()
    assert effects(rebuilt) == before
    empty.dispose()


def test_moving_a_group_back_changes_nothing_that_was_done(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), version)) for version in range(1, 6)])
    one = consumer(log, lite)
    one.once()
    one.stop()
    before = effects(lite)
    log.reset("consultation", TOPICS, "start")
    again = consumer(log, lite)
    assert again.once() == 5
    assert again.counters.repeated == 5
    assert effects(lite) == before


def test_a_replay_has_an_effect_only_for_what_was_missed(lite: Room, log: EmbeddedBus) -> None:
    known, missed = ids.new(), ids.new()
    log.append([wire(ended(known, 1))])
    one = consumer(log, lite)
    one.once()
    log.append([wire(ended(missed, 1))])
    done = replay(log, one, TOPICS)
    assert (done.handled, done.known, done.failed) == (1, 1, [])
    assert effects(lite) == {known: [1], missed: [1]}


def test_a_forced_replay_does_it_again(lite: Room, log: EmbeddedBus) -> None:
    thing = ids.new()
    log.append([wire(ended(thing, 1))])
    one = consumer(log, lite)
    one.once()
    assert replay(log, one, TOPICS, force=True).handled == 1
    assert effects(lite) == {thing: [1, 1]}
    assert replay(log, one, TOPICS).known == 1


def test_a_replay_stays_in_its_stretch(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1)) for _ in range(8)])
    one = consumer(log, lite)
    assert replay(log, one, TOPICS, datetime.now(UTC) + timedelta(hours=1)).handled == 0
    assert replay(log, one, TOPICS, "start", datetime.now(UTC) + timedelta(hours=1)).handled == 8


def test_a_replay_reports_what_fails_and_goes_on(lite: Room, log: EmbeddedBus) -> None:
    good = ids.new()
    log.append([wire(ended(ids.new(), 1), value=b"{"), wire(ended(good, 1))])
    done = replay(log, consumer(log, lite), TOPICS)
    assert done.handled == 1
    [(record, error)] = done.failed
    assert record.value == b"{"
    assert type(error).__name__ == "Malformed"


def test_a_replay_ends_when_the_database_is_away(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = Consumer(log, "g", [hear(SessionEnded, failing(NotYet("away")))], lite.work)
    with pytest.raises(NotYet):
        replay(log, one, TOPICS)


def test_a_parked_event_is_handled_again_and_says_by_whom(room: Room, log: EmbeddedBus) -> None:
    thing, officer = ids.new(), ids.new()
    log.append([wire(ended(thing, 1))])
    one = Consumer(log, "g", [hear(SessionEnded, failing(NotFound(), 1))], room.work)
    one.once()
    [letter] = parked(room)
    replay_parked(one, letter.id, officer, "The call is there now.")
    assert effects(room) == {thing: [1]}
    assert parked(room) == []
    with room.view() as view:
        [done] = dead_letters.parked(view.session, Status.REPLAYED)
    assert (done.decided_by, done.note, done.replays) == (officer, "The call is there now.", 1)
    with room.view() as view:
        audited = view.get(AuditRow, act="parked.retried")
    assert (audited.person, audited.subject) == (officer, str(letter.id))
    with pytest.raises(Conflict):
        replay_parked(one, letter.id, officer, "Once more.")
    assert effects(room) == {thing: [1]}


def test_a_parked_event_that_fails_again_stays_parked(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = Consumer(log, "g", [hear(SessionEnded, failing(NotFound()))], lite.work)
    one.once()
    [letter] = parked(lite)
    with pytest.raises(NotFound):
        replay_parked(one, letter.id, None, "")
    [still] = parked(lite)
    assert (still.attempts, still.replays) == (2, 1)
    assert effects(lite) == {}


def test_a_parked_event_that_nobody_hears_any_more(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    Consumer(log, "g", [hear(SessionEnded, failing(NotFound()))], lite.work).once()
    [letter] = parked(lite)
    with pytest.raises(NobodyHears):
        replay_parked(Consumer(log, "g", [], lite.work), letter.id, None, "")


def test_a_parked_event_can_be_given_up(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = Consumer(log, "g", [hear(SessionEnded, failing(NotFound()))], lite.work)
    one.once()
    [letter] = parked(lite)
    with lite.work() as work:
        discard(work, letter.id, "A test.", AT)
    assert parked(lite) == []
    with pytest.raises(NotFound), lite.work() as work:
        discard(work, ids.new(), "", AT)


def test_a_refused_row_can_be_sent_again(lite: Room, log: EmbeddedBus) -> None:
    relay = Relay(lite.database, log, "registry")
    put_large(lite, str(ids.new()))
    for _ in range(ATTEMPTS):
        relay.once()
    [letter] = parked(lite)
    with lite.work() as work:
        row = dead_letters.lock(work.session, letter.id)
        row.payload = b"{}"
    with lite.work() as work:
        send_again(work, letter.id, "Shortened.", AT)
    assert relay.once() == 1
    assert parked(lite) == []
    [record] = log.read(SESSIONS.name)
    assert record.value == b"{}"


def test_effects_of_others_do_not_hide(lite: Room) -> None:
    with lite.work() as work:
        work.add(Effect(subject=ids.new(), version=1))
    assert len(effects(lite)) == 1
