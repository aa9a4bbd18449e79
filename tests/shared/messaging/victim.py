"""A process to be killed: a service that tells, its relay, and another service that hears.

    python -m tests.shared.messaging.victim FOLDER COUNT [steady|threads]

Prints one line for every commit, as a page shows a receipt, and `done` at the end.
"""

import random
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from shared import ids
from shared.contracts.registry import SessionEnded
from shared.contracts.topics import TOPICS
from shared.database.session import Database
from shared.messaging.consumer import Consumer, hear
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import Relay
from shared.work import Room
from tests.shared.messaging.tables import Thing, create, room_of
from tests.shared.messaging.told import change, on_ended

THINGS = 4
WRITERS = 3


@dataclass
class Pair:
    """A service that tells and one that hears, with what stands between them."""

    teller: Room
    hearer: Room
    bus: EmbeddedBus
    relay: Relay
    consumer: Consumer

    def drain(self) -> None:
        """Work off everything."""
        while self.relay.once() + self.consumer.once():
            pass

    def close(self) -> None:
        """Let go of the files."""
        self.consumer.stop()
        self.relay.stop()
        self.bus.close()
        self.teller.database.dispose()
        self.hearer.database.dispose()


def pair(folder: Path) -> Pair:
    """Open both services in a folder, making their tables when it is new."""
    rooms = []
    for name in ("registry", "consultation"):
        database = Database(f"sqlite:///{folder / name}.db")
        create(database)
        rooms.append(room_of(database, folder, name=name))
    bus = EmbeddedBus(folder / "events.db", janitor=False)
    bus.ensure_topics(TOPICS)
    return Pair(
        rooms[0],
        rooms[1],
        bus,
        Relay(rooms[0].database, bus, "registry"),
        Consumer(bus, "consultation", [hear(SessionEnded, on_ended)], rooms[1].work),
    )


def things(room: Room) -> list[UUID]:
    """Return the same few things in every run."""
    with room.work() as work:
        known = list(work.session.scalars(select(Thing.id).order_by(Thing.id)))
        missing = range(THINGS - len(known))
        known += [work.add(Thing(id=ids.new(), version=0)).id for _ in missing]
    return known


def say(thing: UUID, version: int) -> None:
    """Show a receipt."""
    sys.stdout.write(f"{thing} {version}\n")
    sys.stdout.flush()


def steadily(both: Pair, count: int) -> None:
    """Tell one by one, with relay and consumer by hand."""
    known = things(both.teller)
    for number in range(count):
        with both.teller.work() as work:
            version = change(work, known[number % THINGS])
        say(known[number % THINGS], version)
        both.relay.once()
        both.consumer.once()


def at_once(both: Pair, count: int) -> None:
    """Tell from several threads, some works rolled back, with relay and consumer in theirs."""
    known = things(both.teller)
    both.teller.after_commit.append(both.relay.wake)
    both.relay.start()
    both.consumer.start()

    def write() -> None:
        chance = random.Random()  # noqa: S311 - a test's dice
        for _ in range(count):
            thing = chance.choice(known)
            try:
                with both.teller.work() as work:
                    version = change(work, thing)
                    if chance.random() < 0.2:
                        raise ZeroDivisionError  # noqa: TRY301 - the work is what rolls back
            except ZeroDivisionError:
                continue
            say(thing, version)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    time.sleep(0.5)


if __name__ == "__main__":
    opened = pair(Path(sys.argv[1]))
    (at_once if sys.argv[3:] == ["threads"] else steadily)(opened, int(sys.argv[2]))
    opened.close()
    sys.stdout.write("done\n")
