"""Reminders: one a person and window, whatever the clock's pace; none when it is settled."""

import pytest

from shared.contracts.consultation import CallEnded
from tests.support.notices import WEEK, World, plain, texts


def reminders(world: World, person: object) -> list[str]:
    return [one for one in world.subjects(person) if " left: " in one or "Not sent yet" in one]


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_seven_days_and_one_day_before_whatever_the_pace(world: World, hours: int) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    world.later(days=34)
    for _ in range(10 * 24 // hours):
        world.later(hours=hours)
    assert reminders(world, amal) == ["7 days left: Safer streets", "1 day left: Safer streets"]


def test_a_clock_that_stood_still_sends_only_what_is_still_true(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    world.later(days=41, hours=12)
    assert reminders(world, amal) == ["1 day left: Safer streets"]


def test_who_has_a_draft_is_reminded_of_it_and_who_has_sent_is_left_alone(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    call = world.call()
    world.answer(call, amman, [amal])
    world.sent(call, zarqa, [zaid])
    world.later(days=35)
    assert reminders(world, amal) == ["Not sent yet: 3 of 7 parts ready"]
    assert "Amman has a draft" in plain(world.mail(amal)[-1])
    assert reminders(world, zaid) == []


def test_an_extension_moves_the_reminders(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    world.extend(call, WEEK)
    world.later(days=35)
    assert reminders(world, amal) == []
    world.later(days=7)
    assert reminders(world, amal) == ["7 days left: Safer streets"]


def test_an_extension_after_the_first_reminder_brings_new_ones(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    world.later(days=35)
    world.extend(call, 2 * WEEK)
    for _ in range(20):
        world.later(days=1)
    assert reminders(world, amal) == ["7 days left: Safer streets"] * 2 + [
        "1 day left: Safer streets"
    ]


def test_nobody_is_reminded_of_a_call_that_was_cancelled(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    world.of_call(
        CallEnded, call, state="cancelled", ending="cancelled", reasons=texts({"en": "Merged."})
    )
    world.later(days=41)
    assert reminders(world, amal) == []


def test_reminders_can_be_stopped_alone(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    world.later(days=35)
    assert "unsubscribe" in str(world.mail(amal)[-1]["List-Unsubscribe"])
    assert world.mail(amal)[-1]["List-Unsubscribe"] != world.mail(amal)[0]["List-Unsubscribe"]
