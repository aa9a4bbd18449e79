"""All three services in one process: three databases, the embedded event log, one address."""

import fcntl
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from fastapi import APIRouter, FastAPI
from pydantic_settings import BaseSettings

from services.consultation import main as consultation
from services.consultation import settings as consultation_settings
from services.notifications import main as notifications
from services.notifications import settings as notifications_settings
from services.registry import main as registry
from services.registry import settings as registry_settings
from shared import settings
from shared.clock import Clock, SystemClock
from shared.contracts.topics import TOPICS
from shared.database import migrate
from shared.mail.mailers import Mailer
from shared.messaging.bus import Bus
from shared.messaging.embedded import EmbeddedBus
from shared.runtime import Running, Service, application
from shared.settings import WrongSetting
from shared.web import csrf

Build = Callable[[Any, Clock], Service]

LONGEST_WAIT = 60.0
"""Seconds that `settle` waits for events held back."""

BUILDERS: dict[str, tuple[type[BaseSettings], Build]] = {
    "registry": (registry_settings.Settings, registry.build),
    "consultation": (consultation_settings.Settings, consultation.build),
    "notifications": (notifications_settings.Settings, notifications.build),
}


@dataclass
class Everything:
    """The embedded form, wired and not yet started."""

    folder: Path
    bus: Bus
    services: list[Service]
    running: list[Running]
    lock: IO[str]
    extra: list[APIRouter] = field(default_factory=list)

    def application(self, started: Callable[[], None] | None = None) -> FastAPI:
        """Return the one application of all services; its lifespan starts and stops the threads."""
        return application(self.services, self.running, self.extra, started)

    @cached_property
    def application_without_threads(self) -> FastAPI:
        """The application alone; what waits is worked off by `settle`."""
        return application(self.services, (), self.extra)

    def service(self, name: str) -> Service:
        """Return one of the services by name."""
        return next(one for one in self.services if one.name == name)

    def prepare(self) -> None:
        """Let each service make what it needs before its first request (keys, programmes)."""
        for service in self.services:
            if service.prepare is not None:
                with service.room.work() as work:
                    service.prepare(work)

    def settle(self, rounds: int = 200) -> None:
        """Work off everything that waits, without threads, until nothing is left to do.

        An event that waits for the copy which another topic brings is waited for.
        """
        ends = time.monotonic() + LONGEST_WAIT
        while rounds:
            if sum(one.once() for one in self.running):
                rounds -= 1
            elif not any(one.consumer.counters.waiting for one in self.running):
                return
            elif time.monotonic() > ends:
                raise RuntimeError("an event waits for something that does not come")
            else:
                time.sleep(0.02)
        raise RuntimeError("events go round in circles")

    def close(self) -> None:
        """Close databases and log, and let another process have the folder."""
        for service in self.services:
            service.room.database.dispose()
        self.bus.close()
        self.lock.close()


def build(
    folder: Path,
    mailer: Mailer,
    clock: Clock | None = None,
    portal_url: str = "http://127.0.0.1:8000",
    databases: dict[str, str] | None = None,
    names: Sequence[str] = tuple(BUILDERS),
) -> Everything:
    """Wire the embedded form in a folder. Raises WrongSetting when another process has the folder.

    `databases` may name another database URL for a service; by default each has its SQLite file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = _lock(folder)
    csrf.use_secret(_secret(folder))
    urls = {name: f"sqlite:///{folder / name}.db" for name in names} | (databases or {})
    for name, url in urls.items():
        migrate.upgrade(name, url)
    bus = EmbeddedBus(folder / "events.db")
    bus.ensure_topics(TOPICS)
    services = []
    for name in names:
        kind, made = BUILDERS[name]
        given = {
            "database_url": urls[name],
            "files": str(folder / "files" / name),
            "portal_url": portal_url,
        }
        services.append(made(settings.read(kind, **given), clock or SystemClock()))
    running = [Running(service, bus, mailer) for service in services]
    return Everything(folder, bus, services, running, lock)


def _lock(folder: Path) -> IO[str]:
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise WrongSetting(f"Another process is using {folder}. Stop it first.") from error
    return file


def _secret(folder: Path) -> bytes:
    path = folder / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return bytes.fromhex(path.read_text(encoding="ascii"))
