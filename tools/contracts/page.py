"""The reference page of events, for whoever reads or writes them."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from shared.contracts.topics import TOPICS, Topic
from tools.contracts import asyncapi, words
from tools.contracts.known import ERASED, example_of, name_of, readers_of, told_on

Json = dict[str, Any]
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "uuid": "id (UUID)",
    "date-time": "instant (RFC 3339, with its offset)",
    "date": "day",
}
HEAD = """\
# Events

<!-- Written by `make contracts` from shared/contracts; do not edit. -->

What the services tell each other, and what anybody may read from the log. The same for machines:
[`events/asyncapi.json`](events/asyncapi.json) (AsyncAPI 3). How events travel is in
[architecture.md](architecture.md); how to read the log and to replay it, in
[operations.md](operations.md).

A record is one event in the binary content mode of CloudEvents 1.0: its headers are the envelope,
its value is JSON in UTF-8, its key the id of the aggregate as text. What is told of one aggregate
comes in order; a record may come more than once, with the same `ce_id`. A *state* event carries all
that others need, so that an older one may be skipped; a *fact* is always handled. Readers ignore
fields, types and values that they do not know. A field without a default is in every record.
"""


def page() -> str:
    """Return the page as Markdown. Raises Unsaid for a contract without words."""
    schemas = asyncapi.document()["components"]["schemas"]
    shown = {event.__name__ for topic in TOPICS for event in told_on(topic)}
    values = [name for name in schemas if name not in shown and name != asyncapi.ENVELOPE]
    return "\n".join(
        [
            HEAD,
            "## Topics\n",
            *_topics(),
            "\n## Envelope\n",
            *_envelope(schemas[asyncapi.ENVELOPE]),
            *(line for topic in TOPICS for line in _topic(topic, schemas)),
            "\n## Values inside events\n",
            *(line for name in values for line in _value(name, schemas[name])),
        ]
    )


def _topics() -> Iterator[str]:
    yield from _table(
        ("Topic", "Told by", "Heard by", "Partitions", "Kept"),
        (
            (
                f"[`{one.name}`](#{_anchor(one.name)})",
                one.owner,
                ", ".join(one.readers),
                str(one.partitions),
                _kept(one),
            )
            for one in TOPICS
        ),
    )


def _kept(topic: Topic) -> str:
    if not topic.compacted:
        return "for ever" if topic.retention is None else _time(topic.retention)
    said = ["the last record of each key"]
    if topic.max_compaction_lag:
        said.append(f"earlier ones at most {_time(topic.max_compaction_lag)}")
    if topic.tombstone_retention:
        said.append(f"a record without a value {_time(topic.tombstone_retention)}")
    return "; ".join(said)


def _time(span: timedelta) -> str:
    return f"{span // timedelta(days=1)} days"


def _envelope(schema: Json) -> Iterator[str]:
    yield from _table(
        ("Header", "Form", "Meaning"),
        (
            (f"`{name}`", _form(one), one["description"])
            for name, one in schema["properties"].items()
        ),
    )
    optional = ", ".join(f"`{name}`" for name in sorted(asyncapi.OPTIONAL))
    yield f"\nEvery record has all of them but {optional}, which it may have.\n"


def _form(schema: Json) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "pattern" in schema:
        return "digits"
    return _type(schema)


def _topic(topic: Topic, schemas: Json) -> Iterator[str]:
    yield f"\n## {topic.name}\n"
    yield words.of_topic(topic) + "\n"
    for event in told_on(topic):
        heard = ", ".join(readers_of(topic, event.type)) or "nobody yet"
        yield f"### {name_of(event)}\n"
        yield words.of_model(event) + "\n"
        yield f"Type `{event.type}`, a {event.kind}, heard by {heard}.\n"
        yield from _fields(schemas[event.__name__])
        yield from _example(example_of(event))
    if topic.personal:
        heard = ", ".join(readers_of(topic, ERASED))
        yield f"### {ERASED}\n"
        yield (
            "A record without a value: the key is to be forgotten. Type `erased`, heard by"
            f" {heard}. Its version counts like any other, so that an older event that comes"
            " again brings nobody back.\n"
        )


def _value(name: str, schema: Json) -> Iterator[str]:
    yield f"### {name}\n"
    yield schema["description"] + "\n"
    yield from _fields(schema)
    yield ""


def _fields(schema: Json) -> Iterator[str]:
    yield from _table(
        ("Field", "Form", "Meaning"),
        (
            (f"`{name}`", _type(one) + _default(one), one["description"])
            for name, one in schema["properties"].items()
        ),
    )


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{_anchor(name)})"
    if parts := schema.get("anyOf") or schema.get("allOf"):
        return " or ".join(_type(one) for one in parts)
    if schema["type"] == "array":
        return f"list of: {_type(schema['items'])}"
    if schema["type"] == "object":
        return f"by name: {_type(schema['additionalProperties'])}"
    return TYPES[schema["format"] if "format" in schema else schema["type"]]


def _default(schema: Json) -> str:
    return f"; `{json.dumps(schema['default'])}` if left out" if "default" in schema else ""


def _example(sample: Json) -> Iterator[str]:
    yield "\n<details><summary>Example</summary>\n"
    yield f"```json\n{json.dumps(sample, indent=1, ensure_ascii=False)}\n```\n"
    yield "</details>\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    for row in rows:
        yield _row([cell.replace("|", "\\|").replace("\n\n", " ") for cell in row])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _anchor(name: str) -> str:
    return name.lower().replace(".", "")
