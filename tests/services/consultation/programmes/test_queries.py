"""Programmes and outcomes as the reader gets them."""

import pytest

from services.consultation.programmes import queries
from shared.errors import NotFound


def test_five_programmes_in_every_language() -> None:
    for language in ("ar", "zh", "en", "fr", "ru", "es"):
        found = queries.index(language)
        assert len(found) == 5
        assert all(one.name and one.about and one.domains for one in found)


def test_a_programme_says_its_name_its_outcomes_and_its_other_names() -> None:
    found = queries.programme("rise-up", "fr")
    assert found.name.startswith("RISE-UP : des établissements résilients")
    assert [outcome.code for outcome in found.domains[0].outcomes] == ["3.1", "3.2", "3.3"]
    assert "FP3" in found.also


def test_four_domains_with_three_outcomes_each() -> None:
    found = queries.domains("en")
    assert [(one.number, len(one.outcomes)) for one in found] == [
        (str(number), 3) for number in (1, 2, 3, 4)
    ]


def test_an_unknown_programme_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.programme("moon-base", "en")
