"""The `roundtable` command."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared import logs
from shared.settings import WrongSetting

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
console = Console()

Port = Annotated[int, typer.Option(help="Port on the loopback address.", min=1, max=65535)]
Folder = Annotated[Path, typer.Option(help="Folder of databases, event log, mail and files.")]


@app.command()
def demo(port: Port = 8000, folder: Folder = Path("var/demo")) -> None:
    """Show the whole portal with invented partners; nothing leaves this machine."""
    # Here, so that other commands start without loading the demo.
    from services.demo.main import build_demo  # noqa: PLC0415

    logs.configure("warning", machine=False)
    _refuse_production()
    address = f"http://127.0.0.1:{port}"
    try:
        built = build_demo(folder, address, lambda what: console.print(f"· {what}", style="dim"))
    except WrongSetting as error:
        _stop(str(error))
    console.print(f"\n[bold]Roundtable is ready: {address}/demo[/bold]\nStop it with Ctrl-C.\n")
    _serve(built, port)


@app.command()
def serve(port: Port = 8000, folder: Folder = Path("var/portal")) -> None:
    """Run all three services in one process, with the embedded event log."""
    from services.everything import build  # noqa: PLC0415
    from shared.mail.mailers import mailer_of  # noqa: PLC0415

    logs.configure()
    try:
        mailer = mailer_of(os.environ.get("MAIL_URL", f"captured:{folder.absolute() / 'mail'}"))
        everything = build(
            folder, mailer, portal_url=os.environ.get("PORTAL_URL", f"http://127.0.0.1:{port}")
        )
    except WrongSetting as error:
        _stop(str(error))
    except ValueError as error:
        _stop(f"MAIL_URL: {error}.")
    console.print(f"Roundtable serves on http://127.0.0.1:{port}")
    _serve(everything.application(), port)


@app.command("appoint-administrator")
def appoint_administrator(
    email: Annotated[str, typer.Argument(help="Address of the first administrator.")],
    folder: Folder = Path("var/portal"),
) -> None:
    """Make the first administrator; they appoint everybody else on the staff page."""
    from services.everything import build  # noqa: PLC0415
    from services.registry.accounts.actions import people  # noqa: PLC0415
    from shared.errors import Problem  # noqa: PLC0415
    from shared.mail.mailers import Captured  # noqa: PLC0415

    try:
        everything = build(folder, Captured())
        everything.prepare()
        with everything.service("registry").room.work() as work:
            people.appoint_first_administrator(work, email)
        everything.close()
    except WrongSetting as error:
        _stop(str(error))
    except Problem as error:
        _stop(error.say())
    console.print(f"{email} is administrator. They sign in with a link sent to that address.")


@app.command()
def migrate(folder: Folder = Path("var/portal")) -> None:
    """Bring the databases of the embedded form to the newest version."""
    from services.everything import BUILDERS  # noqa: PLC0415
    from shared.database import migrate as migrations  # noqa: PLC0415

    for name in BUILDERS:
        migrations.upgrade(name, f"sqlite:///{folder.absolute() / name}.db")
        console.print(f"{name}: up to date")


def _serve(built: object, port: int) -> None:
    import uvicorn  # noqa: PLC0415

    uvicorn.run(
        built,  # type: ignore[arg-type]
        host="127.0.0.1",
        port=port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
    )


def _refuse_production() -> None:
    for name in (
        "REGISTRY_DATABASE_URL",
        "CONSULTATION_DATABASE_URL",
        "NOTIFICATIONS_DATABASE_URL",
    ):
        if os.environ.get(name):
            _stop(f"{name} is set. The demo runs on its own files only; unset it first.")


def _stop(sentence: str) -> None:
    console.print(sentence, style="bold red")
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
