"""What is published of the contracts: complete, valid, and what the code says today."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft7Validator, FormatChecker

from services.consultation.analysis.rules import Disposition
from services.consultation.calls.rules import State as CallState
from services.consultation.calls.rules import WindowKind
from services.consultation.publication.rules import DECIDED
from services.consultation.submissions.rules import State as SubmissionState
from services.registry.accounts.rules import MemberRole, StaffRole
from services.registry.organisations.rules import State as OrganisationState
from shared.contracts import consultation, registry, topics
from shared.contracts.audience import Audience
from shared.contracts.envelope import Contract, Envelope
from shared.messaging.kafka import configuration
from shared.vocabulary import vocabulary
from tools.contracts import asyncapi, words
from tools.contracts.__main__ import DOCS, stale
from tools.contracts.page import page
from tools.snapshots import EVENTS, sample_of

OFFICIAL = Path(__file__).parent / "asyncapi" / "3.0.0.json"
KINDS = sorted(EVENTS)


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    return Draft7Validator(json.loads(OFFICIAL.read_text("utf-8")), format_checker=FormatChecker())


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "events" / "asyncapi.json").read_text("utf-8"))
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from references(one)
    elif isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for one in part.values():
            yield from references(one)


def at(document: Any, reference: str) -> Any:
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


def test_what_is_published_is_what_the_code_says_today() -> None:
    assert not stale(), "make contracts"


def test_what_is_stale_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "of_topic", lambda _topic: "Something else.")
    assert [path.name for path in stale()] == ["events.md", "asyncapi.json"]


def test_the_document_meets_the_official_schema(
    document: dict[str, Any], official: Draft7Validator
) -> None:
    assert [error.message for error in official.iter_errors(document)] == []


def without_action(document: dict[str, Any]) -> None:
    del document["operations"]["registry-tells-registry.people"]["action"]


def with_a_word_unknown(document: dict[str, Any]) -> None:
    document["channels"]["registry.people"]["owner"] = "registry"


def with_a_binding_misspelt(document: dict[str, Any]) -> None:
    binding = document["channels"]["registry.people"]["bindings"]["kafka"]
    binding["partitions"] = "six"


def with_a_type_unknown(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Text"]["properties"]["text"]["type"] = "words"


@pytest.mark.parametrize(
    "spoil",
    [without_action, with_a_word_unknown, with_a_binding_misspelt, with_a_type_unknown],
    ids=lambda one: one.__name__,
)
def test_a_document_that_does_not_meet_it_is_refused(
    document: dict[str, Any], official: Draft7Validator, spoil: Callable[[dict[str, Any]], None]
) -> None:
    spoilt = copy.deepcopy(document)
    spoil(spoilt)
    assert list(official.iter_errors(spoilt))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(references(document))
    assert len(found) > len(EVENTS)
    for reference in found:
        at(document, reference)


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_a_record_that_the_document_allows(
    document: dict[str, Any], kind: str
) -> None:
    message = document["components"]["messages"][kind]
    for example in message["examples"]:
        headers = [(name, value.encode()) for name, value in example["headers"].items()]
        envelope = Envelope.of(headers)
        assert sorted(envelope.headers()) == sorted(headers)
        assert envelope.subject == example["payload"]["id"]
        for part in ("headers", "payload"):
            wanted = {"allOf": [message[part]], "components": document["components"]}
            judge = Draft7Validator(wanted, format_checker=FormatChecker())
            assert [error.message for error in judge.iter_errors(example[part])] == []
            # An example that lacks what is required is refused: the references were followed.
            assert list(judge.iter_errors({}))


def test_the_headers_described_are_the_headers_written() -> None:
    told = registry.SessionEnded.model_validate_json(
        json.dumps(sample_of(registry.SessionEnded.model_json_schema()))
    )
    envelope = Envelope(
        id=told.id,
        type=told.type,
        source="/roundtable/registry",
        subject=str(told.id),
        time=told.ended_at,
        aggregateversion=told.version,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    assert {name for name, _value in envelope.headers()} == set(asyncapi.HEADERS)


def test_topics_are_described_as_they_are_made(document: dict[str, Any]) -> None:
    for topic in topics.TOPICS:
        kafka = document["channels"][topic.name]["bindings"]["kafka"]
        assert kafka["partitions"] == topic.partitions
        said = kafka["topicConfiguration"] | {
            "cleanup.policy": ",".join(kafka["topicConfiguration"]["cleanup.policy"])
        }
        assert {name: str(value) for name, value in said.items()} == configuration(topic)


def test_every_event_of_every_topic_has_a_place_on_the_page() -> None:
    said = page()
    for kind in EVENTS:
        assert said.count(f"Type `{kind}`, ") == 1
    anchors = {
        title.lower().replace(".", "") for title in re.findall(r"^#+ (.+)$", said, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", said)) <= anchors


def test_a_field_without_words_is_missed() -> None:
    class Silent(Contract):
        """A contract that says nothing of its field."""

        field: UUID

    with pytest.raises(words.Unsaid):
        words.of_fields(Silent)


VALUES: list[tuple[type[Any], str, Any]] = [
    (Audience, "categories", vocabulary.codes("category")),
    (Audience, "tiers", vocabulary.codes("tier")),
    (Audience, "regions", vocabulary.regions()),
    (registry.Membership, "roles", MemberRole),
    (registry.Organisation, "category", vocabulary.codes("category")),
    (registry.Organisation, "tier", vocabulary.codes("tier")),
    (registry.Organisation, "regions", vocabulary.regions()),
    (registry.Organisation, "state", OrganisationState),
    (registry.PersonChanged, "staff_roles", StaffRole),
    (consultation.Window, "kind", WindowKind),
    (consultation.Call, "state", CallState),
    (consultation.Submission, "state", SubmissionState),
    (consultation.SubmissionPublished, "publication", DECIDED),
    (consultation.PointReply, "disposition", Disposition),
]


@pytest.mark.parametrize(
    ("contract", "field", "values"), VALUES, ids=[f"{one.__name__}.{at}" for one, at, _ in VALUES]
)
def test_values_are_named_as_the_services_know_them(
    contract: type[Any], field: str, values: Any
) -> None:
    assert set(re.findall(r"`(\w+)`", words.of_fields(contract)[field])) == set(values)
