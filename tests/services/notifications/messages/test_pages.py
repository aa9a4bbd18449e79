"""The pages of notifications as their readers meet them."""

import re
from urllib.parse import urlsplit

import pytest

from services.notifications.messages.queries.inbox import PAGE
from shared.contracts.consultation import CallCorrected
from tests.services.notifications.conftest import Readers
from tests.support.notices import World, texts

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def stop_url(world: World, person: object) -> str:
    return urlsplit(str(world.mail(person)[0]["List-Unsubscribe"]).strip(" <>")).path


def test_the_inbox_shows_and_counts_what_is_unread(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    browser = readers.browser(amal)
    page = browser.get("/en/inbox")
    assert "Call for input: Safer streets" in page.text
    assert "1 unread notice" in page.text
    href = re.search(r'href="(/en/inbox/\w+)"', page.text)
    assert href
    shown = browser.get(href.group(1))
    assert "Read the call and answer" in shown.text
    assert "Safer streets" in shown.text
    assert "1 unread notice" in browser.get("/en/inbox").text
    browser.post(href.group(1))
    assert "unread notice" not in browser.get("/en/inbox").text


def test_the_bar_of_every_service_asks_how_much_is_unread(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    browser = readers.browser(amal)
    assert browser.get("/en/inbox/unread").json() == {"count": "", "saying": "0 unread notices"}
    call = world.call()
    assert browser.get("/en/inbox/unread").json() == {"count": "1", "saying": "1 unread notice"}
    world.of_call(CallCorrected, call, correction=1, notes=texts({"en": "A typing error."}))
    assert browser.get("/fr/inbox/unread").json()["saying"] == "2 avis non lus"
    elsewhere = browser.get("/en/preferences").text
    assert 'data-unread="/en/inbox/unread" hidden>' in elsewhere
    inbox = browser.get("/en/inbox").text
    assert "data-unread" not in inbox
    assert '<span class="rt-count" aria-hidden="true">2</span>' in inbox
    refused = readers.browser().get("/en/inbox/unread", follow_redirects=False)
    assert refused.status_code in (302, 303, 307)


def test_a_message_of_somebody_else_is_not_there(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    basma = world.person("Basma")
    world.call()
    code = world.inbox(amal)[0].code
    assert readers.browser(basma).get(f"/en/inbox/{code}").status_code == 404
    assert readers.browser(basma).post(f"/en/inbox/{code}").status_code == 404
    assert world.inbox(amal)[0].read_at is None
    assert code not in readers.browser(basma).get("/en/inbox").text


def test_a_long_inbox_is_paged_and_read_at_once(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    for number in range(PAGE + 3):
        notes = texts({"en": f"Note {number}"})
        world.of_call(CallCorrected, call, correction=number, notes=notes)
    browser = readers.browser(amal)
    first = browser.get("/en/inbox").text
    assert first.count('data-th="Notice"') == PAGE
    following = re.search(r'href="(/en/inbox\?after=\w+)"', first)
    assert following
    assert browser.get(following.group(1)).text.count('data-th="Notice"') == 4
    assert "Everything is marked as read." in browser.post("/en/inbox").text
    assert "Unread" not in browser.get("/en/inbox").text


def test_an_empty_inbox_says_what_comes_here(world: World, readers: Readers) -> None:
    nora = world.person("Nora")
    assert "Nothing here yet" in readers.browser(nora).get("/en/inbox").text


def test_an_arabic_message_reads_from_the_right_on_an_english_page(
    world: World, readers: Readers
) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), language="ar")
    world.call()
    code = world.inbox(amal)[0].code
    page = readers.browser(amal).get(f"/en/inbox/{code}").text
    assert 'lang="ar" dir="rtl"' in page


def test_unsubscribing_by_a_mail_program_acts_at_once(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    answer = readers.mail_program().post(stop_url(world, amal), data=ONE_CLICK)
    assert answer.status_code == 200
    world.of_call(CallCorrected, call, correction=1, notes=texts({"en": "A typing error."}))
    assert len(world.mail(amal)) == 1


def test_opening_the_link_changes_nothing_and_shows_a_button(
    world: World, readers: Readers
) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    call = world.call()
    page = readers.browser().get(stop_url(world, amal))
    assert "Stop this mail?" in page.text
    world.of_call(CallCorrected, call, correction=1, notes=texts({"en": "A typing error."}))
    assert len(world.mail(amal)) == 2


def test_stopping_can_be_undone_or_become_a_daily_mail(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    url, browser = stop_url(world, amal), readers.browser()
    assert "We have stopped this mail" in browser.post(url, data={"pace": "none"}).text
    assert "Send it again" in browser.get(url).text
    assert "Stop this mail?" in browser.post(url, data={"pace": "at_once"}).text
    assert "one mail a day" in browser.post(url, data={"pace": "daily"}).text
    assert "Send it once a week instead" in browser.get(url).text
    assert "one mail a week" in browser.post(url, data={"pace": "weekly"}).text


def test_a_made_up_link_is_a_page_that_says_so(readers: Readers) -> None:
    answer = readers.browser().get("/en/unsubscribe/guessed")
    assert answer.status_code == 404
    assert "This link is not complete" in answer.text


def test_preferences_are_kept(world: World, readers: Readers) -> None:
    nora = world.person("Nora")
    browser = readers.browser(nora)
    page = browser.get("/en/preferences").text
    assert "Reminders before a call closes" in page
    assert "Secretariat" not in page
    saved = browser.post("/en/preferences", data={"calls": "daily", "reminders": "none"})
    assert "Saved." in saved.text
    assert re.search(r'name="calls" type="radio" value="daily"\s+checked', saved.text)


def test_quiet_hours_are_kept_in_the_readers_own_zone(world: World, readers: Readers) -> None:
    nora = world.person("Nora", zone="Africa/Nairobi")
    browser = readers.browser(nora)
    assert "by the clock of Nairobi" in browser.get("/en/preferences").text
    hours = {"quiet_from": "22", "quiet_until": "7"}
    saved = browser.post("/en/preferences", data=hours).text
    assert re.search(r'value="22" selected>22:00', saved)
    assert re.search(r'value="7" selected>07:00', saved)
    none = browser.post("/en/preferences", data={"quiet_from": "", "quiet_until": ""}).text
    assert "selected>22:00" not in none


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ({"quiet_from": "22", "quiet_until": ""}, "Choose both hours, or neither."),
        ({"quiet_from": "", "quiet_until": "6"}, "Choose both hours, or neither."),
        ({"quiet_from": "6", "quiet_until": "6"}, "Choose two different hours."),
        ({"quiet_from": "24", "quiet_until": "6"}, "Write a number of 23 or less."),
    ],
)
def test_half_a_pair_of_hours_is_sent_back(
    world: World, readers: Readers, hours: dict[str, str], problem: str
) -> None:
    nora = world.person("Nora")
    answer = readers.browser(nora).post("/en/preferences", data=hours)
    assert answer.status_code == 422
    assert problem in answer.text


@pytest.mark.parametrize("bad", [{"calls": "hourly"}, {"answers": "none"}])
def test_what_cannot_be_chosen_is_refused(
    world: World, readers: Readers, bad: dict[str, str]
) -> None:
    nora = world.person("Nora")
    answer = readers.browser(nora).post("/en/preferences", data=bad)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text


def test_staff_compare_should_and_was(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    world.person("Amal", (amman, "contact_point"))
    mia = world.staff("Mia", "call_manager")
    world.call()
    browser = readers.browser(mia)
    assert "Safer streets" in browser.get("/en/staff/inbox/reconciliation").text
    page = browser.get("/en/staff/inbox/reconciliation/2026-001").text
    assert "Everybody who should have been told was told." in page
    assert "Amal" in page
    assert browser.get("/en/staff/inbox/reconciliation/2026-777").status_code == 404


def test_partners_do_not_see_who_was_told(world: World, readers: Readers) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    page = readers.browser(amal).get("/en/staff/inbox/reconciliation/2026-001")
    assert page.status_code == 403
    assert "Everybody who should" not in page.text
