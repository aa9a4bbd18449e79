"""Every command of the operator's handbook is run, on a copy of a seeded portal."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from sqlalchemy import select
from typer.main import get_command
from typer.testing import CliRunner

from services.__main__ import app
from shared import ids
from shared.database import dead_letters
from shared.database.dead_letters import DeadLetterRow, Failure
from shared.messaging.consumer import letter_of
from tests.support.logbook import read
from tests.support.needs import free_port
from tests.support.seeded import opened

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "docs" / "operations.md"
BLOCK = re.compile(r"^```sh( production| install)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
"""What is marked acts on servers, or on a machine or cluster: its words are checked here. Blocks of
`production` are run in tests/production, those of `install` as far as one can in tests/deploy."""
INLINE = re.compile(r"`(roundtable [^`\n]+)`")
FENCED = re.compile(r"^```(\S*.*)$", re.MULTILINE)
INDENTED = re.compile(r"^    \S.*$", re.MULTILINE)
SERVING = ("serve", "demo", "web", "work")
PATIENCE = 60.0


def blocks(text: str) -> list[tuple[bool, list[str]]]:
    """Blocks of commands: whether they are run elsewhere, and their lines."""
    return [
        (bool(found[1]), [one for one in found[2].replace("\\\n", " ").splitlines() if one])
        for found in BLOCK.finditer(text)
    ]


def mentioned(text: str) -> list[str]:
    """Commands in the middle of sentences and tables, each once."""
    return list(dict.fromkeys(INLINE.findall(text)))


def faults(words: list[str]) -> Iterator[str]:
    """What the command does not know of its words."""
    at: Any = get_command(app)
    rest = words[1:]
    while rest and hasattr(at, "commands"):
        found = at.commands.get(rest[0])
        if found is None:
            yield f"there is no {rest[0]}"
            return
        at, rest = found, rest[1:]
    options = {one for made in at.params for one in (*made.opts, *made.secondary_opts)}
    yield from (f"no {one}" for one in rest if one.startswith("--") and one not in options)


def takes_folder(words: list[str]) -> bool:
    return not list(faults([*words, "--folder"]))


@dataclass
class Desk:
    """An operator at a portal's folder; what they type is run in order."""

    folder: Path
    scratch: Path
    backup: Path | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    log: str = ""

    def type(self, line: str) -> None:
        """Run one line as it stands in the handbook."""
        words = shlex.split(line)
        if words[0] == "roundtable":
            self._roundtable(words[1:])
        elif words[0] == "make":
            self._run(["make", "-n", *words[1:]], ROOT)
        elif words[0] == "grep":
            (self.scratch / "portal.log").write_text(self.log)
            trace = next(one["trace"] for one in read(self.log) if one["trace"])
            self._run(shlex.split(re.sub("[0-9a-f]{32}", str(trace), line)), self.scratch)
        else:
            raise AssertionError(f"nothing here runs {words[0]}")

    def _roundtable(self, words: list[str]) -> None:
        if words[0] == "backup":
            self.backup = self.scratch / f"backup-{next(self.numbers)}"
        if words[0] == "restore":
            self.folder = self.scratch / f"fresh-{next(self.numbers)}"
        here = {"FOLDER": str(self.folder), "BACKUP": str(self.backup), "SERVICE": "consultation"}
        if "CODE" in words:
            here["CODE"] = self._parked(words[2])
        given = [here.get(one, one) for one in words]
        if words[0] == "serve":
            self._serve(given)
            return
        if "--folder" not in given and takes_folder(["roundtable", *words]):
            given += ["--folder", str(self.folder)]
        if words[:2] == ["events", "follow"]:
            self._follow(given)
            return
        done = CliRunner().invoke(app, given)
        assert done.exit_code == 0, f"{words}: {done.output}{done.exception or ''}"

    def _parked(self, service: str) -> str:
        """Set an event aside, one that can be handled, and return its code."""
        with opened(self.folder) as portal:
            record = next(portal.everything.bus.read("registry.organisations"))
            letter = replace(letter_of(record), event_id=ids.new())
            now = datetime.now(UTC)
            with portal.work(service) as work:
                failure = Failure(RuntimeError("it was too early"), 3, now, now)
                dead_letters.park(work.session, service, letter, failure)
                key = work.session.scalars(
                    select(DeadLetterRow.id).order_by(DeadLetterRow.id.desc()).limit(1)
                ).one()
        return ids.spelled(key)

    def _follow(self, words: list[str]) -> None:
        """Begin what does not end by itself, and end it as an operator does."""
        process = subprocess.Popen(  # noqa: S603 - the product itself
            [sys.executable, "-m", "services", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        ended = process.poll()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=PATIENCE)[0]
        assert ended is None, said
        assert process.returncode == 0, said

    def _serve(self, words: list[str]) -> None:
        port = free_port()
        process = subprocess.Popen(  # noqa: S603 - the product itself
            [sys.executable, "-m", "services", *words, "--port", str(port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self._ask(port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            self.log = process.communicate(timeout=PATIENCE)[1]
        # Whatever the process wrote is lines as the handbook says, also of a request that is none.
        assert {"request", "Invalid HTTP request received."} <= {
            str(one["event"]) for one in read(self.log)
        }

    def _ask(self, port: int, process: "subprocess.Popen[str]") -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/en/sign-in", timeout=30) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert process.poll() is None, "the portal ended"
                assert time.monotonic() < until, "the portal did not start"
                time.sleep(0.1)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"NOT HTTP\r\n\r\n")
            connection.recv(100)

    def _run(self, words: list[str], folder: Path) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.scratch)}
        done = subprocess.run(  # noqa: S603 - what the handbook says
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


@pytest.fixture
def desk(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in [one for one in os.environ if one.endswith(("_DATABASE_URL", "_URL", "_FILE"))]:
        monkeypatch.delenv(name)
    return Desk(copied, tmp_path)


@pytest.mark.timeout(600)
def test_every_block_is_run_as_it_stands(desk: Desk, seeded: Path, tmp_path: Path) -> None:
    ran = 0
    for number, (elsewhere, lines) in enumerate(blocks(HANDBOOK.read_text("utf-8"))):
        if elsewhere:
            continue
        if any("appoint-administrator" in one for one in lines):
            # It begins with nothing.
            desk.folder = tmp_path / f"empty-{number}"
        elif not (desk.folder / "mail").exists() and not lines[0].startswith("grep"):
            desk.folder = Path(shutil.copytree(seeded, tmp_path / f"portal-{number}"))
        for line in lines:
            desk.type(line)
            ran += 1
    assert ran >= 8


def test_every_command_that_is_mentioned_is_run(desk: Desk) -> None:
    told = [shlex.split(one) for one in mentioned(HANDBOOK.read_text("utf-8"))]
    runs = [one for one in told if one[1] not in SERVING and takes_folder(one)]
    assert len(runs) >= 5
    for words in runs:
        if words[1] in ("backup", "restore") and len(words) == 2:  # a name in a sentence
            continue
        if words[1] == "replay" and "notifications" not in words and "SERVICE" not in words:
            continue
        desk.type(shlex.join(words))


def test_every_word_of_a_command_is_known() -> None:
    text = HANDBOOK.read_text("utf-8")
    lines = [line for _, found in blocks(text) for line in found if line.startswith("roundtable")]
    told = [*lines, *mentioned(text)]
    assert len(told) >= 15
    assert {one: wrong for one in told if (wrong := list(faults(shlex.split(one))))} == {}


def test_commands_stand_in_blocks_that_are_read() -> None:
    text = HANDBOOK.read_text("utf-8")
    kinds = {one for one in FENCED.findall(text) if one}
    assert kinds <= {"sh", "sh production", "sh install"}
    outside = BLOCK.sub("", text)
    assert not [one for one in INDENTED.findall(outside) if not re.match(r" {4,}[-*|\w`(“]", one)]
    assert not re.search(r"^    (roundtable|grep|make|rm|psql) ", outside, re.MULTILINE)


def test_what_does_not_exist_is_found_out(desk: Desk) -> None:
    text = "`roundtable mend --folder FOLDER` and\n```sh\nroundtable retell --loudly\n```\n"
    assert list(faults(shlex.split(mentioned(text)[0]))) == ["there is no mend"]
    [(elsewhere, [line])] = blocks(text)
    assert not elsewhere
    assert list(faults(shlex.split(line))) == ["no --loudly"]
    with pytest.raises(AssertionError, match="No such option"):
        desk.type(line)
    with pytest.raises(AssertionError, match="nothing here runs"):
        desk.type("mend the portal")
