"""What there is to describe: events, who hears each, and an example of each."""

import json
from importlib import import_module
from typing import Any

from shared.contracts.envelope import SPECVERSION, Envelope, Event
from shared.contracts.topics import Topic
from tools.snapshots import EVENTS, SAMPLES, sample_of, snapshots

SERVICES = ("registry", "consultation", "notifications")
ERASED = "erased"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def source_of(topic: Topic) -> str:
    """Return the CloudEvents source of what the owner of a topic tells."""
    return f"/roundtable/{topic.owner}"


def name_of(event: type[Event]) -> str:
    """Return the short name of an event: its type without project and service."""
    return event.type.split(".", 2)[2]


def told_on(topic: Topic) -> list[type[Event]]:
    """Return the events of a topic in the order of their declaration."""
    return [event for event in EVENTS.values() if event.topic is topic]


def heard_by(service: str) -> set[tuple[str, str]]:
    """Return (topic, type) of what a service hears; erasures under the type `erased`."""
    subscriptions = import_module(f"services.{service}.handlers").SUBSCRIPTIONS
    return {(one.topic.name, one.type or ERASED) for one in subscriptions}


def readers_of(topic: Topic, kind: str) -> list[str]:
    """Return the services that hear an event of a topic."""
    return [one for one in SERVICES if (topic.name, kind) in heard_by(one)]


def example_of(event: type[Event]) -> dict[str, Any]:
    """Return the latest golden sample of an event."""
    path = snapshots(event.type)[-1]
    sample: dict[str, Any] = json.loads(
        path.with_name(path.name.replace(".schema.", ".sample.")).read_text("utf-8")
    )
    return sample


def headers_of(topic: Topic, kind: str, key: str, version: int) -> dict[str, str]:
    """Return the headers of an example, as the envelope writes them."""
    envelope = Envelope.of(
        [
            (name, value.encode())
            for name, value in {
                "ce_specversion": SPECVERSION,
                "ce_id": sample_of({"type": "string", "format": "uuid"}, "ce_id"),
                "ce_type": kind,
                "ce_source": source_of(topic),
                "ce_subject": key,
                "ce_time": SAMPLES["date-time"],
                "ce_aggregateversion": str(version),
                "ce_traceparent": TRACE,
            }.items()
        ]
    )
    return {name: value.decode() for name, value in envelope.headers()}
