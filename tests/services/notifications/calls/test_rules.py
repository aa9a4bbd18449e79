"""When a call is told of, by its windows and the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.calls import rules
from shared import ids
from shared.contracts.consultation import Window

OPENS = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(weeks=6)
PARTNER = ids.new()


def window(**given: object) -> Window:
    values = {"window_id": ids.new(), "kind": "original", "opens_at": OPENS, "closes_at": CLOSES}
    return Window.model_validate({**values, **given})


LATE = window(kind="late", closes_at=CLOSES + timedelta(days=3), organisation_id=PARTNER)


def test_a_window_of_one_partner_closes_the_call_later_for_that_partner_only() -> None:
    windows = [window(), LATE]
    assert rules.closes_at(windows) == CLOSES
    assert rules.closes_at(windows, PARTNER) == LATE.closes_at
    assert rules.closes_at(windows, ids.new()) == CLOSES
    assert rules.last_window(windows) == windows[0]


@pytest.mark.parametrize(
    ("state", "after", "told"),
    [
        ("draft", 0, False),
        ("published", 0, True),
        ("published", 41, True),
        ("published", 42, False),
        ("cancelled", 1, False),
    ],
)
def test_people_are_told_while_a_published_call_has_not_closed(
    state: str, after: int, *, told: bool
) -> None:
    assert rules.is_to_be_told(state, [window()], OPENS + timedelta(days=after)) is told


@pytest.mark.parametrize(
    ("before", "days"),
    [
        (timedelta(days=7), 7),
        (timedelta(days=7, seconds=1), 7),
        (timedelta(days=6, hours=20), 7),
        (timedelta(days=1), 1),
        (timedelta(hours=2), 1),
        (timedelta(minutes=30), 0),
        (-timedelta(days=1), 0),
    ],
)
def test_days_left(before: timedelta, days: int) -> None:
    assert rules.days_left(CLOSES, CLOSES - before) == days


def test_reminders_that_would_come_at_once_do_not_come() -> None:
    assert set(rules.reminders(window(), OPENS)) == {7, 1}
    assert set(rules.reminders(window(), CLOSES - timedelta(days=3))) == {1}
    assert rules.reminders(window(), CLOSES) == {}
