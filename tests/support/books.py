"""What stands in the databases, compared: a refusal leaves no trace, reading writes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Rows = dict[str, list[tuple[Any, ...]]]


class Books:
    """Every table of every database in a portal's folder, looked at from outside."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted(folder.glob("*.db"))
        self._connections = [sqlite3.connect(file) for file in self._files]
        self._kept = self._read()
        self._marks = self._versions()

    def close(self) -> None:
        """Give the files back."""
        for connection in self._connections:
            connection.close()

    def changed(self) -> set[str]:
        """Return the tables that changed since the last look, as `service.table`."""
        marks = self._versions()
        if marks == self._marks:
            return set()
        self._marks, before, self._kept = marks, self._kept, self._read()
        return {name for name, rows in self._kept.items() if rows != before.get(name)}

    def sizes(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return {
            f"{file.stem}.{name}": connection.execute(
                f'SELECT count(*) FROM "{name}"'  # noqa: S608 - a table's own name
            ).fetchone()[0]
            for file, connection in zip(self._files, self._connections, strict=True)
            for name in _tables(connection)
        }

    def _versions(self) -> list[int]:
        """SQLite's own mark of commits by others: cheap enough to ask after every request."""
        return [
            connection.execute("PRAGMA data_version").fetchone()[0]
            for connection in self._connections
        ]

    def _read(self) -> Rows:
        found: Rows = {}
        for file, connection in zip(self._files, self._connections, strict=True):
            for name in _tables(connection):
                rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
                found[f"{file.stem}.{name}"] = sorted(rows, key=repr)
        return found


def _tables(connection: sqlite3.Connection) -> list[str]:
    with closing(connection.cursor()) as cursor:
        rows = cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [str(name) for (name,) in rows]
