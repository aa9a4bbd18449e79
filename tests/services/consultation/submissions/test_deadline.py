"""A deadline that passes between opening and sending: by the transaction, in any zone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call, CallWindow
from services.consultation.calls.pages.forms import moment
from services.consultation.calls.rules.states import window_at
from services.consultation.errors import CannotAnswer
from services.consultation.submissions import actions
from services.consultation.submissions.models import Submission
from shared import ids
from tests.support.answers import Doors, Table, begun, written
from tests.support.bench import Bench

PATIENCE = 20.0
EYE_BLINK = timedelta(microseconds=1)
SENTENCE = "Your text is kept: print or copy it."


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    return Table(consultation_bench)


def closing(bench: Bench, code: str) -> datetime:
    with bench.view() as view:
        closes_at = calls.by_code(view, code).closes_at
    assert closes_at is not None
    return closes_at


class Sender(threading.Thread):
    """Somebody who presses the button in time, and waits for the database."""

    def __init__(self, table: Table, code: str, seen: str) -> None:
        super().__init__(name="sender")
        self.table, self.code, self.seen = table, code, seen
        self.pressed = threading.Event()
        self.refusal: CannotAnswer | None = None

    def run(self) -> None:
        try:
            with self.table.bench.work(self.table.point) as work:
                self.pressed.set()
                actions.send(work, self.code, ids.secret(), self.seen)
        except CannotAnswer as refusal:
            self.refusal = refusal


@contextmanager
def held(bench: Bench, call: str) -> Iterator[None]:
    """Hold what a sender has to wait for: the windows of the call."""
    with bench.work() as work:
        call_id = work.session.scalar(select(Call.id).where(Call.code == call))
        work.session.scalars(
            select(CallWindow).where(CallWindow.call_id == call_id).with_for_update()
        ).all()
        yield


def sent_across(table: Table, at: datetime) -> Sender:
    """Press the button one blink before the close, and get the database's turn at a moment."""
    code = written(table.bench, table.point, table.call, table.city)
    sender = Sender(table, code, table.read(code).content)
    table.bench.clock.at = closing(table.bench, table.call) - EYE_BLINK
    with held(table.bench, table.call):
        sender.start()
        assert sender.pressed.wait(PATIENCE)
        table.bench.clock.at = at
    sender.join(PATIENCE)
    assert not sender.is_alive()
    return sender


def test_whoever_gets_the_turn_at_the_second_of_the_close_is_late(table: Table) -> None:
    """The page was opened and the button pressed in time; the transaction begins too late."""
    sender = sent_across(table, closing(table.bench, table.call))
    assert sender.refusal is not None
    assert sender.refusal.say().startswith("Closed ")
    with table.bench.view() as view:
        assert view.get(Submission, code=sender.code).state == "draft"


def test_whoever_gets_the_turn_one_blink_before_is_in_time(table: Table) -> None:
    sender = sent_across(table, closing(table.bench, table.call) - EYE_BLINK)
    assert sender.refusal is None
    with table.bench.view() as view:
        assert view.get(Submission, code=sender.code).state == "submitted"


def test_a_draft_that_was_not_sent_in_time_stays_and_can_be_read(table: Table) -> None:
    code = written(table.bench, table.point, table.call, table.city)
    browser = Doors(table.bench).browser(table.point)
    check = browser.get(f"/en/answers/{code}/check")
    key = check.text.partition('name="key" value="')[2].partition('"')[0]
    seen = check.text.partition('name="seen" value="')[2].partition('"')[0]
    table.bench.clock.at = closing(table.bench, table.call)
    answer = browser.post(f"/en/answers/{code}/send", data={"key": key, "seen": seen})
    assert answer.status_code == 403
    assert "Closed" in answer.text
    assert "Name the mountains." in answer.text
    hub = browser.get(f"/en/answers/{code}").text
    assert SENTENCE in hub
    assert "Closed" in hub
    assert "Name the mountains." in browser.get(f"/en/answers/{code}/print").text
    saved = browser.post(
        f"/en/answers/{code}/paragraphs/4",
        data={"stance": "comment", "text": "One more thought", "was": "new", "version": "0"},
    )
    assert saved.status_code == 403
    assert "One more thought" in saved.text
    assert len(table.read(code).remarks) == 1


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        ("Africa/Nairobi", date(2026, 12, 31), "23:59", "2026-12-31T20:59+00:00"),
        ("Pacific/Kiritimati", date(2027, 1, 1), "00:30", "2026-12-31T10:30+00:00"),
        ("Asia/Kathmandu", date(2027, 1, 1), "00:00", "2026-12-31T18:15+00:00"),
        # Summer time ends in Berlin: 02:30 comes twice, and means the first time.
        ("Europe/Berlin", date(2026, 10, 25), "02:30", "2026-10-25T00:30+00:00"),
        ("Europe/Berlin", date(2026, 10, 25), "03:00", "2026-10-25T02:00+00:00"),
        # Summer time begins in New York: 02:30 does not come, and means 03:30.
        ("America/New_York", date(2027, 3, 14), "02:30", "2027-03-14T07:30+00:00"),
    ],
)
def test_a_deadline_is_one_instant_whatever_its_zone_does(
    zone: str, day: date, clock: str, utc: str
) -> None:
    closes = moment(day, clock, zone)
    assert closes is not None
    assert closes == datetime.fromisoformat(utc)
    window = CallWindow(
        call_id=ids.new(),
        kind="original",
        opens_at=closes - timedelta(weeks=12),
        closes_at=closes,
    )
    for place in ("UTC", zone, "America/St_Johns"):
        seen_there = closes.astimezone(ZoneInfo(place))
        assert window_at([window], seen_there - EYE_BLINK, None) is window
        assert window_at([window], seen_there, None) is None


def test_begun_in_time_and_closed_since_the_list_says_so(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    browser = Doors(table.bench).browser(table.point)
    table.bench.clock.at = closing(table.bench, table.call) + EYE_BLINK
    page = browser.get("/en/answers").text
    assert f"/answers/{code}" in page
    assert SENTENCE in page
