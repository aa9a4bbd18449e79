"""What files of deploy/ name: commands, variables, addresses; each must exist."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
import yaml

from services.__main__ import app
from shared.i18n import LANGUAGES
from shared.web import site

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = ("registry", "consultation", "notifications")
Misread: type[Exception] = typer.BadParameter.__mro__[1]
"""What the command line raises for words that it does not know."""
WEB = dict(zip(SERVICES, ("8101", "8102", "8103"), strict=True))
WORK = dict(zip(SERVICES, ("8111", "8112", "8113"), strict=True))


def parsed(words: Sequence[str]) -> dict[str, Any]:
    """Read the words of a `roundtable` command as it does. Raises Misread."""
    command: Any = typer.main.get_command(app)
    words = list(words)
    while hasattr(command, "commands"):
        name = words.pop(0)
        if name not in command.commands:
            raise Misread(f"no command {name}")
        command = command.commands[name]
    context = command.make_context(str(command.name), words)
    return {"command": command.name, **context.params}


def documents(path: Path) -> list[Any]:
    """Return the documents of a YAML file, with what its anchors merge."""
    return [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one is not None]


def addresses() -> Iterator[tuple[str, str]]:
    """Return addresses of every kind with the service that answers there."""
    prefixes = [prefix for owned in site.OWNERS.values() for prefix in owned]
    for prefix in prefixes:
        for below in ("", "/x", "/x/y"):
            path = prefix.rstrip("/") + below or "/"
            owner = site.owner_of(path)
            if prefix.startswith(site.WITHOUT_LANGUAGE):
                yield path, owner
                continue
            for language in LANGUAGES:
                yield f"/{language}{path}", owner
        # Begins alike and is another word.
        if prefix not in ("/", "/.well-known"):
            yield f"/en{prefix}ish", site.owner_of(f"{prefix}ish")
    for service in SERVICES:
        yield f"/health/{service}", service
        yield f"/files/{service}/x", service
        yield f"/en/staff/operations/{service}", service


def words_of(line: str) -> list[str]:
    """Return the words of `ExecStart=`, without the program."""
    return re.sub(r"^ExecStart=\S+\s+", "", line).split()
