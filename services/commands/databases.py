"""Commands on databases and topics: bringing them to the newest version, the first person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from services.commands.forms import is_production, log_written, opened
from services.commands.terminal import Folder, Named, console, stop
from shared.settings import WrongSetting


def migrate(
    service: Annotated[
        list[Named] | None, typer.Argument(help="Only these services; all by default.")
    ] = None,
    folder: Folder = Path("var/portal"),
    apply_topics: Annotated[
        bool,
        typer.Option(
            "--apply-topics",
            help="Also change topics of the log that differ from their declaration.",
        ),
    ] = False,
) -> None:
    """Bring databases to the newest version, make the log's topics, say which ones differ."""
    from shared.database import migrate as migrations

    chosen = [one for one in Named if one in (service or Named)]
    try:
        if is_production():
            _migrate_apart(chosen)
        else:
            for name in chosen:
                migrations.upgrade(name, f"sqlite:///{folder.absolute() / name}.db")
                console.print(f"{name}: up to date")
        _topics(chosen, folder, apply=apply_topics)
    except WrongSetting as error:
        stop(str(error))


def _migrate_apart(chosen: Sequence[Named]) -> None:
    from services import apart
    from shared.database import migrate as migrations

    for name in chosen:
        given = apart.settings_of(name)
        migrations.upgrade(name, given.migration_database_url or given.database_url)
        console.print(f"{name}: up to date")


def _topics(chosen: Sequence[Named], folder: Path, *, apply: bool) -> None:
    """Make topics that are missing; a difference is said, and taken away only when asked for."""
    from shared.contracts.topics import TOPICS

    with log_written(folder) as bus:
        found = bus.ensure_topics([one for one in TOPICS if one.owner in chosen], apply=apply)
    for one in found:
        done = apply and one.can_be_applied
        console.print(f"{one}{' Changed.' if done else ''}", style="" if done else "bold yellow")
    if any(one.can_be_applied for one in found) and not apply:
        console.print("Nothing was changed: --apply-topics does it.")
    if not found:
        console.print("topics: as they are declared")


def appoint_administrator(
    email: Annotated[str, typer.Argument(help="Address of the first administrator.")],
    folder: Folder = Path("var/portal"),
) -> None:
    """Make the first administrator; they appoint everybody else on the staff page."""
    from services.registry.accounts.actions import people
    from shared.errors import Problem

    try:
        with opened(Named.REGISTRY, folder) as registry, registry.room.work() as work:
            people.appoint_first_administrator(work, email)
    except WrongSetting as error:
        stop(str(error))
    except Problem as error:
        stop(error.say())
    console.print(f"{email} is administrator. They sign in with a link sent to that address.")
