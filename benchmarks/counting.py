"""How many statements a page says to its database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.everything import build
from shared.mail.mailers import Captured


def counted(folder: Path, paths: Sequence[str]) -> dict[str, int]:
    """Return the number of statements by page, the BEGIN of each transaction left out."""
    everything = build(folder, Captured())
    said: list[str] = []

    def listener(*given: Any) -> None:
        if not given[2].startswith("BEGIN"):
            said.append(given[2])

    event.listen(Engine, "before_cursor_execute", listener)
    try:
        client = TestClient(
            everything.application_without_threads, base_url="http://127.0.0.1:8000"
        )
        found = {}
        for path in paths:
            said.clear()
            client.get(path).raise_for_status()
            found[path] = len(said)
        return found
    finally:
        event.remove(Engine, "before_cursor_execute", listener)
        everything.close()
