"""A backup of the three services while people sign in, restored on fresh servers."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine, text

from shared.security.tokens import COOKIE as TOKEN
from tests.support.kafka import Broker
from tests.support.portal import hidden
from tests.support.production import SERVICES, Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(600)]
PATIENCE = 60.0
PEOPLE = "SELECT id, version FROM person"
COPIES = "SELECT id, version FROM known_person"


@dataclass
class Newcomers:
    """People who sign in, one after another, and whom the portal has welcomed."""

    production: Production
    welcomed: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Have people come until the end."""
        thread = threading.Thread(target=self._go_on)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()

    def wait(self, more: int) -> None:
        """Wait until so many more were welcomed."""
        wanted, until = len(self.welcomed) + more, time.monotonic() + PATIENCE
        while len(self.welcomed) < wanted:
            assert time.monotonic() < until, "nobody is welcomed"
            time.sleep(0.05)

    def _go_on(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            address = f"newcomer-{number}@kept.example"
            url = self.production.process("web", "registry").url
            with httpx2.Client(
                base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=PATIENCE
            ) as client:
                self._sign_in(client, address)
            self.welcomed.append(address)

    def _sign_in(self, client: httpx2.Client, address: str) -> None:
        proof = hidden(client.get("/en/sign-in").text, "csrf")
        client.post("/en/sign-in", data={"email": address, "asked": "0", "csrf": proof})
        client.post("/en/sign-in/code", data={"code": self._code(address)})
        assert TOKEN in client.cookies, f"{address} was not let in"

    def _code(self, address: str) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for path in (self.production.folder / "mail").glob("*.eml"):
                found = message_from_bytes(path.read_bytes(), policy=policy.default)
                code = re.search(r"\b(\d{3}) ?(\d{3})\b", str(found["Subject"]))
                if address in str(found["To"]) and code:
                    return code[1] + code[2]
            time.sleep(0.05)
        raise AssertionError(f"no code for {address}")


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """Read a database by itself, without anything of ours."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
    finally:
        engine.dispose()


@pytest.fixture
def fresh(production: Production, tmp_path: Path) -> Iterator[Production]:
    """Empty databases, an empty broker and an empty folder."""
    urls = {name: production.postgres.create() for name in SERVICES}
    broker = Broker(tmp_path / "kafka" / "data")
    broker.folder.parent.mkdir(parents=True)
    broker.start()
    yield replace(production, folder=tmp_path / "fresh", broker=broker, urls=urls, processes=[])
    broker.stop()
    for url in urls.values():
        production.postgres.drop(url)


def test_a_busy_portal_is_backed_up_and_restored_on_fresh_servers(
    production: Production, fresh: Production, tmp_path: Path
) -> None:
    people, backup = Newcomers(production), tmp_path / "backup"
    with people.coming():
        people.wait(3)
        promised = set(people.welcomed)
        production.run("backup", str(backup))
        people.wait(1)
    said = fresh.run("restore", str(backup))
    assert "Start the portal" in said
    known = dict(ask(fresh.urls["registry"], PEOPLE))
    assert promised <= {one for (one,) in ask(fresh.urls["registry"], "SELECT email FROM person")}
    for name in ("consultation", "notifications"):
        assert dict(ask(fresh.urls[name], COPIES)) == known
    for name in SERVICES:
        assert ask(fresh.urls[name], "SELECT type, error FROM dead_letter") == []
        waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        assert ask(fresh.urls[name], waiting) == [(0,)]
    assert ask(fresh.urls["notifications"], "SELECT count(*) FROM mail") == ask(
        production.urls["notifications"], "SELECT count(*) FROM mail"
    )
    # Where something is already, nothing is restored: neither databases nor a log.
    assert "not empty" in fresh.run("restore", str(backup), status=2)
    empty = replace(fresh, urls={name: production.postgres.create() for name in SERVICES})
    said = empty.run("restore", str(backup), status=2)
    assert "empty broker" in said
    for url in empty.urls.values():
        production.postgres.drop(url)
