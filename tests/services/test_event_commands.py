"""The commands that read the event log and decide what was set aside, as an operator types them."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from services.__main__ import app
from shared import ids
from shared.contracts.topics import SUBMISSIONS, TOPICS
from shared.database.audit import AuditRow
from shared.database.dead_letters import DeadLetterRow
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import GROUP
from tests.support.parked import park
from tests.support.seeded import opened

PEOPLE = "registry.people"
NAME = "Kanarievogel"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in words])


def said(*words: object) -> str:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.output


def lines(*words: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said(*words, "--json").splitlines() if line[0] == "{"]


def acts(folder: Path, name: str, beginning: str) -> list[str]:
    with opened(folder) as portal, portal.view(name) as view:
        wanted = AuditRow.act.startswith(beginning)
        return list(view.session.scalars(select(AuditRow.act).where(wanted)))


def set_aside(folder: Path, **given: Any) -> str:
    with opened(folder) as portal:
        return park(portal.everything.service("notifications").room, name=NAME, **given)


def status(folder: Path, code: str) -> tuple[str, str]:
    with opened(folder) as portal, portal.view("notifications") as view:
        row = view.get(DeadLetterRow, id=ids.of_spelled(code))
        return row.status, row.note


def test_every_topic_is_listed_while_the_portal_runs(seeded: Path) -> None:
    portal = EmbeddedBus(seeded / "events.db", janitor=False)
    rows = [line.split() for line in said("events", "list", "--folder", seeded).splitlines()]
    portal.close()
    assert [row[0] for row in rows] == ["topic", *(topic.name for topic in TOPICS)]
    people = next(row for row in rows if row[0] == PEOPLE)
    assert people[1:4] == ["registry", "consultation,notifications", "6"]
    assert int(people[5]) > 10
    assert int(people[6].replace(",", "")) > 1000


def test_events_are_read_as_paragraphs_and_as_lines(seeded: Path) -> None:
    page = said("events", "read", SUBMISSIONS.name, "--limit", 2, "--folder", seeded)
    assert page.count("roundtable.consultation.") == 2
    assert '"organisation_id"' in page
    assert "There may be more" in page
    every = lines("events", "read", SUBMISSIONS.name, "--limit", 0, "--folder", seeded)
    assert len(every) > 2
    assert {
        "at",
        "topic",
        "part",
        "offset",
        "type",
        "id",
        "key",
        "version",
        "trace",
        "data",
    } == set(every[0])


def test_events_are_chosen_by_type_key_and_time(seeded: Path) -> None:
    read = ("events", "read", SUBMISSIONS.name, "--folder", seeded)
    every = lines(*read, "--limit", 0)
    one = every[0]
    key = lines(*read, "--key", one["key"])
    assert key
    assert {found["key"] for found in key} == {one["key"]}
    short = one["type"].split(".")[-2]
    kind = lines(*read, "--limit", 0, "--type", short)
    assert {found["type"] for found in kind} == {one["type"]}
    assert 0 < len(kind) < len(every)
    assert lines(*read, "--from", "2100-01-01T00:00Z") == []
    assert lines(*read, "--to", "2000-01-01T00:00Z") == []


def test_personal_data_is_shown_when_asked_for_and_written_down(copied: Path) -> None:
    read = ("events", "read", PEOPLE, "--limit", 5, "--folder", copied)
    page = said(*read)
    assert "(personal, shown with --personal: active, email, " in page
    assert "@" not in page
    assert all("data" not in one for one in lines(*read))
    assert acts(copied, "registry", "events.read") == []
    assert "@" in said(*read, "--personal")
    assert acts(copied, "registry", "events.read") == ["events.read_personal"]


def test_a_wrong_word_stops_it_with_a_sentence(seeded: Path, tmp_path: Path) -> None:
    for words, sentence in (
        (("events", "read", "people", "--folder", seeded), "There is no topic people."),
        (("events", "read", PEOPLE, "--from", "now", "--folder", seeded), "--from: write a moment"),
        (("events", "list", "--folder", tmp_path / "none"), "The event log cannot be reached"),
        (("parked", "show", "registry", "ABC", "--folder", seeded), "has set aside nothing"),
    ):
        done = run(*words)
        assert done.exit_code == 2, words
        assert sentence in done.output


def test_who_is_behind_is_said_part_by_part(copied: Path) -> None:
    assert "notifications: all handled" in said("lag", "--folder", copied)
    with opened(copied) as portal:
        bus = portal.everything.bus
        read = [topic.name for topic in TOPICS if "registry" in topic.readers]
        bus.reset("registry", read, "start")
    page = said("lag", "registry", "--folder", copied)
    assert "registry: " in page
    assert "not handled yet" in page
    assert "consultation.calls" in page
    assert "notifications" not in page


def test_what_was_set_aside_is_listed_shown_and_handled_again(copied: Path) -> None:
    code = set_aside(copied)
    page = said("parked", "list", "--folder", copied)
    assert code in page
    assert "NotFound" in page
    page = said("parked", "show", "notifications", code, "--folder", copied)
    assert "(personal, shown with --personal: active, email, " in page
    assert NAME not in page
    assert NAME in said("parked", "show", "notifications", code, "--personal", "--folder", copied)
    page = said("parked", "retry", "notifications", code, "--note", "Now.", "--folder", copied)
    assert "Handled." in page
    assert status(copied, code) == ("replayed", "Now.")
    assert acts(copied, "notifications", "parked.") == ["parked.read_personal", "parked.retried"]
    assert "Nothing was set aside." in said("parked", "list", "--folder", copied)
    assert code in said("parked", "list", "notifications", "--decided", "--folder", copied)
    done = run("parked", "retry", "notifications", code, "--folder", copied)
    assert done.exit_code == 2


def test_what_fails_again_says_why(copied: Path) -> None:
    code = set_aside(copied, payload=b"{}")
    done = run("parked", "retry", "notifications", code, "--folder", copied)
    assert done.exit_code == 2
    assert "It failed again: Malformed" in done.output
    assert status(copied, code) == ("parked", "")
    assert "in listen" in said("parked", "show", "notifications", code, "--folder", copied)


def test_giving_up_needs_a_reason(copied: Path) -> None:
    code = set_aside(copied)
    discard = ("parked", "discard", "notifications", code, "--folder", copied)
    assert run(*discard).exit_code == 2
    assert run(*discard, "--reason", " ").exit_code == 2
    assert "Given up." in said(*discard, "--reason", "A test.")
    assert status(copied, code) == ("discarded", "A test.")
    assert acts(copied, "notifications", "parked.") == ["parked.discarded"]


def test_what_the_log_refused_is_sent_again(copied: Path) -> None:
    code = set_aside(copied, group=GROUP)
    page = said("parked", "retry", "notifications", code, "--folder", copied)
    assert "sent again by the worker" in page
    assert status(copied, code)[0] == "replayed"


def test_migrate_says_which_topics_differ_and_changes_them_when_asked(copied: Path) -> None:
    assert "topics: as they are declared" in said("migrate", "--folder", copied)
    bus = EmbeddedBus(copied / "events.db", janitor=False)
    with bus.writing() as connection:
        connection.execute("UPDATE topic SET retention_ms = 60000 WHERE name = 'registry.sessions'")
    bus.close()
    page = said("migrate", "--folder", copied)
    assert "registry.sessions: retention.ms is 60000" in page.replace("\n", " ")
    assert "--apply-topics" in page
    page = said("migrate", "--apply-topics", "--folder", copied)
    assert "Changed." in page
    assert "topics: as they are declared" in said("migrate", "--folder", copied)


def test_topics_are_not_touched_while_the_portal_runs(copied: Path) -> None:
    portal = EmbeddedBus(copied / "events.db", janitor=False)
    done = run("migrate", "--folder", copied)
    portal.close()
    assert done.exit_code == 2
    assert "Another process is using" in done.output


def test_following_shows_what_comes(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.commands import events  # noqa: PLC0415 - to end the waiting

    bus = EmbeddedBus(copied / "events.db", janitor=False)
    turns: list[float] = []

    def wait(seconds: float) -> None:
        turns.append(seconds)
        if len(turns) > 1:
            raise KeyboardInterrupt
        [record] = list(bus.read(SUBMISSIONS.name))[:1]
        bus.append([_again(record)])

    monkeypatch.setattr(events.time, "sleep", wait)
    found = lines("events", "follow", SUBMISSIONS.name, "--folder", copied)
    bus.close()
    assert len(found) == 1


def _again(record: Any) -> Any:
    from shared.messaging.bus import Record  # noqa: PLC0415 - as above

    return Record(record.partition.topic, record.key, record.value, record.headers)
