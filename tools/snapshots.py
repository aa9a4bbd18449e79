"""Freeze the form of every event as JSON Schema, and a golden sample of each.

    python -m tools.snapshots            add the next snapshot of each event whose form changed
    python -m tools.snapshots --afresh   before the first release only: forget what was frozen

Snapshots are numbered within one major version and never edited: `tests/contracts` compares
today's models with every one of them (`tools/compatibility.py`). A change that is not compatible
is refused here too: it is a new event (`….v2`).
"""

import hashlib
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.contracts import consultation, registry
from shared.contracts.envelope import Event
from tools.compatibility import faults, read

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "shared" / "contracts" / "snapshots"
EVENTS: dict[str, type[Event]] = {
    event.type: event for event in (*registry.EVENTS, *consultation.EVENTS)
}
NOISE = ("title", "description", "default", "examples")
AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
SAMPLES: dict[str, Any] = {
    "date-time": "2026-03-02T16:00:00Z",
    "date": "2026-03-02",
    "number": 0.5,
    "boolean": True,
}
WORDS = {
    "authentic_language": "en",
    "call_code": "2026-014",
    "category": "stakeholder",
    "categories": "stakeholder",
    "code": "2026-014",
    "constituencies": "women",
    "country": "KEN",
    "countries": "KEN",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "disposition": "accepted_in_part",
    "email": "amina@example.org",
    "ending": "cancelled",
    "interests": "1.2",
    "kid": "2026-03-02",
    "kind": "original",
    "language": "en",
    "languages": "en",
    "name": "Amina Otieno",
    "paragraph": "12",
    "publication": "published",
    "reason": "other_words",
    "reference": "RT-7KQ4-M2XD",
    "regions": "africa",
    "replaces": "RT-3HW9-P6TC",
    "roles": "contact_point",
    "slug": "slum-dwellers-network",
    "staff_roles": "analyst",
    "state": "published",
    "state_reason": "",
    "subject": "programme:neighbourhoods",
    "text": "Streets for everybody",
    "tier": "local",
    "tiers": "local",
    "zone": "Africa/Nairobi",
}
"""What a text of that name may be, so that an example reads like one."""
NUMBERS = {"comments": 3, "parts": 4, "responses": 12, "shares": 6, "version": 7, "waiting": 5}
PLACES = {
    ("organisation", "name"): "Network of Slum Dwellers",
    ("organisation", "state"): "verified",
    ("submission", "code"): "k7wq4m2xdp",
    ("submission", "state"): "submitted",
}
"""The same where the name alone does not say it."""
KEYED = {
    "jwk": {
        "alg": "Ed25519",
        "crv": "Ed25519",
        "kid": "2026-03-02",
        "kty": "OKP",
        "use": "sig",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
}
"""Texts by name, for values whose names a schema does not say."""


class Incompatible(Exception):
    """An event's form changed so that old records or yesterday's readers could not bear it."""


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


def sample_of(schema: dict[str, Any], name: str = "", within: str = "") -> Any:
    """Return a sample that a schema allows for a field of a name, the same each time."""
    if "anyOf" in schema:
        some = next(one for one in schema["anyOf"] if one.get("type") != "null")
        return sample_of(some, name, within)
    if "const" in schema or "enum" in schema:
        return [schema.get("const"), *schema.get("enum", ())][-1]
    if schema["type"] == "array":
        return [sample_of(schema["items"], name, within)]
    if schema["type"] == "object":
        known = schema.get("properties", {})
        return KEYED.get(name) or {key: sample_of(one, key, name) for key, one in known.items()}
    return _value_of(schema.get("format", schema["type"]), name, within)


def _value_of(kind: str, name: str, within: str) -> Any:
    if kind == "uuid":
        return str(_id_called(name))
    if kind == "string":
        return PLACES.get((within, name)) or WORDS.get(name, f"some {name.replace('_', ' ')}")
    if kind == "integer":
        return NUMBERS.get(name, 1)
    return SAMPLES[kind]


def _id_called(name: str) -> UUID:
    """Return the id of a sample: one of version 7, as ours are, the same for the same name."""
    chance = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    when = int(AT.timestamp() * 1000) << 80
    return UUID(
        int=when | 7 << 76 | (chance >> 68 & 0xFFF) << 64 | 2 << 62 | chance & (1 << 62) - 1
    )


def snapshots(kind: str) -> list[Path]:
    """Return the frozen schemas of an event type, oldest first."""
    return sorted((FOLDER / kind).glob("[0-9]*.schema.json"))


def write(*, afresh: bool = False) -> None:
    """Freeze what changed and say so. Raises Incompatible, and then nothing is written."""
    if afresh and FOLDER.exists():
        shutil.rmtree(FOLDER)
    fresh: dict[Path, Any] = {}
    refused: list[str] = []
    for kind, event in EVENTS.items():
        schema = schema_of(event)
        frozen = [read(path) for path in snapshots(kind)]
        if frozen and frozen[-1] == schema:
            continue
        refused += faults(kind, [*frozen, schema], schema)
        stem = FOLDER / kind / f"{len(frozen) + 1:03d}"
        fresh[stem.with_suffix(".schema.json")] = schema
        fresh[stem.with_suffix(".sample.json")] = sample_of(schema)
    if refused:
        raise Incompatible("\n".join(refused))
    for path, value in fresh.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(path.relative_to(FOLDER))


if __name__ == "__main__":
    try:
        write(afresh="--afresh" in sys.argv)
    except Incompatible as error:
        sys.exit(str(error))
