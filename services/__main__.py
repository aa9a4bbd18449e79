"""The `roundtable` command."""

import typer

from services.commands import (
    audit,
    checking,
    databases,
    events,
    keeping,
    keys,
    parked,
    proxy,
    serving,
    telling,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
for command in (
    serving.demo,
    serving.serve,
    serving.web,
    serving.work,
    checking.check,
    proxy.proxy,
    databases.migrate,
    databases.appoint_administrator,
    keeping.backup,
    keeping.restore,
    telling.retell,
    telling.replay,
    events.lag,
):
    app.command()(command)
app.add_typer(audit.audit, name="audit")
app.add_typer(keys.keys, name="keys")
app.add_typer(events.events, name="events")
app.add_typer(parked.parked, name="parked")

if __name__ == "__main__":
    app()
