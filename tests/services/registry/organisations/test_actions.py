"""Registrations: begun, filled in, documented, handed in; the people of an organisation."""

import pytest
from sqlalchemy import select

from services.demo.seeds.partners import PAPER
from services.registry import errors
from services.registry.accounts import queries as accounts
from services.registry.organisations import queries
from services.registry.organisations.actions import documents, people, registering
from services.registry.organisations.models import Document, Organisation
from shared.contracts import registry as told
from shared.errors import Conflict, Forbidden, NotFound
from shared.vocabulary import CATEGORIES
from tests.support.bench import Bench, member, person
from tests.support.partners import again, begun, fill, founder, handed_in, state_of


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_can_be_registered(registry_bench: Bench, category: str) -> None:
    _actor, slug = handed_in(registry_bench, category=category)
    assert state_of(registry_bench, slug) == "submitted"
    event = registry_bench.told_of(told.RegistrationSubmitted)[-1]
    assert isinstance(event, told.RegistrationSubmitted)
    assert event.organisation.category == category
    assert event.round == 1


def test_whoever_registers_leads_it(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    with registry_bench.view() as view:
        organisation = queries.by_slug(view, slug)
    assert actor.member(organisation.id, "administrator")
    assert actor.member(organisation.id, "contact_point")


def test_an_incomplete_registration_is_not_handed_in(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    with (
        pytest.raises(errors.NotReady, match="Your group"),
        registry_bench.work(actor) as work,
    ):
        registering.submit(work, slug)
    assert state_of(registry_bench, slug) == "draft"


def test_half_a_part_is_kept(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    with registry_bench.work(actor) as work:
        registering.save_part(work, slug, "group", {"governing_body": "An assembly"}, 0)
    with registry_bench.view(actor) as view:
        page = queries.part_page(view, slug, "group")
    assert page.answers["governing_body"] == "An assembly"
    assert not next(one for one in page.registration.parts if one.code == "group").ready


def test_two_colleagues_never_overwrite_silently(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    with registry_bench.work(actor) as work:
        registering.save_part(work, slug, "about", {"name": "First", "country": "KEN"}, 0)
    with pytest.raises(Conflict), registry_bench.work(actor) as work:
        registering.save_part(work, slug, "about", {"name": "Second", "country": "KEN"}, 0)
    with registry_bench.view() as view:
        assert queries.by_slug(view, slug).name == "First"


def test_what_others_search_by_follows_the_answers(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    fill(registry_bench, actor, slug)
    event = registry_bench.told_of(told.OrganisationChanged)[-1]
    assert isinstance(event, told.OrganisationChanged)
    assert event.organisation.constituencies == ["women"]
    assert event.organisation.interests == ["rise-up"]
    assert event.organisation.regions == ["africa"]


def test_versions_rise_by_one(registry_bench: Bench) -> None:
    _actor, _slug = handed_in(registry_bench)
    versions = [
        event.version
        for event in registry_bench.told_of(told.OrganisationChanged, told.RegistrationSubmitted)
    ]
    assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize(
    "data", [b"", b"MZ\x90\x00 a program", b"<html><script>alert(1)</script></html>", b"plain text"]
)
def test_only_pictures_and_pdf_are_taken(registry_bench: Bench, data: bytes) -> None:
    actor, slug = begun(registry_bench)
    with pytest.raises(errors.WrongFile), registry_bench.work(actor) as work:
        documents.add(work, slug, "papers", "certificate", "harmless.png", data)
    with registry_bench.view() as view:
        assert view.session.scalars(select(Document)).all() == []


def test_a_document_goes_where_one_is_asked_for(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    fill(registry_bench, actor, slug)
    with pytest.raises(NotFound), registry_bench.work(actor) as work:
        documents.add(work, slug, "papers", "passport", "page.png", PAPER)


def test_a_file_is_given_back_to_members_only(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    fill(registry_bench, actor, slug)
    with registry_bench.view(actor) as view:
        organisation = queries.by_slug(view, slug)
        file = queries.documents(view, organisation.id)[0]
        assert queries.file(view, slug, file.id).data.startswith(b"\x89PNG")
    for stranger in (person("analyst"), member(organisation.id.__class__(int=5), "administrator")):
        with pytest.raises(NotFound), registry_bench.view(stranger) as view:
            queries.file(view, slug, file.id)


def test_strangers_change_nothing(registry_bench: Bench) -> None:
    _actor, slug = begun(registry_bench)
    stranger = founder(registry_bench, "stranger@elsewhere.example")
    for act in (registering.submit, registering.withdraw):
        with pytest.raises(Forbidden), registry_bench.work(stranger) as work:
            act(work, slug)


def test_likely_duplicates_are_shown(registry_bench: Bench) -> None:
    actor, _slug = begun(registry_bench, name="Clean Water Ltd.")
    with registry_bench.view(actor) as view:
        same = queries.likely_duplicates(view, name="CLEAN WATER", country="KEN")
        elsewhere = queries.likely_duplicates(view, name="Clean Water", country="GHA")
    assert [one.name for one in same] == ["Clean Water Ltd."]
    assert elsewhere == []


def test_two_of_one_name_have_two_addresses(registry_bench: Bench) -> None:
    first, second = begun(registry_bench)[1], begun(registry_bench, category="business")[1]
    assert first != second


def test_joining_is_asked_decided_and_told(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    newcomer = founder(registry_bench, "newcomer@group.example")
    with registry_bench.work(newcomer) as work:
        request = people.ask_to_join(work, slug, "I work there")
        work.session.flush()
        key = request.id
    with registry_bench.work(actor) as work:
        people.decide_join(work, slug, key, approve=True, roles=["deputy"])
    decided = registry_bench.told_of(told.JoinDecided)[-1]
    assert isinstance(decided, told.JoinDecided)
    assert decided.approved
    with registry_bench.view() as view:
        organisation = view.get(Organisation, slug=slug)
        roles = {one.name: one.roles for one in accounts.members(view, organisation.id)}
        assert len(roles) >= 1
    assert again(registry_bench, newcomer.person).member(organisation.id, "deputy")


def test_the_last_administrator_stays(registry_bench: Bench) -> None:
    actor, slug = begun(registry_bench)
    with registry_bench.view() as view:
        organisation = view.get(Organisation, slug=slug)
        seat = accounts.members(view, organisation.id)[0]
    with pytest.raises(errors.LastAdministrator), registry_bench.work(actor) as work:
        people.set_roles(work, slug, seat.membership_id, [])


def test_a_material_change_opens_verification_again(registry_bench: Bench) -> None:
    actor, slug = handed_in(registry_bench)
    with registry_bench.work() as work:
        organisation = work.get(Organisation, slug=slug)
        for state in ("screening", "verified"):
            registering.move(work, organisation, registering.State(state))
        version = organisation.row_version
    with registry_bench.work(actor) as work:
        registering.save_part(
            work, slug, "about", {"name": "A new name", "country": "KEN"}, version
        )
    assert state_of(registry_bench, slug) == "reverification_due"
