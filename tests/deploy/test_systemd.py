"""The units for one machine: as systemd reads them, and naming only what there is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.deployed import DEPLOY, SERVICES, parsed, words_of
from tests.support.needs import missing
from tests.support.variables import known

FOLDER = DEPLOY / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/opt/roundtable/bin/roundtable"
GIVEN = {"roundtable-web@.service": SERVICES, "roundtable-work@.service": SERVICES}


def verified(folder: Path) -> str:
    """What systemd has to say of the units, with the program where there is one."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        missing("systemd-analyze is not installed: its units are not verified")
    units = [
        name.replace("@.", f"@{SERVICES[0]}.")
        for name in ("roundtable.target", *(path.name for path in UNITS))
    ]
    done = subprocess.run(
        [tool, "verify", "--man=no", "--recursive-errors=no", *(folder / one for one in units)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "\n".join(line for line in done.stderr.splitlines() if "roundtable" in line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program = tmp_path / "roundtable"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    for path in FOLDER.iterdir():
        text = path.read_text("utf-8").replace(PROGRAM, str(program))
        (tmp_path / path.name).write_text(text, "utf-8")
    return tmp_path


def test_systemd_reads_them(folder: Path) -> None:
    assert verified(folder) == ""


def test_what_it_does_not_know_is_noticed(folder: Path) -> None:
    unit = folder / "roundtable-web@.service"
    unit.write_text(unit.read_text("utf-8") + "ProtectEverything=yes\n", "utf-8")
    assert "ProtectEverything" in verified(folder)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_command_and_variable_that_they_name_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    [line] = re.findall(r"^ExecStart=.*$", text, re.MULTILINE)
    assert line.split()[0] == f"ExecStart={PROGRAM}"
    for service in GIVEN.get(path.name, ("",)):
        words = [word.replace("%i", service) for word in words_of(line)]
        assert parsed(words)["command"] == words[0]
    named = set(re.findall(r"^Environment=(\w+)=", text, re.MULTILINE))
    named |= set(re.findall(r"\b[A-Z]+_MIGRATION_DATABASE_URL\b", text))
    assert named <= known()
    assert not re.search(r"PASSWORD|^Environment=\w+_URL", text, re.MULTILINE)


def test_the_target_wants_every_process_and_they_one_migration() -> None:
    wanted = set(re.findall(r"roundtable-\S+", (FOLDER / "roundtable.target").read_text("utf-8")))
    assert wanted == {
        f"roundtable-{role}@{one}.service" for role in ("web", "work") for one in SERVICES
    }
    for name in GIVEN:
        assert "Requires=roundtable-migrate.service" in (FOLDER / name).read_text("utf-8")


def test_they_are_shut_in_alike() -> None:
    def protection(path: Path) -> list[str]:
        return [
            line
            for line in path.read_text("utf-8").splitlines()
            if re.match(r"(Protect|Private|Restrict|SystemCall|Capability|NoNew|User=|UMask)", line)
        ]

    first, *others = map(protection, UNITS)
    assert len(first) > 15
    assert all(one == first for one in others)
