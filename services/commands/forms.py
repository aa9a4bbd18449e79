"""Which form of the portal a command acts on: a folder, or what the environment names."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from services.commands.terminal import Named, stop
from shared.settings import WrongSetting

if TYPE_CHECKING:
    from shared.database.session import Database
    from shared.messaging.bus import Bus
    from shared.runtime import Service


def is_production() -> bool:
    """Say whether the environment names a log or a database server."""
    urls = [os.environ.get(f"{one.upper()}_DATABASE_URL", "") for one in Named]
    return bool(os.environ.get("KAFKA_SERVERS")) or any(
        one.startswith("postgresql") for one in urls
    )


@contextmanager
def opened(service: Named, folder: Path) -> Iterator["Service"]:
    """Open one service without its threads, in whichever form. Raises WrongSetting.

    The embedded form is refused while its folder is in use.
    """
    if is_production():
        from services import apart

        built = apart.build(service)
        try:
            built.prepared()
            yield built
        finally:
            built.room.database.dispose()
    else:
        from services.everything import build
        from shared.mail.mailers import Captured

        everything = build(folder, Captured())
        try:
            everything.prepare()
            yield everything.service(service)
        finally:
            everything.close()


@contextmanager
def read(service: Named, folder: Path) -> Iterator["Database"]:
    """Open a service's database to look at it, in whichever form, served or not.

    Raises WrongSetting.
    """
    from shared.database.session import Database

    if is_production():
        from services import apart

        url = apart.settings_of(service).database_url
    else:
        path = folder.absolute() / f"{service}.db"
        if not path.exists():
            raise WrongSetting(f"--folder: there is no {service}.db in {folder}.")
        url = f"sqlite:///{path}"
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def log_read(folder: Path) -> Iterator["Bus"]:
    """Open the event log to be read, in whichever form, while the portal runs or not.

    What cannot be reached ends the command with a sentence.
    """
    with _log(folder, reading=True) as bus:
        yield bus


@contextmanager
def log_written(folder: Path) -> Iterator["Bus"]:
    """Open the event log to be changed; that of the embedded form only while nobody has it."""
    with _log(folder, reading=False) as bus:
        yield bus


@contextmanager
def _log(folder: Path, *, reading: bool) -> Iterator["Bus"]:
    from shared.messaging.bus import BusAway, TopicUnknown
    from shared.messaging.embedded import BusInUse, EmbeddedBus

    try:
        if is_production():
            from services import apart

            opened_bus: Bus = apart.kafka().bus()
        else:
            opened_bus = EmbeddedBus(folder / "events.db", janitor=False, reading=reading)
        with closing(opened_bus) as bus:
            yield bus
    except WrongSetting as error:
        stop(str(error))
    except BusInUse:
        stop(f"Another process is using {folder}. Stop it first.")
    except BusAway as error:
        stop(f"The event log cannot be reached: {error}")
    except TopicUnknown as error:
        stop(f"The event log has no topic {error}: run `roundtable migrate`.")
