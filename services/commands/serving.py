"""Commands that run until they are stopped: the demo, the embedded form, one service apart."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from services.commands.terminal import Folder, Named, Port, answer, console, loading, stop
from shared import settings
from shared.settings import WrongSetting

FIRST_WEB, FIRST_WORK = 8101, 8111
"""Ports of registry, if none is said; the other services follow."""

Host = Annotated[str, typer.Option(help="Address to listen on.")]
AnyPort = Annotated[
    int | None, typer.Option(help="Port to listen on; one of its own by default.", min=1, max=65535)
]


def demo(
    port: Port = 8000,
    folder: Folder = Path("var/demo"),
    pseudo: Annotated[
        bool, typer.Option(help="Speak a longer, accented language in place of English.")
    ] = False,
) -> None:
    """Show the whole portal with invented partners; nothing leaves this machine."""
    with loading():
        from services.demo.main import build_demo
        from services.demo.pseudo import spoken
        from shared import logs

    logs.configure("warning", machine=False)
    _refuse_production()
    address = f"http://127.0.0.1:{port}"
    try:
        built = build_demo(folder, address, lambda what: console.print(f"· {what}", style="dim"))
    except WrongSetting as error:
        stop(str(error))
    console.print(f"\n[bold]Roundtable is ready: {address}/demo[/bold]\nStop it with Ctrl-C.\n")
    with spoken() if pseudo else nullcontext():
        answer(built, port)


def serve(port: Port = 8000, folder: Folder = Path("var/portal")) -> None:
    """Run all three services in one process, with the embedded event log."""
    with loading():
        from services.everything import build
        from shared import logs
        from shared.mail.mailers import mailer_of
        from shared.web.gate import networks

    logs.configure()
    kept = f"captured:{folder.absolute() / 'mail'}"
    here = f"http://127.0.0.1:{port}"
    try:
        said = os.environ.get("MAIL_URL")
        mailer = settings.checked("MAIL_URL" if said else "--folder", said or kept, mailer_of)
        address = settings.checked(
            "PORTAL_URL", os.environ.get("PORTAL_URL") or here, settings.address
        )
        proxies = settings.checked(
            "TRUSTED_PROXIES", os.environ.get("TRUSTED_PROXIES", ""), networks
        )
        everything = build(folder, mailer, portal_url=address)
    except WrongSetting as error:
        stop(str(error))
    console.print(f"Roundtable serves on http://127.0.0.1:{port}")
    answer(everything.application(proxies=proxies), port)


def web(service: Named, host: Host = "127.0.0.1", port: AnyPort = None) -> None:
    """Answer for one service, on PostgreSQL; any number of these may run side by side."""
    with loading():
        from services import apart
        from shared import logs

        try:
            logs.configure(apart.surroundings().log_level)
            built = apart.web(service)
        except WrongSetting as error:
            stop(str(error))
    answer(built, port or FIRST_WEB + list(Named).index(service), host)


def work(service: Named, host: Host = "127.0.0.1", port: AnyPort = None) -> None:
    """Send and hear the events of one service, run its jobs, send its mail.

    Any number of these may run side by side. The port says how the process is.
    """
    with loading():
        from services import apart
        from shared import logs

        try:
            logs.configure(apart.surroundings().log_level)
            built = apart.work(service)
        except WrongSetting as error:
            stop(str(error))
    answer(built, port or FIRST_WORK + list(Named).index(service), host)


def _refuse_production() -> None:
    for one in Named:
        name = f"{one.upper()}_DATABASE_URL"
        if os.environ.get(name):
            stop(f"{name} is set. The demo runs on its own files only; unset it first.")
