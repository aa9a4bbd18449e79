"""What PostgreSQL does for a statement: which large tables it reads through, and how much of them.

Statements are caught where they are sent, so that what is explained is what the product says.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine, event

MOST_READ = 10_000
"""Rows of a large table that one step may read; what is shown is never more than a few hundred."""
EXPLAINED = ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")


@dataclass(frozen=True)
class Said:
    """A statement with its parameters, as it was sent."""

    statement: str
    parameters: Any


@contextmanager
def caught(engine: Engine) -> Iterator[list[Said]]:
    """Yield a list that fills with the statements sent meanwhile."""
    found: list[Said] = []

    def note(*given: Any) -> None:
        statement, parameters, many = given[2], given[3], given[5]
        if statement.lstrip().startswith(EXPLAINED):
            found.append(Said(statement, parameters[0] if many else parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def wasteful(
    connection: psycopg.Connection, said: Collection[Said], large: Collection[str]
) -> list[str]:
    """Return what reads a large table from end to end, or more of it than anybody asked for."""
    found = []
    for one in {str(one): one for one in said}.values():
        read = one.statement.lstrip().startswith(("SELECT", "WITH"))
        how = "EXPLAIN (FORMAT JSON, ANALYZE, TIMING OFF) " if read else "EXPLAIN (FORMAT JSON) "
        row = connection.execute((how + one.statement).encode(), one.parameters).fetchone()
        assert row is not None
        found += [f"{what}\n    {one.statement}" for what in _bad(row[0][0]["Plan"], large)]
    return found


def _bad(node: dict[str, Any], large: Collection[str]) -> Iterator[str]:
    table, kind = node.get("Relation Name"), node["Node Type"]
    if table in large and kind != "Index Only Scan":
        said = json.dumps(node.get("Filter", ""))
        if "Actual Rows" not in node and kind == "Seq Scan":
            yield f"{kind} of {table}, {said}"
        rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
        if (read := round(rows * node.get("Actual Loops", 1))) > MOST_READ:
            yield f"{kind} of {table} reads {read} rows, {said}"
    for below in node.get("Plans", ()):
        yield from _bad(below, large)
