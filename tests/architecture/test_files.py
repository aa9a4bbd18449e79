"""What is kept in the repository: sizes, and nothing of one machine, no address, no secret."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LONGEST = 500
WRITTEN = {".py", ".html", ".css", ".scss", ".mjs", ".txt", ".sh", ".toml", ".yaml", ""}
# Built or drafted by a tool, or data: nobody writes these line by line.
BUILT = re.compile(
    r"shared/web/static/|shared/locale/|shared/contracts/snapshots/|requirements/|LICENSE|"
    r"shared/vocabulary/data/|services/demo/seeds/|services/\w+/migrations/versions/"
)
PINNED = re.compile(
    r"requirements/|.*package(-lock)?\.json|.*pom\.xml|.*Dockerfile|.*compose\.yaml|pyproject\.toml"
)
MACHINE = re.compile(r"(?<![\w/.\-}])/(?:work|root|home|Users|opt/wheels)(?:/|\b(?!\.))")
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("maven", "org"),
            ("debian", "org"),
            ("docker", "io"),
        )
    )
)
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bxox[abp]-\w{10,}|"
    r"://[^/\s:@{}$<>]+:(?!postgres@|password@|PASSWORD]?@|secret@)[^/\s:@{}$<>*]{6,}@|"
    r"\beyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}"
)
SELF = "tests/architecture/test_files.py"


@cache
def tracked() -> dict[str, str]:
    """Text of every tracked file by path."""
    names = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    found = {}
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and name != SELF:
            found[name] = path.read_bytes().decode("utf-8", "replace")
    assert len(found) > 100
    return found


def lines_with(pattern: re.Pattern[str], names: re.Pattern[str] | None = None) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in tracked().items()
        if names is None or names.match(name)
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) < 5000 and pattern.search(line)
    ]


def test_no_file_is_so_long_that_a_noun_hides_in_it() -> None:
    long = {
        name: lines
        for name, text in tracked().items()
        if Path(name).suffix in WRITTEN
        and not BUILT.match(name)
        and (lines := len(text.splitlines())) > LONGEST
    }
    assert not long


def test_no_path_of_one_machine() -> None:
    assert not lines_with(MACHINE)


def test_no_address_of_a_package_registry() -> None:
    assert not lines_with(REGISTRIES)


def test_what_is_pinned_names_no_address() -> None:
    assert not lines_with(re.compile(r"https?://(?!localhost\b|127\.0\.0\.1\b)|\bfile:"), PINNED)


def test_no_secret() -> None:
    assert not lines_with(SECRETS)


def test_every_requirement_has_a_hash() -> None:
    for name, least in (("build", 1), ("base", 31), ("production", 31), ("test", 31)):
        text = tracked()[f"requirements/{name}.txt"]
        pins = re.findall(r"^[a-z0-9][\w.-]*==\S+ \\\n +--hash=sha256:", text, re.MULTILINE)
        assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) >= least


def test_the_narrower_requirements_are_part_of_the_wider() -> None:
    pins = {
        name: set(re.findall(r"^[\w.-]+==\S+", tracked()[f"requirements/{name}.txt"], re.MULTILINE))
        for name in ("base", "production", "test")
    }
    assert pins["base"] < pins["production"] < pins["test"]


def test_the_patterns_catch_what_they_are_for() -> None:
    assert MACHINE.search("see /" + "work/main") and MACHINE.search('"/' + 'root/x"')  # noqa: PT018
    assert not MACHINE.search("consultation/home/index.html")
    assert not MACHINE.search("/staff/work")
    assert REGISTRIES.search("https://" + "registry.npmjs" + ".org/x")
    assert SECRETS.search("postgresql://me:" + "hunter22@db/x")
    assert not SECRETS.search("postgresql+psycopg://postgres@127.0.0.1:5432/x")


def test_what_is_pinned_is_what_pyproject_asks_for() -> None:
    project = tomllib.loads(tracked()["pyproject.toml"])["project"]
    extras = project["optional-dependencies"]
    for name, wanted in (
        ("base", []),
        ("production", [*extras["postgres"], *extras["kafka"]]),
        ("test", [*extras["postgres"], *extras["kafka"], *extras["test"]]),
    ):
        pins = dict(
            re.findall(r"^([\w.-]+)==(\S+)", tracked()[f"requirements/{name}.txt"], re.MULTILINE)
        )
        for one in map(Requirement, [*project["dependencies"], *wanted]):
            assert pins.get(one.name.lower()) in one.specifier, f"{name}.txt: make requirements"
