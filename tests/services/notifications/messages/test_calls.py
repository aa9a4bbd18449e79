"""Calls: whoever is concerned at any moment is told, once, in their language; nobody else is."""

from datetime import timedelta

from services.notifications.messages.actions import fanning
from shared.contracts.audience import Audience
from shared.contracts.consultation import (
    CallChanged,
    CallCorrected,
    CallEnded,
    CallExtended,
    CallPublished,
    ReplyLate,
    ReportPublished,
)
from tests.support.notices import WEEK, World, html, plain, texts

CLOSES = "14 December 2026"


def test_everybody_concerned_is_told_in_the_inbox_and_by_one_mail(world: World) -> None:
    amman = world.partner("Amman")
    lyon = world.partner("Lyon", country="FRA", regions=["europe_others"])
    bank = world.partner("Bank", category="finance")
    amal = world.person("Amal", (amman, "contact_point"), language="ar", zone="Asia/Amman")
    luc = world.person("Luc", (lyon, "deputy"), language="fr")
    nobody = world.person("Nora", (bank, "contact_point"))
    world.call()
    assert (
        world.subjects(luc) == ["Call for input: Des rues plus sûres, closes 14 décembre 2026"]
        or len(world.subjects(luc)) == 1
    )
    assert "Des rues plus sûres" in world.subjects(luc)[0]
    assert "شوارع أكثر أمانا" in world.subjects(amal)[0]
    assert '<body dir="rtl"' in html(world.mail(amal)[0])
    assert len(world.inbox(amal)) == len(world.inbox(luc)) == 1
    assert world.mail(nobody) == []
    assert world.inbox(nobody) == []


def test_the_deadline_stands_in_three_forms_with_a_calendar_file(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), zone="Asia/Tokyo")
    world.call()
    mail = world.mail(amal)[0]
    text = plain(mail)
    assert "12:00" in text
    assert "Nairobi" in text
    assert "18:00 in Tokyo" in text
    assert "09:00 UTC" in text
    assert 'class="button"' in html(mail)
    assert 'class="card"' in html(mail)
    attached = [part.get_filename() for part in mail.iter_attachments()]
    assert attached == ["deadline.ics"]


def test_a_person_in_two_organisations_is_told_once(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"), (zarqa, "contact_point"))
    world.call()
    assert len(world.mail(amal)) == len(world.inbox(amal)) == 1
    assert "Amman" in plain(world.mail(amal)[0])


def test_a_replay_tells_nobody_again(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.draft()
    event = world.of_call(CallPublished, call, state="published")
    world.hear(event)
    world.hear(event)
    assert len(world.mail(amal)) == len(world.inbox(amal)) == 1


def test_observers_hear_in_the_inbox_only_and_reviewers_not_at_all(world: World) -> None:
    amman = world.partner("Amman")
    omar = world.person("Omar", (amman, "observer"))
    rana = world.person("Rana", (amman, "reviewer"))
    world.call()
    assert len(world.inbox(omar)) == 1
    assert world.mail(omar) == []
    assert world.inbox(rana) == []


def test_no_mail_goes_to_an_unconfirmed_address_until_it_is_confirmed(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), email_confirmed=False)
    world.call()
    assert world.mail(amal) == []
    assert len(world.inbox(amal)) == 1
    world.change_person(amal, email_confirmed=True)
    assert len(world.mail(amal)) == 1
    assert len(world.inbox(amal)) == 1


def test_a_partner_verified_while_calls_are_open_gets_one_notice_that_lists_them(
    world: World,
) -> None:
    amman = world.partner("Amman", state="submitted")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    world.call(titles=texts({"en": "Warmer homes"}))
    assert world.mail(amal) == []
    world.change_partner(amman, state="verified")
    assert world.subjects(amal) == ["2 calls for input are open to you"]
    assert "Safer streets" in plain(world.mail(amal)[0])
    assert "Warmer homes" in plain(world.mail(amal)[0])
    world.change_partner(amman, name="Greater Amman")
    assert len(world.mail(amal)) == 1


def test_a_colleague_who_joins_while_a_call_is_open_is_told_of_it(world: World) -> None:
    amman = world.partner("Amman")
    world.person("Amal", (amman, "contact_point"))
    world.call()
    basma = world.person("Basma", (amman, "deputy"))
    assert basma in world.people
    assert len(world.subjects(basma)) == 1


def test_nobody_is_told_of_a_call_that_has_closed(world: World) -> None:
    world.call()
    world.later(weeks=7)
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    assert world.mail(amal) == []


def test_a_wider_audience_is_told(world: World) -> None:
    bank = world.partner("Bank", category="finance")
    ben = world.person("Ben", (bank, "contact_point"))
    call = world.call()
    world.of_call(
        CallChanged,
        call,
        audience=Audience(categories=["local_authority", "finance"]),
        audience_version=2,
    )
    assert len(world.mail(ben)) == 1


def test_an_extension_tells_everybody_again_and_a_second_one_too(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    call = world.call()
    world.sent(call, zarqa, [zaid])
    event = world.extend(call, WEEK)
    world.hear(event)
    assert world.subjects(amal)[1:] == ["More time: now closes 21 December 2026"]
    assert world.subjects(zaid)[2:] == ["More time. Your answer stands; you may replace it"]
    assert "Many asked for more time." in plain(world.mail(amal)[1])
    world.extend(call, WEEK)
    assert world.subjects(amal)[2:] == ["More time: now closes 28 December 2026"]


def test_more_time_for_one_partner_is_told_to_that_partner_only(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    call = world.call()
    original = world.calls[call]["windows"][0]
    late = original.model_copy(
        update={
            "window_id": zarqa,
            "kind": "late",
            "closes_at": original.closes_at + WEEK,
            "organisation_id": zarqa,
        }
    )
    world.of_call(
        CallExtended,
        call,
        windows=[original, late],
        window_id=late.window_id,
        closes_at=late.closes_at,
        reasons=texts({"en": "A flood."}),
    )
    assert len(world.mail(zaid)) == 2
    assert len(world.mail(amal)) == 1
    assert world.subjects(zaid)[1] == "More time: now closes 21 December 2026"
    assert "This time is for Zarqa alone" in plain(world.mail(zaid)[1])


def test_corrections_and_endings_reach_everybody_told(world: World) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    world.of_call(CallCorrected, call, correction=1, notes=texts({"en": "Question 2 is clearer."}))
    world.of_call(CallCorrected, call, correction=2, notes=texts({"en": "A typing error."}))
    world.of_call(
        CallEnded,
        call,
        state="cancelled",
        ending="cancelled",
        reasons=texts({"en": "The programme was merged."}),
    )
    assert world.subjects(amal)[1:] == [
        "Safer streets: corrected, because Question 2 is clearer",
        "Safer streets: corrected, because A typing error",
        "Safer streets: cancelled, because The programme was merged",
    ]
    assert "> The programme was merged." in plain(world.mail(amal)[3])


def test_who_was_taken_out_of_a_restricted_call_hears_nothing_more(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    call = world.call(Audience(only_named=True, included=[amman, zarqa]))
    assert len(world.mail(amal)) == 1
    world.of_call(
        CallChanged, call, audience=Audience(only_named=True, included=[zarqa]), audience_version=2
    )
    world.extend(call, WEEK)
    world.of_call(CallCorrected, call, correction=1, notes=texts({"en": "A typing error."}))
    assert len(world.mail(amal)) == 1
    assert len(world.mail(zaid)) == 3


def test_a_late_reply_is_told_to_those_who_answered(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    call = world.call()
    world.sent(call, zarqa, [zaid])
    world.later(weeks=19)
    before = len(world.mail(amal))
    world.of_call(
        ReplyLate,
        call,
        new_date=world.now + timedelta(weeks=2),
        reasons=texts({"en": "More came in than we thought."}),
    )
    assert world.subjects(zaid)[-1].startswith("Our reply is late: new date")
    assert "More came in than we thought." in plain(world.mail(zaid)[-1])
    assert len(world.mail(amal)) == before


def test_the_report_is_told_to_others_in_the_inbox_only(world: World) -> None:
    amman, zarqa = world.partner("Amman"), world.partner("Zarqa")
    amal = world.person("Amal", (amman, "contact_point"))
    zaid = world.person("Zaid", (zarqa, "contact_point"))
    call = world.call()
    world.sent(call, zarqa, [zaid])
    mails = len(world.mail(amal))
    world.of_call(ReportPublished, call, state="report_published")
    assert world.inbox_subjects(amal)[-1] == "Report published: Safer streets"
    assert len(world.mail(amal)) == mails
    assert "Report published" not in " ".join(world.inbox_subjects(zaid))


def test_more_people_than_one_chunk_are_told_once_each(world: World) -> None:
    fanning.CHUNK, before = 3, fanning.CHUNK
    try:
        people = []
        for number in range(10):
            city = world.partner(f"City {number}")
            people.append(world.person(f"Person{number}", (city, "contact_point")))
        world.call()
    finally:
        fanning.CHUNK = before
    assert [len(world.mail(one)) for one in people] == [1] * 10
