"""A portal in the middle of its life: a call in every phase, a registration in every state.

Seeded once for the whole run by the product's own actions, then copied for each test.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from shared.clock import ShiftedClock
from shared.mail.mailers import Captured
from tests.support.bench import Migrated
from tests.support.peopling import Seeding
from tests.support.portal import Portal
from tests.support.walker import Walker

PROVIDER = {
    "REGISTRY_OIDC_ISSUER": "http://127.0.0.1:9",
    "REGISTRY_OIDC_CLIENT_ID": "roundtable",
    "REGISTRY_OIDC_CLIENT_SECRET": "only-a-test",
}
"""Staff are offered a sign-in that does not answer: its form is there to be walked, too."""


@dataclass
class Peopled:
    """The seeded portal: what to copy, and who has signed in where.

    `cookies` are those of each person's browser, `starts` addresses that no page links to,
    because they are mailed, `canaries` private texts with those who may read them.
    """

    folder: Path
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    starts: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)
    keyed: dict[str, UUID] = field(default_factory=dict)
    canaries: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    @contextmanager
    def copied(self, folder: Path) -> Iterator[Portal]:
        """Open a copy of the portal."""
        from services.everything import build  # noqa: PLC0415

        shutil.copytree(self.folder, folder)
        mailer, clock = Captured(), ShiftedClock()
        with pytest.MonkeyPatch.context() as environment:
            for name, value in PROVIDER.items():
                environment.setenv(name, value)
            everything = build(folder, mailer, clock, portal_url="http://testserver", durable=False)
        try:
            yield Portal(everything, mailer, clock)
        finally:
            everything.close()

    def walker(self, portal: Portal, who: str, language: str = "en") -> Walker:
        """Return somebody in their browser; an empty name is a visitor."""
        walker = Walker(portal, language)
        for name, value in self.cookies.get(who, {}).items():
            walker.client.cookies.set(name, value)
        return walker


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory, migrated: Migrated) -> Peopled:
    """The seeded portal, closed."""
    from services.demo.stage import Stage  # noqa: PLC0415
    from services.everything import build  # noqa: PLC0415

    found = Peopled(tmp_path_factory.mktemp("peopled") / "portal")
    mailer, clock = Captured(), ShiftedClock()
    migrated.into(found.folder)
    everything = build(found.folder, mailer, clock, portal_url="http://testserver", durable=False)
    everything.prepare()
    try:
        Seeding(found, Stage(everything, mailer, clock, lambda: None)).run()
    finally:
        everything.close()
    return found
