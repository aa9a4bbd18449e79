"""One's own account, and staff roles given by administrators."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from services.registry import errors
from services.registry.accounts.actions import erasing, members, people
from services.registry.accounts.models import (
    Invitation,
    JoinRequest,
    Membership,
    Person,
    Session,
    SignInCode,
)
from services.registry.organisations.actions import registering
from shared import ids
from shared.contracts.registry import PersonChanged
from shared.database.outbox import OutboxRow
from shared.mail.models import MailRow
from tests.services.registry.accounts.conftest import SLOWLY, Registry


def code_of(registry: Registry, email: str) -> str:
    with registry.bench.view() as view:
        return view.get(Person, email=email).code


def roles_of(registry: Registry, email: str) -> list[str]:
    with registry.bench.view() as view:
        return list(view.get(Person, email=email).staff_roles)


def erase(client: TestClient, email: str = "amina@example.org") -> int:
    return int(client.post("/en/account/erase", data={"email": email}).status_code)


def appoint(client: TestClient, code: str, *roles: str, confirmed: str = "yes") -> int:
    data = {"roles": list(roles), "confirmed": confirmed}
    return int(client.post(f"/en/staff/people/{code}", data=data).status_code)


def test_the_first_administrator_is_made_by_a_command_and_signs_in(registry: Registry) -> None:
    with registry.bench.work() as work:
        people.appoint_first_administrator(work, "Chief@Example.org")
    assert roles_of(registry, "chief@example.org") == ["administrator"]
    told = registry.bench.told_of(PersonChanged)[-1]
    assert told.staff_roles == ["administrator"]  # type: ignore[attr-defined]
    assert not told.email_confirmed  # type: ignore[attr-defined]


def test_an_administrator_sees_the_change_before_it_is_made(registry: Registry) -> None:
    registry.person()
    client = registry.signed_in(registry.person("chief@example.org", "Chief", "administrator"))
    code = code_of(registry, "amina@example.org")
    assert "Amina" in client.get("/en/staff/people?words=amin").text
    assert appoint(client, code, "analyst", "decider", confirmed="") == 200
    assert roles_of(registry, "amina@example.org") == []
    assert appoint(client, code, "analyst", "decider") == 303
    assert roles_of(registry, "amina@example.org") == ["analyst", "decider"]
    told = registry.bench.told_of(PersonChanged)[-1]
    assert told.staff_roles == ["analyst", "decider"]  # type: ignore[attr-defined]


def test_nobody_appoints_themselves_and_unknown_roles_are_refused(registry: Registry) -> None:
    registry.person()
    client = registry.signed_in(registry.person("chief@example.org", "Chief", "administrator"))
    own = code_of(registry, "chief@example.org")
    assert appoint(client, own, "administrator", "decider") == 409
    assert roles_of(registry, "chief@example.org") == ["administrator"]
    assert appoint(client, code_of(registry, "amina@example.org"), "emperor") == 422
    assert appoint(client, "NOSUCHCODE", "analyst") == 404


@pytest.mark.parametrize("role", ["call_manager", "analyst", "decider", "partnership_officer", ""])
def test_only_administrators_see_and_appoint_people(registry: Registry, role: str) -> None:
    registry.person()
    code = code_of(registry, "amina@example.org")
    somebody = registry.person("x@example.org", "X", *([role] if role else []))
    client = registry.signed_in(somebody)
    assert client.get("/en/staff/people").status_code == 403
    assert client.get(f"/en/staff/people/{code}").status_code == 403
    assert appoint(client, code, "administrator") == 403
    assert registry.browser().get("/en/staff/people").status_code == 303


def test_people_are_paged_with_the_same_number_of_queries(registry: Registry) -> None:
    with registry.bench.work() as work:
        for number in range(60):
            people.enrol(work, f"p{number:02}@example.org", name=f"Person {number:02}%_")
    client = registry.signed_in(registry.person("chief@example.org", "Chief", "administrator"))
    seen, place = [], "/en/staff/people?words=person+%25_"
    while place:
        text = client.get(place).text
        seen += [one for one in range(60) if f"p{one:02}@example.org" in text]
        _, found, rest = text.partition('rt-pager__next" href="')
        place = rest.partition('"')[0].replace("&amp;", "&") if found else ""
    assert sorted(seen) == list(range(60))
    assert "Nobody found" in client.get("/en/staff/people?words=nobody").text
    assert "p01@" not in client.get("/en/staff/people?who=staff").text


def test_a_new_address_replaces_the_old_one_when_it_is_proved(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    client.post("/en/account/address", data={"email": "Amina@New.example"})
    assert registry.mails()[-1].to == "amina@new.example"
    assert registry.actor("amina@example.org").email == "amina@example.org"
    assert client.post("/en/account/address/code", data={"code": "1"}).status_code == 422
    answer = client.post("/en/account/address/code", data={"code": registry.code()})
    assert answer.status_code == 303
    assert registry.actor("amina@new.example").name == "Amina"
    assert registry.mails()[-1].to == "amina@example.org"
    assert registry.bench.told_of(PersonChanged)[-1].email == "amina@new.example"  # type: ignore[attr-defined]


def test_the_address_of_another_cannot_be_taken(registry: Registry) -> None:
    registry.person("badr@example.org", "Badr")
    client = registry.signed_in(registry.person())
    client.post("/en/account/address", data={"email": "badr@example.org"})
    answer = client.post("/en/account/address/code", data={"code": registry.code()})
    assert answer.status_code == 422
    assert "Another account uses this address" in answer.text
    assert registry.actor("badr@example.org").name == "Badr"


def test_a_code_for_an_address_signs_nobody_in(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    client.post("/en/account/address", data={"email": "badr@example.org"})
    assert client.post("/en/sign-in/code", data={"code": registry.code()}).status_code == 422


def test_erasing_empties_what_knows_the_person(registry: Registry) -> None:
    amina = registry.person()
    assert amina.person is not None
    other = registry.signed_in(amina)
    client = registry.signed_in(amina)
    with registry.bench.work(amina) as work:
        members.seat(work, ids.new(), amina.person)
        members.ask_to_join(work, ids.new(), "I am Amina")
    assert client.post("/en/account/erase", data={}).status_code == 422
    wrong = client.post("/en/account/erase", data={"email": "badr@example.org"})
    assert wrong.status_code == 422
    assert "This is not the address of the account" in wrong.text
    assert registry.actor("amina@example.org").name == "Amina"
    assert erase(client) == 303
    assert other.get("/en/account").status_code == 307
    with registry.bench.view() as view:
        row = view.get(Person, id=amina.person)
        assert (row.name, row.email, row.erased, row.active) == ("", None, True, False)
        assert view.session.scalars(select(Membership)).all() == []
        assert [one.note for one in view.session.scalars(select(JoinRequest))] == [""]
        assert {one.agent for one in view.session.scalars(select(Session))} == {""}
        for model in (SignInCode, Invitation, MailRow):
            assert view.session.scalars(select(model)).all() == []
        (left,) = view.session.scalars(
            select(OutboxRow).where(OutboxRow.key == str(amina.person))
        ).all()
        assert (left.topic, left.payload) == ("registry.people", None)
        assert row.version > 2


def test_the_address_of_an_erased_person_is_a_new_account(registry: Registry) -> None:
    client = registry.signed_in(registry.person())
    erase(client)
    client.post("/en/sign-in", data={"email": "amina@example.org", **SLOWLY})
    answer = client.post("/en/sign-in/code", data={"code": registry.code()})
    assert "/welcome" in answer.headers["location"]


def test_the_last_administrator_of_the_portal_cannot_erase_themselves(registry: Registry) -> None:
    chief = registry.person("chief@example.org", "Chief", "administrator")
    with (
        pytest.raises(errors.LastStaffAdministrator),
        registry.bench.work(chief) as work,
    ):
        erasing.erase_me(work, "chief@example.org")
    page = registry.signed_in(chief).get("/en/account/erase").text
    assert "This is the last administrator of the portal." in page
    assert 'name="email"' not in page


def test_the_last_administrator_of_others_is_told_what_to_do_first(registry: Registry) -> None:
    amina, badr = registry.person(), registry.person("badr@example.org", "Badr")
    assert amina.person is not None
    assert badr.person is not None
    with registry.bench.work(amina) as work:
        organisation = registering.register(
            work, name="Street Vendors", category="stakeholder", country="KEN"
        ).id
    client = registry.signed_in(amina)
    assert "only administrator" not in client.get("/en/account/erase").text
    with registry.bench.work() as work:
        members.seat(work, organisation, badr.person, ["deputy"])
    page = client.get("/en/account/erase").text
    assert "You are the only administrator of <bdi>Street Vendors</bdi>" in page
    assert 'href="/en/organisation/street-vendors/people"' in page
    assert erase(client) == 422
    with registry.bench.work() as work:
        members.seat(work, organisation, badr.person, ["administrator"])
    assert erase(client) == 303


def test_an_administrator_erases_on_request_but_not_themselves(registry: Registry) -> None:
    registry.person()
    chief = registry.signed_in(registry.person("chief@example.org", "Chief", "administrator"))
    code, own = code_of(registry, "amina@example.org"), code_of(registry, "chief@example.org")
    place = f"/en/staff/people/{code}/erase"
    assert place in chief.get(f"/en/staff/people/{code}").text
    assert "Erase the account of <bdi>Amina</bdi>" in chief.get(place).text
    assert registry.actor("amina@example.org").name == "Amina"
    assert chief.post(place, data={"email": "other@example.org"}).status_code == 422
    assert chief.post(place, data={"email": "amina@example.org"}).status_code == 303
    assert chief.get(f"/en/staff/people/{code}").status_code == 404
    own_place = f"/en/staff/people/{own}/erase"
    assert chief.post(own_place, data={"email": "chief@example.org"}).status_code == 422


@pytest.mark.parametrize("role", ["call_manager", "partnership_officer", ""])
def test_only_administrators_erase_others(registry: Registry, role: str) -> None:
    registry.person()
    code = code_of(registry, "amina@example.org")
    client = registry.signed_in(registry.person("x@example.org", "X", *([role] if role else [])))
    place = f"/en/staff/people/{code}/erase"
    assert client.get(place).status_code == 403
    assert client.post(place, data={"email": "amina@example.org"}).status_code == 403
    assert registry.actor("amina@example.org").name == "Amina"


def test_everybody_is_told_again(registry: Registry) -> None:
    registry.person()
    erased = registry.person("gone@example.org", "Gone")
    with registry.bench.work(erased) as work:
        erasing.erase_me(work, "gone@example.org")
    with registry.bench.work() as work:
        people.retell.page(work)
    told = registry.bench.told_of(PersonChanged)
    assert [(event.name, event.version) for event in told] == [("Amina", 1), ("Amina", 2)]  # type: ignore[attr-defined]
    with registry.bench.view() as view:
        empty = view.session.scalars(select(OutboxRow.key).where(OutboxRow.payload.is_(None)))
        assert set(empty) == {str(erased.person)}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"name": " "},
        {"language": "xx"},
        {"zone": "Mars/Base"},
        {"zone": "../etc/passwd"},
        {"staff_roles": "administrator"},
    ],
)
def test_bad_details_change_nothing(registry: Registry, change: dict[str, str]) -> None:
    client = registry.signed_in(registry.person())
    body = {"name": "Amina", "language": "en", "zone": "Africa/Nairobi"} | change
    assert client.post("/en/account/details", data=body).status_code == 422
    assert len(registry.bench.told_of(PersonChanged)) == 1
