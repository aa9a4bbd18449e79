"""The command that says what a portal lacks before it is started."""

from typing import Annotated

import typer

from services.commands.terminal import Named, console


def check(
    service: Annotated[
        list[Named] | None, typer.Argument(help="Only these services; all by default.")
    ] = None,
) -> None:
    """Say what the production form lacks: settings, databases, roles, log, mail, files, secret.

    One sentence for each thing; status 1 when there is any.
    """
    from services.apart import checks

    chosen = [one for one in Named if one in (service or Named)]
    found = list(checks.check(chosen))
    for sentence in found:
        console.print(sentence, style="bold red", highlight=False)
    if found:
        raise typer.Exit(1)
    console.print("Nothing is amiss: the portal can be started.")
