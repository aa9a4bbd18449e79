"""The demo, wired: everything in one process, seeds, personas, and pages that show what happens."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from services.demo import pages
from services.demo.permissions import PERMISSIONS
from services.demo.seeds import play
from services.demo.stage import Stage, process_again, saved_clock
from services.everything import build, refuse_if_used
from services.registry.accounts.queries import identity
from shared.i18n import N_
from shared.mail.mailers import Captured
from shared.settings import WrongSetting
from shared.web.dispatch import PagesOf
from shared.web.site import Entry
from shared.work import Room

Say = Callable[[str], None]


class Backstage:
    """What the edge needs for the demo's own pages: registry's people, the demo's permissions."""

    name = "demo"

    def __init__(self, registry: Room) -> None:
        self.room = Room(
            "demo",
            registry.database,
            PERMISSIONS,
            registry.files,
            registry.settings,
            registry.clock,
        )
        self.identity = identity


def build_demo(folder: Path, portal_url: str, say: Say) -> FastAPI:
    """Wire the demo in a folder, seed what the first page needs, and return the application.

    Raises WrongSetting for a folder that is not the demo's own.
    """
    _own(folder)
    mailer = Captured(folder / "mail")
    clock = saved_clock(folder)
    say("Making the databases")
    everything = build(folder, mailer, clock, portal_url, durable=False)
    everything.prepare()
    stage = Stage(everything, mailer, clock, process_again)
    cast = play.first(stage, say)
    backstage = Backstage(everything.service("registry").room)
    everything.extra.append(PagesOf(backstage, [pages.pages]))

    def begin() -> None:
        threading.Thread(target=play.rest, args=(stage, cast), name="seeds", daemon=True).start()

    app = everything.application(begin)
    app.state.stage = stage
    app.state.ways_back = (Entry(N_("The demo"), "demo.index"),)
    return app


def _own(folder: Path) -> None:
    marked = folder / "demo"
    if (folder / "reset").exists() or (marked.exists() and not (folder / play.SEEDED).exists()):
        # Asked to begin anew, or stopped before everything was seeded.
        refuse_if_used(folder)
        shutil.rmtree(folder)
    if folder.exists() and any(folder.iterdir()) and not marked.exists():
        raise WrongSetting(f"{folder} is not a demo's folder; the demo touches no other data.")
    folder.mkdir(parents=True, exist_ok=True)
    marked.touch()
