"""Whether an event's form changed so that old records, and readers of yesterday, still work.

Backward: today's reader takes every record that was ever written, so today's form is compared with
every snapshot. Forward: yesterday's reader, still running while the first new process tells, takes
today's records, so each snapshot is compared with the next. What cannot be borne is a new event
(`….v2`), told beside the old one for a while.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

Schema = Any
OPEN_ENDED = ("enum", "const")
ALTERNATIVE = re.compile(r"/anyOf(/\d+)?")
UNJUDGED = frozenset({"discriminator", "oneOf", "exclusiveMinimum", "exclusiveMaximum"})
"""Words that it cannot judge; contracts do not use them."""


def faults(kind: str, frozen: Sequence[Schema], today: Schema) -> list[str]:
    """Return what is wrong with an event's form, one sentence each; frozen ones oldest first."""
    if not frozen:
        return [f"{kind} was never frozen"]
    found = [f"{kind} is not frozen as it is today"] if frozen[-1] != today else []
    for number, old in enumerate(frozen, 1):
        found += [f"{kind}: {why} {number:03d}" for why in unreadable(old, today)]
    for number, (old, new) in enumerate(pairwise([*frozen, today]), 1):
        if old != new:
            found += [f"{kind}: {why} {number:03d}" for why in lost(old, new)]
    return found


def unreadable(old: Schema, new: Schema) -> list[str]:
    """Return why a reader of the new form does not take every record of the old one.

    The comparison of schemas is blind to formats and to the names of keys: these may not change.
    """
    found = (
        [] if _is_within(closed(old), opened(new)) else ["today's reader cannot read records of"]
    )
    found += [f"{word} of {path} differs from" for path, word in changed_unseen(old, new)]
    return found


def lost(old: Schema, new: Schema) -> list[str]:
    """Return why a reader of the old form does not take, or misses in, records of the new one."""
    gone = sorted(_fields(old) - _fields(new))
    found = [f"{path} is missing to readers of" for path in gone]
    if not _is_within(closed(new), open_ended(opened(old))):
        found.append("today's records cannot be read by readers of")
    return found


def gone(frozen: set[str], today: set[str]) -> list[str]:
    """Return the events that were frozen and are no more: renamed or removed."""
    return [f"{kind} is gone; records of it are in the log" for kind in sorted(frozen - today)]


def closed(schema: Schema) -> Schema:
    """Return what a writer emits: every field, and nothing else."""
    return _walk(
        schema, lambda one: {"required": sorted(one["properties"]), "additionalProperties": False}
    )


def opened(schema: Schema) -> Schema:
    """Return what a reader takes: fields it does not know are ignored."""
    return _walk(schema, lambda _one: {"additionalProperties": True})


def open_ended(schema: Schema) -> Schema:
    """Return a schema without lists of values: a reader skips and counts a value it knows not."""
    if isinstance(schema, list):
        return [open_ended(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: open_ended(one) for name, one in value.items()}
        if key == "properties"
        else open_ended(value)
        for key, value in schema.items()
        if key not in OPEN_ENDED
    }


def changed_unseen(old: Schema, new: Schema) -> list[tuple[str, str]]:
    """Return (path, word) of formats and names of keys that differ where both have the path.

    Alternatives share one path, so that an id in place of text is seen beside null as well.
    """
    here, there = _guarded(old), _guarded(new)
    return sorted(where for where in here.keys() & there.keys() if here[where] != there[where])


def _guarded(schema: Schema) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for path, one in parts(schema):
        place = ALTERNATIVE.sub("", path)
        if one.get("type") == "string":
            found.setdefault((place, "format"), set()).add(one.get("format", "any text"))
        elif one.get("type") == "object" and "properties" not in one:
            names = [one.get("propertyNames", {}), sorted(one.get("patternProperties", {}))]
            found.setdefault((place, "names of keys"), set()).add(json.dumps(names, sort_keys=True))
    return found


def unjudged(schema: Schema) -> list[str]:
    """Return the paths of what the comparison could not judge."""
    return [path for path, one in parts(schema) if UNJUDGED.intersection(one)]


def parts(schema: Schema, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema inside a schema, by its path."""
    if isinstance(schema, list):
        for number, one in enumerate(schema):
            yield from parts(one, f"{path}/{number}")
    elif isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key == "properties":
                for name, one in value.items():
                    yield from parts(one, f"{path}/{name}")
            else:
                yield from parts(value, f"{path}/{key}")


def read(path: Path) -> Schema:
    """Return a frozen schema."""
    return json.loads(path.read_text("utf-8"))


def _fields(schema: Schema) -> set[str]:
    return {f"{path}/{name}" for path, one in parts(schema) for name in one.get("properties", ())}


def _walk(schema: Schema, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Schema:
    if isinstance(schema, list):
        return [_walk(one, change) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: {name: _walk(one, change) for name, one in value.items()}
        if key == "properties"
        else _walk(value, change)
        for key, value in schema.items()
    }
    return found | change(found) if "properties" in found else found


def _is_within(one: Schema, other: Schema) -> bool:
    from jsonsubschema import isSubschema  # noqa: PLC0415 - slow to import

    return bool(isSubschema(copy.deepcopy(one), copy.deepcopy(other)))
