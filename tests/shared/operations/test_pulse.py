"""A worker says how it is: its counts, and how far its group is, read back by other processes."""

from collections.abc import Sequence
from datetime import timedelta

from shared import ids
from shared.contracts.registry import SessionEnded
from shared.contracts.topics import SESSIONS
from shared.database import dead_letters, vitals
from shared.database.vitals import SILENT, Vital
from shared.errors import NotFound
from shared.messaging.bus import BusAway, Lag
from shared.messaging.consumer import Consumer, hear
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import Relay
from shared.operations.pulse import REMEMBERED, Pulse
from shared.work import Room
from tests.shared.messaging.test_consumer import failing, parked
from tests.shared.messaging.told import ended, on_ended, tell, wire


class Away(EmbeddedBus):
    """A log that can be taken away."""

    away = False

    def lag(self, group: str, topics: Sequence[str]) -> list[Lag]:
        if self.away:
            raise BusAway("nobody answers")
        return super().lag(group, topics)


def worker(room: Room, log: EmbeddedBus) -> tuple[Relay, Consumer, Pulse]:
    relay = Relay(room.database, log, "registry")
    consumer = Consumer(log, "consultation", [hear(SessionEnded, on_ended)], room.work)
    return relay, consumer, Pulse(room.database, log, relay, consumer, [SESSIONS.name])


def said(room: Room) -> list[Vital]:
    with room.view() as view:
        return vitals.workers(view.session)


def test_what_a_worker_did_is_read_elsewhere(room: Room, log: EmbeddedBus) -> None:
    relay, consumer, pulse = worker(room, log)
    tell(room, times=3)
    relay.once()
    pulse.once()
    [before] = said(room)
    assert before.lag is not None
    assert (before.sending.published, before.sending.leading, before.lag.behind) == (3, True, 3)
    assert not before.is_silent(before.seen_at + SILENT)
    assert before.is_silent(before.seen_at + SILENT + timedelta(seconds=1))
    consumer.once()
    pulse.once()
    [after] = said(room)
    assert after.lag is not None
    assert (after.hearing.handled, after.lag.behind, after.worker) == (3, 0, before.worker)
    assert len(after.lag.shares) == SESSIONS.partitions


def test_a_partition_that_waits_says_why(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    relay, _, _ = worker(lite, log)
    slow = Consumer(log, "g", [hear(SessionEnded, failing(ConnectionError("x")))], lite.work)
    slow.once()
    Pulse(lite.database, log, relay, slow, [SESSIONS.name]).once()
    [vital] = said(lite)
    [stuck] = vital.hearing.waiting
    assert (stuck.topic, stuck.offset, stuck.error) == (SESSIONS.name, 0, "ConnectionError")


def test_a_log_that_is_away_leaves_the_figures_of_before(lite: Room, log: EmbeddedBus) -> None:
    log.close()
    away = Away(log.path, janitor=False)
    relay, _, pulse = worker(lite, away)
    tell(lite)
    relay.once()
    pulse.once()
    away.away = True
    pulse.once()
    [vital] = said(lite)
    assert vital.lag is not None
    assert (vital.lag.error, vital.lag.behind) == ("BusAway", 1)
    away.away = False
    pulse.once()
    [vital] = said(lite)
    assert vital.lag is not None
    assert vital.lag.error == ""
    away.close()


def test_only_who_leads_measures(lite: Room, log: EmbeddedBus) -> None:
    _, _, pulse = worker(lite, log)
    pulse.once()
    [vital] = said(lite)
    assert (vital.sending.leading, vital.lag) == (False, None)


def test_who_stops_in_order_leaves_and_who_died_is_forgotten(lite: Room, log: EmbeddedBus) -> None:
    _, _, pulse = worker(lite, log)
    pulse.once()
    [vital] = said(lite)
    long_ago = vital.seen_at - REMEMBERED - timedelta(seconds=1)
    with lite.work() as work:
        for name, at in (("dead", long_ago), ("silent", long_ago + timedelta(hours=1))):
            vitals.write(work.session, vital.model_copy(update={"worker": name, "seen_at": at}))
    pulse.start()
    pulse.stop()
    assert [one.worker for one in said(lite)] == ["silent"]


def test_what_is_set_aside_says_where_it_failed(lite: Room, log: EmbeddedBus) -> None:
    log.append([wire(ended(ids.new(), 1))])
    Consumer(log, "g", [hear(SessionEnded, failing(NotFound()))], lite.work).once()
    [letter] = parked(lite)
    assert "in handle" in letter.stack
    assert letter.stack.rstrip().endswith("NotFound")
    assert len(letter.stack) <= dead_letters.STACK_LENGTH
