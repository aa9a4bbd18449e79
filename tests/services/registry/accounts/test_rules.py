"""The decisions of accounts, without a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry import errors
from services.registry.accounts import rules

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("Amina@Example.ORG", "amina@example.org"),
        ("  a.b+c@x-y.example ", "a.b+c@x-y.example"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("\uff41@example.org", "a@example.org"),
    ],
)
def test_an_address_has_one_spelling(typed: str, spelt: str) -> None:
    assert rules.address(typed) == spelt


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a@b",
        "a@@b.c",
        "a b@c.d",
        "a@b.c\nBcc: d@e.f",
        "<a@b.c>",
        "a@.b..c",
        "é@b.c",
        "a@b.c,d@e.f",
        "a" * 260 + "@b.c",
        "a@" + "b" * 70 + ".org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(errors.WrongAddress):
        rules.address(typed)


@pytest.mark.parametrize(
    "typed", ["123456", " 123 456 ", "123-456", "١٢٣٤٥٦", "１２３ ４５６", "code: 123\u00a0456."]
)
def test_a_pasted_code_is_read_in_any_script(typed: str) -> None:
    assert rules.digits(typed) == "123456"


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/%2Fevil.example",
        "/%5Cevil.example",
        "/a\r\nSet-Cookie: b",
        "/%0d%0a",
        "/" + "a" * 3000,
        "",
        "/\x00",
        "http:/evil.example",
    ],
)
def test_the_next_place_stays_on_the_site(place: str) -> None:
    assert rules.place(place, "/en/") == "/en/"


@pytest.mark.parametrize("place", ["/", "/ar/calls/2026-014?part=2#top", "/en/answers/7KQ4/%D9%83"])
def test_places_of_the_site_are_kept(place: str) -> None:
    assert rules.place(place) == place


@given(st.text())
def test_no_text_leads_away(text: str) -> None:
    place = rules.place(text, "/calls")
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))


def test_a_session_ends_when_left_alone_or_old_or_ended() -> None:
    def over(created: int, seen: int, ended: datetime | None = None) -> bool:
        return rules.session_is_over(
            NOW - timedelta(days=created), NOW - timedelta(days=seen), ended, NOW
        )

    assert not over(29, 0)
    assert over(30, 30)
    assert over(180, 1)
    assert over(1, 0, NOW)


def test_devices_have_names() -> None:
    android = "Mozilla/5.0 (Linux; Android 8.0) AppleWebKit/537 Chrome/90.0 Mobile Safari/537"
    assert rules.device(android) == ("Chrome", "Android")
    assert rules.device("curl/8") == ("", "")


@dataclass
class Seat:
    person_id: UUID = field(default_factory=uuid4)
    roles: list[str] = field(default_factory=list)
    state: str = "active"


def test_the_last_administrator_stays() -> None:
    last, other = Seat(roles=["administrator", "contact_point"]), Seat(roles=["deputy"])
    with pytest.raises(errors.LastAdministrator):
        rules.check_roles([last, other], last.person_id, ["contact_point"])
    rules.check_roles([last, other], last.person_id, ["administrator"])
    rules.check_roles([last, other], other.person_id, [])


def test_one_of_two_administrators_may_go_but_not_for_one_who_left() -> None:
    one, two = Seat(roles=["administrator"]), Seat(roles=["administrator"])
    rules.check_roles([one, two], one.person_id, [])
    two.state = "deactivated"
    with pytest.raises(errors.LastAdministrator):
        rules.check_roles([one, two], one.person_id, [])


def test_who_is_alone_may_erase_the_account() -> None:
    one, two = Seat(roles=["administrator"]), Seat(roles=["deputy"])
    assert rules.may_leave_for_good([one], one.person_id)
    assert not rules.may_leave_for_good([one, two], one.person_id)
    assert rules.may_leave_for_good([one, two], two.person_id)
    two.roles = ["administrator"]
    assert rules.may_leave_for_good([one, two], one.person_id)


def test_nobody_changes_their_own_staff_roles() -> None:
    me = uuid4()
    with pytest.raises(errors.NotOneself):
        rules.check_appoint(
            appointing=me, person=me, before=[], after=["analyst"], administrators=2
        )


def test_the_portal_keeps_an_administrator() -> None:
    with pytest.raises(errors.LastStaffAdministrator):
        rules.check_appoint(
            appointing=uuid4(),
            person=uuid4(),
            before=["administrator"],
            after=[],
            administrators=1,
        )


def test_the_officer_waits_seven_days() -> None:
    with pytest.raises(errors.NotYetOurs):
        rules.check_join_decision(NOW, NOW + timedelta(days=6), by_administrator=False)
    rules.check_join_decision(NOW, NOW + timedelta(days=7), by_administrator=False)
    rules.check_join_decision(NOW, NOW, by_administrator=True)
