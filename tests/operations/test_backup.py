"""A backup taken while people are at it, restored elsewhere, and looked at by the checker."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.__main__ import app
from services.commands import keeping
from services.commands.terminal import Named
from tests.chaos.test_portal import REFERENCE, SENDERS, Scene, differences, rows, scene, settle
from tests.support.seeded import opened

__all__ = ["scene"]
PATIENCE = 60.0
MORE = SENDERS + 3
"""Receipts shown before, and after, the backup; each sender first looks at an old one."""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in words])


def said(done: Result) -> str:
    return " ".join(done.output.split())


def wait_for(scene: Scene, receipts: int) -> None:
    """Wait until so many more receipts were shown."""
    wanted = len(scene.ledger.receipts) + receipts
    until = time.monotonic() + PATIENCE
    while len(scene.ledger.receipts) < wanted:
        assert time.monotonic() < until, f"nobody is at it: {scene.ledger}"
        time.sleep(0.05)


def restored(scene: Scene, backup: Path, folder: Path) -> Scene:
    """Restore a backup into a fresh place, whose people keep the letters that they got before."""
    done = run("restore", backup, "--folder", folder)
    assert done.exit_code == 0, done.output
    shutil.copytree(scene.folder / "mail", folder / "mail")
    again = Scene(folder, scene.port, scene.everybody)
    settle(again)
    return again


def told_of(scene: Scene) -> set[str]:
    """References of answers that somebody was told of."""
    subjects = rows(scene, "notifications", "SELECT subject FROM message WHERE kind = 'received'")
    return {one for (subject,) in subjects for one in REFERENCE.findall(subject)}


def knows_more(scene: Scene) -> Iterator[str]:
    """What a service tells of that the one it learns from does not know."""
    sealed = {one for (one,) in rows(scene, "consultation", "SELECT reference FROM submission")}
    for reference in told_of(scene) - sealed:
        yield f"somebody was told of {reference}, which is not there"


@pytest.mark.chaos
def test_a_backup_of_a_busy_portal_is_restored_and_nobody_is_told_twice(
    scene: Scene, tmp_path: Path
) -> None:
    backup, folder = tmp_path / "backup", tmp_path / "restored"
    scene.serve()
    with scene.people().at_it():
        wait_for(scene, MORE)
        promised = dict(scene.ledger.receipts)
        registered = set(scene.ledger.registered)
        done = run("backup", backup, "--folder", scene.folder)
        assert done.exit_code == 0, done.output
        wait_for(scene, MORE)
    scene.kill()
    settle(scene)
    again = restored(scene, backup, folder)
    again.ledger.receipts, again.ledger.registered = promised, registered
    found = [*differences(again), *knows_more(again)]
    # What was on its way while databases were copied is written down: the other portal told it.
    told = {f"nobody was told of {one}" for one in told_of(scene)}
    assert [one for one in found if one not in told] == []
    # Of what came after the backup nothing is there.
    assert len(rows(again, "consultation", "SELECT id FROM submission")) < len(
        rows(scene, "consultation", "SELECT id FROM submission")
    )


def test_control_upstream_first_is_found_out(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the wrong order, with an answer sent in between, people were told of what is lost."""
    from shared.database import dumps  # noqa: PLC0415 - beside its use

    wrong = (Named.REGISTRY, Named.CONSULTATION, Named.NOTIFICATIONS)
    monkeypatch.setattr(keeping, "DOWNSTREAM_FIRST", wrong)
    dump = dumps.dump
    scene.serve()

    def slow(url: str, to: Path) -> None:
        if "notifications" in url:
            with scene.people().at_it():
                wait_for(scene, MORE)
            scene.kill()
            settle(scene)
        dump(url, to)

    monkeypatch.setattr(dumps, "dump", slow)
    assert run("backup", tmp_path / "backup", "--folder", scene.folder).exit_code == 0
    again = restored(scene, tmp_path / "backup", tmp_path / "restored")
    assert list(knows_more(again))


@pytest.fixture(scope="module")
def kept(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the seeded portal."""
    backup = tmp_path_factory.mktemp("kept") / "backup"
    done = run("backup", backup, "--folder", seeded)
    assert done.exit_code == 0, done.output
    return backup


@pytest.fixture
def backup(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(kept, tmp_path / "backup"))


def test_a_backup_is_read_by_its_owner_alone(kept: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in kept.rglob("*")} == {0}


def test_everything_is_in_it(kept: Path, seeded: Path) -> None:
    manifest = json.loads((kept / "manifest.json").read_text())
    files = {one.relative_to(seeded).as_posix() for one in (seeded / "files").rglob("?" * 64)}
    assert files
    expected = files | {"registry.db", "consultation.db", "notifications.db", "secret"}
    assert set(manifest["files"]) == expected


def damage(backup: Path, name: str) -> None:
    path = backup / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    "name", ["registry.db", "secret", "manifest.json", "files/*/*/*"], ids=lambda one: one[:8]
)
def test_a_damaged_file_is_refused(backup: Path, tmp_path: Path, name: str) -> None:
    path = next(backup.glob(name))
    damage(backup, path.relative_to(backup).as_posix())
    done = run("restore", backup, "--folder", tmp_path / "fresh")
    assert done.exit_code == 2
    assert "damaged" in said(done)
    assert not (tmp_path / "fresh").exists()


def test_an_unfinished_backup_is_refused(backup: Path, tmp_path: Path) -> None:
    (backup / "consultation.db").unlink()
    assert "consultation.db is missing" in said(run("restore", backup, "--folder", tmp_path / "a"))
    (backup / "manifest.json").unlink()
    assert "no finished backup" in said(run("restore", backup, "--folder", tmp_path / "a"))


def test_what_does_not_belong_to_it_is_refused(backup: Path, tmp_path: Path) -> None:
    (backup / "files" / "more").write_text("more")
    assert "no part of the backup" in said(run("restore", backup, "--folder", tmp_path / "a"))


def test_a_backup_of_a_later_release_is_refused(backup: Path, tmp_path: Path) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["migrations"]["registry"] = "9999"
    (backup / "manifest.json").write_text(json.dumps(manifest))
    assert "later release" in said(run("restore", backup, "--folder", tmp_path / "a"))


def test_a_place_in_use_is_left_alone(backup: Path, copied: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in copied.glob("*.db")}
    done = run("restore", backup, "--folder", copied)
    assert done.exit_code == 2
    assert "not empty" in said(done)
    assert {path: path.read_bytes() for path in copied.glob("*.db")} == before
    assert "name a new folder" in said(run("backup", backup, "--folder", copied))
    assert "no database of ours" in said(run("backup", tmp_path / "b", "--folder", tmp_path / "c"))


def test_a_database_that_is_damaged_is_not_backed_up(copied: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copied / "registry.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
    data = bytearray((copied / "registry.db").read_bytes())
    data[8192:65536] = b"\xa5" * (65536 - 8192)
    (copied / "registry.db").write_bytes(bytes(data))
    done = run("backup", tmp_path / "backup", "--folder", copied)
    assert done.exit_code == 2
    assert "registry.db" in said(done)
    assert not (tmp_path / "backup" / "manifest.json").exists()


def test_what_fell_due_after_the_backup_is_written_down_and_not_told(
    kept: Path, tmp_path: Path
) -> None:
    done = run("restore", kept, "--folder", tmp_path / "quiet")
    assert done.exit_code == 0, done.output
    with opened(tmp_path / "quiet") as portal:
        portal.settle()
        assert portal.mail == []


def test_the_form_is_that_of_the_backup(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in Named:
        monkeypatch.setenv(f"{one.upper()}_DATABASE_URL", "postgresql+psycopg://nobody@localhost/x")
    monkeypatch.setenv("SECRET_FILE", str(tmp_path / "secret"))
    done = run("restore", kept)
    assert done.exit_code == 2
    assert "here is the production form" in said(done)
