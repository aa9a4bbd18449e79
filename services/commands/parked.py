"""Commands on events that were set aside: what they are, why, and what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.forms import opened
from services.commands.terminal import Folder, Named, columns, stop
from shared.errors import Problem
from shared.settings import WrongSetting

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database.dead_letters import DeadLetterRow
    from shared.runtime import Service

FOLDER = Path("var/portal")

parked = typer.Typer(no_args_is_help=True, help="Events that could not be handled, or not sent.")

Service_ = Annotated[Named, typer.Argument(metavar="SERVICE", help="The service it lies at.")]
Code = Annotated[str, typer.Argument(help="The event, as `parked list` names it.")]


@parked.command("list")
def list_parked(
    service: Annotated[
        list[Named] | None, typer.Argument(help="Only these services; all by default.")
    ] = None,
    decided: Annotated[
        bool, typer.Option("--decided", help="Those that were tried again or given up.")
    ] = False,
    folder: Folder = FOLDER,
) -> None:
    """List what was set aside and waits for a decision."""
    from shared import ids
    from shared.database import dead_letters
    from shared.database.dead_letters import Status

    rows = [("service", "code", "status", "failed first", "tries", "type", "error")]
    wanted = (Status.REPLAYED, Status.DISCARDED) if decided else (Status.PARKED,)
    for name in service or list(Named):
        with _at(name, folder) as built, built.room.view() as view:
            rows += [
                (
                    str(name),
                    ids.spelled(row.id),
                    str(row.status),
                    row.first_failed_at.isoformat(timespec="seconds"),
                    str(row.attempts),
                    row.type or row.topic,
                    row.error_class,
                )
                for status in wanted
                for row in dead_letters.parked(view.session, status, limit=1000)
            ]
    typer.echo(columns(rows) if len(rows) > 1 else "Nothing was set aside.")


@parked.command("show")
def show(
    service: Service_,
    code: Code,
    personal: Annotated[
        bool,
        typer.Option("--personal", help="Show personal data; that you did stands in the audit."),
    ] = False,
    folder: Folder = FOLDER,
) -> None:
    """Show one event: why it was set aside, where in the code it failed, what it says."""
    from shared.contracts.topics import is_personal

    with _at(service, folder) as built:
        hidden = False
        with built.room.work() as work:
            row = _row(built, code)
            if is_personal(row.topic):
                hidden = not personal
                if personal:
                    work.record("parked.read_personal", row, topic=row.topic)
        for line in _lines(row, hidden=hidden):
            typer.echo(line)


@parked.command("retry")
def retry(
    service: Service_,
    code: Code,
    note: Annotated[str, typer.Option(help="Why it will go well now.")] = "",
    folder: Folder = FOLDER,
) -> None:
    """Handle an event again, or send again what the log refused."""
    from shared.messaging import replay
    from shared.messaging.handling import Handling
    from shared.messaging.relay import GROUP

    with _at(service, folder) as built:
        row = _row(built, code)
        if row.consumer_group == GROUP:
            with built.room.work() as work:
                replay.send_again(work, row.id, note, work.system_now)
            typer.echo("It is sent again by the worker of the service.")
            return
        handling = Handling(service, built.subscriptions, built.room.work)
        try:
            replay.replay_parked(handling, row.id, None, note)
        except Problem:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is said
            stop(f"It failed again: {type(error).__name__}: {error}")
    typer.echo("Handled.")


@parked.command("discard")
def discard(
    service: Service_,
    code: Code,
    reason: Annotated[str, typer.Option(help="Why it is never to be handled.")],
    folder: Folder = FOLDER,
) -> None:
    """Give an event up: it never has an effect, and stays with the reason."""
    from shared.messaging import replay

    if not reason.strip():
        stop("--reason: say why it is given up.")
    with _at(service, folder) as built:
        row = _row(built, code)
        with built.room.work() as work:
            replay.discard(work, row.id, reason, work.system_now)
    typer.echo("Given up.")


@contextmanager
def _at(service: Named, folder: Path) -> "Iterator[Service]":
    """Open a service; what it refuses ends the command with its sentence."""
    try:
        with opened(service, folder) as built:
            yield built
    except WrongSetting as error:
        stop(str(error))
    except Problem as error:
        stop(error.say())


def _row(built: "Service", code: str) -> "DeadLetterRow":
    from shared import ids
    from shared.database.dead_letters import DeadLetterRow

    key: UUID | None = ids.of_spelled(code)
    with built.room.view() as view:
        row = view.session.get(DeadLetterRow, key) if key is not None else None
    if row is None:
        return stop(f"{built.name} has set aside nothing that is called {code}.")
    return row


def _lines(row: "DeadLetterRow", *, hidden: bool) -> Iterator[str]:
    import json

    from services.commands.events import data_of

    yield f"{row.type or '?'}  ({row.status})"
    yield f"  {row.topic}, part {row.partition}, {row.offset}; about {row.key}"
    yield f"  failed {row.attempts} times, first {row.first_failed_at}, last {row.last_failed_at}"
    yield f"  {row.error_class}: {row.error}"
    if row.decided_at:
        yield f"  decided {row.decided_at} by {row.decided_by or 'a command'}: {row.note or '-'}"
    data = data_of(row.payload)
    if hidden:
        fields = sorted(data) if isinstance(data, dict) else []
        yield f"  (personal, shown with --personal: {', '.join(fields) or 'unreadable'})"
    else:
        yield json.dumps(data, indent=2, ensure_ascii=False)
    if row.stack:
        yield ""
        yield row.stack
