"""The portal as a browser meets it: everything running with its threads behind a loopback port."""

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.chromium import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from services.demo.stage import Stage

PATIENCE = 30.0
"""Seconds that the portal may take to answer."""


@dataclass
class Running:
    """A portal behind an address, with a call in every phase and few partners."""

    address: str
    stage: "Stage"
    french: str
    places: dict[str, str]

    @contextmanager
    def page(
        self,
        browser: "Browser",
        email: str = "",
        *,
        width: int = 1280,
        script: bool = True,
        language: str = "en",
    ) -> Iterator["Page"]:
        """Open an empty page of a fresh browser, in which somebody is signed in."""
        context = browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            locale=language,
            reduced_motion="reduce",
        )
        if email:
            self._sign_in(context, email)
        try:
            yield context.new_page()
        finally:
            context.close()

    def _sign_in(self, context: "BrowserContext", email: str) -> None:
        from services.registry.accounts.actions import sessions  # noqa: PLC0415
        from services.registry.accounts.models import Person  # noqa: PLC0415
        from shared.security.tokens import COOKIE, SESSION_COOKIE  # noqa: PLC0415

        with self.stage.everything.service("registry").room.work() as work:
            opened = sessions.start(work, work.get(Person, email=email))
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.address, "httpOnly": True}
                for name, value in ((COOKIE, opened.token), (SESSION_COOKIE, opened.secret))
            ]
        )


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The portal with the demo's seeds, an organisation or two a category, served for real."""
    need()
    # Here, so that runs without browser tests load none of it.
    from services.demo.stage import Stage  # noqa: PLC0415
    from services.everything import build  # noqa: PLC0415
    from shared.clock import ShiftedClock  # noqa: PLC0415
    from shared.mail.mailers import Captured  # noqa: PLC0415

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    mailer, clock = Captured(), ShiftedClock()
    folder = tmp_path_factory.mktemp("running") / "portal"
    everything = build(folder, mailer, clock, address, durable=False)
    everything.prepare()
    try:
        stage = Stage(everything, mailer, clock, lambda: None)
        portal = Running(address, stage, _seed(stage), _places(stage))
        with served(everything.application(), port):
            yield portal
    finally:
        everything.close()


@contextmanager
def served(application: Any, port: int) -> Iterator[None]:
    """Answer at a loopback port from a thread."""
    import uvicorn  # noqa: PLC0415

    from shared.web.server import OPTIONS  # noqa: PLC0415

    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, **OPTIONS))
    thread = threading.Thread(target=server.run, name="uvicorn")
    thread.start()
    try:
        until = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < until, "the portal did not start"
            time.sleep(0.05)
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def _seed(stage: "Stage") -> str:
    """Seed little of everything; return the address of a French partner that has not answered."""
    from services.demo.seeds import names, partners, play  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patch:
        cast = play.first(stage, lambda _: None)
        assert cast is not None
        few = {category: rows[:1] for category, rows in names.PARTNERS.items()}
        patch.setattr(partners, "PARTNERS", few)
        patch.setattr(partners, "OTHERS", names.OTHERS[:3])
        failed: list[object] = []
        patch.setattr(
            play.log,
            "exception",
            lambda *told: failed.append((told, traceback.format_exc()[-600:])),
        )
        play.rest(stage, cast)
        assert failed == [], failed
        newcomer = {"stakeholder": (("Union des quartiers", "SEN", "fr"),)}
        patch.setattr(partners, "PARTNERS", newcomer)
        partners.seed_verified(cast, cast.staff["officer"])
    stage.everything.settle()
    return cast.partners[-1].actor.email


def _places(stage: "Stage") -> dict[str, str]:
    """Return codes of calls, of two answers of the city and of an event set aside."""
    from sqlalchemy import select  # noqa: PLC0415

    from services.consultation.calls.models import Call  # noqa: PLC0415
    from services.consultation.submissions.models import Submission  # noqa: PLC0415
    from shared.known.models import KnownOrganisation  # noqa: PLC0415
    from tests.support.parked import park  # noqa: PLC0415

    with stage.everything.service("consultation").room.view() as view:
        codes = view.session.scalars(select(Call.code).order_by(Call.code)).all()
        calls = dict(
            zip(("open", "in_review", "extended", "reported", "analysed"), codes, strict=True)
        )
        found = view.session.execute(
            select(Call.code, Submission.code)
            .join(Call, Call.id == Submission.call_id)
            .join(KnownOrganisation, KnownOrganisation.id == Submission.organisation_id)
            .where(KnownOrganisation.country == "JOR")
        ).all()
        cities = {row[0]: row[1] for row in found}
    letter = park(stage.everything.service("notifications").room)
    return calls | {
        "sent": cities[calls["analysed"]],
        "told": cities[calls["reported"]],
        "letter": letter,
    }
