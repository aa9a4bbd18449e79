"""One machine with systemd: the handbook's block, typed line by line into a root of its own.

What would change this machine has the folder as its root: Python and the release, the user, the
databases' passwords, the units. systemd is not running there, so that nothing is started by it.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.deployed import DEPLOY
from tests.support.needs import missing
from tests.support.postgres import Server

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

ROOT = DEPLOY.parent
BLOCK = re.compile(r"^```sh install\n(python3 -m venv.*?)^```$", re.DOTALL | re.MULTILINE)
PLACES = re.compile(r"(?<![\w/])/(?=(?:opt|etc|var)/)")
"""Where a path of the machine begins."""
DATABASES = ("registry", "consultation", "notifications")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Path:
    """A root in which the block was typed, from a copy of what git knows of."""
    if os.geteuid() != 0 or not shutil.which("systemctl") or not shutil.which("useradd"):
        missing("installing needs root, useradd and systemctl")
    folder = tmp_path_factory.mktemp("machine")
    source, root = folder / "source", folder / "root"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    for name in ("etc/systemd/system", "opt", "var/lib"):
        (root / name).mkdir(parents=True)
    for name in ("passwd", "group", "shadow", "gshadow"):
        (root / "etc" / name).touch()
    environment = os.environ | {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres_server.port),
        "PGUSER": "postgres",
        "PREFIX": "machine",
    }
    [block] = BLOCK.findall((ROOT / "docs" / "operations.md").read_text("utf-8"))
    for line in block.splitlines():
        words = there(shlex.split(line), root)
        if words:
            done = subprocess.run(
                ["bash", "-c", " ".join(words)],
                cwd=source,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            unreached = re.search("(?i)connection|timed out|name resolution", done.stderr)
            if done.returncode and "pip" in line and unreached:
                missing("installing takes packages, and where pip looks for them is not reached")
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    yield root
    for name in DATABASES:
        url = variables(root / "etc/roundtable" / f"{name}.env")[f"{name.upper()}_DATABASE_URL"]
        postgres_server.drop(url)


def there(words: list[str], root: Path) -> list[str]:
    """Return a line's words for a machine whose root is a folder, nothing for what runs there."""
    if words[:2] == ["systemctl", "daemon-reload"]:
        return []
    if words[0] == "systemctl":
        return [f"--root={root}" if one == "--now" else one for one in words]
    placed = [PLACES.sub(f"{root}/", one) for one in words]
    if words[0] == "useradd":
        return ["useradd", "--prefix", str(root), *words[1:]]
    if words[0] == "install":
        groups = dict(
            line.split(":")[::2] for line in (root / "etc/group").read_text().splitlines()
        )
        return [groups.get(one, one) for one in placed]
    return placed


def variables(file: Path) -> dict[str, str]:
    """What a file of environment says."""
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in pairs}


def test_the_release_runs_from_where_it_was_put(machine: Path) -> None:
    program = machine / "opt/roundtable/bin/roundtable"
    given = {"PATH": os.environ["PATH"]}
    for name in DATABASES:
        given |= variables(machine / "etc/roundtable" / f"{name}.env")
    done = subprocess.run(
        [program, "migrate", *DATABASES, "--help"],
        cwd=machine,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    checked = subprocess.run(
        [program, "check"], cwd=machine, env=given, capture_output=True, text=True, check=False
    )
    assert checked.returncode != 0
    assert "KAFKA_SERVERS" in checked.stdout + checked.stderr


def test_what_is_secret_is_for_the_group_and_its_files_for_root(machine: Path) -> None:
    folder = machine / "etc/roundtable"
    assert folder.stat().st_mode & 0o777 == 0o750
    assert folder.stat().st_gid == int(
        next(
            line.split(":")[2]
            for line in (machine / "etc/group").read_text().splitlines()
            if line.startswith("roundtable:")
        )
    )
    assert {one.stat().st_mode & 0o077 for one in folder.iterdir()} == {0}
    passwd = (machine / "etc/passwd").read_text()
    assert re.search(r"^roundtable:.*:/var/lib/roundtable:/usr/sbin/nologin$", passwd, re.MULTILINE)


def test_the_target_starts_with_the_machine(machine: Path) -> None:
    units = machine / "etc/systemd/system"
    assert (units / "multi-user.target.wants" / "roundtable.target").is_symlink()
    assert {one.name for one in units.glob("roundtable*")} == {
        one.name for one in (DEPLOY / "systemd").glob("roundtable*")
    }
