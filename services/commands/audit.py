"""Commands on the audit log: whether it is still as it was sealed."""

from pathlib import Path
from typing import Annotated

import typer

from services.commands.forms import read
from services.commands.terminal import Folder, Named, console, stop
from shared.settings import WrongSetting

audit = typer.Typer(no_args_is_help=True)


@audit.callback(help="The log of who did what.")
def _group() -> None:
    """Keep `verify` a word of its own, though it is the only one."""


@audit.command()
def verify(
    service: Annotated[
        list[Named] | None, typer.Argument(help="Only these services; all by default.")
    ] = None,
    digest: Annotated[
        list[str] | None,
        typer.Option(help="A digest that an earlier run said, which must still be in a chain."),
    ] = None,
    folder: Folder = Path("var/portal"),
) -> None:
    """Compare the audit log with its seals, and name the first row that is not as it was.

    Changes nothing, and may run while the portal is served. Keep the digest that it says somewhere
    else: whoever has a database in hand can make all its seals anew, but not with that digest.
    """
    from sqlalchemy.exc import DBAPIError

    from shared.database import seals

    seen: set[str] = set()
    whole = True
    for name in [one for one in Named if one in (service or Named)]:
        try:
            with read(name, folder) as database, database.session_for_read() as session:
                found = seals.verify(session)
        except WrongSetting as error:
            stop(str(error))
        except DBAPIError as error:
            stop(f"{name}: the database cannot be read: {str(error.orig).splitlines()[0]}")
        seen.update(found.digests)
        whole = whole and found.fault is None
        if found.fault is not None:
            _bad(f"{name}: {found.fault} Rows before it that are as they were: {found.rows:,}.")
            continue
        console.print(f"{name}: {found.rows:,} rows as they were sealed, {found.waiting:,} wait.")
        if found.digests:
            newest = f"{name}: newest digest {found.digests[-1]}"
            console.print(newest, highlight=False, soft_wrap=True)
    for lost in set(digest or ()) - seen:
        _bad(f"The digest {lost} is in no chain: seals were made anew or taken out.")
        whole = False
    if not whole:
        raise typer.Exit(1)


def _bad(sentence: str) -> None:
    console.print(sentence, style="bold red", highlight=False, soft_wrap=True)
