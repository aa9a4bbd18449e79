"""One process of a system under chaos: it writes, relays or hears until it is killed.

    python -m tests.chaos.actor write|relay|hear SOURCE_URL TARGET_URL BROKER

A writer prints one line for every commit that it was told of, as a page shows a receipt.
"""

import os
import random
import signal
import sys
import threading
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.registry import SessionEnded
from shared.database.session import Database
from shared.messaging.consumer import Consumer, hear
from shared.messaging.kafka import KafkaBus
from shared.messaging.relay import Relay
from shared.work import Room
from tests.shared.messaging.tables import Thing, room_of
from tests.shared.messaging.told import change, on_ended

WRITERS = 4
PAUSE = 0.01
CONTROL = "CHAOS_WITHOUT_INBOX"
"""Set for the negative control: every event is then taken for a new one."""


class Rolled(Exception):
    """A work that was not to be."""


def write(room: Room, stop: threading.Event) -> None:
    """Tell of random things until stopped, a fifth of the works rolled back."""
    chance = random.Random()  # noqa: S311 - a test's dice
    known: list[UUID] = []
    while not stop.wait(chance.random() * PAUSE):
        try:
            if not known:
                with room.view() as view:
                    known = list(view.session.scalars(select(Thing.id)))
            thing = chance.choice(known)
            version = one_work(room, thing, chance)
        except (Rolled, SQLAlchemyError):
            # Whether a commit that was cut off happened, nobody was told: no receipt.
            continue
        sys.stdout.write(f"{thing} {version}\n")
        sys.stdout.flush()


def one_work(room: Room, thing: UUID, chance: random.Random) -> int:
    """Change a thing, or change it and roll back."""
    with room.work() as work:
        version = change(work, thing)
        if chance.random() < 0.2:
            raise Rolled
    return version


def main(role: str, source: str, target: str, broker: str) -> None:
    """Play the role until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_given: stop.set())
    folder = Path(mkdtemp(prefix="roundtable-chaos-"))
    if role == "write":
        room = room_of(Database(source), folder)
        writers = [threading.Thread(target=write, args=(room, stop)) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        return
    bus = KafkaBus([broker])
    if role == "relay":
        relay = Relay(Database(source), bus, "registry", batch=50)
        relay.start()
        stop.wait()
        relay.stop()
        return
    if os.environ.get(CONTROL):
        Consumer.enter = lambda *_given, **_named: True  # type: ignore[method-assign]
    room = room_of(Database(target), folder, name="consultation")
    consumer = Consumer(bus, "consultation", [hear(SessionEnded, on_ended)], room.work)
    consumer.start()
    stop.wait()
    consumer.stop()


if __name__ == "__main__":
    main(*sys.argv[1:5])
