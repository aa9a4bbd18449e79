"""Events that were set aside, as a service that could not handle them leaves them behind."""

from datetime import UTC, datetime
from uuid import UUID

from shared import ids
from shared.contracts.envelope import Envelope
from shared.contracts.registry import PersonChanged
from shared.contracts.topics import PEOPLE
from shared.database import dead_letters
from shared.database.dead_letters import Failure, Letter
from shared.errors import NotFound
from shared.work import Room


def told(key: UUID, name: str) -> tuple[bytes, list[list[str]], UUID]:
    """Return a person as registry tells of one: payload, headers, id of the event."""
    event = PersonChanged(
        id=key,
        version=1,
        name=name,
        language="en",
        zone="UTC",
        email=f"{name.lower()}@birds.example",
        email_confirmed=True,
        active=True,
        staff_roles=[],
        memberships=[],
    )
    envelope = Envelope(
        id=ids.new(),
        type=PersonChanged.type,
        source="/roundtable/registry",
        subject=str(key),
        time=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        aggregateversion=1,
        traceparent=None,
    )
    headers = [[name, value.decode()] for name, value in envelope.headers()]
    return event.model_dump_json().encode(), headers, envelope.id


def park(
    room: Room,
    error: Exception | None = None,
    *,
    group: str = "",
    payload: bytes | None = None,
    topic: str = PEOPLE.name,
    name: str = "Kanarievogel",
) -> str:
    """Set an event about a person aside; return the code of its page."""
    key = ids.new()
    said, headers, event_id = told(key, name)
    letter = Letter(topic, 2, 7, str(key), PersonChanged.type, headers, payload or said, event_id)
    with room.work() as work:
        now = work.system_now
        failure = Failure(error or NotFound(), 3, now, now)
        dead_letters.park(work.session, group or room.name, letter, failure)
        rows = dead_letters.parked(work.session, limit=1000)
        return next(ids.spelled(row.id) for row in rows if row.event_id == event_id)
