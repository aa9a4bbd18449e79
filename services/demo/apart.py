"""The demo in the production form: its clock, seeds and pages on processes of their own.

The processes are those of `roundtable web` and `roundtable work`; they share a clock that can be
moved, and the web process of registry has the demo's pages. A folder keeps clock and mail.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from services import apart
from services.demo import pages
from services.demo.main import Backstage
from services.demo.seeds import play
from services.demo.stage import Stage
from services.everything import Everything
from shared.clock import ShiftedClock
from shared.i18n import N_
from shared.mail.mailers import Captured
from shared.runtime import Running, Service
from shared.web.dispatch import PagesOf
from shared.web.site import Entry

PAGES = "registry"
"""Has the demo's pages: it signs people in."""
PREFIX = "/demo"


class SharedClock(ShiftedClock):
    """Portal time of several processes: its shift is kept in the demo's folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / "clock.json"
        self._read_at = 0

    def now(self) -> datetime:
        """Return the machine's time plus the shift that whichever process last wrote."""
        self._read()
        return super().now()

    def advance(self, by: timedelta) -> None:
        """Move portal time forward, for all processes."""
        self._read()
        super().advance(by)
        rising = self._path.with_suffix(f".{os.getpid()}")
        rising.write_text(json.dumps({"shift_seconds": self.shift.total_seconds()}), "utf-8")
        rising.replace(self._path)

    def _read(self) -> None:
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed != self._read_at:
            told = json.loads(self._path.read_text("utf-8"))
            self.shift, self._read_at = timedelta(seconds=told["shift_seconds"]), changed


def seed(folder: Path, say: Callable[[str], None]) -> None:
    """Have invented partners do all that the demo shows; once. Raises WrongSetting."""
    clock, bus, mailer = SharedClock(folder), apart.kafka().bus(), Captured(folder / "mail")
    services = [apart.build(name, clock) for name in apart.NAMES]
    running = [Running(service, bus, mailer) for service in services]
    everything = Everything(bus, services, running, folder)
    for one in running:
        one.start()
    try:
        stage = Stage(everything, mailer, clock)
        play.rest(stage, play.first(stage, say), say)
        stage.catch_up()
    finally:
        for one in running:
            one.stop()
        everything.close()


def web(name: str, folder: Path) -> FastAPI:
    """Return the application that answers for a service, by the demo's clock.

    That of registry has the demo's pages. Raises WrongSetting.
    """
    clock, built = SharedClock(folder), list[Service]()

    def with_pages(service: Service) -> list[PagesOf]:
        built.append(service)
        return [PagesOf(Backstage(service.room), [pages.pages])]

    made = apart.web(name, clock, with_pages if name == PAGES else None)
    if built:
        everything = Everything(apart.kafka().bus(), built, [], folder)
        made.state.stage = Stage(everything, Captured(folder / "mail"), clock)
    made.state.links.add("demo.index", PREFIX)
    made.state.ways_back = (Entry(N_("The demo"), "demo.index"),)
    return made


def work(name: str, folder: Path) -> ASGIApp:
    """Return the worker of a service, by the demo's clock. Raises WrongSetting."""
    return apart.work(name, SharedClock(folder))
