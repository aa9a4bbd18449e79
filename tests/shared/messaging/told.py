"""Telling of things, and looking at what a log or a database then holds."""

from collections import defaultdict
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from shared import ids
from shared.contracts.envelope import Envelope
from shared.contracts.registry import SessionEnded
from shared.contracts.topics import SESSIONS
from shared.messaging.bus import Bus, Record
from shared.work import Room, Work
from tests.shared.messaging.tables import Effect, Thing

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def ended(thing: UUID, version: int) -> SessionEnded:
    """An event of a thing; any of registry's will do."""
    return SessionEnded(id=thing, version=version, person_id=thing, ended_at=AT)


def tell(room: Room, thing: UUID | None = None, times: int = 1) -> UUID:
    """Change a thing so many times, each in a work of its own."""
    found = thing or ids.new()
    for _ in range(times):
        with room.work() as work:
            change(work, found)
    return found


def change(work: Work, thing: UUID) -> int:
    """Change a thing in a work and tell of it; return the version."""
    row = work.find(Thing, id=thing)
    row = work.lock(Thing, id=thing) if row is not None else work.add(Thing(id=thing))
    version = row.tick()
    work.tell(ended(thing, version))
    return version


def versions(bus: Bus, topic: str = SESSIONS.name) -> dict[UUID, list[int]]:
    """Versions in the log by thing, each once, at its first appearance."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for record in bus.read(topic):
        envelope = Envelope.of(list(record.headers))
        if envelope.aggregateversion not in found[UUID(envelope.subject)]:
            found[UUID(envelope.subject)].append(envelope.aggregateversion)
    return dict(found)


def effects(room: Room) -> dict[UUID, list[int]]:
    """Versions that had an effect, by thing, in the order in which they had it."""
    found: dict[UUID, list[int]] = defaultdict(list)
    with room.view() as view:
        for row in view.session.scalars(select(Effect).order_by(Effect.number)):
            found[row.subject].append(row.version)
    return dict(found)


def on_ended(work: Work, event: SessionEnded) -> None:
    """The effect of an event: one row."""
    work.add(Effect(subject=event.id, version=event.version))


def wire(
    event: SessionEnded,
    *,
    event_id: UUID | None = None,
    kind: str | None = None,
    value: bytes | None = None,
) -> Record:
    """An event as it stands in the log, or something that only looks like one."""
    envelope = Envelope(
        id=event_id or ids.new(),
        type=kind or event.type,
        source="/roundtable/registry",
        subject=str(event.id),
        time=AT,
        aggregateversion=event.version,
    )
    payload = event.model_dump_json().encode() if value is None else value
    return Record(event.topic.name, str(event.id).encode(), payload, envelope.headers())
