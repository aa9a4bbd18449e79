"""Many writers with rollbacks against one relay; the tempting cursor over ids is the control."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared import ids
from shared.database import outbox
from shared.database.outbox import OutboxRow, Waiting
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import Relay
from shared.work import Room
from tests.shared.messaging.told import change, tell, versions

WRITERS = 6
WORKS = 25
THINGS = 5


class Rolled(Exception):
    """A work that was not to be."""


def write(room: Room, things: list[UUID], seed: int, kept: dict[UUID, list[int]]) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    for _ in range(WORKS):
        thing = chance.choice(things)
        try:
            with room.work() as work:
                version = change(work, thing)
                # A moment between the insert and the commit, in which others insert and commit.
                time.sleep(chance.random() * 0.008)
                roll_back_sometimes(chance)
        except Rolled:
            continue
        kept[thing].append(version)


def roll_back_sometimes(chance: random.Random) -> None:
    if chance.random() < 0.25:
        raise Rolled


def run(room: Room, relay: Relay) -> dict[UUID, list[int]]:
    """Let the writers write while the relay relays; return what was committed."""
    things = [tell(room) for _ in range(THINGS)]
    kept: dict[UUID, list[int]] = {thing: [1] for thing in things}
    stop = threading.Event()

    def sending() -> None:
        while not stop.is_set():
            relay.once()
            time.sleep(0.001)

    sender = threading.Thread(target=sending)
    sender.start()
    writers = [
        threading.Thread(target=write, args=(room, things, seed, kept)) for seed in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    sender.join()
    while relay.once():
        pass
    relay.stop()
    return {thing: sorted(found) for thing, found in kept.items()}


def test_nothing_is_lost_and_each_thing_keeps_its_order(room: Room, log: EmbeddedBus) -> None:
    kept = run(room, Relay(room.database, log, "registry", batch=20))
    assert versions(log) == kept
    assert sum(map(len, kept.values())) > WRITERS * WORKS / 2


@pytest.mark.postgres
def test_control_a_cursor_over_ids_loses_events(
    postgres_url: str,
    log: EmbeddedBus,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Ids are handed out at insert, not at commit: on SQLite, where writers queue, both agree.
    from shared.database.session import Database  # noqa: PLC0415 - beside the control
    from tests.shared.messaging.tables import create, room_of  # noqa: PLC0415

    database = Database(postgres_url)
    create(database)
    room = room_of(database, tmp_path_factory.mktemp("control"))
    last = 0

    def above(session: object, limit: int) -> list[Waiting]:
        nonlocal last
        rows = [row for row in everything(session, limit) if row.id > last]
        last = max((row.id for row in rows), default=last)
        return rows

    def everything(session: object, _limit: int) -> list[Waiting]:
        return real(session, 100_000)  # type: ignore[arg-type]

    real = outbox.waiting
    monkeypatch.setattr(outbox, "waiting", above)
    relay = Relay(database, log, "registry")
    slow, quick = tell(room), tell(room)
    relay.once()
    with room.work() as early:
        change(early, slow)
        with room.work() as late:
            change(late, quick)
        relay.once()
    relay.once()
    relay.stop()
    assert versions(log) == {slow: [1], quick: [1, 2]}, "the event that was told first is lost"
    database.dispose()


def test_an_event_id_stands_in_the_outbox_once(lite: Room) -> None:
    from sqlalchemy.exc import IntegrityError  # noqa: PLC0415 - beside its use

    tell(lite)
    with lite.view() as view:
        row = view.session.query(OutboxRow).one()
        envelope = outbox.envelope_of(row.headers)
    from shared.contracts.topics import SESSIONS  # noqa: PLC0415

    with pytest.raises(IntegrityError), lite.work() as work:
        outbox.put(work.connection, envelope, SESSIONS, str(ids.new()), b"{}")


def test_how_long_events_wait_is_measured_by_the_machine_whatever_the_portals_clock_says(
    room: Room,
) -> None:
    # The portal's clock of these tests stands still in the past.
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    for _ in range(2):
        tell(room)
    with room.view() as view:
        waiting = outbox.backlog(view.session)
    assert waiting.rows == 2
    assert waiting.oldest is not None
    assert before <= waiting.oldest <= datetime.now(UTC)
