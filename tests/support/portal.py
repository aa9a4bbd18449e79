"""The whole portal in one process, without threads: people, their browsers, mail and the clock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from shared.clock import ShiftedClock
from shared.mail.mailers import Captured

if TYPE_CHECKING:
    from services.everything import Everything
    from tests.support.bench import Migrated


@dataclass
class Portal:
    """Everything, and what a test does with it. Nothing moves until `settle`."""

    everything: "Everything"
    mailer: Captured
    clock: ShiftedClock
    browsers: list[TestClient] = field(default_factory=list)

    def browser(self, language: str = "en") -> TestClient:
        """Return a browser in which nobody is signed in."""
        opened = TestClient(
            self.everything.application_without_threads,
            base_url="http://testserver",
            headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": language},
            follow_redirects=True,
        )
        self.browsers.append(opened)
        return opened

    def settle(self) -> None:
        """Let every event, due row and mail go its way."""
        self.everything.settle()

    def advance(self, **by: float) -> None:
        """Move portal time forward and let what became due happen."""
        self.clock.advance(timedelta(**by))
        self.settle()

    @property
    def mail(self) -> list[Any]:
        """All captured messages, oldest first."""
        return list(self.mailer.messages)

    def mail_to(self, address: str) -> list[Any]:
        """Captured messages to an address."""
        return [message for message in self.mail if address in str(message["To"])]

    def work(self, service: str, *args: Any, **kwargs: Any) -> Any:
        """Open a work in a service."""
        return self.everything.service(service).room.work(*args, **kwargs)

    def view(self, service: str, *args: Any, **kwargs: Any) -> Any:
        """Open a view in a service."""
        return self.everything.service(service).room.view(*args, **kwargs)


def hidden(html: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no hidden field {name}"
    return found.group(1)


def seen(html: str) -> str:
    """Return the words of a page without its markup."""
    return re.sub(r"<[^>]*>", "", html)


@pytest.fixture
def portal(tmp_path: Path, migrated: "Migrated") -> Iterator[Portal]:
    """A fresh portal with nobody in it."""
    # Here, so that tests of one service run without the others.
    from services.everything import build  # noqa: PLC0415

    mailer, clock, folder = Captured(), ShiftedClock(), tmp_path / "portal"
    migrated.into(folder)
    everything = build(folder, mailer, clock, portal_url="http://testserver", durable=False)
    everything.prepare()
    everything.settle()
    yield Portal(everything, mailer, clock)
    everything.close()
