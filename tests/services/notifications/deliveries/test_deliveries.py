"""Once per occasion, person and channel; should and was compared; starting again tells nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from services.notifications.calls import queries as calls
from services.notifications.deliveries import queries
from services.notifications.deliveries.models import Delivery
from services.notifications.deliveries.rules import Channel, Due, gaps, occasion
from services.notifications.messages.rules import is_earlier
from shared import ids
from shared.contracts.consultation import CallChanged, CallPublished
from shared.contracts.registry import OrganisationVerified
from shared.contracts.topics import PEOPLE
from shared.errors import NotFound
from shared.mail import MailRow
from shared.security.permissions import Actor
from tests.support.notices import World

STAFF = Actor(person=ids.new(), staff_roles=frozenset({"call_manager"}))


def missing(world: World, code: str = "2026-001") -> int:
    with world.bench.view(STAFF) as view:
        return queries.reconciliation(view, code).gaps


def test_everybody_due_was_told_and_each_row_names_its_cause(world: World) -> None:
    amman, empty = world.partner("Amman"), world.partner("Empty")
    amal = world.person("Amal", (amman, "contact_point"))
    world.person("Omar", (amman, "observer"))
    world.person("Una", (amman, "deputy"), email_confirmed=False)
    world.call()
    with world.bench.view(STAFF) as view:
        found = queries.reconciliation(view, "2026-001")
    assert (found.concerned, found.due, found.gaps) == (2, 3, 0)
    assert found.unreachable == ["Empty"]
    assert empty
    mine = [row for row in found.rows if row.person_id == amal]
    assert {(row.channel, row.state) for row in mine} == {
        ("inbox", "delivered"),
        ("mail", "delivered"),
    }
    assert all(
        row.organisation == "Amman" and row.audience_version == 1 and row.cause for row in mine
    )


def test_somebody_forgotten_is_found(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    with world.bench.work() as work:
        gone = delete(Delivery).where(Delivery.channel == Channel.MAIL, Delivery.person_id == amal)
        work.session.execute(gone)
    assert missing(world) == 1
    with world.bench.view(STAFF) as view:
        found = queries.reconciliation(view, "2026-001").missing
    assert [(one.person, one.organisation, one.channel) for one in found] == [
        ("Amal", "Amman", "mail")
    ]


def test_the_last_check_stands_after_closing(world: World) -> None:
    amman = world.partner("Amman")
    world.person("Amal", (amman, "contact_point"))
    world.call()
    world.later(weeks=7)
    world.person("Late", (amman, "contact_point"))
    with world.bench.view(STAFF) as view:
        found = queries.reconciliation(view, "2026-001")
    assert (found.due, found.gaps) == (1, 0)


def test_every_notice_of_a_call_is_paged_with_a_constant_number_of_queries(world: World) -> None:
    amman = world.partner("Amman")
    for number in range(30):
        world.person(f"P{number}", (amman, "contact_point"))
    world.call()
    with world.bench.view(STAFF) as view:
        first = queries.reconciliation(view, "2026-001")
        second = queries.reconciliation(view, "2026-001", first.next)
    assert len(first.rows) == 50
    assert len(second.rows) == 10
    assert not {one.id for one in first.rows} & {one.id for one in second.rows}


def test_starting_again_with_notify_from_marks_and_does_not_tell(world: World) -> None:
    world.bench.service.room.settings.notify_from = datetime.now(UTC) + timedelta(minutes=5)
    amman = world.partner("Amman", state="submitted")
    amal = world.person("Amal", (amman, "contact_point"))
    world.partners[amman]["state"] = "verified"
    world.of_partner(OrganisationVerified, amman, round=1)
    call = world.call()
    assert world.mail() == []
    assert world.inbox(amal) == []
    with world.bench.view() as view:
        states = set(view.session.scalars(select(Delivery.state)))
    assert states == {"suppressed"}
    assert missing(world) == 0
    world.bench.service.room.settings.notify_from = None
    world.change_partner(amman, name="Greater Amman")
    assert world.mail() == []
    world.extend(call, timedelta(days=7))
    assert len(world.mail(amal)) == 1


def test_an_older_event_changes_no_copy(world: World) -> None:
    amman = world.partner("Amman")
    world.person("Amal", (amman, "contact_point"))
    call = world.draft()
    old = world.of_call(CallPublished, call, state="published")
    world.of_call(CallPublished, call, code="2026-999")
    world.hear(old)
    with world.bench.view() as view:
        copy = calls.call(view, call)
        assert copy is not None
        assert copy.code == "2026-999"


def test_what_the_other_side_said_stands_beside_the_row(world: World) -> None:
    amman = world.partner("Amman")
    world.person("Amal", (amman, "contact_point"))
    world.call()
    with world.bench.work() as work:
        refused = {"state": "permanent_failure", "last_error": "550 no such person"}
        work.session.execute(update(MailRow).values(**refused))
    with world.bench.view(STAFF) as view:
        found = queries.reconciliation(view, "2026-001")
    states = {(row.channel, row.state, row.last_error) for row in found.rows}
    assert ("mail", "permanent_failure", "550 no such person") in states
    assert ("mail", "permanent_failure", 1) in found.counts


def test_erasing_a_person_leaves_the_count_and_no_words(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    handlers = [
        one
        for one in world.bench.service.subscriptions
        if one.event is None and one.topic == PEOPLE
    ]
    with world.bench.work() as work:
        for one in handlers:
            one.handler(work, amal, world.version(amal))
    assert world.inbox(amal) == []
    with world.bench.view() as view:
        kept = view.session.scalars(select(MailRow)).all()
        assert [(one.to, one.subject, one.text) for one in kept] == [("", "", "")]
        assert len(view.session.scalars(select(Delivery)).all()) == 2


def test_occasions_tell_one_time_from_the_next() -> None:
    call, first, second = ids.new(), ids.new(), ids.new()
    assert occasion("call_extended", call, first) != occasion("call_extended", call, second)
    assert len(occasion("reminder_draft", call, first, 7)) < 200


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())), st.sets(st.integers(0, 5)))
def test_a_gap_is_exactly_a_person_and_channel_without_a_row(
    wanted: list[tuple[int, bool]], have: set[int]
) -> None:
    people = [ids.new() for _ in range(6)]
    due = [Due(people[one], people[0], mail) for one, mail in wanted]
    told = {(people[one], channel) for one in have for channel in Channel}
    found = {(gap.person_id, gap.channel) for gap in gaps(due, told)}
    expected = {
        (people[one], channel)
        for one, mail in wanted
        if one not in have
        for channel in Channel
        if mail or channel == Channel.INBOX
    }
    assert found == expected


def test_the_time_of_an_event_stands_in_its_id() -> None:
    event = ids.new()
    now = datetime.now(UTC)
    for one in (event, None):
        assert is_earlier(one, now + timedelta(minutes=1), now)
        assert not is_earlier(one, now - timedelta(minutes=1), now)
        assert not is_earlier(one, None, now)
    assert not is_earlier(event, now - timedelta(minutes=1), now - timedelta(hours=1))


def test_a_call_that_closed_before_it_was_heard_of_is_written_down(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.draft()
    world.bench.later(weeks=7)
    world.of_call(CallPublished, call, state="published")
    world.later(hours=1)
    assert world.mail(amal) == []
    with world.bench.view(STAFF) as view:
        found = queries.reconciliation(view, "2026-001")
    assert (found.due, found.gaps) == (1, 0)
    assert {(row.state, row.reason) for row in found.rows} == {("suppressed", "closed")}


def test_a_draft_has_no_reconciliation(world: World) -> None:
    world.of_call(CallChanged, world.draft(), state="in_review")
    with world.bench.view(STAFF) as view, pytest.raises(NotFound):
        queries.reconciliation(view, "2026-001")


def test_who_comes_after_a_call_that_was_heard_of_closed_is_no_difference(world: World) -> None:
    amman = world.partner("Amman")
    world.person("Amal", (amman, "contact_point"))
    call = world.draft()
    world.bench.later(weeks=7)
    world.of_call(CallPublished, call, state="published")
    world.later(minutes=1)
    world.person("Late", (world.partner("Zarqa"), "contact_point"), (amman, "deputy"))
    with world.bench.view(STAFF) as view:
        found = queries.reconciliation(view, "2026-001")
    assert (found.concerned, found.due, found.gaps) == (1, 1, 0)
