"""The portal's own command with one fault built in: what the checker must see.

    ROUNDTABLE_FAULT=NAME python -m tests.chaos.faulty serve|web|work …

NAME is a function of this module that FAULTS names. Nothing of the portal is changed but in this
process.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from services.__main__ import app
from shared import crash
from shared.database import inbox, outbox
from shared.messaging.kafka_feed import KafkaFeed
from shared.messaging.relay import Relay

VARIABLE = "ROUNDTABLE_FAULT"
HELD = "ROUNDTABLE_HELD"
"""While a file of this name is there, a request waits before its commit."""
LOOK = 0.02
PROMISED = "submission-sent"
"""The event that a receipt promised."""


def mark_before_confirm() -> None:
    """Mark rows of the outbox before the log has them; it may die where an answer is among them."""
    # Several relays may run in one process, each in a thread of its own.
    here = threading.local()
    honest, careful = crash.at, Relay.once

    def once(relay: Relay) -> int:
        here.relay = relay
        return careful(relay)

    def at(point: str) -> None:
        if point == "relay.before_send":
            relay = here.relay
            with relay.database.session_for_write() as session:
                rows = outbox.waiting(session, relay.batch)
                outbox.mark(session, [row.id for row in rows], relay.clock.system())
            if not any(PROMISED in row.type for row in rows):
                return
        honest(point)

    crash.at = at
    Relay.once = once  # type: ignore[method-assign]


def cursor_over_ids() -> None:
    """Read the outbox by `id > last`: what commits after a later id is never seen."""
    honest, last = outbox.waiting, [0]

    def waiting(session: Session, limit: int) -> list[outbox.Waiting]:
        rows = [one for one in honest(session, limit) if one.id > last[0]]
        last[0] = rows[-1].id if rows else last[0]
        return rows

    outbox.waiting = waiting


def commit_of_offsets_first() -> None:
    """Commit what was fetched before the database has its effect, as auto-commit does."""
    honest = KafkaFeed.poll

    def poll(feed: KafkaFeed, timeout: float) -> list[Any]:
        batches = honest(feed, timeout)
        for batch in batches:
            feed.ack(batch.partition, batch.records[-1].offset + 1)
        while feed._orders or feed._unsaved:
            time.sleep(LOOK)
        return batches

    KafkaFeed.poll = poll  # type: ignore[assignment]


def no_inbox() -> None:
    """Take every event for a new one."""
    inbox.enter = lambda *_given: True


def effect_apart() -> None:
    """Enter the event in one transaction and have its effect in another."""
    honest = inbox.enter

    def enter(session: Session, *given: Any) -> bool:
        with Session(session.get_bind().engine) as own:
            fresh = honest(own, *given)
            own.commit()
        return fresh

    inbox.enter = enter


def held_before_commit() -> None:
    """No fault of the portal: a request that is slow between its statements and its commit."""
    file, honest = Path(os.environ[HELD]), crash.at

    def at(point: str) -> None:
        while point == "request.before_commit" and file.exists():
            file.with_suffix(".reached").touch()
            time.sleep(LOOK)
        honest(point)

    crash.at = at


FAULTS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        mark_before_confirm,
        cursor_over_ids,
        commit_of_offsets_first,
        no_inbox,
        effect_apart,
        held_before_commit,
    )
}

if __name__ == "__main__":
    FAULTS[os.environ[VARIABLE]]()
    app()
