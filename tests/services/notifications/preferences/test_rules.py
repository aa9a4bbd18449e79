"""When mail comes: digests in the reader's morning, nothing in quiet hours, nothing too late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.preferences.rules import Pace, Quiet, comes_too_late, next_digest

ZONES = ["UTC", "Africa/Nairobi", "America/Bogota", "Asia/Kathmandu", "Europe/Paris"]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone itself
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "pace", "expected"),
    [
        (MONDAY, "UTC", Pace.DAILY, datetime(2026, 11, 3, 7, 0, tzinfo=UTC)),
        (MONDAY, "UTC", Pace.WEEKLY, datetime(2026, 11, 9, 7, 0, tzinfo=UTC)),
        (MONDAY.replace(hour=6), "UTC", Pace.DAILY, datetime(2026, 11, 2, 7, 0, tzinfo=UTC)),
        (MONDAY.replace(hour=6), "UTC", Pace.WEEKLY, datetime(2026, 11, 2, 7, 0, tzinfo=UTC)),
        (MONDAY, "Asia/Tokyo", Pace.DAILY, datetime(2026, 11, 2, 22, 0, tzinfo=UTC)),
        (MONDAY, "No/Where", Pace.DAILY, datetime(2026, 11, 3, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_digest_comes_in_the_morning_of_its_reader(
    now: datetime, zone: str, pace: Pace, expected: datetime
) -> None:
    assert next_digest(now, zone, pace) == expected


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from([Pace.DAILY, Pace.WEEKLY]))
def test_the_next_digest_is_ahead_and_within_its_period(
    now: datetime, zone: str, pace: Pace
) -> None:
    at = next_digest(now, zone, pace)
    local = at.astimezone(ZoneInfo(zone))
    an_hour_of_clock_change = timedelta(hours=1)
    period = timedelta(days=7 if pace == Pace.WEEKLY else 1)
    assert now < at <= now + period + an_hour_of_clock_change
    assert local.hour == 7
    assert pace == Pace.DAILY or local.weekday() == 0


@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda pair: pair[0] != pair[1]),
)
def test_quiet_hours_end_at_their_hour_within_a_day(
    now: datetime, zone: str, hours: tuple[int, int]
) -> None:
    quiet = Quiet(*hours)
    until = quiet.until(now, zone)
    hour = now.astimezone(ZoneInfo(zone)).hour
    length = (quiet.ends - quiet.starts) % 24
    assert (until is not None) == ((hour - quiet.starts) % 24 < length)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        assert quiet.until(until, zone) is None


def test_the_night_before_and_after_midnight() -> None:
    quiet = Quiet(22, 6)
    morning = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)
    assert quiet.until(datetime(2026, 11, 2, 19, 30, tzinfo=UTC), "Africa/Nairobi") == morning
    assert quiet.until(datetime(2026, 11, 3, 2, 59, tzinfo=UTC), "Africa/Nairobi") == morning
    assert quiet.until(morning, "Africa/Nairobi") is None


def test_mail_that_waits_leaves_a_day_to_answer() -> None:
    at = MONDAY + timedelta(hours=10)
    assert comes_too_late(at, at + timedelta(hours=23), MONDAY)
    assert not comes_too_late(at, at + timedelta(hours=25), MONDAY)
    assert not comes_too_late(at, MONDAY - timedelta(days=3), MONDAY)
    assert not comes_too_late(at, None, MONDAY)
