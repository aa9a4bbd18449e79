"""The AsyncAPI 3 document of everything that the services exchange."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.contracts.envelope import CONTENT_TYPE, SPECVERSION, Envelope, Event
from shared.contracts.topics import TOPICS, Topic
from tools.contracts import words
from tools.contracts.known import (
    ERASED,
    SERVICES,
    example_of,
    headers_of,
    heard_by,
    name_of,
    source_of,
    told_on,
)
from tools.snapshots import EVENTS

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
BINDING = "0.5.0"
ENVELOPE = "Envelope"
INTRODUCTION = """\
What the services of Roundtable tell each other on Apache Kafka: CloudEvents 1.0 in the binary
content mode. A record's key is the id of the aggregate that it speaks of, so that what is told of
one aggregate keeps its order. A record may come more than once; its `ce_id` is the same each time.
Readers ignore fields that they do not know and skip types and values that they do not know. An
incompatible change is a new type, with the next number at its end.
"""
HEADERS: dict[str, Json] = {
    "ce_specversion": {"const": SPECVERSION, "description": "The version of CloudEvents."},
    "ce_id": {"format": "uuid", "description": "The event's own id (UUIDv7): what a reader keeps."},
    "ce_type": {"description": "What happened, with the version of its form at the end."},
    "ce_source": {"description": "The service that tells it."},
    "ce_subject": {"format": "uuid", "description": "The id of the aggregate; the record's key."},
    "ce_time": {"format": "date-time", "description": "When it happened, in portal time (UTC)."},
    "ce_aggregateversion": {
        "pattern": "^[1-9][0-9]*$",
        "description": "How many events the aggregate has told, this one counted.",
    },
    "content-type": {"const": CONTENT_TYPE, "description": "The form of the value."},
    "ce_traceparent": {
        "description": "What it was told in the course of (W3C Trace Context).",
    },
}
OPTIONAL = {"ce_traceparent"}


def document() -> Json:
    """Return the document. Raises Unsaid for a contract without words."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Roundtable",
            "version": _version(),
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "kafka": {
                "host": "{servers}",
                "protocol": "kafka",
                "description": "The brokers of this installation, its setting KAFKA_SERVERS.",
                "variables": {"servers": {"description": "HOST:PORT, separated by commas."}},
            }
        },
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "description": words.of_topic(topic),
        "messages": {
            kind: {"$ref": f"#/components/messages/{_component(topic, kind)}"}
            for kind in _kinds(topic)
        },
        "tags": [{"name": topic.owner}],
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _configuration(topic),
                "bindingVersion": BINDING,
            }
        },
        "x-owner": topic.owner,
        "x-readers": list(topic.readers),
        "x-personal-data": topic.personal,
    }


def _kinds(topic: Topic) -> list[str]:
    return [*(event.type for event in told_on(topic)), *([ERASED] if topic.personal else [])]


def _component(topic: Topic, kind: str) -> str:
    return f"{topic.name}.{ERASED}" if kind == ERASED else kind


def _configuration(topic: Topic) -> Json:
    found: Json = {"cleanup.policy": ["compact" if topic.compacted else "delete"]}
    times = {
        "retention.ms": topic.retention,
        "delete.retention.ms": topic.tombstone_retention,
        "max.compaction.lag.ms": topic.max_compaction_lag,
    }
    found |= {name: time // timedelta(milliseconds=1) for name, time in times.items() if time}
    if not topic.compacted:
        found.setdefault("retention.ms", -1)
    return found


def _operations() -> Json:
    found: Json = {}
    for topic in TOPICS:
        found[f"{topic.owner}-tells-{topic.name}"] = _operation("send", topic, _kinds(topic))
        for reader in topic.readers:
            heard = heard_by(reader)
            kinds = [kind for kind in _kinds(topic) if (topic.name, kind) in heard]
            found[f"{reader}-hears-{topic.name}"] = _operation("receive", topic, kinds) | {
                "bindings": {
                    "kafka": {
                        "groupId": {"type": "string", "const": reader},
                        "bindingVersion": BINDING,
                    }
                }
            }
    return {name: found[name] for name in sorted(found, key=_by_service)}


def _by_service(name: str) -> tuple[int, bool]:
    return SERVICES.index(name.split("-", 1)[0]), "-hears-" in name


def _operation(action: str, topic: Topic, kinds: list[str]) -> Json:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{kind}"} for kind in kinds],
    }


def _messages() -> Json:
    found: Json = {}
    for topic in TOPICS:
        for event in told_on(topic):
            found[event.type] = _message(topic, event)
        if topic.personal:
            found[_component(topic, ERASED)] = _erased(topic)
    return found


def _message(topic: Topic, event: type[Event]) -> Json:
    sample = example_of(event)
    headers = headers_of(topic, event.type, sample["id"], sample["version"])
    summary, _, more = words.of_model(event).partition("\n\n")
    return {
        "name": event.type,
        "title": name_of(event),
        "summary": summary,
        **({"description": more} if more else {}),
        "contentType": CONTENT_TYPE,
        "headers": _headers(topic, event.type),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": _keyed(),
        "examples": [{"headers": headers, "payload": sample}],
        "x-kind": event.kind,
    }


def _erased(topic: Topic) -> Json:
    return {
        "name": ERASED,
        "title": "erased",
        "summary": "The key is to be forgotten: a record without a value.",
        "description": "Every copy of it is emptied; its id and version stay, so that an older"
        " event cannot bring it back.",
        "headers": _headers(topic, ERASED),
        "payload": {"type": "null"},
        "bindings": _keyed(),
        "x-kind": "state",
    }


def _headers(topic: Topic, kind: str) -> Json:
    return {
        "type": "object",
        "allOf": [
            {"$ref": f"#/components/schemas/{ENVELOPE}"},
            {"properties": {"ce_type": {"const": kind}, "ce_source": {"const": source_of(topic)}}},
        ],
    }


def _keyed() -> Json:
    key = {"type": "string", "format": "uuid", "description": "The id of the aggregate."}
    return {"kafka": {"key": key, "bindingVersion": BINDING}}


def _schemas() -> Json:
    found = {ENVELOPE: _envelope()}
    known = _models()
    _refs, raw = models_json_schema(
        [(model, "validation") for model in known.values()],
        ref_template="#/components/schemas/{model}",
    )
    for name, schema in sorted(raw["$defs"].items()):
        said = words.of_fields(known[name])
        found[name] = {
            "type": "object",
            "description": words.of_model(known[name]),
            "required": schema.get("required", []),
            "properties": {
                field: _described(one, said[field]) for field, one in schema["properties"].items()
            },
        }
    return found


def _envelope() -> Json:
    return {
        "type": "object",
        "description": " ".join((Envelope.__doc__ or "").split()),
        "required": [name for name in HEADERS if name not in OPTIONAL],
        "properties": {name: {"type": "string"} | about for name, about in HEADERS.items()},
    }


def _models() -> dict[str, type[BaseModel]]:
    """Return every event and value by its name. Raises ValueError for two of one name."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[type[BaseModel]] = list(EVENTS.values())
    while waiting:
        model = waiting.pop()
        if found.setdefault(model.__name__, model) is not model:
            raise ValueError(f"two contracts are called {model.__name__}")
        waiting += [one for one in _within(model) if one.__name__ not in found]
    return found


def _within(model: type[BaseModel]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        one = waiting.pop()
        waiting += getattr(one, "__args__", ())
        if isinstance(one, type) and issubclass(one, BaseModel):
            found.append(one)
    return found


def _described(schema: Json, said: str) -> Json:
    # Beside a reference other words are ignored in this dialect of JSON Schema.
    plain = {key: value for key, value in schema.items() if key != "title"}
    if "$ref" in plain:
        plain = {"allOf": [{"$ref": plain.pop("$ref")}], **plain}
    return {"description": said, **plain}
