"""The processes of `make production`: the production form with the demo's clock, seeds and pages.

    python -m services.commands.staged seed | web SERVICE | work SERVICE | proxy

DEMO_FOLDER keeps clock and mail. No command of `roundtable` leads here.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from services import apart
from services.commands.serving import FIRST_WEB, FIRST_WORK
from services.commands.terminal import Named, answer, console, loading, stop
from shared.settings import WrongSetting

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
Port = Annotated[int | None, typer.Option(help="Port to listen on.")]


@app.command()
def seed() -> None:
    """Have invented partners do all that the demo shows; once."""
    from services.demo.apart import seed as play
    from shared import logs

    logs.configure("warning", machine=False)
    play(_folder(), lambda what: console.print(f"· {what}", style="dim"))


@app.command()
def web(service: Named, port: Port = None) -> None:
    """Answer for one service, by the demo's clock."""
    with loading():
        from services.demo import apart as demo

        _configure()
        built = demo.web(service, _folder())
    answer(built, port or FIRST_WEB + list(Named).index(service))


@app.command()
def work(service: Named, port: Port = None) -> None:
    """Send and hear the events of one service, run its jobs, send its mail, by the demo's clock."""
    with loading():
        from services.demo import apart as demo

        _configure()
        built = demo.work(service, _folder())
    answer(built, port or FIRST_WORK + list(Named).index(service))


@app.command()
def proxy(
    place: Annotated[Path, typer.Option(help="Where nginx keeps its passing files.")],
    listen: str = "127.0.0.1:8080",
    server: list[str] | None = None,
) -> None:
    """Print the configuration of an nginx that also knows the demo's pages."""
    from services.demo.apart import PAGES, PREFIX
    from shared.web.nginx import configuration

    processes = {str(name): [f"127.0.0.1:{FIRST_WEB + at}"] for at, name in enumerate(Named)}
    processes |= {one.partition("=")[0]: [one.partition("=")[2]] for one in server or ()}
    made = configuration(listen, processes, place.absolute(), {PREFIX: PAGES})
    typer.echo(made, nl=False)


def _configure() -> None:
    from shared import logs

    logs.configure(apart.surroundings().log_level)


def _folder() -> Path:
    named = os.environ.get("DEMO_FOLDER")
    if not named:
        raise WrongSetting("DEMO_FOLDER: name the folder of the demo's clock and mail.")
    return Path(named)


if __name__ == "__main__":
    try:
        app()
    except WrongSetting as error:
        stop(str(error))
