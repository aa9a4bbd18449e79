"""The command that compares the audit log with its seals, as an operator types it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.__main__ import app
from tests.support.seeded import opened


def verify(*words: object) -> Result:
    return CliRunner().invoke(app, ["audit", "verify", *(str(one) for one in words)])


@pytest.fixture
def sealed(copied: Path) -> Path:
    """The demo's portal, an hour later."""
    with opened(copied) as portal:
        portal.advance(hours=1)
    return copied


def touched(folder: Path, service: str, statement: str) -> None:
    with closing(sqlite3.connect(folder / f"{service}.db")) as database:
        for table in ("audit", "audit_seal"):
            for act in ("update", "delete"):
                database.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
        database.execute(statement)
        database.commit()


def test_a_log_that_nobody_touched(sealed: Path) -> None:
    done = verify("--folder", sealed)
    assert done.exit_code == 0, done.output
    assert re.search(r"registry: [1-9]\d*,?\d* rows as they were sealed, \d+ wait\.", done.output)
    assert "registry: newest digest" in done.output


def test_a_row_that_was_touched_is_named_and_the_others_are_read(sealed: Path) -> None:
    touched(sealed, "consultation", "UPDATE audit SET act = 'call.undo' WHERE number = 7")
    done = verify("--folder", sealed)
    assert done.exit_code == 1
    assert "consultation: Row 7 was changed." in done.output
    assert "notifications: " in done.output


def test_a_digest_that_was_kept_gives_away_a_chain_made_anew(sealed: Path) -> None:
    digest = re.findall(r"newest digest (\w+)", verify("registry", "--folder", sealed).output)[0]
    assert verify("registry", "--digest", digest, "--folder", sealed).exit_code == 0

    touched(sealed, "registry", "DELETE FROM audit_seal")
    touched(sealed, "registry", "DELETE FROM audit WHERE number = 3")
    with opened(sealed) as portal:
        portal.advance(hours=1)
    assert verify("registry", "--folder", sealed).exit_code == 0
    done = verify("registry", "--digest", digest, "--folder", sealed)
    assert done.exit_code == 1
    assert f"The digest {digest} is in no chain" in done.output


def test_where_there_is_no_portal_the_command_stops(tmp_path: Path) -> None:
    done = verify("--folder", tmp_path)
    assert done.exit_code == 2
    assert "there is no registry.db" in " ".join(done.output.split())
