"""Every event has its effect once, in the order of its aggregate, whatever goes wrong."""

import time
from collections.abc import Callable
from typing import ClassVar, Literal
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from shared import ids
from shared.contracts.envelope import Event
from shared.contracts.registry import PersonChanged, SessionEnded
from shared.contracts.topics import PEOPLE, SESSIONS, Topic
from shared.database import dead_letters, inbox
from shared.database.inbox import InboxRow
from shared.errors import NotFound
from shared.messaging.bus import Bus, Kept, Partition, Record
from shared.messaging.consumer import (
    TRIES,
    Consumer,
    NotYet,
    Subscription,
    hear,
    hear_erased,
    letter_of,
)
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.hearing import Malformed, UnknownValue
from shared.messaging.relay import Relay
from shared.work import Room, Work
from tests.shared.messaging.tables import Effect
from tests.shared.messaging.told import AT, effects, ended, on_ended, tell, wire

GROUP = "consultation"


class Mood(Event):
    """An event whose vocabulary may grow."""

    type: ClassVar[str] = "roundtable.registry.mood.v1"
    topic: ClassVar[Topic] = SESSIONS

    mood: Literal["glad", "sad"]


def consumer(bus: Bus, room: Room, *subscriptions: Subscription, group: str = GROUP) -> Consumer:
    return Consumer(bus, group, subscriptions or [hear(SessionEnded, on_ended)], room.work)


def failing(error: Exception, times: int = 1_000_000) -> Callable[[Work, SessionEnded], None]:
    """Return a handler that fails so many times, after it has written its effect."""
    left = [times]

    def handle(work: Work, event: SessionEnded) -> None:
        on_ended(work, event)
        work.session.flush()
        if left[0] > 0:
            left[0] -= 1
            raise error

    return handle


def until(holds: Callable[[], bool], step: Callable[[], object], patience: float = 20.0) -> None:
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to hold"
        step()


def parked(room: Room) -> list[dead_letters.DeadLetterRow]:
    with room.view() as view:
        return dead_letters.parked(view.session)


def test_an_event_has_its_effect_once(room: Room, log: EmbeddedBus) -> None:
    thing = ids.new()
    events = [wire(ended(thing, version)) for version in (1, 2, 3)]
    log.append(events + events)
    one = consumer(log, room)
    assert one.once() == 6
    assert effects(room) == {thing: [1, 2, 3]}
    assert (one.counters.handled, one.counters.repeated) == (3, 3)
    assert sum(lag.behind for lag in log.lag(GROUP, [SESSIONS.name])) == 0


def test_the_event_is_the_cause_of_the_work(lite: Room, log: EmbeddedBus) -> None:
    event_id, causes = ids.new(), []
    log.append([wire(ended(ids.new(), 1), event_id=event_id)])
    consumer(log, lite, hear(SessionEnded, lambda work, _event: causes.append(work.cause))).once()
    assert causes == [event_id]


def test_effect_and_inbox_stand_or_fall_together(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = consumer(log, lite, hear(SessionEnded, failing(NotYet("soon"))))
    assert one.once() == 0
    assert effects(lite) == {}
    with lite.view() as view:
        assert view.session.scalar(select(func.count()).select_from(InboxRow)) == 0


def test_two_handlers_of_an_event_commit_together(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = consumer(
        log, lite, hear(SessionEnded, on_ended), hear(SessionEnded, failing(NotFound(), 1))
    )
    one.once()
    assert effects(lite) == {}
    assert len(parked(lite)) == 1


def test_a_passing_failure_blocks_its_partition_and_no_other(lite: Room, log: EmbeddedBus) -> None:
    busy = ids.new()

    def handle(work: Work, event: SessionEnded) -> None:
        if event.id == busy and blocked:
            raise OperationalError("select", {}, Exception("the database is away"))
        on_ended(work, event)

    blocked = [True]
    others = [ids.new() for _ in range(12)]
    log.append([wire(ended(busy, 1)), wire(ended(busy, 2))])
    log.append([wire(ended(one, 1)) for one in others])
    one = consumer(log, lite, hear(SessionEnded, handle))
    one.once()
    [(partition, waiting)] = one.counters.waiting.items()
    assert waiting.error == "OperationalError"
    done = effects(lite)
    assert busy not in done
    assert len(done) >= 12 - 6
    blocked.clear()
    until(lambda: not one.counters.waiting, lambda: one.once(0.05))
    assert effects(lite)[busy] == [1, 2]
    assert set(effects(lite)) == {busy, *others}
    assert parked(lite) == []
    assert partition.topic == SESSIONS.name


def test_by_hand_what_waits_is_tried_again_at_once(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = consumer(log, lite, hear(SessionEnded, failing(NotYet("a copy is missing"), 2)))
    assert [one.once() for _ in range(4)] == [0, 0, 1, 0]


def test_waits_grow_and_count_their_attempts(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    one = consumer(log, lite, hear(SessionEnded, failing(NotYet("soon"), 3)))
    until(lambda: one.counters.handled == 1, lambda: one.once(0.05))
    assert not one.counters.waiting
    assert parked(lite) == []


def test_what_can_never_succeed_is_set_aside_at_once(lite: Room, log: EmbeddedBus) -> None:
    bad, good = ids.new(), ids.new()

    def handle(work: Work, event: SessionEnded) -> None:
        if event.id == bad:
            raise NotFound
        on_ended(work, event)

    log.append([wire(ended(bad, 1)), wire(ended(good, 1))])
    one = consumer(log, lite, hear(SessionEnded, handle))
    assert one.once() == 2
    assert effects(lite) == {good: [1]}
    [letter] = parked(lite)
    assert (letter.error_class, letter.attempts, letter.key) == ("NotFound", 1, str(bad))
    assert letter.type == SessionEnded.type
    assert one.counters.parked == 1


def test_an_error_nobody_foresaw_gets_a_few_tries(lite: Room, log: EmbeddedBus) -> None:
    thing = ids.new()
    log.append([wire(ended(thing, 1)), wire(ended(thing, 2))])
    one = consumer(log, lite, hear(SessionEnded, failing(ZeroDivisionError("division"), TRIES)))
    until(lambda: one.counters.handled == 1, lambda: one.once(0.02))
    [letter] = parked(lite)
    assert (letter.error_class, letter.error) == ("ZeroDivisionError", "division")
    assert letter.attempts == TRIES
    assert one.counters.retried == TRIES - 1
    assert effects(lite) == {thing: [2]}


def test_an_error_nobody_foresaw_may_go_away(lite: Room, log: EmbeddedBus) -> None:
    thing = ids.new()
    log.append([wire(ended(thing, 1)), wire(ended(thing, 2))])
    one = consumer(log, lite, hear(SessionEnded, failing(ZeroDivisionError(), TRIES - 1)))
    until(lambda: one.counters.handled == 2, lambda: one.once(0.02))
    assert parked(lite) == []
    assert effects(lite) == {thing: [1, 2]}


def test_a_parked_event_that_comes_again_is_known(lite: Room, log: EmbeddedBus) -> None:
    event = wire(ended(ids.new(), 1))
    log.append([event])
    one = consumer(log, lite, hear(SessionEnded, failing(NotFound())))
    one.once()
    log.append([event])
    one.once()
    assert len(parked(lite)) == 1
    assert one.counters.repeated == 1


def test_types_that_nobody_hears_are_counted_and_skipped(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1), kind="roundtable.registry.novel.v9")])
    one = consumer(log, lite)
    assert one.once() == 1
    assert one.counters.skipped == {"roundtable.registry.novel.v9": 1}
    assert parked(lite) == []


def test_values_that_we_do_not_know_yet_are_counted_and_skipped(
    lite: Room, log: EmbeddedBus
) -> None:
    thing = ids.new()
    value = f'{{"id":"{thing}","version":1,"mood":"bewildered"}}'.encode()
    log.append([wire(ended(thing, 1), kind=Mood.type, value=value)])
    one = consumer(log, lite, hear(Mood, lambda _work, _event: None))
    assert one.once() == 1
    assert sum(one.counters.skipped.values()) == 1
    assert parked(lite) == []
    [record] = log.read(SESSIONS.name)
    with pytest.raises(UnknownValue):
        one.handle(record)


def test_fields_that_later_writers_add_are_ignored(lite: Room, log: EmbeddedBus) -> None:
    event = ended(ids.new(), 1)
    value = event.model_dump_json().replace("{", '{"later":{"a":1},', 1).encode()
    log.append([wire(event, value=value)])
    consumer(log, lite).once()
    assert effects(lite) == {event.id: [1]}


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"id":"x","version":1}', b'{"version":"one"}'],
)
def test_data_that_cannot_be_read_is_set_aside_with_its_reason(
    lite: Room, log: EmbeddedBus, value: bytes
) -> None:
    good = ended(ids.new(), 1)
    log.append([wire(ended(good.id, 1), value=value), wire(good)])
    one = consumer(log, lite)
    assert one.once() == 2
    [letter] = parked(lite)
    assert letter.error_class == "Malformed"
    assert letter.error.startswith("data: ")
    assert letter.payload == value
    assert effects(lite) == {good.id: [1]}


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("ce_id", b"not an id")],
        [("ce_id", b"\xff\xfe"), ("ce_type", b"a\x00b")],
        [("", b"")],
    ],
)
def test_a_record_without_a_proper_envelope_is_set_aside(
    room: Room, log: EmbeddedBus, headers: list[tuple[str, bytes]]
) -> None:
    record = Record(SESSIONS.name, b"\x00k\xff", b"{}", headers)
    log.append([record, record])
    one = consumer(log, room)
    assert one.once() == 2
    letters = parked(room)
    assert len(letters) == 2
    assert all(letter.error.startswith("envelope: ") for letter in letters)


HEADER = {"ce_source": "/roundtable/notifications", "ce_subject": str(UUID(int=7))}


@pytest.mark.parametrize("value", [False, True], ids=["erasure", "event"])
@pytest.mark.parametrize(("header", "said"), [*HEADER.items()], ids=["source", "key"])
def test_what_only_looks_like_an_event_of_its_owner_has_no_effect(
    lite: Room, log: EmbeddedBus, value: bool, header: str, said: str
) -> None:
    erased: list[UUID] = []
    one = consumer(
        log,
        lite,
        hear(SessionEnded, on_ended),
        hear_erased(SESSIONS, lambda _work, key, _version: erased.append(key)),
    )
    event = ended(ids.new(), 1)
    false, true = wire(event), wire(event)
    headers = [(name, said.encode() if name == header else text) for name, text in false.headers]
    content = true.value if value else None
    log.append([Record(false.topic, false.key, content, headers)])
    one.once()
    [letter] = parked(lite)
    assert letter.error.split(":")[0] == {"ce_source": "source", "ce_subject": "key"}[header]
    log.append([Record(true.topic, true.key, content, true.headers)])
    one.once()
    assert len(effects(lite)) + len(erased) == 1, "only the true one has its effect"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (ended(UUID(int=7), 1).model_dump_json().encode(), "data: id and version"),
        (b'{"pad":"' + b"x" * 1_000_000 + b'",', "data: more than 1000000 bytes"),
    ],
    ids=["of another thing", "too large"],
)
def test_data_are_of_the_thing_and_the_size_that_the_contract_says(
    lite: Room, log: EmbeddedBus, value: bytes, error: str
) -> None:
    event = ended(ids.new(), 1)
    record = wire(event, value=value + event.model_dump_json().encode()[1:] * (len(value) > 999))
    kept = Kept(Partition(record.topic, 0), 0, record.key, record.value, record.headers, AT)
    one = consumer(log, lite)
    with pytest.raises(Malformed, match=error):
        one.handle(kept)
    assert effects(lite) == {}


def test_a_type_on_the_topic_of_another_is_set_aside(lite: Room, log: EmbeddedBus) -> None:
    event = ended(ids.new(), 1)
    told = wire(event)
    log.append([Record(PEOPLE.name, told.key, told.value, told.headers), told])
    one = consumer(
        log,
        lite,
        hear(SessionEnded, on_ended),
        hear(PersonChanged, lambda _work, _event: None),
    )
    assert one.once() == 2
    [letter] = parked(lite)
    assert letter.error == f"topic: {SessionEnded.type} belongs to {SESSIONS.name}"
    assert effects(lite) == {event.id: [1]}


def test_the_text_of_an_error_holds_no_personal_data(lite: Room, log: EmbeddedBus) -> None:
    value = b'{"id":"nobody@example.org","version":1,"person_id":"secret","ended_at":"then"}'
    log.append([wire(ended(ids.new(), 1), value=value)])
    consumer(log, lite).once()
    [letter] = parked(lite)
    assert "example.org" not in letter.error
    assert "secret" not in letter.error


def test_an_erasure_is_heard_with_its_key_and_version(room: Room, log: EmbeddedBus) -> None:
    heard: list[tuple[UUID, int]] = []
    person = ids.new()
    with room.work() as work:
        work.tell_erased(PEOPLE, person, 9)
    relay = Relay(room.database, log, "registry")
    relay.once()
    relay.stop()
    one = consumer(
        log,
        room,
        hear(PersonChanged, lambda _work, _event: None),
        hear_erased(PEOPLE, lambda _work, key, version: heard.append((key, version))),
    )
    one.once()
    assert heard == [(person, 9)]


def test_an_erasure_takes_along_what_was_set_aside(lite: Room, log: EmbeddedBus) -> None:
    gone, kept = ids.new(), ids.new()
    for person in (gone, kept):
        [heard] = [Record(PEOPLE.name, str(person).encode(), b"{}", wire(ended(person, 1)).headers)]
        log.append([heard])
    one = consumer(log, lite, hear(PersonChanged, lambda _work, _event: None))
    with lite.work() as work:
        for record in log.read(PEOPLE.name):
            failure = dead_letters.Failure(NotFound(), 1, AT, AT)
            dead_letters.park(work.session, GROUP, letter_of(record), failure)
        work.tell_erased(PEOPLE, gone, 1)
    Relay(lite.database, log, "registry").once()
    assert one.once() == 3
    assert [letter.key for letter in parked(lite)] == [str(kept)]


def test_the_inbox_forgets_after_its_time(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), version)) for version in range(1, 4)])
    consumer(log, lite).once()
    with lite.work() as work:
        assert inbox.prune(work.session, AT) == 0
        assert inbox.prune(work.session, lite.clock.system().replace(year=2100)) == 3


def test_erasing_a_key_clears_what_was_set_aside(lite: Room, log: EmbeddedBus) -> None:
    gone, kept = ids.new(), ids.new()
    log.append([wire(ended(gone, 1)), wire(ended(kept, 1))])
    consumer(log, lite, hear(SessionEnded, failing(NotFound()))).once()
    with lite.work() as work:
        dead_letters.erase(work.session, SESSIONS, gone)
    assert [letter.key for letter in parked(lite)] == [str(kept)]


def test_a_service_that_hears_nothing_does_nothing(lite: Room, log: EmbeddedBus) -> None:
    one = Consumer(log, GROUP, [], lite.work)
    assert one.once() == 0
    one.start()
    one.stop()


def test_threads_carry_events_from_commit_to_effect(room: Room, bus: Bus) -> None:
    group = f"g.{ids.new().hex}"
    bus.ensure_topics([SESSIONS])
    relay = Relay(room.database, bus, "registry")
    one = consumer(bus, room, group=group)
    room.after_commit.append(relay.wake)
    relay.start()
    one.start()
    try:
        thing = tell(room, times=5)
        until(lambda: effects(room).get(thing) == [1, 2, 3, 4, 5], lambda: time.sleep(0.02))
    finally:
        one.stop()
        relay.stop()
    with room.view() as view:
        rows = select(func.count()).select_from(Effect).where(Effect.subject == thing)
        assert view.session.scalar(rows) == 5


def test_a_stopped_consumer_goes_on_where_it_was(lite: Room, log: EmbeddedBus) -> None:
    thing = ids.new()
    for version in (1, 2, 3):
        log.append([wire(ended(thing, version))])
        one = consumer(log, lite)
        one.start()
        until(lambda: one.counters.handled == 1, lambda: time.sleep(0.01))  # noqa: B023
        one.stop()
        assert effects(lite) == {thing: list(range(1, version + 1))}
        assert one.counters.handled == 1
