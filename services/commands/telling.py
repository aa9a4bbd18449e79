"""Commands that start the portal again after a loss: telling again, replaying the log."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.forms import is_production, log_read, opened
from services.commands.terminal import Folder, Named, console, moment, stop
from shared.settings import WrongSetting

if TYPE_CHECKING:
    from services.everything import Everything
    from shared.messaging.bus import Bus, Place
    from shared.messaging.replay import Replayed
    from shared.runtime import Service

Progress = Callable[[str, int], None]
NEVER = datetime.max.replace(tzinfo=UTC)

Quiet = Annotated[
    bool | None,
    typer.Option(
        "--quiet/--tell",
        help="Tell nobody of what comes of it, or tell whoever was not told yet.",
    ),
]


def retell(
    service: Annotated[
        list[Named] | None, typer.Option(help="Only these services tell; all by default.")
    ] = None,
    folder: Folder = Path("var/portal"),
    quiet: Quiet = None,
) -> None:
    """Tell everything that is true now again: after a log or copies were lost or restored.

    Copies of what there no longer is are dropped. Whoever was told before is not told twice; add
    --quiet when the database of notifications was lost, which knows who was told.
    """
    chosen = [one for one in Named if one in (service or Named)]
    if is_production():
        _retell_apart(chosen, quiet=quiet)
    else:
        with _stopped_portal(folder, quiet=quiet) as (everything, progress):
            everything.retell(chosen, progress)
    console.print("Told again, and heard by every service.")


def replay(
    service: Annotated[Named, typer.Argument(help="The service that handles the events again.")],
    topic: Annotated[
        list[str] | None, typer.Option(help="Only these topics; all it reads by default.")
    ] = None,
    start: Annotated[
        str, typer.Option("--from", help="Begin at this moment, 2026-03-02T16:00Z.")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="End before this moment.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Also what was handled before; know what it does.")
    ] = False,
    folder: Folder = Path("var/portal"),
    quiet: Quiet = None,
) -> None:
    """Hand what is in the log to one service again: after its database was lost or restored.

    The embedded form is stopped for it. Services that run apart go on: what their workers handle
    at the same moment has its effect once.
    """
    from shared.messaging.consumer import NotYet
    from shared.runtime import topics_read_by

    if service is Named.NOTIFICATIONS and quiet is None and not os.environ.get("NOTIFY_FROM"):
        stop(
            "This could mail everybody again. Add --quiet to tell nobody, --tell to tell whoever"
            " was not told, or set NOTIFY_FROM to the moment from which people are to be told."
        )
    read = topics_read_by(service)
    if unknown := set(topic or ()) - set(read):
        stop(f"{service} does not read {', '.join(sorted(unknown))}. It reads {', '.join(read)}.")
    begin: Place = moment("--from", start) or "start"
    until: Place = moment("--to", end) or "end"
    asked = _Asked(service, topic or read, begin, until, force=force, quiet=quiet)
    try:
        done = _replay_apart(asked) if is_production() else _replay(asked, folder)
    except NotYet:
        stop("An event waits for one of another topic. Run it again with all topics.")
    console.print(f"Handled: {done.handled}. Known before: {done.known}.")
    for record, error in done.failed:
        where = f"{record.partition.topic}, part {record.partition.number}, {record.offset}"
        console.print(f"Failed: {where}: {type(error).__name__}: {error}", style="bold red")
    if done.failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Asked:
    """What of the log is handed to which service."""

    service: Named
    topics: Sequence[str]
    begin: "Place"
    until: "Place"
    force: bool
    quiet: bool | None


def _replay(asked: _Asked, folder: Path) -> "Replayed":
    with _stopped_portal(folder, quiet=asked.quiet) as (everything, progress):
        return everything.replay(
            asked.service,
            asked.topics,
            asked.begin,
            asked.until,
            force=asked.force,
            say=progress,
        )


def _replay_apart(asked: _Asked) -> "Replayed":
    from shared.contracts.topics import TOPICS
    from shared.messaging import replay
    from shared.messaging.handling import Handling
    from shared.operations.timer import Timer

    with _apart(asked.service) as (service, bus), _progress() as progress:
        if asked.quiet:
            _refuse_beside_workers(service)
            service.room.settings.notify_from = NEVER
        done = replay.replay(
            bus,
            Handling(asked.service, service.subscriptions, service.room.work),
            [topic.name for topic in TOPICS if topic.name in asked.topics],
            asked.begin,
            asked.until,
            force=asked.force,
            say=lambda topic, done: progress(topic, done.handled + done.known),
        )
        if asked.quiet:
            # What came due by it is written down here and now: a worker would tell people.
            Timer(service).once()
    return done


def _retell_apart(chosen: Sequence[Named], *, quiet: bool | None) -> None:
    from shared.messaging import retell

    if quiet:
        stop(
            "Workers tell people, not this command. Start the worker of notifications with"
            " NOTIFY_FROM set to this moment, then run it without --quiet."
        )
    for name in chosen:
        with _apart(name) as (service, bus), _progress() as progress:
            _need_worker(service)
            retell.retell(
                service.room.work,
                service.retell,
                partial(_say, progress, name),
            )
            try:
                retell.wait_until_heard(
                    service.room.database, bus, name, partial(_say, progress, name)
                )
            except TimeoutError as error:
                stop(str(error))


def _say(progress: "Progress", name: str, what: str, many: int) -> None:
    progress(f"{name}: {what}", many)


def _need_worker(service: "Service") -> None:
    if not _workers(service):
        stop(f"No worker of {service.name} runs: start the workers first, they send and hear.")


def _refuse_beside_workers(service: "Service") -> None:
    if workers := _workers(service):
        stop(
            f"--quiet: a worker of {service.name} runs ({', '.join(workers)}) and would tell"
            " people. Stop it first, and start it again afterwards."
        )


def _workers(service: "Service") -> list[str]:
    from shared.database import vitals

    with service.room.view() as view:
        now = view.system_now
        return [one.worker for one in vitals.workers(view.session) if not one.is_silent(now)]


@contextmanager
def _apart(name: Named) -> Iterator[tuple["Service", "Bus"]]:
    """Open one service of the production form and its log; sentences for what cannot be reached."""
    from shared import logs
    from shared.messaging.bus import BusAway, TopicUnknown

    logs.configure("warning", machine=False)
    try:
        with opened(name, Path()) as service, log_read(Path()) as bus:
            yield service, bus
    except WrongSetting as error:
        stop(str(error))
    except (BusAway, TopicUnknown) as error:
        stop(f"The event log cannot be read: {error}")


@contextmanager
def _stopped_portal(
    folder: Path, *, quiet: bool | None
) -> Iterator[tuple["Everything", Callable[[str, int], None]]]:
    """Open the portal's folder, with a way to show progress; refuse while it is served."""
    from services.everything import build
    from shared import logs
    from shared.mail.mailers import Captured

    logs.configure("warning", machine=False)
    try:
        everything = build(folder, Captured())
    except WrongSetting as error:
        stop(str(error))
    everything.prepare()
    if quiet:
        everything.hush()
    with _progress() as progress:
        try:
            yield everything, progress
        finally:
            everything.close()


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Show how much was done of what, and leave it standing at the end."""
    counts: dict[str, int] = {}
    with console.status("") as status:

        def progress(what: str, many: int) -> None:
            counts[what] = many
            status.update(f"{what}: {many:,}")

        yield progress
    for what, many in counts.items():
        console.print(f"· {what}: {many:,}", style="dim")
