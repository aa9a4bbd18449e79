"""Commands on keys: changing them, as is done when people leave or something has leaked."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.commands.forms import is_production, opened
from services.commands.terminal import Folder, Named, console, stop
from shared import settings
from shared.settings import WrongSetting

keys = typer.Typer(no_args_is_help=True)


class Key(StrEnum):
    """What can be changed."""

    SIGNING = "signing"
    FORMS = "forms"


@keys.callback(help="The keys that the portal makes for itself.")
def _group() -> None:
    """Keep `rotate` a word of its own, though it is the only one."""


@keys.command()
def rotate(
    which: Annotated[list[Key] | None, typer.Argument(help="Only these; both by default.")] = None,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Believe nothing any longer that the old key signed.")
    ] = False,
    folder: Folder = Path("var/portal"),
) -> None:
    """Have a new key sign who is signed in, and a new secret guard the forms.

    Nobody is signed out and no form is lost: what the old ones vouch for is good until it has run
    out. With --leaked, browsers renew at once what the old signing key vouched for.
    """
    chosen = which or list(Key)
    try:
        if Key.SIGNING in chosen:
            _signing(folder, leaked=leaked)
        if Key.FORMS in chosen:
            _forms(folder)
    except WrongSetting as error:
        stop(str(error))


def _signing(folder: Path, *, leaked: bool) -> None:
    from services.registry.accounts.actions import keys as actions

    with opened(Named.REGISTRY, folder) as registry, registry.room.work() as work:
        actions.rotate(work, leaked=leaked)
    console.print("signing: a new key signs; what the old one signed runs out by itself.")


def _forms(folder: Path) -> None:
    from shared.security import secret

    if is_production():
        from services import apart

        variable, path = "SECRET_FILE", Path(apart.surroundings().secret_file)
    else:
        variable, path = "--folder", folder / "secret"
    settings.checked(variable, path, secret.rotate)
    console.print(f"forms: a new secret is in {os.fspath(path)}, beside the one before.")
