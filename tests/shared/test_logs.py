"""Every line is one JSON object; what databases, mail servers and libraries say is not repeated."""

import json
import logging
import smtplib
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared import logs, trace
from shared.logs import discretion
from tests.support.logbook import Lines, leaks, read
from tests.support.needs import free_port

ROOT = Path(__file__).parents[2]
ADDRESS = "amina.diallo@ministry.example"
NAME = "Amina Diallo"
TOKEN = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiIwMTkifQ.c2lnbmF0dXJl"
PASSWORD = "hunter-22"
URL = f"postgresql://me:{PASSWORD}@db/x"
LINK = "Zk9xT2wzYTRkNWY2ZzdoOGo5azBsMW0ybjNvNHA1cTY"
CANARIES = {ADDRESS, NAME, TOKEN, LINK, "482913", PASSWORD}
log = structlog.get_logger()


def insert_twice(url: str) -> None:
    """Break a unique rule with a name and an address; the database says which."""
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE person (email text UNIQUE, name text)"))
            for _ in range(2):
                given = {"email": ADDRESS, "name": NAME}
                connection.execute(text("INSERT INTO person VALUES (:email, :name)"), given)
    finally:
        engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_broken_rule_of_a_database_says_which_and_not_by_whom(
    kind: str, request: pytest.FixtureRequest, lines: Lines
) -> None:
    url = "sqlite://" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with pytest.raises(SQLAlchemyError) as broken:
        insert_twice(url)
    log.error("request.failed", exc_info=broken.value)
    logging.getLogger("anything").error("a plain logger", exc_info=broken.value)
    found = lines()
    # The control: PostgreSQL does say so.
    assert (ADDRESS in str(broken.value)) == (kind == "postgres")
    assert [one["level"] for one in found] == ["error", "error"]
    assert all("IntegrityError" in one["exception"] for one in found)
    assert all("insert_twice" in one["exception"] for one in found)
    assert leaks(found, CANARIES) == []


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no mailbox of Amina Diallo here")}),
        smtplib.SMTPDataError(554, b"spam from Amina Diallo"),
        KeyError(NAME),
        ValueError(f"invalid literal for int() with base 10: {NAME!r}"),
        ValueError(f"no such address: {ADDRESS}"),
        ValueError("code 482913 does not fit"),
        RuntimeError(f"token {TOKEN} and link {LINK}"),
        psycopg.OperationalError(f"connection to {URL} failed"),
        ExceptionGroup("several", [KeyError(NAME), ValueError(ADDRESS)]),
    ],
)
def test_what_an_exception_quotes_is_left_out(error: Exception, lines: Lines) -> None:
    led_to = RuntimeError("it led to this")
    led_to.__cause__ = error
    log.error("something.failed", exc_info=led_to)
    [line] = lines()
    assert leaks([line], CANARIES) == []
    assert type(error).__name__ in line["exception"]
    assert "it led to this" in line["exception"]


@pytest.mark.parametrize("canary", sorted(CANARIES - {NAME, "482913"}))
def test_a_line_that_says_too_much_is_masked(canary: str, lines: Lines) -> None:
    value = URL if canary == PASSWORD else canary
    more = [{"deep": value}]
    log.warning("about " + value, given=value, more=more, thing=ValueError(value))  # noqa: G003 - the mistake
    logging.getLogger("a.library").warning("about %s", value)
    assert leaks(lines(), CANARIES) == []


def test_what_is_no_secret_is_kept() -> None:
    kept = (
        "roundtable.consultation.call-published.v1",
        "01a2168b-49c6-7883-9557-e9a9220240ca",
        "submission.download_attachment_again",
        "consultation.submissions part 3 at 12345678",
        "127.0.0.1:9092",
    )
    assert [discretion.mask(one) for one in kept] == list(kept)


def test_a_line_says_whose_it_is(lines: Lines) -> None:
    log.info("nobody's")
    with logs.of("registry"), trace.following(None):
        log.info("registry's")
    first, second = lines()
    assert (first["service"], first["trace"]) == (logs.PORTAL, None)
    assert (second["service"], len(second["trace"])) == ("registry", 32)


def run(script: str) -> list[dict[str, Any]]:
    """Run a script in a process of its own and read what it writes to standard error."""
    done = subprocess.run(  # noqa: S603 - a script of our own
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return read(done.stderr)


KAFKA = """
from shared import logs
logs.configure()
from shared.messaging.bus import Record
from shared.messaging.kafka import KafkaBus
bus = KafkaBus(["127.0.0.1:PORT"], patience=0.5)
bus.append([Record("registry.people", b"key", b"Amina Diallo")])
bus.close()
"""


def test_kafka_says_only_what_an_operator_needs() -> None:
    found = run(KAFKA.replace("PORT", str(free_port())))
    assert any(one.get("logger", "").startswith("kafka") for one in found)
    assert {one["level"] for one in found} <= {"warning", "error"}
    assert leaks(found, CANARIES) == []


ENDS = """
import threading, warnings
from shared import logs
logs.configure()
warnings.warn("it is late")
one = threading.Thread(target=lambda: {}["Amina Diallo"], name="worker")
one.start(); one.join()
raise ValueError("amina.diallo@ministry.example")
"""


def test_what_nobody_caught_is_a_line_too() -> None:
    found = run(ENDS)
    assert [one["event"] for one in found][1:] == ["thread.failed", "process.failed"]
    assert "it is late" in found[0]["event"]
    assert found[1]["thread"] == "worker"
    assert leaks(found, CANARIES) == []


def test_the_search_finds_what_is_there() -> None:
    line: dict[str, Any] = {"event": f"signed in: {ADDRESS}", "id": "482913"}
    assert leaks([line], CANARIES) == [(ADDRESS, json.dumps({"event": line["event"]}))]
    with pytest.raises(AssertionError):
        read('{"event": "a line without its time"}')
    with pytest.raises(ValueError, match="Expecting value"):
        read("INFO: a line of another form")
