"""An event's form may only change so that old records, and readers of yesterday, still work."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tools import compatibility
from tools.compatibility import read
from tools.snapshots import EVENTS, FOLDER, schema_of, snapshots

KINDS = sorted(EVENTS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_is_frozen_and_compatible_with_all_that_was(kind: str) -> None:
    frozen = [read(path) for path in snapshots(kind)]
    assert not compatibility.faults(kind, frozen, schema_of(EVENTS[kind])), "make contracts"


def test_an_event_that_was_ever_told_stays() -> None:
    assert not compatibility.gone({path.name for path in FOLDER.iterdir()}, set(EVENTS))


@pytest.mark.parametrize("kind", KINDS)
def test_golden_samples_are_read_by_todays_models(kind: str) -> None:
    for path in sorted(FOLDER.joinpath(kind).glob("*.sample.json")):
        sample = path.read_text("utf-8")
        Draft202012Validator(read(Path(str(path).replace(".sample.", ".schema.")))).validate(
            json.loads(sample)
        )
        EVENTS[kind].model_validate_json(sample, extra="ignore")
    event = EVENTS[kind].model_validate_json(sample)
    assert json.loads(event.model_dump_json()) == json.loads(sample)


@pytest.mark.parametrize("kind", KINDS)
def test_contracts_use_nothing_that_the_comparison_cannot_judge(kind: str) -> None:
    raw: Any = EVENTS[kind].model_json_schema()
    assert not compatibility.unjudged(raw)
    schema_of(EVENTS[kind])  # raises for a model that contains itself
