"""Personal data: every column and topic that holds it is declared, with what erasing does to it."""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import JSON, Column, LargeBinary, MetaData, String, Table

from shared.contracts import consultation, registry
from shared.contracts.topics import TOPICS
from shared.security.personal import Fate, Held

if TYPE_CHECKING:
    from shared.contracts.envelope import Event
    from tests.support.portal import Portal

WORDS = (String, LargeBinary, JSON)
SERVICES = ("registry", "consultation", "notifications")
SOUNDS_PERSONAL = re.compile(
    r"(^|_)(name|e?mail|address|agent|phone|birth|gender|signature|note|comment|people|to)(_|$)"
)


def declared(service: str) -> tuple[Held, ...]:
    lines: tuple[Held, ...] = import_module(f"services.{service}.personal").PERSONAL
    return lines


def tables(portal: "Portal", service: str) -> dict[str, Any]:
    return {
        table.name: table
        for metadata in portal.everything.service(service).metadata
        for table in metadata.sorted_tables
    }


def sounding(found: dict[str, Any]) -> set[str]:
    """Columns that can hold words and are called as if the words were a person's."""
    return {
        f"{table.name}.{column.name}"
        for table in found.values()
        for column in table.columns
        if SOUNDS_PERSONAL.search(column.name) and isinstance(column.type, WORDS)
    }


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_declared_exists(portal: "Portal", service: str) -> None:
    found = tables(portal, service)
    for line in declared(service):
        missing = set(line.columns) - set(found[line.table].columns.keys())
        assert not missing, f"{service}: {line.table} has no {missing}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_column_that_sounds_personal_is_declared(portal: "Portal", service: str) -> None:
    found = tables(portal, service)
    lines = {f"{line.table}.{column}" for line in declared(service) for column in line.columns}
    about = {line.table for line in declared(service)}
    undeclared = sounding(found) - lines
    undeclared |= {
        name for name, table in found.items() if "person_id" in table.columns and name not in about
    }
    assert not undeclared, f"say in services/{service}/personal.py what erasing does to these"


def test_an_undeclared_column_is_noticed() -> None:
    new = Table("visit", MetaData(), Column("visitor_name", String), Column("code", String))
    assert sounding({"visit": new}) == {"visit.visitor_name"}


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_kept_or_passes_says_why(service: str) -> None:
    for line in declared(service):
        assert line.why or line.fate in (Fate.EMPTIED, Fate.DELETED), line


PERSONAL_FIELD = re.compile(r"(^|_)(e?mail|zone|phone|staff_roles|person_name)(_|$)")


@pytest.mark.parametrize("event", [*registry.EVENTS, *consultation.EVENTS], ids=lambda e: e.type)
def test_personal_data_travels_on_declared_topics_only(event: "type[Event]") -> None:
    fields = {name for name in event.model_fields if PERSONAL_FIELD.search(name)}
    assert event.topic.personal or not fields, f"{event.type} carries {fields}"


def test_a_topic_with_personal_data_forgets_what_was_erased() -> None:
    for topic in TOPICS:
        if topic.personal:
            assert topic.compacted
            assert topic.tombstone_retention
            assert topic.max_compaction_lag
    assert [topic.name for topic in TOPICS if topic.personal] == ["registry.people"]
