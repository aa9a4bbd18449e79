"""Digests and quiet hours: nothing twice, nothing missed, nothing too late."""

import random
import re
from datetime import timedelta
from uuid import UUID

import pytest

from services.notifications.preferences import actions
from services.notifications.preferences.rules import Pace, Quiet, Topic
from shared.contracts.consultation import Call, CallCorrected, PointsToDecide
from shared.mail import Sender
from shared.operations.timer import Timer
from shared.security.permissions import Actor
from tests.support.notices import WEEK, World, html, plain, texts

CODE = re.compile(r"/inbox/(\w+)")
NOTE = re.compile(r"Note (\d+)\.")
EIGHT_WEEKS = 8 * 7 * 24 * 60
"""In minutes."""


def choose(world: World, person: UUID, pace: Pace, topic: Topic = Topic.CALLS) -> None:
    with world.bench.work(Actor(person=person)) as work:
        actions.choose(work, {topic: pace})


def keep_quiet(world: World, person: UUID, starts: int, ends: int) -> None:
    with world.bench.work(Actor(person=person)) as work:
        actions.keep_quiet(work, Quiet(starts, ends))


def correct(world: World, call: UUID, number: int) -> None:
    notes = texts({"en": f"Note {number}."})
    world.of_call(CallCorrected, call, correction=number, notes=notes)


def mailed(world: World, person: UUID) -> list[str]:
    """Return what a person was told by mail: codes of a digest's lines, notes of single mails."""
    bodies = [plain(one) for one in world.mail(person)]
    return [found for body in bodies for found in (*CODE.findall(body), *NOTE.findall(body))]


def live(world: World, minutes: int, steps: int, happenings: dict[int, list[object]]) -> None:
    """Let the clock's jobs run every so many minutes; happenings are heard in between."""
    timer = Timer(world.bench.service)
    for step in range(steps):
        for happening in happenings.get(step, ()):
            happening()  # type: ignore[operator]
        world.bench.later(minutes=minutes)
        timer.once()
    Sender(world.bench.service.room, world.captured).once()


@pytest.mark.parametrize("minutes", [5 * 60, 24 * 60, 72 * 60])
@pytest.mark.parametrize("pace", [Pace.DAILY, Pace.WEEKLY])
def test_eight_weeks_of_digests_neither_repeat_nor_miss(
    world: World, pace: Pace, minutes: int
) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), zone="Asia/Amman")
    call = world.call()
    choose(world, amal, pace)
    chance, steps = random.Random(minutes), EIGHT_WEEKS // minutes  # noqa: S311 - chance of a test, the same each time
    happenings: dict[int, list[object]] = {}
    for number in range(40):
        step = chance.randrange(steps)
        happenings.setdefault(step, []).append(lambda n=number: correct(world, call, n))
    # Afterwards long enough for the last digest.
    live(world, minutes, steps + 11 * 24 * 60 // minutes, happenings)
    corrections = [one for one in world.inbox(amal) if one.kind == "call_corrected"]
    told = mailed(world, amal)
    assert len(corrections) == 40
    assert sorted(told) == sorted({*told}), "nothing twice"
    in_digests = {one.code for one in corrections if one.code in told}
    alone = {one for one in told if one.isdigit()}
    assert len(in_digests) + len(alone) == 40, "nothing missed"
    digests = [one for one in world.mail(amal) if "for you" in str(one["Subject"])]
    assert len(digests) <= (10 if pace == Pace.WEEKLY else 67)
    assert in_digests


def test_who_changes_their_mind_gets_everything_once(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    turns = [Pace.WEEKLY, Pace.DAILY, Pace.AT_ONCE, Pace.WEEKLY, Pace.DAILY, Pace.AT_ONCE]
    for number, pace in enumerate(turns * 3):
        choose(world, amal, pace)
        correct(world, call, number)
        world.later(hours=13)
    world.later(days=8)
    corrections = {one.code for one in world.inbox(amal) if one.kind == "call_corrected"}
    told = mailed(world, amal)
    assert len(told) == len(set(told)) == len(corrections) == 18
    assert len(corrections & set(told)) == 12


def test_a_weekly_digest_comes_on_monday_and_says_so(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), zone="America/Bogota")
    choose(world, amal, Pace.WEEKLY)
    world.later(hours=4)  # eight on Monday in Bogota
    world.call()
    world.later(days=6, hours=22)
    assert world.mail(amal) == []
    world.later(hours=1)
    assert world.subjects(amal) == ["1 notice for you this week"]
    assert "List-Unsubscribe" in world.mail(amal)[0]
    assert "choose how often" in html(world.mail(amal)[0])


def test_a_call_that_would_close_before_the_digest_is_told_at_once(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    choose(world, amal, Pace.WEEKLY)
    call = world.call()
    assert world.mail(amal) == []
    world.later(weeks=5, days=1)
    before = len(world.mail(amal))
    correct(world, call, 1)
    assert len(world.mail(amal)) == before + 1
    assert "corrected" in world.subjects(amal)[-1]


def test_a_new_notice_never_puts_off_a_digest_that_is_overdue(world: World) -> None:
    dana = world.staff("Dana", "decider")
    call = world.call()
    world.of_call(PointsToDecide, call, waiting=3)
    # The clock's jobs stand still over the morning, while the next notice is heard.
    world.bench.later(hours=23)
    told, version = Call(**world.calls[call]), world.version(call)
    world.bench.hear(PointsToDecide(id=call, version=version, call=told, waiting=4))
    world.settle()
    assert world.subjects(dana) == ["2 notices for you today"]


def test_mail_waits_in_quiet_hours_and_the_inbox_does_not(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), zone="Africa/Nairobi")
    keep_quiet(world, amal, 22, 7)
    world.bench.later(hours=12)  # midnight in Nairobi
    world.call()
    assert world.inbox_subjects(amal) == ["Call for input: Safer streets, closes 15 December 2026"]
    assert world.mail(amal) == []
    world.later(hours=6)
    assert world.mail(amal) == []
    world.later(hours=1)
    assert len(world.mail(amal)) == 1
    world.later(days=1)
    assert len(world.mail(amal)) == 1


def test_a_receipt_and_the_last_day_do_not_wait(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    for person in (amal, zaid):
        keep_quiet(world, person, 8, 20)
    call = world.call()
    assert world.mail(amal) == []
    world.sent(call, amman, [amal])
    assert len(world.mail(amal)) == 1
    assert world.subjects(amal)[0].startswith("Received: ")
    world.later(days=35)
    assert not [one for one in world.subjects(zaid) if "left" in one]
    world.later(hours=11)
    world.later(days=5, hours=13)
    left = [one for one in world.subjects(zaid) if "left" in one]
    assert left == ["7 days left: Safer streets", "1 day left: Safer streets"]


def test_a_digest_waits_for_the_end_of_quiet_hours(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    choose(world, amal, Pace.DAILY)
    keep_quiet(world, amal, 20, 9)
    world.call()
    world.later(hours=23)
    assert world.mail(amal) == []
    world.later(hours=1)
    assert world.subjects(amal) == ["1 notice for you today"]
    world.extend(next(iter(world.calls)), WEEK)
    world.later(days=1)
    assert len(world.mail(amal)) == 2


def test_other_people_are_not_held_by_somebody_elses_quiet_hours(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    basma = world.person("Basma", (amman, "deputy"))
    keep_quiet(world, amal, 8, 20)
    world.call()
    assert world.mail(amal) == []
    assert len(world.mail(basma)) == 1


@pytest.mark.parametrize(
    ("hours", "phase"),
    [(5 / 60, 0.5), *((hours, phase) for hours in (6, 24, 30, 48, 72) for phase in (0, 0.35, 0.8))],
)
def test_whatever_the_pace_of_the_clock_each_reminder_comes_once(
    world: World, hours: float, phase: float
) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    closes = world.now + 6 * WEEK
    timer = Timer(world.bench.service)
    world.bench.later(days=34, hours=phase * hours)
    runs = []
    while world.now < closes + timedelta(days=2):
        timer.once()
        runs.append(closes - world.now)
        world.bench.later(hours=hours)
    Sender(world.bench.service.room, world.captured).once()
    day = timedelta(days=1)
    due = [
        any(day < left <= 7 * day for left in runs),
        any(timedelta() < left <= day for left in runs),
    ]
    left = [one for one in world.subjects(amal) if "left: " in one]
    assert due[0]
    assert len(left) == sum(due)
    assert len(set(left)) == len(left)
