"""An event's form may only change so that old records, and readers of yesterday, still work."""

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tools.snapshots import EVENTS, FOLDER, schema_of, snapshots

KINDS = sorted(EVENTS)
REFUSED = {"discriminator", "oneOf", "exclusiveMinimum", "exclusiveMaximum"}


def closed(schema: Any) -> Any:
    """What a writer emits: every field, and nothing else."""
    return _walk(
        schema, lambda one: {"required": sorted(one["properties"]), "additionalProperties": False}
    )


def opened(schema: Any) -> Any:
    """What a reader takes: fields it does not know are ignored."""
    return _walk(schema, lambda _one: {"additionalProperties": True})


def _walk(schema: Any, change: Any) -> Any:
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


def is_subschema(one: Any, other: Any) -> bool:
    from jsonsubschema import isSubschema  # noqa: PLC0415 - slow to import

    return bool(isSubschema(copy.deepcopy(one), copy.deepcopy(other)))


def parts(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, by its path."""
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


def guarded(schema: Any) -> dict[tuple[str, str], Any]:
    """What jsonsubschema does not see: formats and the names of keys, by path."""
    return {
        (path, word): one[word]
        for path, one in parts(schema)
        for word in ("format", "propertyNames")
        if word in one
    }


def changed_unseen(old: Any, new: Any) -> list[tuple[str, str]]:
    """Paths that both have and whose format or names of keys differ."""
    here, there = guarded(old), guarded(new)
    common = {path for path, _one in parts(old)} & {path for path, _one in parts(new)}
    return sorted(
        where
        for where in here.keys() | there.keys()
        if where[0] in common and here.get(where) != there.get(where)
    )


def frozen(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_is_frozen_as_it_is_today(kind: str) -> None:
    found = snapshots(kind)
    assert found, "python -m tools.snapshots"
    assert frozen(found[-1]) == schema_of(EVENTS[kind]), "python -m tools.snapshots"


def test_no_snapshot_is_left_of_an_event_that_is_gone() -> None:
    # An event that was ever published stays readable: its class stays.
    assert {path.name for path in FOLDER.iterdir()} == set(EVENTS)


@pytest.mark.parametrize("kind", KINDS)
def test_todays_reader_takes_every_earlier_record(kind: str) -> None:
    new = schema_of(EVENTS[kind])
    for path in snapshots(kind):
        old = frozen(path)
        assert is_subschema(closed(old), opened(new)), f"{path} is no longer readable"
        assert not changed_unseen(old, new), path


@pytest.mark.parametrize("kind", KINDS)
def test_yesterdays_reader_takes_todays_records(kind: str) -> None:
    for old, new in pairwise(snapshots(kind)):
        assert is_subschema(closed(frozen(new)), opened(frozen(old))), f"{old} cannot read {new}"


@pytest.mark.parametrize("kind", KINDS)
def test_golden_samples_are_read_by_todays_models(kind: str) -> None:
    for path in FOLDER.joinpath(kind).glob("*.sample.json"):
        sample = path.read_text("utf-8")
        Draft202012Validator(frozen(Path(str(path).replace(".sample.", ".schema.")))).validate(
            json.loads(sample)
        )
        EVENTS[kind].model_validate_json(sample, extra="ignore")
    event = EVENTS[kind].model_validate_json(sample)
    assert json.loads(event.model_dump_json()) == json.loads(sample)


@pytest.mark.parametrize("kind", KINDS)
def test_contracts_use_nothing_that_the_comparison_cannot_judge(kind: str) -> None:
    for path, one in parts(EVENTS[kind].model_json_schema()):
        assert not REFUSED.intersection(one), f"{path}: {one}"
    schema_of(EVENTS[kind])  # raises for a model that contains itself


SMALL = {
    "type": "object",
    "properties": {"at": {"type": "string", "format": "date-time"}, "n": {"type": "integer"}},
    "required": ["at", "n"],
    "additionalProperties": False,
}


def small(**properties: Any) -> dict[str, Any]:
    return SMALL | {"properties": SMALL["properties"] | properties}


def test_the_comparison_refuses_what_breaks_readers() -> None:
    assert is_subschema(closed(SMALL), opened(SMALL))
    assert not is_subschema(closed(SMALL), opened(small(n={"type": "string"})))
    wanted = small(more={"type": "string"}) | {"required": ["at", "n", "more"]}
    assert not is_subschema(closed(SMALL), opened(wanted))
    assert is_subschema(closed(SMALL), opened(small(more={"type": "string"})))


def test_the_second_check_sees_formats_and_names_of_keys() -> None:
    assert changed_unseen(SMALL, small(at={"type": "string", "format": "date"})) == [
        ("/at", "format")
    ]
    assert changed_unseen(SMALL, small(at={"type": "string"})) == [("/at", "format")]
    assert not changed_unseen(SMALL, small(more={"type": "string", "format": "uuid"}))
    one = {"type": "object", "additionalProperties": {"type": "string"}}
    narrowed = one | {"propertyNames": {"pattern": "^[a-z]{2}$"}}
    assert changed_unseen(small(n=one), small(n=narrowed)) == [("/n", "propertyNames")]
