"""What commands share: what they say, where they stop, how a portal is served."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from starlette.types import ASGIApp

console = Console()

Port = Annotated[int, typer.Option(help="Port on the loopback address.", min=1, max=65535)]
Folder = Annotated[Path, typer.Option(help="Folder of databases, event log, mail and files.")]


class Named(StrEnum):
    """The services."""

    REGISTRY = "registry"
    CONSULTATION = "consultation"
    NOTIFICATIONS = "notifications"


def stop(sentence: str) -> NoReturn:
    """End the command with a sentence and status 2."""
    console.print(sentence, style="bold red", highlight=False)
    raise typer.Exit(2)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table of plain text, each column as wide as it has to be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def moment(option: str, text: str) -> datetime | None:
    """Return a moment that was typed, None when nothing was; ends the command on anything else."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        stop(f"{option}: write a moment with its zone, such as 2026-03-02T16:00Z.")
    if found.tzinfo is None:
        stop(f"{option}: {text} has no zone; write {text}Z if it is UTC.")
    return found


@contextmanager
def loading() -> Iterator[None]:
    """Load modules without looking for garbage: what they make stays. A sixth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def answer(built: "ASGIApp", port: int, host: str = "127.0.0.1") -> None:
    """Answer requests until the process is told to stop."""
    from shared.web import server

    server.serve(built, host=host, port=port)
