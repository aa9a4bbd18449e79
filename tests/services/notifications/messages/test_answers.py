"""Answers: everybody who worked on one knows where it stands, nobody else does."""

from uuid import UUID

import pytest

from shared import ids
from shared.contracts.consultation import (
    ApprovalDecided,
    PointReply,
    SubmissionChanged,
    SubmissionPublished,
    SubmissionReplied,
    SubmissionWithdrawn,
)
from tests.support.notices import World, html, plain

City = dict[str, UUID]


@pytest.fixture
def city(world: World) -> City:
    amman = world.partner("Amman")
    return {
        "amman": amman,
        "contact": world.person("Contact", (amman, "contact_point"), zone="Asia/Tokyo"),
        "preparer": world.person("Preparer", (amman, "reviewer"), language="ar"),
        "bystander": world.person("Bystander", (amman, "observer")),
        "call": world.call(),
    }


def test_the_receipt_goes_to_all_who_worked_on_it(world: World, city: City) -> None:
    world.sent(
        city["call"], city["amman"], [city["preparer"]], reference="RT-7KQ4-M2XD", provisional=True
    )
    assert world.subjects(city["contact"])[-1] == "Received: RT-7KQ4-M2XD"
    assert "RT-7KQ4-M2XD" in world.subjects(city["preparer"])[0]
    assert world.subjects(city["bystander"]) == []
    text = plain(world.mail(city["contact"])[-1])
    for said in (
        "5 responses to questions",
        "7 comments on the text",
        "On time",
        "0123456789abcdef0123456789abcdef",
        "We count your answer once you are verified",
        "18:00 in Tokyo",
        "09:00 UTC",
        "/receipt",
    ):
        assert said in text
    assert world.mail(city["contact"])[-1]["List-Unsubscribe"] is None


def test_a_replacement_names_what_it_replaces(world: World, city: City) -> None:
    world.sent(
        city["call"], city["amman"], [city["contact"]], replaces="RT-AAAA-BBBB", on_time=False
    )
    text = plain(world.mail(city["contact"])[-1])
    assert "It replaces your answer RT-AAAA-BBBB" in text
    assert "On time" not in text


def test_withdrawing_is_confirmed(world: World, city: City) -> None:
    key = world.sent(city["call"], city["amman"], [city["contact"]], reference="RT-7KQ4-M2XD")
    world.of_answer(
        SubmissionWithdrawn,
        key,
        city["call"],
        city["amman"],
        [city["contact"]],
        state="withdrawn",
        reference="RT-7KQ4-M2XD",
        withdrawn_at=world.now,
    )
    assert world.subjects(city["contact"])[-1] == "Withdrawn: RT-7KQ4-M2XD"


def test_each_round_of_approval_is_told(world: World, city: City) -> None:
    key = world.answer(city["call"], city["amman"], [city["preparer"]])
    for number, approved in ((1, False), (2, True)):
        event = world.of_answer(
            ApprovalDecided,
            key,
            city["call"],
            city["amman"],
            [city["preparer"]],
            round=number,
            approved=approved,
        )
        world.hear(event)
    assert world.subjects(city["contact"])[-2:] == [
        "Sent back: your answer to Safer streets",
        "Approved: your answer to Safer streets",
    ]
    assert len(world.mail(city["preparer"])) == 2


@pytest.mark.parametrize(
    ("publication", "told"), [("published", 0), ("published_redacted", 1), ("withheld", 1)]
)
def test_the_contact_point_hears_when_it_was_not_published_as_sent(
    world: World, city: City, publication: str, told: int
) -> None:
    key = world.sent(city["call"], city["amman"], [city["preparer"]])
    before = len(world.mail(city["contact"]))
    world.of_answer(
        SubmissionPublished,
        key,
        city["call"],
        city["amman"],
        [city["preparer"]],
        state="submitted",
        reference="RT-7KQ4-M2XD",
        publication=publication,
        round=1,
    )
    assert len(world.mail(city["contact"])) - before == told
    assert len(world.mail(city["preparer"])) == 1


def test_every_submitter_gets_their_own_points(world: World, city: City) -> None:
    key = world.sent(city["call"], city["amman"], [city["preparer"]])
    world.of_answer(
        SubmissionReplied,
        key,
        city["call"],
        city["amman"],
        [city["preparer"]],
        state="submitted",
        points=[
            PointReply(point_id=ids.new(), paragraph="5", disposition="accepted", reason="adopted"),
            PointReply(
                point_id=ids.new(),
                paragraph="",
                disposition="not_accepted",
                reason="no_such_reason",
            ),
        ],
    )
    mail = world.mail(city["contact"])[-1]
    assert mail["Subject"] == "What became of your 2 points"
    text = plain(mail)
    assert "- Paragraph 5: Accepted." in text
    assert "Accepted: 1" in text
    assert "/words" in text
    assert "What became of your words" in html(mail)
    assert "مقبولة" in plain(world.mail(city["preparer"])[-1])


def test_an_answer_of_figures_alone_is_told_as_well(world: World, city: City) -> None:
    key = world.sent(city["call"], city["amman"], [city["contact"]])
    world.of_answer(
        SubmissionReplied, key, city["call"], city["amman"], [city["contact"]], points=[]
    )
    assert world.subjects(city["contact"])[-1] == "What became of your answer"


def test_who_left_the_organisation_hears_nothing_more(world: World, city: City) -> None:
    key = world.answer(city["call"], city["amman"], [city["preparer"]])
    world.change_person(city["preparer"], memberships=[])
    world.sent(city["call"], city["amman"], [city["preparer"]], id=key)
    assert world.mail(city["preparer"]) == []


def test_a_draft_at_closing_is_told_to_those_drafting(world: World, city: City) -> None:
    world.answer(city["call"], city["amman"], [city["preparer"]])
    zarqa = world.partner("Zarqa")
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    world.sent(city["call"], zarqa, [zaid])
    world.later(weeks=6, hours=1)
    said = "Closed before you sent. Your draft is kept"
    assert world.inbox_subjects(city["contact"]).count(said) == 1
    assert len(world.inbox(city["preparer"])) >= 1
    assert said not in world.inbox_subjects(zaid)


def test_an_answer_sent_in_the_last_second_is_no_draft(world: World, city: City) -> None:
    key = world.answer(city["call"], city["amman"], [city["contact"]])
    world.later(weeks=6)
    world.sent(city["call"], city["amman"], [city["contact"]], id=key)
    world.later(hours=1)
    assert "Closed before you sent" not in " ".join(world.subjects(city["contact"]))


def test_begun_is_not_told(world: World, city: City) -> None:
    before = len(world.inbox(city["contact"]))
    key = world.answer(city["call"], city["amman"], [city["contact"]])
    world.of_answer(
        SubmissionChanged, key, city["call"], city["amman"], [city["contact"]], parts_ready=5
    )
    assert len(world.inbox(city["contact"])) == before
