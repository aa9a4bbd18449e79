"""Places in organisations: invited, asked for, changed, given up."""

from uuid import UUID

import pytest
from sqlalchemy import select

from services.registry import errors
from services.registry.accounts import queries
from services.registry.accounts.actions import members
from services.registry.accounts.models import Membership
from shared import ids
from shared.contracts.registry import PersonChanged
from shared.errors import Forbidden, Gone, SignInNeeded
from shared.work import NOBODY, Actor
from tests.services.registry.accounts.conftest import SLOWLY, Registry

CITY = ids.new()


def founder(registry: Registry, organisation: UUID = CITY) -> Actor:
    amina = registry.person()
    assert amina.person is not None
    with registry.bench.work() as work:
        members.seat(work, organisation, amina.person)
    return registry.actor("amina@example.org")


def invite(registry: Registry, by: Actor, email: str, *roles: str) -> members.Invited:
    with registry.bench.work(by) as work:
        return members.invite(
            work, CITY, email, roles or ["deputy"], organisation_name="City of Amman"
        )


def membership(registry: Registry, email: str) -> Membership:
    with registry.bench.view() as view:
        return view.get(Membership, person_id=registry.actor(email).person)


def last_told(registry: Registry, email: str) -> list[tuple[UUID, list[str]]]:
    told = [
        event
        for event in registry.bench.told
        if isinstance(event, PersonChanged) and event.email == email
    ]
    return [(one.organisation_id, one.roles) for one in told[-1].memberships]


def test_a_founder_is_administrator_and_contact_point(registry: Registry) -> None:
    amina = founder(registry)
    assert amina.member(CITY, "administrator")
    assert last_told(registry, "amina@example.org") == [(CITY, ["administrator", "contact_point"])]


def test_an_invitation_is_accepted_by_the_button_behind_its_link(registry: Registry) -> None:
    amina, badr = founder(registry), registry.person("badr@example.org", "Badr")
    invited = invite(registry, amina, "Badr@example.org", "deputy", "reviewer")
    assert invited.person_id == badr.person
    assert membership(registry, "badr@example.org").state == "invited"
    assert last_told(registry, "badr@example.org") == []
    link = registry.link()
    assert "City of Amman" in registry.mails()[-1].subject
    client = registry.signed_in(badr)
    assert "City of Amman" in client.get(link).text
    assert membership(registry, "badr@example.org").state == "invited"
    assert client.post(link).status_code == 303
    assert last_told(registry, "badr@example.org") == [(CITY, ["deputy", "reviewer"])]
    assert client.post(link).status_code == 410


def test_an_invitation_waits_for_somebody_without_an_account(registry: Registry) -> None:
    amina = founder(registry)
    assert invite(registry, amina, "new@example.org").person_id is None
    link, client = registry.link(), registry.browser()
    assert "next=" in client.get(link).text
    client.post("/en/sign-in", data={"email": "new@example.org", **SLOWLY, "next": link})
    client.post("/en/sign-in/code", data={"code": registry.code()})
    assert client.post(link).status_code == 303
    assert registry.actor("new@example.org").member(CITY, "deputy")


def test_an_invitation_is_for_its_own_address_only(registry: Registry) -> None:
    amina = founder(registry)
    invite(registry, amina, "badr@example.org")
    link = registry.link()
    other = registry.signed_in(registry.person("other@example.org", "Other"))
    assert "another address" in other.get(link).text
    assert other.post(link).status_code == 403
    # Signed out: sent to sign in by 307, so that what was posted is parked and not lost.
    assert registry.browser().post(link).status_code == 307
    assert registry.actor("other@example.org").memberships == {}


def test_nobody_is_invited_twice(registry: Registry) -> None:
    amina = founder(registry)
    invite(registry, amina, "badr@example.org")
    for email in ("badr@example.org", "amina@example.org"):
        with pytest.raises(errors.AlreadyMember):
            invite(registry, amina, email)


def test_an_invitation_taken_back_is_worth_nothing(registry: Registry) -> None:
    amina, badr = founder(registry), registry.person("badr@example.org", "Badr")
    invited = invite(registry, amina, "badr@example.org")
    link = registry.link()
    with registry.bench.work(amina) as work:
        members.withdraw_invitation(work, invited.invitation_id)
    assert registry.signed_in(badr).post(link).status_code == 410
    assert membership(registry, "badr@example.org").state == "deactivated"
    invite(registry, amina, "badr@example.org")


def test_an_invitation_ends_after_thirty_days(registry: Registry) -> None:
    amina, badr = founder(registry), registry.person("badr@example.org", "Badr")
    invited = invite(registry, amina, "badr@example.org")
    registry.later(days=30)
    with pytest.raises(Gone), registry.bench.work(badr) as work:
        members.accept_by_id(work, invited.invitation_id)


def test_only_administrators_and_officers_invite(registry: Registry) -> None:
    founder(registry)
    outsider = registry.person("x@example.org", "X", "analyst")
    for actor, refusal in ((outsider, Forbidden), (NOBODY, SignInNeeded)):
        with pytest.raises(refusal):
            invite(registry, actor, "y@example.org")
    invite(registry, registry.person("o@example.org", "O", "partnership_officer"), "y@example.org")


def ask(registry: Registry, actor: Actor) -> UUID:
    with registry.bench.work(actor) as work:
        return members.ask_to_join(work, CITY, "I work there").id


def test_a_request_to_join_is_decided_by_an_administrator(registry: Registry) -> None:
    amina, badr = founder(registry), registry.person("badr@example.org", "Badr")
    request = ask(registry, badr)
    with registry.bench.view(amina) as view:
        assert [one.name for one in queries.join_requests(view, CITY)] == ["Badr"]
    with registry.bench.work(amina) as work:
        members.decide_join(work, request, approve=True, roles=["deputy"])
    assert registry.actor("badr@example.org").member(CITY, "deputy")
    with pytest.raises(errors.AlreadyDecided), registry.bench.work(amina) as work:
        members.decide_join(work, request, approve=False)


def test_a_request_left_for_seven_days_may_be_decided_by_the_officer(registry: Registry) -> None:
    founder(registry)
    officer = registry.person("o@example.org", "O", "partnership_officer")
    request = ask(registry, registry.person("badr@example.org", "Badr"))
    with pytest.raises(errors.NotYetOurs), registry.bench.work(officer) as work:
        members.decide_join(work, request, approve=True)
    registry.later(days=7)
    with registry.bench.work(officer) as work:
        members.decide_join(work, request, approve=True)
    assert registry.actor("badr@example.org").member(CITY, "observer")


def test_a_request_is_asked_once_and_can_be_taken_back(registry: Registry) -> None:
    amina, badr = founder(registry), registry.person("badr@example.org", "Badr")
    request = ask(registry, badr)
    with pytest.raises(errors.AlreadyAsked):
        ask(registry, badr)
    with registry.bench.work(badr) as work:
        members.cancel_join(work, request)
    with pytest.raises(errors.AlreadyDecided), registry.bench.work(amina) as work:
        members.decide_join(work, request, approve=True)
    ask(registry, badr)
    with pytest.raises(errors.AlreadyMember):
        ask(registry, amina)


def test_the_last_administrator_can_neither_leave_nor_step_down(registry: Registry) -> None:
    amina = founder(registry)
    seat = membership(registry, "amina@example.org").id
    with pytest.raises(errors.LastAdministrator), registry.bench.work(amina) as work:
        members.remove(work, seat)
    with pytest.raises(errors.LastAdministrator), registry.bench.work(amina) as work:
        members.set_roles(work, seat, ["contact_point"])
    badr = registry.person("badr@example.org", "Badr")
    assert badr.person is not None
    with registry.bench.work() as work:
        members.seat(work, CITY, badr.person, ["administrator"])
    with registry.bench.work(amina) as work:
        members.remove(work, seat)
    assert last_told(registry, "amina@example.org") == []
    with registry.bench.view() as view:
        left = [one.name for one in queries.members(view, CITY)]
        assert left == ["Badr"]
        assert queries.is_member(view, CITY, amina.person)


def test_a_member_may_leave_but_not_send_others_away(registry: Registry) -> None:
    founder(registry)
    registry.person("badr@example.org", "Badr")
    with registry.bench.work() as work:
        person = registry.actor("badr@example.org").person
        assert person is not None
        members.seat(work, CITY, person, ["deputy"])
    badr = registry.actor("badr@example.org")
    hers, his = (membership(registry, f"{name}@example.org").id for name in ("amina", "badr"))
    with pytest.raises(Forbidden), registry.bench.work(badr) as work:
        members.remove(work, hers)
    with pytest.raises(Forbidden), registry.bench.work(badr) as work:
        members.set_roles(work, his, ["administrator"])
    with registry.bench.work(badr) as work:
        members.remove(work, his)
    with registry.bench.view() as view:
        states = view.session.scalars(select(Membership.state).order_by(Membership.id)).all()
    assert states == ["active", "deactivated"]
