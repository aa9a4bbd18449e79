"""A database of many: every row that a test made copied set-based, until tables are large.

A copy is a world of its own: all ids of one generation are mapped alike, so that rows refer to
each other as the ones that they were copied from. What is unique and no id gets the generation's
number behind it; ids and times are older with each generation, as if it had been there before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Column, Integer, String, Table, UniqueConstraint, Uuid

from shared.database.base import Instant

MANY = 100_000
HEAP = 500
ROOM = 65
"""Rows more that belong to one owner, such as the answers of one call."""


@dataclass(frozen=True)
class Multitude:
    """How tables grow.

    `given` says by SQL what a column holds in a copy: {} is what was there, `g` the generation.
    Tables of `heaped` grow once more with the columns that it names as they were.
    """

    tables: Collection[Table]
    heaped: Mapping[str, Collection[str]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def fill(self, connection: psycopg.Connection) -> None:
        """Copy until every table has `MANY` rows; rules and guards of tables sleep meanwhile."""
        connection.execute("SET session_replication_role = replica")
        for table in self.tables:
            rows = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
            found = connection.execute(rows).fetchone()
            assert found is not None
            assert found[0], f"{table.name} has no row to copy"
            copies = -(-MANY // found[0])
            self._copy(connection, table, (1, copies), found[0])
            if table.name in self.heaped:
                more = (MANY, MANY + HEAP // found[0])
                self._copy(connection, table, more, found[0], self.heaped[table.name])
        connection.execute("SET session_replication_role = origin")
        connection.execute("VACUUM (ANALYZE)")

    def _copy(
        self,
        connection: psycopg.Connection,
        table: Table,
        generations: tuple[int, int],
        rows: int,
        kept: Collection[str] = (),
    ) -> None:
        # What is counted by the database is counted on.
        columns = [one for one in table.columns if one is not table.autoincrement_column]
        statement = sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {values}"
            " FROM (SELECT * FROM {table} ORDER BY ctid LIMIT {rows}) AS old,"
            " generate_series({first}, {last}) AS g"
        ).format(
            table=sql.Identifier(table.name),
            names=sql.SQL(", ").join(sql.Identifier(one.name) for one in columns),
            values=sql.SQL(", ").join(self._value(table, one, kept) for one in columns),
            rows=sql.Literal(rows),
            first=sql.Literal(generations[0]),
            last=sql.Literal(generations[1]),
        )
        connection.execute(statement)

    def _value(self, table: Table, column: Column[Any], kept: Collection[str]) -> sql.Composed:
        pattern = self.given.get(f"{table.name}.{column.name}") or _pattern(table, column, kept)
        trusted: Any = pattern
        return sql.SQL(trusted).format(*[sql.Identifier("old", column.name)] * pattern.count("{}"))


def _pattern(table: Table, column: Column[Any], kept: Collection[str]) -> str:
    """Return what stands in a copy; {} is what stands in the row that is copied."""
    if column.name in kept:
        return "{}"
    if isinstance(column.type, Uuid):
        return "(lpad(to_hex(26214400 - g), 8, '0') || substr(md5({}::text), 9))::uuid"
    if isinstance(column.type, String) and column.name in _unique(table, kept):
        short = (column.type.length or 100) < ROOM
        return f"left(md5({{}} || g), {column.type.length})" if short else "{} || '-' || g"
    if isinstance(column.type, Integer) and column.name in _unique(table, kept):
        return "{} + g * 100"
    if isinstance(column.type, Instant):
        return "{} - g * interval '12 hours'"
    return "{}"


def _unique(table: Table, kept: Collection[str]) -> set[str]:
    """Return the columns of what is unique without an id that is mapped."""
    keys = [list(table.primary_key.columns)]
    keys += [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [list(one.columns) for one in table.indexes if one.unique]
    return {
        one.name
        for key in keys
        if not any(isinstance(one.type, Uuid) and one.name not in kept for one in key)
        for one in key
    }
