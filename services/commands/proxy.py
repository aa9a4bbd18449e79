"""The command that prints what the proxy before the services needs."""

from pathlib import Path
from typing import Annotated

import typer

from services.commands.serving import FIRST_WEB
from services.commands.terminal import Named, stop


def proxy(
    listen: Annotated[
        str, typer.Option(help="Address and port of the portal, as nginx writes it.")
    ] = "127.0.0.1:8080",
    server: Annotated[
        list[str] | None,
        typer.Option(
            help="A web process, such as registry=10.0.0.5:8101; may be repeated."
            " Without any, one of each service on this machine."
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Print all that an nginx of its own needs, which keeps its passing files here;"
            " otherwise the part for the http block of one that is there."
        ),
    ] = None,
) -> None:
    """Print the configuration of nginx: which service answers for which address."""
    from shared.web.nginx import configuration

    processes: dict[str, list[str]] = {}
    for one in server or [f"{name}=127.0.0.1:{FIRST_WEB + at}" for at, name in enumerate(Named)]:
        name, mark, address = one.partition("=")
        if name not in list(Named) or not mark or not address.rpartition(":")[2].isdecimal():
            stop(f"--server: {one}: write a service and its address: registry=127.0.0.1:8101")
        processes.setdefault(name, []).append(address)
    if missing := [name for name in Named if name not in processes]:
        stop(f"--server: no web process of {', '.join(missing)} is named.")
    made = configuration(listen, processes, folder.absolute() if folder is not None else None)
    typer.echo(made, nl=False)
