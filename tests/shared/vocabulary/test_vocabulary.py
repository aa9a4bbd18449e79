"""The vocabulary says what product.md says, in six languages."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared.vocabulary import (
    CATEGORIES,
    LANGUAGES,
    MEMBER_ROLES,
    OWN,
    STAFF_ROLES,
    Vocabulary,
    WrongVocabulary,
    vocabulary,
)

ARAB_STATES = {
    "Algeria",
    "Bahrain",
    "Egypt",
    "Iraq",
    "Jordan",
    "Kuwait",
    "Lebanon",
    "Libya",
    "Morocco",
    "Oman",
    "State of Palestine",
    "Qatar",
    "Saudi Arabia",
    "Sudan",
    "Syrian Arab Republic",
    "Tunisia",
    "United Arab Emirates",
    "Yemen",
}
SIZES = {
    "category": 8,
    "category_short": 8,
    "programme": 5,
    "region": 5,
    "participation": 5,
    "promise": 5,
    "disposition": 6,
    "constituency": 11,
    "domain": 4,
    "outcome": 12,
    "driver": 5,
    "tier": 3,
    "government_type": 4,
    "reason": 12,
    "role": 10,
}


def test_every_kind_has_the_terms_that_product_md_lists() -> None:
    assert {kind: len(vocabulary.codes(kind)) for kind in SIZES} == SIZES


def test_every_term_is_said_in_six_languages() -> None:
    for kind in [*SIZES, "term", "reply_state"]:
        for code in vocabulary.codes(kind):
            for language in LANGUAGES:
                assert vocabulary.term(kind, code, language).strip(), (kind, code, language)
            assert vocabulary.origin(kind, code) in {"document", "reviewed", "to_review"}


def test_the_eight_categories_keep_the_order_of_the_seats() -> None:
    assert vocabulary.categories() == CATEGORIES
    assert vocabulary.codes("category") == CATEGORIES == vocabulary.codes("category_short")


def test_the_chinese_of_the_categories_is_the_founding_documents() -> None:
    assert {vocabulary.origin("category", code) for code in CATEGORIES} == {"document"}
    assert vocabulary.term("category", "finance", "zh") == "金融机构，包括开发银行"


def test_three_outcomes_in_each_domain() -> None:
    assert [vocabulary.outcomes(domain) for domain in vocabulary.domains()] == [
        (f"{number}.1", f"{number}.2", f"{number}.3") for number in (1, 2, 3, 4)
    ]


def test_every_promise_carries_its_date_in_every_language() -> None:
    for level in vocabulary.codes("promise"):
        for language in LANGUAGES:
            said = vocabulary.promise(level, language, "1 March 2027")
            assert "1 March 2027" in said
            assert "{" not in said


def test_a_call_for_input_does_not_merely_inform() -> None:
    levels = vocabulary.participation_levels()
    assert levels == ("consult", "involve", "collaborate", "empower")


def test_every_country_is_in_exactly_one_region_and_named_in_six_languages() -> None:
    countries = vocabulary.countries()
    assert len({country.iso3 for country in countries}) == len(countries) > 240
    assert sum(len(vocabulary.countries(region)) for region in vocabulary.regions()) == len(
        countries
    )
    for country in countries:
        assert all(country.names[language].strip() for language in LANGUAGES)
        ZoneInfo(country.zone)


def test_all_member_and_observer_states_are_there() -> None:
    assert sum(country.kind == "state" for country in vocabulary.countries()) == 197


def test_the_arab_states_are_the_listed_ones() -> None:
    found = {country.name("en") for country in vocabulary.countries("arab_states")}
    assert found == ARAB_STATES


@pytest.mark.parametrize(
    ("iso3", "region"),
    [
        ("KEN", "africa"),
        ("SOM", "africa"),
        ("EGY", "arab_states"),
        ("SDN", "arab_states"),
        ("TUR", "asia_pacific"),
        ("FJI", "asia_pacific"),
        ("AUS", "europe_others"),
        ("NZL", "europe_others"),
        ("USA", "europe_others"),
        ("CAN", "europe_others"),
        ("MEX", "latin_america_caribbean"),
        ("JAM", "latin_america_caribbean"),
        ("RUS", "europe_others"),
        ("ISR", "asia_pacific"),
    ],
)
def test_regions_by_the_rules(iso3: str, region: str) -> None:
    assert vocabulary.region_of(iso3) == region


def test_country_lists_are_sorted_for_the_reader() -> None:
    french = [name for _, name in vocabulary.country_options("fr")]
    assert french.index("Égypte") < french.index("Érythrée") < french.index("Espagne")
    chinese = [iso3 for iso3, _ in vocabulary.country_options("zh")]
    assert chinese.index("ALB") < chinese.index("BRA") < chinese.index("CHN")


def test_a_programme_is_found_by_any_of_its_names() -> None:
    assert vocabulary.programme_named("fp3") == "rise-up"
    assert vocabulary.programme_named("sdg cities") == "sdg-cities"
    assert vocabulary.programme_named("something else") is None


def test_every_programme_says_what_it_is_about_and_which_domains_it_serves() -> None:
    for code in vocabulary.programmes():
        about = vocabulary.programme(code)
        assert about is not None
        assert set(about.domains) <= set(vocabulary.domains())
        assert all(about.name(language).strip() for language in LANGUAGES)


def test_roles_tell_the_two_administrators_apart() -> None:
    assert vocabulary.role("administrator", "en") == "Administrator"
    assert vocabulary.role("administrator", "en", member=True) == "Organisation administrator"
    for role in MEMBER_ROLES:
        assert vocabulary.role(role, "ru", member=True)
    for role in STAFF_ROLES:
        assert vocabulary.role(role, "ar")


def test_an_unknown_language_reads_english_and_an_unknown_code_is_refused() -> None:
    assert vocabulary.term("tier", "local", "xx") == "Local"
    with pytest.raises(LookupError):
        vocabulary.term("tier", "galactic", "en")


def test_a_deployers_folder_replaces_single_files(tmp_path: Path) -> None:
    text = (
        (OWN / "terms.tsv").read_text(encoding="utf-8").replace("\tAfrica\t", "\tThe continent\t")
    )
    (tmp_path / "terms.tsv").write_text(text, encoding="utf-8")
    own = Vocabulary(tmp_path, fallback=OWN)
    own.check()
    assert own.term("region", "africa", "en") == "The continent"
    assert own.country_name("KEN", "en") == "Kenya"


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    text = (OWN / "terms.tsv").read_text(encoding="utf-8")
    (tmp_path / "terms.tsv").write_text(text.replace("\tnoted\tأُحيط علما بها\t", "\tnoted\t\t"))
    with pytest.raises(WrongVocabulary, match=r"terms.tsv, line \d+.*no name in ar"):
        Vocabulary(tmp_path, fallback=OWN).check()
