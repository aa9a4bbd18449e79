"""States, parts and names of organisations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.organisations import rules
from services.registry.organisations.rules import State
from shared.vocabulary import CATEGORIES


def test_every_category_has_its_parts() -> None:
    assert set(rules.PARTS) == set(CATEGORIES)
    for parts in rules.PARTS.values():
        codes = [one.code for one in parts]
        assert len(codes) == len(set(codes))
        assert codes[0] == "about"


def test_field_codes_are_unique_within_a_category() -> None:
    """Columns are filled from all parts together, so no code may mean two things."""
    for parts in rules.PARTS.values():
        codes = [field.code for part in parts for field in part.fields]
        assert len(codes) == len(set(codes))


def test_a_number_is_never_compulsory_for_a_group() -> None:
    fields = [field for part in rules.PARTS["stakeholder"] for field in part.fields]
    assert not next(one for one in fields if one.code == "register_number").required


@pytest.mark.parametrize("paper", ["certificate", "partner_letter", "authority_letter", "minutes"])
def test_one_document_is_enough_for_a_group(paper: str) -> None:
    part = rules.part("stakeholder", "papers")
    assert part is not None
    assert rules.missing(part, {}, [])
    lacking = rules.missing(part, {}, [paper])
    assert [one.code for one in lacking] == (["referees"] if paper == "minutes" else [])
    assert not rules.missing(part, {"papers": {"referees": "Two groups"}}, [paper])


def test_associations_show_their_statutes_and_members() -> None:
    part = rules.part("local_authority", "papers")
    assert part is not None

    def lacking(tier: str) -> list[str]:
        found = rules.missing(part, {"authority": {"tier": tier}}, ["mandate"])
        return [one.code for one in found]

    assert lacking("local") == []
    assert lacking("association_network") == ["statutes", "members"]


def test_a_states_own_bank_shows_its_charter_only() -> None:
    part = rules.part("finance", "institution")
    assert part is not None
    for kind, wanted in (("state", []), ("commercial", ["report"])):
        found = rules.missing(part, {"institution": {"type": kind}}, ["charter"])
        assert [one.code for one in found] == wanted


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://www.Kisumu.go.ke/page", "kisumu.go.ke"),
        ("kisumu.go.ke:8080", "kisumu.go.ke"),
        ("none", ""),
        ("We have none. Sorry.", ""),
        ("a@b.org", ""),
    ],
)
def test_a_website_is_an_address(typed: str, domain: str) -> None:
    assert rules.domain(typed) == domain


def test_a_complete_registration_lacks_nothing() -> None:
    assert not rules.is_complete("un_entity", {}, {})
    profile = {
        "about": {"name": "x", "country": "KEN", "address": "y"},
        "entity": {"entity": "x", "duty_station": "y"},
        "languages": {"languages": ["en"]},
    }
    assert rules.is_complete("un_entity", profile, {})


@given(st.sampled_from(list(State)), st.sampled_from(list(State)))
def test_nobody_is_verified_without_screening(now: State, then: State) -> None:
    if then is State.VERIFIED and rules.may_follow(now, then):
        assert now in (State.SCREENING, State.SUSPENDED)


@pytest.mark.parametrize("over", [State.DEACTIVATED, State.WITHDRAWN])
def test_what_is_over_stays_over(over: State) -> None:
    assert not rules.CHANGES[over]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Union des Femmes", "UNION DES FEMMES"),
        ("Clean Water Ltd.", "Clean Water"),
        ("Fundación Raíces", "Fundacion Raices"),
        ("The Street  Vendors' Alliance", "Street Vendors Alliance"),
    ],
)
def test_the_same_name_has_one_key(one: str, other: str) -> None:
    assert rules.name_key(one).replace(" s ", " ") == rules.name_key(other).replace(" s ", " ")


@given(st.text(max_size=80))
def test_a_key_is_a_key_of_itself(name: str) -> None:
    assert rules.name_key(rules.name_key(name)) == rules.name_key(name)


@given(st.text(max_size=200))
def test_a_slug_fits_into_an_address(name: str) -> None:
    slug = rules.slug(name, "ken-1")
    assert slug
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://www.Example.org/about", "example.org"),
        ("example.org", "example.org"),
        ("HTTP://shop.example.org:8080", "shop.example.org"),
        ("none", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address(typed: str, domain: str) -> None:
    assert rules.domain(typed) == domain
