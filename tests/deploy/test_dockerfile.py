"""The Dockerfile: read by a small parser, because no engine runs where it is written."""

import json
import re
from fnmatch import fnmatch

import pytest

from tests.support.deployed import DEPLOY, WEB, WORK

ROOT = DEPLOY.parent
TEXT = (DEPLOY / "Dockerfile").read_text("utf-8")


def instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [tuple(line.split(" ", 1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def _image(rest: str) -> str:
    pinned = re.match(r"[a-z/]+:\d[\w.-]+(?: AS \w+)?$", rest)
    return "" if pinned else "an image without its version, or with an address"


def _copy(rest: str) -> str:
    first, *_ = rest.split()
    if first.startswith("--from="):
        known = f" AS {first.removeprefix('--from=')}\n" in TEXT
        return "" if known else "copies from a stage that there is not"
    if first in (".", "./"):
        return "copies what it does not name"
    missing = [one for one in rest.split()[:-1] if not (ROOT / one).exists()]
    return f"{missing} are not there" if missing else ""


def _run(rest: str) -> str:
    installs = [one for one in re.split("&&", rest) if "pip install" in one]
    pinned = all("--require-hashes" in one or "--no-deps" in one for one in installs)
    return "" if pinned else "installs what is not pinned by hash"


def _env(rest: str) -> str:
    return "holds a secret" if re.search("PASSWORD|SECRET|TOKEN", rest) else ""


def _start(rest: str) -> str:
    return "" if rest.startswith("[") else "a shell stands between the process and its signals"


RULES = {
    "FROM": _image,
    "COPY": _copy,
    "RUN": _run,
    "ENV": _env,
    "ENTRYPOINT": _start,
    "CMD": _start,
    "ADD": lambda _: "copies what it does not name",
}


def faults(text: str) -> set[str]:
    """What a linter would say."""
    steps = instructions(text)
    found = {RULES[word](rest) for word, rest in steps if word in RULES}
    last = max(at for at, (word, _) in enumerate(steps) if word == "FROM")
    users = [rest for word, rest in steps[last:] if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]):
        found.add("the last stage does not run as nobody by number")
    return found - {""}


def test_it_is_built_as_it_should_be() -> None:
    assert faults(TEXT) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("USER 10001:10001\n", ""),
        ("USER 10001:10001", "USER 0:0"),
        ("FROM python:3.11-slim-bookworm AS build", "FROM python AS build"),
        ("COPY services/ services/", "COPY . ."),
        ("COPY services/ services/", "COPY sources/ sources/"),
        ("--from=build", "--from=builder"),
        ("--quiet --require-hashes --requirement requirements/production.txt", "fastapi"),
        ("PYTHONUNBUFFERED=1", "KAFKA_SASL_PASSWORD=x"),
        ('ENTRYPOINT ["roundtable"]', "ENTRYPOINT roundtable"),
    ],
)
def test_what_is_wrong_is_noticed(old: str, new: str) -> None:
    assert old in TEXT
    assert faults(TEXT.replace(old, new)) != set()


def test_it_starts_the_command_on_the_ports_that_there_are() -> None:
    said = dict(instructions(TEXT))
    assert json.loads(said["ENTRYPOINT"]) == ["roundtable"]
    assert said["EXPOSE"].split() == [*WEB.values(), *WORK.values()]


def test_what_it_copies_is_not_left_out_and_nothing_else_is_sent() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert lines[0] == "*"
    sent = [line[1:].rstrip("/") for line in lines if line.startswith("!")]
    copied = {
        source.split("/")[0]
        for word, rest in instructions(TEXT)
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert copied == set(sent)
    assert not any(fnmatch(name, "var*") or name.startswith(".") for name in sent)
