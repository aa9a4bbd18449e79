"""Commands that read the event log: what topics there are, what they say, who is behind."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.commands.forms import log_read, opened
from services.commands.terminal import Folder, Named, columns, moment, stop
from shared.contracts.topics import TOPICS, Topic
from shared.settings import WrongSetting

if TYPE_CHECKING:
    from shared.messaging.bus import Bus, Kept, Place

NOBODY = "roundtable-command"
"""A group that never has positions: its lag begins where the log begins."""
FOLLOWING_SECONDS = 1.0

events = typer.Typer(no_args_is_help=True, help="Read the event log.")

TopicName = Annotated[str, typer.Argument(help="A topic, as `events list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON an event.")]
Personal = Annotated[
    bool, typer.Option("--personal", help="Show personal data; that you did stands in the audit.")
]
Kind = Annotated[
    str, typer.Option("--type", help="Only events of this type: all of it or its last part.")
]
Key = Annotated[str, typer.Option("--key", help="Only events about this one.")]
FOLDER = Path("var/portal")


@events.command("list")
def list_topics(folder: Folder = FOLDER) -> None:
    """Name every topic: who writes it, who reads it, how much it holds."""
    names = [topic.name for topic in TOPICS]
    with log_read(folder) as bus:
        sizes, lags = bus.size(names), bus.lag(NOBODY, names)
    rows = [("topic", "owner", "readers", "parts", "first", "next", "bytes")]
    for topic in TOPICS:
        parts = [one for one in lags if one.partition.topic == topic.name]
        rows.append(
            (
                topic.name,
                topic.owner,
                ",".join(topic.readers),
                str(len(parts)),
                str(sum(one.position for one in parts)),
                str(sum(one.end for one in parts)),
                f"{sizes[topic.name]:,}",
            )
        )
    typer.echo(columns(rows))


@events.command("read")
def read(  # noqa: PLR0913, PLR0917 - an argument is an option of the command
    topic: TopicName,
    start: Annotated[str, typer.Option("--from", help="Begin at this moment.")] = "",
    end: Annotated[str, typer.Option("--to", help="End before this moment.")] = "",
    kind: Kind = "",
    key: Key = "",
    limit: Annotated[int, typer.Option(help="Show at most so many; 0 shows all.", min=0)] = 100,
    as_json: AsJson = False,
    personal: Personal = False,
    folder: Folder = FOLDER,
) -> None:
    """Show what a topic says, one part after another."""
    declared = _declared(topic)
    begin: Place = moment("--from", start) or "start"
    until: Place = moment("--to", end) or "end"
    if personal and declared.personal:
        _write_down(declared, folder)
    with log_read(folder) as bus:
        chosen = _chosen(bus.read(topic, begin, until), kind, key)
        shown = 0
        for record in islice(chosen, limit or None):
            _show(record, declared, as_json=as_json, personal=personal)
            shown += 1
    if limit and shown == limit:
        typer.echo(f"There may be more: the first {limit} were shown (--limit).", err=True)


@events.command("follow")
def follow(
    topic: TopicName,
    kind: Kind = "",
    key: Key = "",
    as_json: AsJson = False,
    personal: Personal = False,
    folder: Folder = FOLDER,
) -> None:
    """Show what a topic says from now on, until Ctrl-C."""
    declared = _declared(topic)
    if personal and declared.personal:
        _write_down(declared, folder)
    with log_read(folder) as bus:
        try:
            for record in _chosen(_following(bus, topic), kind, key):
                _show(record, declared, as_json=as_json, personal=personal)
        except KeyboardInterrupt:
            return


def lag(
    service: Annotated[
        list[Named] | None, typer.Argument(help="Only these services; all by default.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also parts in which nothing is to be handled.")
    ] = False,
    folder: Folder = FOLDER,
) -> None:
    """Say how far each service is with what the others told, part by part."""
    rows = [("service", "topic", "part", "handled up to", "told up to", "behind")]
    totals: dict[str, int] = {}
    with log_read(folder) as bus:
        for name in service or Named:
            read_by = [topic.name for topic in TOPICS if name in topic.readers]
            found = bus.lag(name, read_by)
            totals[name] = sum(one.behind for one in found)
            rows += [
                (
                    str(name),
                    one.partition.topic,
                    str(one.partition.number),
                    str(one.position),
                    str(one.end),
                    str(one.behind),
                )
                for one in found
                if every or one.behind
            ]
    if len(rows) > 1:
        typer.echo(columns(rows))
    for told, behind in totals.items():
        typer.echo(f"{told}: {f'{behind:,} not handled yet' if behind else 'all handled'}")


def _declared(name: str) -> Topic:
    for topic in TOPICS:
        if topic.name == name:
            return topic
    return stop(f"There is no topic {name}. There are {', '.join(one.name for one in TOPICS)}.")


def _write_down(topic: Topic, folder: Path) -> None:
    """Write into the audit log of the owner that somebody is about to read personal data."""
    try:
        with opened(Named(topic.owner), folder) as owner, owner.room.work() as work:
            work.record("events.read_personal", topic=topic.name)
    except WrongSetting as error:
        stop(str(error))


def _following(bus: "Bus", topic: str) -> "Iterator[Kept]":
    at = {one.partition: one.end for one in bus.lag(NOBODY, [topic])}
    while True:
        for record in bus.read(topic, at):
            at[record.partition] = record.offset + 1
            yield record
        sys.stdout.flush()
        time.sleep(FOLLOWING_SECONDS)


def _chosen(records: "Iterator[Kept]", kind: str, key: str) -> "Iterator[Kept]":
    from shared.messaging.handling import type_of

    for record in records:
        said = type_of(record)
        fits = not kind or said == kind or said.split(".")[-2:-1] == [kind]
        if fits and (not key or record.key == key.encode()):
            yield record


def _show(record: "Kept", topic: Topic, *, as_json: bool, personal: bool) -> None:
    told = told_of(record, hidden=topic.personal and not personal)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{told['at']}  {told['type']}")
    typer.echo(f"  {told['topic']}, part {told['part']}, {told['offset']}; about {told['key']}")
    typer.echo(f"  event {told['id']}, version {told['version']}, trace {told['trace'] or '-'}")
    if "fields" in told:
        fields: Sequence[str] = told["fields"]
        typer.echo(f"  (personal, shown with --personal: {', '.join(fields) or 'unreadable'})")
    elif told["data"] is None:
        typer.echo("  (erased)")
    else:
        text = json.dumps(told["data"], indent=2, ensure_ascii=False)
        typer.echo("\n".join(f"  {line}" for line in text.splitlines()))
    typer.echo("")


def told_of(record: "Kept", *, hidden: bool) -> dict[str, Any]:
    """Return a record as it is shown; what is `hidden` shows its fields only."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    told: dict[str, Any] = {
        "at": record.at.isoformat(timespec="milliseconds"),
        "topic": record.partition.topic,
        "part": record.partition.number,
        "offset": record.offset,
        "type": headers.get("ce_type", "?"),
        "id": headers.get("ce_id", "?"),
        "key": (record.key or b"").decode(errors="replace"),
        "version": headers.get("ce_aggregateversion", "?"),
        "trace": headers.get("ce_traceparent", ""),
    }
    data = data_of(record.value)
    if hidden and data is not None:
        told["fields"] = sorted(data) if isinstance(data, dict) else []
    else:
        told["data"] = data
    return told


def data_of(value: bytes | None) -> Any:
    """Return what stands in a payload, or its text when it is no JSON."""
    if value is None:
        return None
    try:
        return json.loads(value)
    except ValueError:
        return value.decode(errors="replace")
