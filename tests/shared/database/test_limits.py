"""Limits count over a fixed window and survive a restart."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.database import limits
from shared.database.limits import LimitRow
from shared.database.session import Database
from shared.errors import TooMany

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def session(shared_database: Database) -> Iterator[Session]:
    with shared_database.session_for_write() as session:
        yield session


def hit(session: Session, key: str = "code:a@example.org", at: datetime = NOW) -> None:
    limits.hit(session, key, per=QUARTER, at_most=3, at=at)


def test_the_attempt_after_the_last_allowed_is_refused(session: Session) -> None:
    for _ in range(3):
        hit(session)
    with pytest.raises(TooMany):
        hit(session)


def test_others_are_not_held_up(session: Session) -> None:
    for _ in range(3):
        hit(session)
    hit(session, "code:b@example.org")


def test_the_window_ends(session: Session) -> None:
    for _ in range(3):
        hit(session)
    hit(session, at=NOW + QUARTER)
    assert limits.used(session, "code:a@example.org", per=QUARTER, at=NOW + QUARTER) == 1


def test_refused_attempts_do_not_prolong_the_window(session: Session) -> None:
    for _ in range(3):
        hit(session)
    for minute in range(1, 15):
        with pytest.raises(TooMany):
            hit(session, at=NOW + timedelta(minutes=minute))
    hit(session, at=NOW + QUARTER)


def test_success_clears(session: Session) -> None:
    for _ in range(3):
        hit(session)
    limits.clear(session, "code:a@example.org")
    hit(session)


def test_old_rows_are_forgotten_and_keys_hold_no_address(session: Session) -> None:
    hit(session)
    key = session.execute(select(LimitRow.key)).scalar_one()
    assert "example" not in key
    limits.forget(session, NOW + timedelta(days=2))
    assert session.execute(select(LimitRow)).first() is None
