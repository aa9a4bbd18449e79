"""What a service hears: one subscription an event, gathered in its SUBSCRIPTIONS list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from shared.contracts.envelope import Envelope, Event
from shared.contracts.topics import Topic
from shared.messaging.bus import MAX_RECORD, Kept
from shared.work import Work

E = TypeVar("E", bound=Event)
UNKNOWN_VALUE = frozenset({"enum", "literal_error"})
"""What pydantic calls a value that a later version of the sender may know and we do not."""


@dataclass(frozen=True)
class Subscription:
    """One event heard, or with `event` None the erasures of a topic, and what is done about it."""

    topic: Topic
    event: type[Event] | None
    handler: Callable[..., None]

    @property
    def type(self) -> str | None:
        """The event's type with its version, or None for erasures."""
        return self.event.type if self.event is not None else None


def hear(event: type[E], handler: Callable[[Work, E], None]) -> Subscription:
    """Hear an event. The handler only turns it into one of the service's actions."""
    return Subscription(event.topic, event, handler)


def hear_erased(topic: Topic, handler: Callable[[Work, UUID, int], None]) -> Subscription:
    """Hear that a key of a topic is to be forgotten: the handler gets its id and last version."""
    return Subscription(topic, None, handler)


class Malformed(Exception):
    """A record that is no event of ours: its envelope or its data cannot be read."""


class UnknownValue(Exception):
    """An event that holds a value of a later version; skipped and counted."""


@dataclass(frozen=True)
class Heard:
    """A record read: its envelope, and the handlers with what each is given."""

    envelope: Envelope
    calls: tuple[tuple[Callable[..., None], tuple[Any, ...]], ...]

    def handle(self, work: Work) -> None:
        """Call every handler in the one transaction."""
        for handler, given in self.calls:
            handler(work, *given)


class Ears:
    """Finds what is to be done about a record."""

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self.topics = sorted({one.topic.name for one in subscriptions})
        self._by: dict[tuple[str, str | None], list[Subscription]] = {}
        for one in subscriptions:
            self._by.setdefault((one.topic.name, one.type), []).append(one)
        self._home = {one.type: one.topic.name for one in subscriptions if one.type is not None}

    def listen(self, record: Kept) -> Heard | None:
        """Read a record; None when nobody hears its type. Raises Malformed, UnknownValue."""
        try:
            envelope = Envelope.of(list(record.headers))
        except (KeyError, ValueError) as error:
            raise Malformed(f"envelope: {error}") from error
        topic = record.partition.topic
        if record.value is None:
            return self._erased(topic, record, envelope)
        subscriptions = self._by.get((topic, envelope.type))
        if not subscriptions:
            if envelope.type in self._home:
                raise Malformed(f"topic: {envelope.type} belongs to {self._home[envelope.type]}")
            return None
        _check(subscriptions[0].topic, record, envelope)
        calls = []
        for one in subscriptions:
            if one.event is not None:
                event = _parse(one.event, record.value)
                _check_same(event, envelope)
                calls.append((one.handler, (event,)))
        return Heard(envelope, tuple(calls))

    def _erased(self, topic: str, record: Kept, envelope: Envelope) -> Heard:
        subscriptions = self._by.get((topic, None), [])
        try:
            key = UUID((record.key or b"").decode())
        except ValueError as error:
            raise Malformed(f"key of an erasure: {error}") from error
        if subscriptions:
            _check(subscriptions[0].topic, record, envelope)
        given = (key, envelope.aggregateversion)
        return Heard(envelope, tuple((one.handler, given) for one in subscriptions))


def _check(topic: Topic, record: Kept, envelope: Envelope) -> None:
    """Refuse what only looks like an event of the topic's owner. Raises Malformed."""
    if envelope.source != f"/roundtable/{topic.owner}":
        raise Malformed(f"source: only {topic.owner} tells on {topic.name}")
    if (record.key or b"") != envelope.subject.encode():
        raise Malformed("key: is not the subject")
    if len(record.value or b"") > MAX_RECORD:
        raise Malformed(f"data: more than {MAX_RECORD} bytes")


def _check_same(event: Event, envelope: Envelope) -> None:
    """Refuse data that speak of another thing than their envelope. Raises Malformed."""
    if str(event.id) != envelope.subject or event.version != envelope.aggregateversion:
        raise Malformed("data: id and version are not those of the envelope")


def _parse(event: type[Event], value: bytes) -> Event:
    # Writers emit exactly the model; readers ignore what later writers add, at every depth.
    try:
        return event.model_validate_json(value, extra="ignore")
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        places = ", ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in faults)
        if all(one["type"] in UNKNOWN_VALUE for one in faults):
            raise UnknownValue(f"{event.type} ({places})") from error
        raise Malformed(f"data: {places}") from error
