"""The secretariat: reviews at once, the rest once a day; nothing twice, nothing forgotten."""

from datetime import timedelta

from shared.contracts.consultation import (
    CallReviewAsked,
    CallSentBack,
    PointsToDecide,
    ReportPublished,
    ReportReviewAsked,
)
from shared.contracts.registry import RegistrationSubmitted
from tests.support.notices import World, plain


def test_reviews_are_told_at_once_to_those_who_may_review(world: World) -> None:
    author = world.staff("Ana", "call_manager")
    second = world.staff("Ben", "call_manager")
    decider = world.staff("Dora", "decider")
    analyst = world.staff("Alma", "analyst")
    call = world.draft(managers=[author])
    world.of_call(
        CallReviewAsked, call, state="in_review", round=1, asked_by=author, editors=[author]
    )
    assert world.subjects(second) == ["Please review: Safer streets"]
    assert world.subjects(decider) == ["Please review: Safer streets"]
    assert world.mail(author) == world.mail(analyst) == []
    world.of_call(CallSentBack, call, state="changes_requested", round=1)
    assert world.subjects(author) == ["Sent back: Safer streets"]


def test_what_waits_comes_in_one_mail_a_day(world: World) -> None:
    officer = world.staff("Olga", "partnership_officer", zone="Asia/Tokyo")
    for name in ("Amman", "Zarqa"):
        city = world.partner(name, state="submitted")
        world.person(f"Of{name}", (city, "contact_point"))
        world.of_partner(RegistrationSubmitted, city, round=1)
    assert world.mail(officer) == []
    assert len(world.inbox(officer)) == 2
    world.later(hours=12, minutes=59)
    assert world.mail(officer) == []
    world.later(minutes=2)
    assert world.subjects(officer) == ["2 notices for you today"]
    assert "Registration to check: Amman" in plain(world.mail(officer)[0])
    assert world.mail(officer)[0]["List-Unsubscribe"]
    world.later(days=3)
    assert len(world.mail(officer)) == 1


def test_digests_neither_repeat_nor_miss_for_eight_weeks(world: World) -> None:
    officer = world.staff("Olga", "partnership_officer")
    names = []
    for number in range(56):
        if number % 3:
            name = f"City {number:02d}"
            city = world.partner(name, state="submitted")
            world.person(f"Of{number}", (city, "contact_point"))
            world.of_partner(RegistrationSubmitted, city, round=1)
            names.append(name)
        world.later(hours=23 if number % 2 else 25)
    world.later(days=1)
    told = "\n".join(plain(one) for one in world.mail(officer))
    assert [told.count(f"Registration to check: {name}\n") for name in names] == [1] * len(names)


def test_points_to_decide_are_told_once_a_day_and_not_when_decided(world: World) -> None:
    decider = world.staff("Dora", "decider")
    call = world.call(reply_due_at=None)
    world.later(weeks=7)
    world.of_call(PointsToDecide, call, waiting=3)
    world.of_call(PointsToDecide, call, waiting=5)
    world.later(days=1)
    assert world.inbox_subjects(decider) == ["3 points to decide: Safer streets"]
    assert len(world.mail(decider)) == 1
    world.of_call(PointsToDecide, call, waiting=2)
    world.of_call(PointsToDecide, call, waiting=0)
    world.later(days=1)
    assert len(world.mail(decider)) == 1


def test_a_report_is_reviewed_by_somebody_who_did_not_write_it(world: World) -> None:
    author = world.staff("Dora", "decider")
    other = world.staff("Dino", "decider")
    call = world.call(reply_due_at=None)
    world.of_call(ReportReviewAsked, call, round=1, authors=[author])
    assert world.inbox_subjects(other)[-1] == "Report to review: Safer streets"
    assert "Report to review: Safer streets" not in world.inbox_subjects(author)


def test_the_reply_clock_reminds_three_times_until_the_report_is_out(world: World) -> None:
    manager = world.staff("Mia", "call_manager")
    call = world.call(managers=[manager], reply_due_at=world.now + timedelta(weeks=18))
    for _ in range(19):
        world.later(weeks=1)
    clock = [one for one in world.inbox_subjects(manager) if one.startswith("Reply")]
    assert clock == [
        "Reply due in 4 weeks: Safer streets",
        "Reply due in 1 week: Safer streets",
        "Reply overdue: Safer streets",
    ]
    assert world.inbox_subjects(manager)[0] == "Closed: Safer streets"
    assert call in world.calls


def test_the_reply_clock_stops_with_the_report(world: World) -> None:
    manager = world.staff("Mia", "call_manager")
    call = world.call(managers=[manager])
    world.later(weeks=10)
    world.of_call(ReportPublished, call, state="report_published")
    world.later(weeks=12)
    assert not [one for one in world.inbox_subjects(manager) if one.startswith("Reply")]


def test_an_event_after_the_deadline_and_before_the_worker_takes_no_notice_away(
    world: World,
) -> None:
    manager = world.staff("Mia", "call_manager")
    call = world.call(managers=[manager], reply_due_at=world.now + timedelta(weeks=10))
    world.bench.later(weeks=11)
    world.of_call(PointsToDecide, call, waiting=0)
    told = world.inbox_subjects(manager)
    assert told.count("Closed: Safer streets") == 1
    assert told.count("Reply overdue: Safer streets") == 1


def test_a_call_whose_extension_is_heard_after_its_first_deadline_has_not_closed(
    world: World,
) -> None:
    manager = world.staff("Mia", "call_manager")
    call = world.call(managers=[manager])
    closes_at = world.calls[call]["windows"][-1].closes_at
    world.bench.clock.at = closes_at + timedelta(hours=1)
    world.extend(call, timedelta(weeks=2))
    assert "Closed: Safer streets" not in world.inbox_subjects(manager)
    world.later(weeks=3)
    assert world.inbox_subjects(manager).count("Closed: Safer streets") == 1
