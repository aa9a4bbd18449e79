"""The stage of the demo: the running portal, its captured mail, its clock, its seeding."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from fastapi import Request
from sqlalchemy import select

from services.demo.personas import Persona
from services.everything import Everything
from services.registry.accounts.actions import sessions
from services.registry.accounts.models import Person
from shared.clock import ShiftedClock
from shared.contracts.topics import Topic
from shared.errors import NotFound
from shared.mail.mailers import Captured
from shared.messaging.bus import Kept
from shared.work import Actor

STEP = timedelta(hours=6)
"""Portal time advances in such steps, so that due rows run in order and near their time."""


@dataclass
class Stage:
    """What the demo's pages act on."""

    everything: Everything
    mailer: Captured
    clock: ShiftedClock
    restart: Callable[[], None] | None = None
    """How to begin anew; nothing where that is not the demo's to do."""
    done: int = 0
    todo: int = 0
    what: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def folder(self) -> Path:
        """Where everything is kept."""
        return self.everything.folder

    def progress(self) -> dict[str, int | str] | None:
        """How far the seeding is, None when it is over."""
        if self.done >= self.todo:
            return None
        return {"done": self.done, "todo": self.todo, "what": self.what}

    def sign_in(self, persona: Persona) -> sessions.Opened:
        """Open a session for a persona. Raises NotFound while they are not seeded yet."""
        room = self.everything.service("registry").room
        with room.work() as work:
            person = work.session.scalars(
                select(Person).where(Person.email == persona.email)
            ).one_or_none()
            if person is None:
                raise NotFound
            return sessions.start(work, person)

    def messages(self) -> list[EmailMessage]:
        """Everything that would have been mailed, oldest first."""
        return self.mailer.messages

    def newest(self, topic: Topic, at_most: int) -> list[Kept]:
        """Return the newest records of a topic."""
        bus = self.everything.bus
        ends = bus.lag("demo", [topic.name])
        return list(
            bus.read(topic.name, {one.partition: max(0, one.end - at_most) for one in ends})
        )

    def advance(self, by: timedelta) -> None:
        """Move portal time forward in steps; the threads run what falls due in between."""
        with self.lock:
            while by > timedelta():
                step = min(STEP, by)
                self.clock.advance(step)
                by -= step
                for one in self.everything.running:
                    one.timer.once()
            self.save()

    def catch_up(self, patience: float = 180.0) -> None:
        """Return when every service has heard everything; the threads work it off, if they run.

        Raises TimeoutError when they do not within `patience` seconds.
        """
        if not any(one.is_running for one in self.everything.running):
            self.everything.settle()
            return
        until = time.monotonic() + patience
        while any(one.is_behind() for one in self.everything.running):
            if time.monotonic() > until:
                raise TimeoutError("the services are still behind")
            time.sleep(0.05)

    def save(self) -> None:
        """Keep the clock's shift over a restart."""
        (self.folder / "clock.json").write_text(
            json.dumps({"shift_seconds": self.clock.shift.total_seconds()}), encoding="utf-8"
        )

    def reset(self) -> None:
        """Begin anew in a fresh folder, in a new process image. Raises NotFound."""
        if self.restart is None:
            raise NotFound
        (self.folder / "reset").touch()
        threading.Timer(0.5, self.restart).start()


def saved_clock(folder: Path) -> ShiftedClock:
    """Return the clock as it was when the demo was last stopped."""
    path = folder / "clock.json"
    if not path.exists():
        return ShiftedClock()
    return ShiftedClock(timedelta(seconds=json.loads(path.read_text())["shift_seconds"]))


def process_again() -> None:
    """Replace this process by a fresh one of the same command."""
    os.execv("/proc/self/exe", _command())  # noqa: S606 - our own command line


def _command() -> list[str]:
    return Path("/proc/self/cmdline").read_bytes().decode().rstrip("\0").split("\0")


def stage_of(request: Request) -> Stage:
    """Return the stage of the running demo."""
    stage: Stage = request.app.state.stage
    return stage


def actor_of(person: Person, **given: Any) -> Actor:
    """Return a person as an actor for the seeds, with memberships given by hand."""
    return Actor(
        person=person.id,
        name=person.name,
        language=person.language,
        zone=person.zone,
        email=person.email or "",
        staff_roles=frozenset(person.staff_roles),
        **given,
    )
