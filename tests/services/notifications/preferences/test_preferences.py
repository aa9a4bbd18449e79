"""What people choose, and the link that stops a kind of mail months later, signed out."""

import re

import pytest

from services.notifications.errors import UnknownLink
from services.notifications.preferences import actions, queries
from services.notifications.preferences.rules import CHOICES, Pace, Topic, may_stop, pace
from shared.contracts.consultation import CallCorrected
from shared.security.permissions import NOBODY, Actor
from tests.support.notices import World, plain, texts


def secret_in(message: object) -> str:
    found = re.search(r"/unsubscribe/([\w-]+)>", str(message["List-Unsubscribe"]))
    assert found
    return found.group(1)


def test_what_was_chosen_holds_where_it_may_be_chosen() -> None:
    assert pace(Topic.CALLS, None) == Pace.AT_ONCE
    assert pace(Topic.WORK, None) == Pace.DAILY
    assert pace(Topic.CALLS, "daily") == Pace.DAILY
    assert pace(Topic.REMINDERS, "daily") == Pace.AT_ONCE
    assert pace(Topic.ANSWERS, "none") == Pace.AT_ONCE
    assert not may_stop(Topic.ANSWERS)
    assert all(Pace.NONE in paces for paces in CHOICES.values())


def test_no_mail_about_calls_leaves_the_inbox_whole(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    with world.bench.work(Actor(person=amal)) as work:
        actions.choose(work, {Topic.CALLS: Pace.NONE})
    call = world.call()
    assert world.mail(amal) == []
    assert len(world.inbox(amal)) == 1
    world.sent(call, amman, [amal])
    assert len(world.mail(amal)) == 1


def test_calls_once_a_day(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    with world.bench.work(Actor(person=amal)) as work:
        actions.choose(work, {Topic.CALLS: Pace.DAILY})
    world.call()
    world.call(titles=texts({"en": "Warmer homes"}))
    assert world.mail(amal) == []
    world.later(days=1)
    assert world.subjects(amal) == ["2 notices for you today"]
    assert "Warmer homes" in plain(world.mail(amal)[0])
    world.later(days=2)
    assert len(world.mail(amal)) == 1


def test_the_link_in_a_mail_stops_it_months_later_without_signing_in(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    secret = secret_in(world.mail(amal)[0])
    world.bench.later(weeks=4)
    with world.bench.work(NOBODY) as work:
        actions.follow_link(work, secret, Pace.NONE)
    world.of_call(CallCorrected, call, correction=1, notes=texts({"en": "A typing error."}))
    assert len(world.mail(amal)) == 1
    with world.bench.view(NOBODY) as view:
        assert queries.of_link(view, secret) == (Topic.CALLS, Pace.NONE)


def test_the_same_link_stands_in_every_mail_of_a_topic(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    world.call()
    assert len({secret_in(one) for one in world.mail(amal)}) == 1


def test_the_link_works_for_an_account_that_is_closed(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    secret = secret_in(world.mail(amal)[0])
    world.change_person(amal, active=False)
    with world.bench.work(NOBODY) as work:
        assert actions.follow_link(work, secret, Pace.NONE) == Topic.CALLS


def test_a_made_up_link_changes_nothing(world: World) -> None:
    with pytest.raises(UnknownLink), world.bench.work(NOBODY) as work:
        actions.follow_link(work, "guessed", Pace.NONE)
