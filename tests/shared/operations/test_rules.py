"""When a part of a service is well, when to look again, when to act."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.i18n import LANGUAGES, speaking, translate
from shared.operations import rules
from shared.operations.rules import CARE, Care, Finding
from shared.operations.sayings import SAYINGS

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
A_MOMENT, A_WHILE, LONG = timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30)


def test_every_finding_says_what_it_means_and_what_to_do_unless_all_is_well() -> None:
    assert set(SAYINGS) == set(CARE) == set(Finding)
    for finding, saying in SAYINGS.items():
        assert saying.means
        assert bool(saying.do) == (CARE[finding] is not Care.WELL), finding


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_it_is_said_in_every_language(language: str) -> None:
    with speaking(language):
        for saying in SAYINGS.values():
            assert translate(saying.means) != saying.means


@pytest.mark.parametrize(
    ("alive", "silent", "found"),
    [(1, 0, Finding.WORKS), (2, 1, Finding.SILENT_WORKER), (0, 2, Finding.NO_WORKER)],
)
def test_workers(alive: int, silent: int, found: Finding) -> None:
    assert rules.of_workers(alive, silent) is found


@pytest.mark.parametrize(
    ("waits", "log_away", "found"),
    [
        (None, True, Finding.SENT),
        (A_MOMENT, True, Finding.SENT),
        (A_WHILE, False, Finding.SENDING),
        (A_WHILE, True, Finding.NOT_SENT_LOG_AWAY),
        (LONG, False, Finding.NOT_SENT),
    ],
)
def test_outbox(waits: timedelta | None, found: Finding, *, log_away: bool) -> None:
    oldest = NOW - waits if waits else None
    assert rules.of_outbox(oldest, NOW, log_away=log_away) is found


@pytest.mark.parametrize(
    ("behind", "stuck", "found"),
    [
        (0, None, Finding.HEARD),
        (7, None, Finding.HEARING),
        (7, A_MOMENT, Finding.HEARING),
        (7, A_WHILE, Finding.STUCK),
        (None, A_WHILE, Finding.STUCK),
        (None, None, Finding.LAG_UNKNOWN),
    ],
)
def test_hearing(behind: int | None, stuck: timedelta | None, found: Finding) -> None:
    assert rules.of_hearing(behind, NOW - stuck if stuck else None, NOW) is found


@pytest.mark.parametrize(
    ("overdue", "delayed", "failed", "found"),
    [
        (None, 0, 0, Finding.MAILED),
        (A_WHILE, 0, 0, Finding.MAILED),
        (None, 3, 0, Finding.MAIL_DELAYED),
        (None, 3, 1, Finding.MAIL_FAILED),
        (LONG, 0, 0, Finding.MAIL_WAITS),
    ],
)
def test_mail(overdue: timedelta | None, delayed: int, failed: int, found: Finding) -> None:
    since = NOW - overdue if overdue else None
    assert rules.of_mail(since, delayed, failed, NOW) is found


def test_the_worst_part_decides() -> None:
    assert rules.worst([]) is Care.WELL
    assert rules.worst([Finding.HEARD, Finding.HEARING]) is Care.WATCH
    assert rules.worst([Finding.PARKED, Finding.HEARING, Finding.HEARD]) is Care.ACT
    assert rules.of_timed(late=0, failed=0) is Finding.ON_TIME
    assert rules.of_timed(late=1, failed=0) is Finding.LATE
    assert rules.of_timed(late=1, failed=1) is Finding.FAILED
    assert rules.of_parked(0) is Finding.NOTHING_PARKED
