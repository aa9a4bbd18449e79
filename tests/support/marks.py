"""A mark in each field that holds something personal, to see who ever reads it.

Which fields there are, `services/*/personal.py` says. Marked are the rows of one person and one
organisation, and what staff say, in a copy of the peopled portal.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import JSON, Enum, String, Table, or_, select, true, update

from shared.security.personal import Held
from tests.support.bench import SERVICES

if TYPE_CHECKING:
    from tests.support.portal import Portal

BEGINS = "magpie-"
NO_WORDS = frozenset({"language", "zone", "topic", "pace", "secret", "path", "role"})
"""Codes, which are none of the reader's words, and addresses that must stay what they are."""


def fields(portal: "Portal") -> Iterator[tuple[str, Table, str]]:
    """Return service, table and column of every personal field that holds words."""
    for service in SERVICES:
        tables = {
            table.name: table
            for metadata in portal.everything.service(service).metadata
            for table in metadata.sorted_tables
        }
        declared: tuple[Held, ...] = import_module(f"services.{service}.personal").PERSONAL
        for line in declared:
            for name in line.columns:
                kind = tables[line.table].columns[name].type
                words = isinstance(kind, String) and not isinstance(kind, Enum | JSON)
                if words and name not in NO_WORDS and line.table != "job":
                    yield service, tables[line.table], name


def mark(portal: "Portal", person: UUID, email: str, organisation: UUID) -> dict[str, int]:
    """Put a text of its own into each field; returns in how many rows each stands.

    Codes and addresses by which rows are found again stay as they are.
    """
    found = {}
    for service, table, name in list(fields(portal)):
        text = f"{BEGINS}{service}-{table.name}-{name}".replace("_", "-")
        with portal.work(service) as work:
            rows = _rows(table, person, email, organisation)
            value: Any = f"{text}@marks.example" if "email" in name else text
            done = work.session.execute(update(table).where(rows).values({name: value}))
            found[text] = int(done.rowcount)
    return found


def _rows(table: Table, person: UUID, email: str, organisation: UUID) -> Any:
    """Return the condition of rows about the person or the organisation; all where it has none."""
    columns = table.c
    if table.name in ("person", "known_person"):
        return columns.id == person
    if table.name in ("organisation", "known_organisation"):
        return columns.id == organisation
    about = []
    if "person_id" in columns:
        about.append(columns.person_id == person)
    if "organisation_id" in columns:
        about.append(columns.organisation_id == organisation)
    if "submission_id" in columns:
        submission = next(iter(columns.submission_id.foreign_keys)).column.table
        theirs = select(submission.c.id).where(submission.c.organisation_id == organisation)
        about.append(columns.submission_id.in_(theirs))
    if table.name == "mail":
        # What was marked before is theirs still.
        about.append((columns.to == email) | columns.to.startswith(BEGINS))
    return or_(*about) if about else true()
