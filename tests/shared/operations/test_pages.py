"""The operations pages as an administrator meets them, with something wrong in each part."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from services.notifications.handlers import SUBSCRIPTIONS
from shared import ids
from shared.contracts.registry import OrganisationVerified, PersonChanged
from shared.contracts.topics import ORGANISATIONS, PEOPLE
from shared.database import outbox, vitals
from shared.database.audit import AuditRow
from shared.database.dead_letters import DeadLetterRow, Status
from shared.database.jobs import JobRow
from shared.database.outbox import OutboxRow
from shared.database.vitals import Hearing, Measured, Sending, Share, Stuck, Vital
from shared.known.models import KnownPerson
from shared.mail import MailRow
from shared.mail.models import MailState
from shared.messaging.hearing import Malformed
from shared.messaging.relay import GROUP
from shared.operations.queries import PAGE
from shared.security.permissions import NOBODY, Actor
from shared.work import Work
from tests.support import parked
from tests.support.answers import Doors
from tests.support.bench import Bench, person

ADA = person("administrator", name="Ada")
BASE = "/en/staff/operations/notifications"
CANARY = "Kanarievogel"


@pytest.fixture
def desk(notifications_bench: Bench) -> TestClient:
    return Doors(notifications_bench).browser(ADA)


def vital(bench: Bench, **given: object) -> Vital:
    now = bench.clock.system()
    lag = Measured(at=now, shares=(Share(topic=PEOPLE.name, partition=3, position=5, end=5),))
    plain = Vital(
        worker="host-a:1", started_at=now, seen_at=now, sending=Sending(leading=True), lag=lag
    )
    return plain.model_copy(update=given)


def say(bench: Bench, *said: Vital) -> None:
    with bench.work() as work:
        for one in said:
            vitals.write(work.session, one)


def read(browser: TestClient, path: str = "") -> str:
    answer = browser.get(f"{BASE}{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


def park(bench: Bench, error: Exception | None = None, **given: Any) -> str:
    """Set an event aside and return the code of its page."""
    return parked.park(bench.service.room, error, name=CANARY, **given)


def status(bench: Bench, code: str) -> DeadLetterRow:
    with bench.view() as view:
        return view.get(DeadLetterRow, id=ids.of_spelled(code))


def acts(bench: Bench) -> dict[str, UUID | None]:
    with bench.view() as view:
        rows = view.session.query(AuditRow).where(AuditRow.act.like("parked.%")).all()
        return {row.act: row.person for row in rows}


def test_a_service_that_runs_says_that_all_is_well(
    notifications_bench: Bench, desk: TestClient
) -> None:
    say(notifications_bench, vital(notifications_bench))
    page = read(desk)
    assert "All is well. Nothing has to be done." in page
    assert page.count("All is well") == 1 + 6 * 2
    assert "Needs attention" not in page
    assert "host-a:1" in page
    assert "registry.people 3" in page


def test_no_worker_is_said_with_what_to_do(notifications_bench: Bench, desk: TestClient) -> None:
    page = read(desk)
    assert "No worker of this service runs" in page
    assert "Ask whoever runs the portal to start the worker of this service." in page
    assert "Nobody can say at the moment how far this service is" in page
    long_ago = notifications_bench.clock.system() - timedelta(minutes=5)
    say(notifications_bench, vital(notifications_bench, seen_at=long_ago))
    page = read(desk)
    assert "No worker of this service runs" in page
    assert "Silent" in page


def lag_of(bench: Bench) -> None:
    shares = (Share(topic=PEOPLE.name, partition=0, position=1, end=1235),)
    lag = Measured(at=bench.clock.system(), shares=shares)
    say(bench, vital(bench, lag=lag))


def log_away(bench: Bench) -> None:
    lag = Measured(at=bench.clock.system(), error="BusAway")
    say(bench, vital(bench, lag=lag))
    unsent(bench)


def unsent(bench: Bench) -> None:
    with bench.work() as work:
        for hours in (1, 2):
            work.add(
                OutboxRow(
                    event_id=ids.bound(work.system_now - timedelta(hours=hours)),
                    topic="t",
                    key="k",
                    type="x",
                    headers=[],
                    payload=b"{}",
                    occurred_at=work.now - timedelta(hours=hours),
                    last_error="MessageSizeTooLargeError: too large",
                )
            )


def stuck(bench: Bench) -> None:
    since = bench.clock.system() - timedelta(minutes=3)
    waits = Stuck(
        topic=PEOPLE.name, partition=4, offset=9, since=since, attempts=12, error="OperationalError"
    )
    say(bench, vital(bench, hearing=Hearing(waiting=(waits,))))


def mail(work: Work, state: MailState, error: str = "", **given: object) -> None:
    now = work.system_now
    work.add(
        MailRow(
            occasion="reminder:1",
            to="amal@city.example",
            language="en",
            subject="s",
            text="t",
            state=state,
            attempts=3,
            created_at=now,
            next_at=given.get("next_at", now + timedelta(hours=1)),
            settled_at=given.get("settled_at"),
            last_error=error,
        )
    )


def failed_mail(bench: Bench) -> None:
    with bench.work() as work:
        now = work.system_now
        mail(work, MailState.TECHNICAL_FAILURE, "no route", settled_at=now)
        mail(work, MailState.PERMANENT_FAILURE, "550 <amal@city.example> no", settled_at=now)
        mail(work, MailState.TEMPORARY_FAILURE, "451 amal@city.example greylisted")


def waiting_mail(bench: Bench) -> None:
    with bench.work() as work:
        mail(work, MailState.CREATED, next_at=work.system_now - timedelta(hours=1))


def failed_job(bench: Bench) -> None:
    with bench.work() as work:
        work.add(JobRow(name="told.check", last_run_at=work.now, last_error="KeyError: 'x'"))


def late(bench: Bench) -> None:
    with bench.work() as work:
        work.schedule("call.remind", ids.new(), work.now - timedelta(hours=1))


WRONG: dict[str, tuple[Callable[[Bench], object], tuple[str, ...]]] = {
    "lag": (lag_of, ("This service is catching up", "1,234")),
    "log away": (log_away, ("The event log cannot be reached.", "Not known")),
    "unsent": (unsent, ("do not know yet what happened here lately", "too large")),
    "stuck": (stuck, ("An event cannot be handled at the moment", "OperationalError")),
    "parked": (park, ("These events could not be handled.", "NotFound")),
    "mail failed": (failed_mail, ("given up because of a fault on our side",)),
    "mail waits": (waiting_mail, ("Messages wait that should have been sent by now.",)),
    "job": (failed_job, ("Something that the clock starts failed.", "KeyError")),
    "late": (late, ("Something should have been done by now",)),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(notifications_bench: Bench, desk: TestClient, what: str) -> None:
    say(notifications_bench, vital(notifications_bench))
    spoil, sentences = WRONG[what]
    before = read(desk)
    assert not any(one in before for one in sentences if one != "Not known")
    spoil(notifications_bench)
    page = read(desk)
    for one in sentences:
        assert one in page
    assert "What to do:" in page


def test_messages_in_trouble_are_listed_without_their_addresses(
    notifications_bench: Bench, desk: TestClient
) -> None:
    failed_mail(notifications_bench)
    page = read(desk, "/mail")
    assert "no route" in page
    assert "…@city.example" in page
    assert "amal" not in page


def test_what_is_late_is_listed(notifications_bench: Bench, desk: TestClient) -> None:
    late(notifications_bench)
    assert "call.remind" in read(desk, "/due")


def test_a_parked_event_says_why_and_shows_nothing_personal(
    notifications_bench: Bench, desk: TestClient
) -> None:
    code = park(notifications_bench, Malformed("data: name: missing"))
    assert f"{BASE}/parked/{code}" in read(desk, "/parked")
    page = read(desk, f"/parked/{code}")
    assert "The event is not written as agreed between the services." in page
    assert "Malformed: data: name: missing" in page
    assert "email_confirmed" in page
    assert CANARY not in page
    assert "birds.example" not in page


def test_an_event_without_personal_data_is_shown(
    notifications_bench: Bench, desk: TestClient
) -> None:
    code = park(notifications_bench, topic=ORGANISATIONS.name, payload=b'{"slug": "amman"}')
    assert "&#34;slug&#34;: &#34;amman&#34;" in read(desk, f"/parked/{code}")


def test_trying_again_has_the_effect_and_says_by_whom(
    notifications_bench: Bench, desk: TestClient
) -> None:
    code = park(notifications_bench)
    answer = desk.post(f"{BASE}/parked/{code}", data={"decision": "again", "note": "It is here."})
    assert "Handled. What the event says has had its effect now." in answer.text
    row = status(notifications_bench, code)
    assert (row.status, row.decided_by, row.note) == (Status.REPLAYED, ADA.person, "It is here.")
    with notifications_bench.view() as view:
        assert view.get(KnownPerson, id=UUID(row.key)).name == CANARY
    assert acts(notifications_bench) == {"parked.retried": ADA.person}
    again = desk.post(f"{BASE}/parked/{code}", data={"decision": "again"})
    assert again.status_code == 409


def test_what_fails_again_stays_and_says_so(notifications_bench: Bench, desk: TestClient) -> None:
    code = park(notifications_bench, payload=b'{"id": 1}')
    answer = desk.post(f"{BASE}/parked/{code}", data={"decision": "again"})
    assert answer.status_code == 409
    assert "It failed again: Malformed" in answer.text
    row = status(notifications_bench, code)
    assert (row.status, row.attempts, row.error_class) == (Status.PARKED, 4, "Malformed")
    assert "in listen" in row.stack
    assert acts(notifications_bench) == {"parked.failed_again": ADA.person}


def test_giving_up_needs_a_reason_and_is_kept(notifications_bench: Bench, desk: TestClient) -> None:
    code = park(notifications_bench)
    answer = desk.post(f"{BASE}/parked/{code}", data={"decision": "discard", "note": " "})
    assert answer.status_code == 422
    assert "Write why it is given up." in answer.text
    assert status(notifications_bench, code).status == Status.PARKED
    answer = desk.post(f"{BASE}/parked/{code}", data={"decision": "discard", "note": "A test."})
    assert "Given up." in answer.text
    assert status(notifications_bench, code).status == Status.DISCARDED
    assert acts(notifications_bench) == {"parked.discarded": ADA.person}
    assert code in read(desk, "/parked?status=discarded")
    assert code not in read(desk, "/parked")
    page = read(desk, f"/parked/{code}")
    assert "A test." in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_what_the_log_refused_is_sent_again(notifications_bench: Bench, desk: TestClient) -> None:
    code = park(notifications_bench, group=GROUP)
    assert "The event log did not take this event" in read(desk, f"/parked/{code}")
    answer = desk.post(f"{BASE}/parked/{code}", data={"decision": "again"})
    assert "It will be sent again at once." in answer.text
    with notifications_bench.view() as view:
        assert outbox.backlog(view.session).rows == 1
    assert acts(notifications_bench) == {"parked.sent_again": ADA.person}


@pytest.mark.parametrize("opened", ["sqlite"], indirect=True)
def test_a_page_of_many_takes_as_many_statements(
    notifications_bench: Bench, desk: TestClient
) -> None:
    few, many = statements(notifications_bench, desk), statements(notifications_bench, desk)
    assert few == many
    assert all(count < 15 for count in many.values()), many


def statements(bench: Bench, desk: TestClient) -> dict[str, int]:
    """Count the statements of each page, with one more of everything on it."""
    code = park(bench)
    for spoil in (unsent, failed_mail, late):
        spoil(bench)
    say(bench, vital(bench, worker=f"host:{code}"))
    engine, counts = bench.service.room.database.engine, {}
    for path in ("", "/parked", f"/parked/{code}", "/mail", "/due"):
        said: list[str] = []

        def count(*given: Any, said: list[str] = said) -> None:
            said.append(given[2])

        event.listen(engine, "before_cursor_execute", count)
        read(desk, path)
        event.remove(engine, "before_cursor_execute", count)
        counts[path.replace(code, "")] = len(said)
    return counts


def test_a_list_is_turned_page_by_page(notifications_bench: Bench, desk: TestClient) -> None:
    codes = [park(notifications_bench) for _ in range(PAGE + 1)]
    page = read(desk, "/parked")
    assert codes[0] in page
    assert codes[-1] not in page
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following
    page = desk.get(following.group(1).replace("&amp;", "&")).text
    assert codes[-1] in page
    assert codes[0] not in page


@pytest.mark.parametrize(
    "who", [NOBODY, person("call_manager", "analyst", "decider", "partnership_officer")]
)
def test_nobody_else_sees_or_decides(notifications_bench: Bench, who: Actor) -> None:
    code = park(notifications_bench)
    browser = Doors(notifications_bench).browser(who)
    for path in ("", "/parked", f"/parked/{code}", "/mail", "/due"):
        answer = browser.get(f"{BASE}{path}", follow_redirects=False)
        assert answer.status_code in (303, 307, 403), path
    answer = browser.post(
        f"{BASE}/parked/{code}", data={"decision": "again"}, follow_redirects=False
    )
    assert answer.status_code in (303, 307, 403)
    assert status(notifications_bench, code).status == Status.PARKED


def test_an_unknown_code_is_not_there(desk: TestClient) -> None:
    for code in ("x", ids.spelled(ids.new()), "Z" * 26):
        assert desk.get(f"{BASE}/parked/{code}").status_code == 404


def test_what_is_tried_again_here_is_what_the_service_hears() -> None:
    assert any(one.event is PersonChanged for one in SUBSCRIPTIONS)
    assert any(one.event is OrganisationVerified for one in SUBSCRIPTIONS)
