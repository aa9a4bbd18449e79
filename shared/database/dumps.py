"""Whole databases: copied while they are in use, and put back into empty ones.

SQLite by its own online copy, PostgreSQL by `pg_dump` and `pg_restore`. Each copy is one moment of
the database; writers are not kept waiting.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect, make_url, text

from shared.database import migrate

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version."""


GUARDS = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT DISTINCT g.table_name AS name, g.grantee AS role,
            g.table_name = 'alembic_version' AS ours
        FROM information_schema.role_table_grants AS g
        WHERE g.table_schema = current_schema() AND g.grantee <> current_user
            AND g.grantor = current_user AND (g.table_name = 'alembic_version' OR EXISTS (
                SELECT FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
                JOIN pg_class AS c ON c.oid = t.tgrelid
                WHERE p.proname = 'refuse_change' AND c.relname = g.table_name
                    AND c.relnamespace = CAST(current_schema() AS regnamespace)
            ))
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', found.name, found.role);
        IF found.ours THEN
            EXECUTE format('REVOKE INSERT ON %I FROM %I', found.name, found.role);
        END IF;
    END LOOP;
END $$
"""
"""What `guards.py` says in migrations, for tables that were put back."""


class DumpFailed(Exception):
    """A database could not be copied or put back; the message is for an operator."""


def dump(url: str, to: Path) -> None:
    """Copy a database into a new file. Raises DumpFailed."""
    parsed = make_url(url)
    if _is_file(parsed):
        _copy(Path(parsed.database or ""), to)
    else:
        _run("pg_dump", parsed, "--format=custom", "--no-owner", "--no-acl", f"--file={to}")


def load(url: str, source: Path) -> None:
    """Put a copy into an empty database; all of it or nothing. Raises DumpFailed."""
    parsed = make_url(url)
    if _is_file(parsed):
        path = Path(parsed.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
    else:
        _run(
            "pg_restore",
            parsed,
            "--no-owner",
            "--no-acl",
            "--single-transaction",
            "--exit-on-error",
            source,
        )
        _guard_again(url)


def _guard_again(url: str) -> None:
    """Take from the roles that serve what migrations took: rights are not in a copy."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(GUARDS))
    finally:
        engine.dispose()


def is_empty(url: str) -> bool:
    """Say whether a database holds no table, or is a file that is not there."""
    parsed = make_url(url)
    if _is_file(parsed) and not Path(parsed.database or "").exists():
        return True
    engine = create_engine(url)
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def version(url: str) -> str:
    """Return the number of the migration that a database stands at. Raises DumpFailed."""
    found = migrate.present(url)
    if found is None:
        raise DumpFailed(f"{make_url(url).database}: there is no database of ours.")
    return found


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _copy(path: Path, to: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
            # In one step: what is written meanwhile does not begin it anew.
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise DumpFailed(f"{path.name} could not be copied: {error}.") from error
    if found != "ok":
        raise DumpFailed(f"{path.name} is damaged: {found}.")


def _run(program: str, url: URL, *arguments: object) -> None:
    # The password by the environment: arguments stand in every list of processes.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, arguments of ours
        [_found(program), f"--dbname={_address(url)}", *map(str, arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise DumpFailed(f"{program} of {url.database} failed: {why[0]}")


def _address(url: URL) -> str:
    plain = url.set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False)


def _found(program: str) -> str:
    """Return the path of the newest version: an older one refuses a newer server."""
    versions = sorted(
        (one for one in PROGRAMS.glob(f"*/bin/{program}") if one.parts[-3].isdigit()),
        key=lambda one: int(one.parts[-3]),
    )
    path = str(versions[-1]) if versions else shutil.which(program)
    if path is None:
        raise DumpFailed(f"{program} is missing: install PostgreSQL's client programs.")
    return path
