"""One id leads from a request through its event to the mail, in the tables and in the log."""

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from services.consultation.calls.models import Call
from services.notifications.deliveries.models import Delivery
from services.registry.accounts.models import Person
from shared.contracts.envelope import Envelope
from shared.database.outbox import OutboxRow
from shared.mail import MailRow
from tests.journeys.test_starting_again import staff
from tests.support.logbook import Lines
from tests.support.portal import Portal
from tests.support.seeded import opened

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HANDED = f"00-{TRACE}-00f067aa0ba902b7-01"
PUBLISHED = "roundtable.consultation.call-published.v1"


def publish(portal: Portal) -> str:
    """Have the second call manager publish the call in review, in a request with a trace."""
    with portal.view("consultation") as view:
        code: str = view.get(Call, state="in_review").code
    walker = staff(portal, "second-manager")
    walker.visit(f"/staff/calls/{code}/review")
    walker.client.headers["traceparent"] = HANDED
    walker.submit("/publish")
    return code


def test_from_the_request_through_the_event_to_the_mail(copied: Path, lines: Lines) -> None:
    with opened(copied) as portal:
        code = publish(portal)
        with portal.view("consultation") as view:
            row = view.session.scalars(select(OutboxRow).where(OutboxRow.type == PUBLISHED)).all()
            told = Envelope.of([(name, value.encode()) for name, value in row[-1].headers])
        assert told.traceparent is not None
        assert told.traceparent.split("-")[1] == TRACE
        portal.settle()
        kept = [dict(one.headers) for one in portal.everything.bus.read("consultation.calls")]
        assert [
            one["ce_id"].decode()
            for one in kept
            if TRACE.encode() in one.get("ce_traceparent", b"")
        ]
        with portal.view("notifications") as view:
            mails = view.session.scalars(
                select(MailRow)
                .join(Delivery, Delivery.mail_id == MailRow.id)
                .where(Delivery.cause == told.id)
            ).all()
        assert len(mails) > 5
        assert {str(one.traceparent).split("-")[1] for one in mails} == {TRACE}
    written = [one for one in lines() if one.get("trace") == TRACE]
    steps = [one["event"] for one in written]
    assert steps.index("request") < steps.index("event.sent") < steps.index("event.handled")
    assert steps.index("event.handled") < steps.index("mail.attempted")
    [request] = [one for one in written if one["event"] == "request"][:1]
    assert (request["act"], request["method"], request["status"]) == ("call.publish", "POST", 303)
    readers = {one["service"] for one in written if one["event"] == "event.handled"}
    assert readers == {"registry", "notifications"}
    assert steps.count("mail.attempted") == len(mails)
    spans = {one["span"] for one in written}
    assert len(spans) >= 4
    assert code


def test_what_nobody_handed_on_begins_with_the_request(copied: Path, lines: Lines) -> None:
    with opened(copied) as portal:
        walker = staff(portal, "call-manager")
        walker.visit("/staff/calls")
        walker.visit("/calls/nowhere", status=404)
    asked = [one for one in lines() if one["event"] == "request"]
    assert [one["act"] for one in asked] == ["call.desk", "call.show"]
    assert len({one["trace"] for one in asked}) == len(asked)


def test_no_line_holds_a_secret_of_an_address(
    copied: Path, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("services.notifications.preferences.queries.of_link", fail)
    with opened(copied) as portal:
        answer = portal.browser().get("/en/unsubscribe/s3cret-of-a-link")
        assert answer.status_code == 500
    [failure] = [one for one in lines() if one["event"] == "request.failed"]
    assert "broken on purpose" in failure["exception"]
    assert "s3cret" not in json.dumps(lines())


def test_a_plain_logger_says_it_in_the_same_form(lines: Lines) -> None:
    from shared import trace  # noqa: PLC0415 - beside its use

    with trace.following(HANDED):
        logging.getLogger("a.library").warning("it is %s", "late")
    [line] = lines()
    assert (line["event"], line["level"], line["logger"]) == ("it is late", "warning", "a.library")
    assert line["trace"] == TRACE


def test_people_are_not_named(copied: Path, lines: Lines) -> None:
    with opened(copied) as portal:
        publish(portal)
        portal.settle()
        with portal.view("registry") as view:
            known = view.session.execute(select(Person.name, Person.email)).all()
    text = json.dumps(lines(), ensure_ascii=False)
    for name, email in known:
        assert not name or name not in text
        assert email not in text
