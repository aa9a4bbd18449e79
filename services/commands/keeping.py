"""Commands that keep a portal: backing it up while it serves, restoring it into a fresh place."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.forms import is_production
from services.commands.telling import Quiet
from services.commands.terminal import Folder, Named, console, stop
from shared.settings import WrongSetting

if TYPE_CHECKING:
    from services.everything import Everything
    from shared.operations.backup import Place

Backup = Annotated[Path, typer.Argument(help="Folder of the backup.")]

DOWNSTREAM_FIRST = (Named.NOTIFICATIONS, Named.CONSULTATION, Named.REGISTRY)
"""None is to know more than the one that it learns from."""

RESTORING = "roundtable.restore"
"""A group of the log that nobody joins."""


def backup(target: Backup, folder: Folder = Path("var/portal")) -> None:
    """Back up databases, files and secret into a new folder; the portal goes on serving."""
    from shared.database.dumps import DumpFailed
    from shared.operations import backup as backups

    os.umask(0o077)
    try:
        made = backups.take(place(folder), target, _say)
    except (backups.Unfit, DumpFailed, WrongSetting) as error:
        stop(str(error))
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}.")
    size = sum(one.size for one in made.files.values())
    console.print(f"Backed up {len(made.files)} files, {size:,} bytes: {target}", highlight=False)


def restore(source: Backup, folder: Folder = Path("var/portal"), quiet: Quiet = None) -> None:
    """Restore a backup into a fresh place, then tell everything again into the empty log.

    What fell due or was told after the backup is written down and nobody is told of it, because
    the portal that was lost may have told them; with --tell everybody is.
    """
    from shared import logs
    from shared.database.dumps import DumpFailed
    from shared.operations import backup as backups

    logs.configure("warning", machine=False)
    os.umask(0o077)
    try:
        manifest = backups.read(source)
        to = place(folder)
        backups.check_fits(manifest, to)
        _check_log(folder)
        backups.put(source, to, _say)
        everything = _opened(folder)
    except (backups.Unfit, DumpFailed, WrongSetting) as error:
        stop(str(error))
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}.")
    try:
        everything.start_again(quiet=quiet is not False, say=lambda *_: None)
    finally:
        everything.close()
    console.print(f"Restored as of {manifest.began:%Y-%m-%d %H:%M:%S} UTC. Start the portal.")


def place(folder: Path) -> "Place":
    """Return where the portal is, in whichever form. Raises WrongSetting."""
    from shared.operations.backup import Part, Place

    if not is_production():
        parts = [
            Part(one, f"sqlite:///{folder.absolute() / one}.db", folder / "files" / one)
            for one in DOWNSTREAM_FIRST
        ]
        return Place("embedded", parts, folder / "secret")
    from services import apart

    found = []
    for one in DOWNSTREAM_FIRST:
        given = apart.settings_of(one)
        url = given.migration_database_url or given.database_url
        found.append(Part(one, url, Path(given.files)))
    return Place("production", found, Path(apart.surroundings().secret_file))


def _check_log(folder: Path) -> None:
    """Refuse a log with something in it: it would be heard beside what is told again."""
    from shared.contracts.topics import TOPICS
    from shared.messaging.bus import BusAway
    from shared.operations.backup import Unfit

    if not is_production():
        if (folder / "events.db").exists():
            raise Unfit(f"{folder} is not empty. Restore into a fresh place.")
        return
    from services import apart

    bus = apart.kafka().bus()
    try:
        bus.ensure_topics(TOPICS)
        # To a group that has read nothing, everything that there is is news.
        news = bus.lag(RESTORING, [topic.name for topic in TOPICS])
        if held := next((one for one in news if one.behind), None):
            topic = held.partition.topic
            raise Unfit(f"The log holds {topic} already. Restore with an empty broker.")
    except BusAway as error:
        raise Unfit(f"The log cannot be reached: {error}") from error
    finally:
        bus.close()


def _opened(folder: Path) -> "Everything":
    from services.everything import build, build_on_servers
    from shared.mail.mailers import Captured

    return build_on_servers(Captured()) if is_production() else build(folder, Captured())


def _say(what: str) -> None:
    console.print(f"· {what}", style="dim")
