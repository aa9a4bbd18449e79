"""All three services in one process: three databases, the embedded event log, one address."""

import fcntl
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from fastapi import FastAPI
from pydantic_settings import BaseSettings
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from services import apart
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
from shared.database.session import hasty
from shared.mail.mailers import Mailer
from shared.messaging.bus import Bus, Place
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.replay import Replayed, replay
from shared.messaging.retell import retell
from shared.runtime import Running, Service, application
from shared.security.secret import secrets_in
from shared.settings import WrongSetting
from shared.web import csrf
from shared.web.dispatch import PagesOf
from shared.web.gate import Network

log = logging.getLogger(__name__)

Build = Callable[[Any, Clock], Service]

Say = Callable[[str, int], None]
MANY = 1_000_000
"""Rounds of settling when a whole log is told again."""
NEVER = datetime.max.replace(tzinfo=UTC)

LONGEST_WAIT = 60.0
"""Seconds that `settle` waits for events held back."""

BUILDERS: dict[str, tuple[type[BaseSettings], Build]] = {
    "registry": (registry_settings.Settings, registry.build),
    "consultation": (consultation_settings.Settings, consultation.build),
    "notifications": (notifications_settings.Settings, notifications.build),
}


@dataclass
class Everything:
    """All services in this process, wired and not yet started."""

    bus: Bus
    services: list[Service]
    running: list[Running]
    folder: Path = Path()
    lock: IO[str] | None = None
    extra: list[PagesOf] = field(default_factory=list)

    def application(
        self, started: Callable[[], None] | None = None, proxies: Sequence[Network] = ()
    ) -> FastAPI:
        """Return the one application of all services; its lifespan starts and stops the threads."""
        return application(self.services, self.running, self.extra, started, proxies)

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
            service.prepared()

    def settle(self, rounds: int = 200, *, mail: bool = True) -> None:
        """Work off everything that waits, without threads, until nothing is left to do.

        An event that waits for the copy which another topic brings is waited for. Without `mail`
        what is written stays for the portal to send.
        """
        ends = time.monotonic() + LONGEST_WAIT
        while rounds:
            if sum(one.once(mail=mail) for one in self.running):
                rounds -= 1
            elif not self._waits():
                return
            elif time.monotonic() > ends:
                raise RuntimeError("an event waits for something that does not come")
            else:
                time.sleep(0.02)
        raise RuntimeError("events go round in circles")

    def _waits(self) -> bool:
        if any(one.consumer.counters.waiting for one in self.running):
            return True
        # What a broker has is fetched in the background: nothing in hand is not yet nothing to do.
        return not isinstance(self.bus, EmbeddedBus) and any(
            one.is_behind() for one in self.running
        )

    def retell(
        self, names: Sequence[str] = tuple(BUILDERS), say: Say = print, *, alone: bool = False
    ) -> None:
        """Have services tell everything again, in the order in which they build on each other.

        Each hears what the one before has told before it tells. `alone`: nobody else works.
        """
        for name in names:
            service = self.service(name)
            heard = lambda what, n: say(f"{name}: {what}", n)  # noqa: B023, E731 - called at once
            retell(service.room.work, service.retell, heard, alone=alone)
            self.settle(MANY, mail=False)

    def start_again(self, *, quiet: bool, say: Say = print) -> None:
        """Begin with databases that were restored and an empty log.

        `quiet`: nobody is told of what fell due since they were backed up, or comes of telling
        again; for each it is written down why not.
        """
        self.prepare()
        if quiet:
            self.hush()
        self.retell(say=say, alone=True)

    def replay(
        self,
        name: str,
        topics: Sequence[str],
        start: Place = "start",
        end: Place = "end",
        *,
        force: bool = False,
        say: Say = print,
    ) -> Replayed:
        """Hand a stretch of the log to one service again, then let what comes of it happen."""
        running = next(one for one in self.running if one.service.name == name)
        topics = [one.name for one in TOPICS if one.name in topics]
        done = replay(
            self.bus,
            running.consumer,
            topics,
            start,
            end,
            force=force,
            say=lambda topic, done: say(topic, done.handled + done.known),
        )
        self.settle(MANY, mail=False)
        return done

    def hush(self) -> None:
        """Write down whom events would be told to from now on, and tell nobody."""
        self.service("notifications").room.settings.notify_from = NEVER

    def close(self) -> None:
        """Close databases and log, and let another process have the folder."""
        for service in self.services:
            service.room.database.dispose()
        for one in self.running:
            one.consumer.stop()
        self.bus.close()
        if self.lock is not None:
            self.lock.close()


def build(
    folder: Path,
    mailer: Mailer,
    clock: Clock | None = None,
    portal_url: str = "http://127.0.0.1:8000",
    databases: dict[str, str] | None = None,
    names: Sequence[str] = tuple(BUILDERS),
    *,
    durable: bool = True,
) -> Everything:
    """Wire the embedded form in a folder. Raises WrongSetting when another process has the folder.

    `databases` may name another database URL for a service; by default each has its SQLite file.
    What is not `durable` may not outlive a power cut: for the demo and for tests.
    """
    # Before anything is touched: a wrong setting leaves no half-made portal.
    read = {name: _settings(name, folder, portal_url, databases or {}) for name in names}
    lock = _lock(folder)
    try:
        csrf.use_secrets(settings.checked("--folder", folder / "secret", secrets_in))
        for given in read.values():
            _migrate(given)
    except BaseException:
        lock.close()
        raise
    if not durable:
        for given in read.values():
            given.database_url = hasty(given.database_url)
    bus = EmbeddedBus(folder / "events.db", durable=durable)
    for one in bus.ensure_topics(TOPICS):
        log.warning("%s See `roundtable migrate`.", one)
    services = [BUILDERS[name][1](read[name], clock or SystemClock()) for name in names]
    running = [Running(service, bus, mailer) for service in services]
    return Everything(bus, services, running, folder, lock)


def build_on_servers(mailer: Mailer) -> Everything:
    """Wire all services in this process on the databases and the log that the environment names.

    For commands that begin a portal again, while none of its processes runs. Raises WrongSetting.
    """
    bus = apart.kafka().bus()
    services = [apart.build(name) for name in BUILDERS]
    running = [Running(service, bus, mailer) for service in services]
    return Everything(bus=bus, services=services, running=running)


def refuse_if_used(folder: Path) -> None:
    """Raise WrongSetting when another process has the folder."""
    _lock(folder).close()


def _settings(name: str, folder: Path, portal_url: str, databases: dict[str, str]) -> Any:
    """Return the settings of a service; what the environment does not say lies in the folder."""
    defaults = {
        "database_url": databases.get(name, f"sqlite:///{folder / name}.db"),
        "files": str(folder / "files" / name),
        "portal_url": portal_url,
    }
    return settings.read(BUILDERS[name][0], defaults)


def _migrate(given: Any) -> None:
    variable = settings.variable(type(given), "database_url")
    try:
        migrate.upgrade(variable.partition("_")[0].lower(), given.database_url)
    except (ArgumentError, NoSuchModuleError, OperationalError, OSError) as error:
        why = str(getattr(error, "orig", error)).splitlines()[0]
        raise WrongSetting(f"{variable}: the database cannot be opened: {why}.") from error


def _lock(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("w")
    except OSError as error:
        raise WrongSetting(f"--folder: {folder} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise WrongSetting(f"Another process is using {folder}. Stop it first.") from error
    return file
