"""Logs in tests: read as a machine reads them, searched for what they must not say, put back."""

import io
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from sqlalchemy import select

from shared import logs

if TYPE_CHECKING:
    from tests.support.portal import Portal

Lines = Callable[[], list[dict[str, Any]]]
EVERY = ("time", "level", "event", "service", "trace")
"""What every line says."""
IDS = ("time", "trace", "span", "event_id", "id", "cause")
"""Random values of ours, in which six digits may stand by chance."""


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """Undo `shared.logs.configure`: it writes to what was standard error during its test."""
    hooks = sys.excepthook, threading.excepthook
    yield
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)
            root.setLevel(logging.WARNING)
            sys.excepthook, threading.excepthook = hooks
            logging.captureWarnings(capture=False)
            for name in logs.CHATTY:
                logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> Lines:
    """The log as a machine reads it; called, it returns the lines so far."""
    stream = io.StringIO()
    logs.configure(to=stream)
    return lambda: read(stream.getvalue())


def read(text: str) -> list[dict[str, Any]]:
    """Read lines, each of which is one JSON object that says what every line says."""
    found = [json.loads(one) for one in text.splitlines()]
    for line in found:
        assert set(EVERY) <= set(line), line
    return found


def leaks(written: Iterable[dict[str, Any]], canaries: Iterable[str]) -> list[tuple[str, str]]:
    """Return what stands in lines and must not, with the line."""
    said = [
        json.dumps({key: line[key] for key in line if key not in IDS}, ensure_ascii=False)
        for line in written
    ]
    return [(canary, line) for canary in set(canaries) if canary for line in said if canary in line]


def canaries(portal: "Portal") -> set[str]:
    """Return what of a portal's life must stand in no log: names, addresses, words, secrets."""
    from services.consultation.submissions.models import Approver, Comment, Response  # noqa: PLC0415
    from services.registry.accounts.models import Person  # noqa: PLC0415
    from shared.mail import MailRow  # noqa: PLC0415

    found: set[str] = set()
    for service, *columns in (
        ("registry", Person.name, Person.email),
        ("consultation", Approver.name, Approver.email),
        ("consultation", Response.text),
        ("consultation", Comment.text),
        ("registry", MailRow.subject),
        ("consultation", MailRow.subject),
        ("notifications", MailRow.subject),
    ):
        with portal.view(service) as view:
            found |= {value for row in view.session.execute(select(*columns)) for value in row}
    for message in portal.mail:
        text = f"{message['Subject']} {message.get_body(('plain',)).get_content()}"
        found |= set(re.findall(r"\b\d{3} ?\d{3}\b|(?<=/)[\w-]{20,}", text))
    found |= {value for one in portal.browsers for value in one.cookies.values()}
    # One-word answers such as "yes" are no secret, and stand in the name of many an event.
    return {one for one in found if len(one) > 4}


def check_log(written: list[dict[str, Any]], portal: "Portal", known: set[str]) -> None:
    """A portal's life is in the log, and nobody's name, words, address or secret is.

    `known` is some of what happened, which the search must know of.
    """
    secret = canaries(portal)
    assert leaks(written, secret) == []
    assert {"request", "event.sent", "event.handled", "mail.attempted"} <= {
        one["event"] for one in written
    }
    assert {one["service"] for one in written} >= {"registry", "consultation", "notifications"}
    assert known <= secret
    assert leaks([*written, {"event": f"who is {max(known)}"}], secret)
