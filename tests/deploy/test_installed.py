"""What is installed: the wheel holds all that the code reads, and serves from a place that nobody
may write, as somebody who owns nothing and has no home.
"""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.needs import free_port

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared")
UNREAD = (".po",)
"""What translators work on; the code reads what is compiled from it."""
NOBODY = 10001
PATIENCE = 60.0
START = "import sys; from services.__main__ import app; sys.argv[0] = 'roundtable'; app()"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from what git knows of."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)),
        ],
        check=True,
        capture_output=True,
    )
    [made] = folder.glob("*.whl")
    return made


def tracked() -> list[str]:
    wanted = [*PACKAGES, "pyproject.toml", "README.md", "LICENSE"]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *wanted],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def test_the_wheel_holds_everything_that_the_code_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        inside = set(file.namelist())
    wanted = {name for name in tracked() if name.startswith(PACKAGES)}
    kinds = {Path(name).suffix for name in wanted}
    assert {".html", ".css", ".js", ".mo", ".json", ".tsv", ".mako", ".md"} <= kinds
    lacking = sorted(name for name in wanted - inside if not name.endswith(UNREAD))
    assert not lacking, "say in pyproject.toml that these are part of the packages"
    assert not any(name.startswith(("tests/", "tools/", "benchmarks/")) for name in inside)


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The wheel unpacked where nobody may write."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    reachable(folder)
    places = [folder, *(one for one in folder.rglob("*") if one.is_dir())]
    for one in places:
        one.chmod(0o555)
    yield folder
    for one in places:
        one.chmod(0o755)


def reachable(folder: Path) -> None:
    """Let others come as far as this folder of the run."""
    for one in (folder, *folder.parents):
        if one.name.startswith("pytest-") or one == folder:
            one.chmod(0o755)


def nobody() -> dict[str, int]:
    """Run as somebody who owns nothing, where this user may do that and Python is for all."""
    if os.geteuid() != 0:
        return {}
    given = {"user": NOBODY, "group": NOBODY}
    try:
        subprocess.run([sys.executable, "-c", "import fastapi"], check=True, cwd="/", **given)
    except (PermissionError, subprocess.CalledProcessError):
        return {}
    return given


def environment(site: Path, **given: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), **given}


def roundtable(site: Path, *words: str, **given: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, *words],
        cwd=site,
        env=environment(site, **given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **nobody(),  # type: ignore[call-overload]
    )


def test_the_command_says_what_it_can_and_what_a_process_lacks(site: Path) -> None:
    with roundtable(site, "--help") as one:
        said, _ = one.communicate(timeout=PATIENCE)
    assert one.returncode == 0, said
    assert "migrate" in said
    with roundtable(site, "web", "registry", "--host", "0.0.0.0", "--port", "8101") as one:  # noqa: S104
        said, _ = one.communicate(timeout=PATIENCE)
    assert one.returncode == 2, said
    assert said.startswith("REGISTRY_DATABASE_URL: ")


def test_it_serves_from_a_place_that_nobody_may_write(site: Path, tmp_path: Path) -> None:
    port, kept = free_port(), tmp_path / "kept"
    kept.mkdir()
    reachable(kept)
    kept.chmod(0o777)
    command = ("serve", "--port", str(port), "--folder", str(kept / "portal"))
    with roundtable(site, *command, TMPDIR=str(kept)) as one:
        try:
            page = awaited(f"http://127.0.0.1:{port}/fr/calls", one)
            style = page.partition('href="/static/')[2].partition('"')[0]
            assert 'lang="fr"' in page
            assert awaited(f"http://127.0.0.1:{port}/static/{style}", one)
        finally:
            one.terminate()
            one.wait(PATIENCE)
    assert (kept / "portal" / "secret").stat().st_mode & 0o777 == 0o600


def awaited(url: str, process: subprocess.Popen[str]) -> str:
    """What an address answers, as soon as it does."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - the loopback address
                return str(answer.read().decode("utf-8"))
        except URLError:
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            assert time.monotonic() < until
            time.sleep(0.05)
