"""Freeze the form of every event as JSON Schema, and a golden sample of each.

    python -m tools.snapshots            add the next snapshot of each event whose form changed
    python -m tools.snapshots --afresh   before the first release only: forget what was frozen

Snapshots are numbered within one major version and never edited: `tests/contracts` compares
today's models with every one of them. An incompatible change is a new event (`….v2`).
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from shared.contracts import consultation, registry
from shared.contracts.envelope import Event

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "shared" / "contracts" / "snapshots"
EVENTS: dict[str, type[Event]] = {
    event.type: event for event in (*registry.EVENTS, *consultation.EVENTS)
}
NOISE = ("title", "description", "default", "examples")
SAMPLES: dict[str, Any] = {
    "uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
    "date-time": "2026-03-02T16:00:00Z",
    "date": "2026-03-02",
    "integer": 7,
    "number": 0.5,
    "boolean": True,
}


def schema_of(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of an event, references resolved, words left out."""
    raw = event.model_json_schema()
    plain: dict[str, Any] = _plain(raw, raw.get("$defs", {}), ())
    return plain


def _plain(schema: Any, known: dict[str, Any], seen: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_plain(one, known, seen) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name in seen:
            raise ValueError(f"{name} contains itself; contracts do not")
        return _plain(known[name], known, (*seen, name))
    # A property may be called "title": words are left out beside a type, not among names.
    return {
        key: {name: _plain(one, known, seen) for name, one in value.items()}
        if key == "properties"
        else _plain(value, known, seen)
        for key, value in schema.items()
        if key not in NOISE and key != "$defs"
    }


def sample_of(schema: dict[str, Any], name: str = "") -> Any:
    """Return a sample that a schema allows, the same each time."""
    if "anyOf" in schema:
        return sample_of(next(one for one in schema["anyOf"] if one.get("type") != "null"), name)
    if "const" in schema or "enum" in schema:
        return [schema.get("const"), *schema.get("enum", ())][-1]
    if schema["type"] == "array":
        return [sample_of(schema["items"], name)]
    if schema["type"] == "object":
        known = schema.get("properties") or {"key": schema["additionalProperties"]}
        return {key: sample_of(one, key) for key, one in known.items()}
    kind = schema.get("format", schema["type"])
    return SAMPLES.get(kind, f"a {name.replace('_', ' ')}")


def snapshots(kind: str) -> list[Path]:
    """Return the frozen schemas of an event type, oldest first."""
    return sorted((FOLDER / kind).glob("[0-9]*.schema.json"))


def write(*, afresh: bool = False) -> None:
    """Freeze what changed and say so."""
    if afresh and FOLDER.exists():
        shutil.rmtree(FOLDER)
    for kind, event in EVENTS.items():
        schema = schema_of(event)
        earlier = snapshots(kind)
        if earlier and json.loads(earlier[-1].read_text("utf-8")) == schema:
            continue
        number = len(earlier) + 1
        folder = FOLDER / kind
        folder.mkdir(parents=True, exist_ok=True)
        _dump(folder / f"{number:03d}.schema.json", schema)
        _dump(folder / f"{number:03d}.sample.json", sample_of(schema))
        print(f"{kind}: {number:03d}")


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write(afresh="--afresh" in sys.argv)
