"""Points: who recommends, who decides, what counts as explained and as complete."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation import errors
from services.consultation.analysis import rules
from services.consultation.analysis.rules import Completeness, Disposition, PointState
from services.consultation.submissions.rules import Consent
from shared import ids

consents = st.lists(st.sampled_from(Consent), max_size=6)


@dataclass
class Weighed:
    state: str
    recommended_by: UUID | None = None


@given(consents, consents)
def test_the_strictest_consent_never_gets_wider_with_more(
    one: list[Consent], two: list[Consent]
) -> None:
    strict = rules.STRICTNESS.index
    if one:
        assert strict(rules.strictest([*one, *two])) >= strict(rules.strictest(one))
    assert all(strict(rules.strictest(one)) >= strict(consent) for consent in one)


def test_nothing_said_about_consent_means_the_secretariat_only() -> None:
    assert rules.strictest([]) is Consent.SECRETARIAT


@pytest.mark.parametrize("state", sorted(set(PointState) - {PointState.DECIDED}))
def test_anything_undecided_can_be_recommended(state: str) -> None:
    rules.check_recommendable(Weighed(state))


def test_a_decided_point_is_reopened_first() -> None:
    with pytest.raises(errors.PointDecided):
        rules.check_recommendable(Weighed(PointState.DECIDED))


def test_a_recommendation_explains_itself() -> None:
    rules.check_recommendation("accepted", "as_proposed", {"en": "Yes."}, "")
    for reason, texts in (("", {"en": "Yes."}), ("as_proposed", {"en": " "}), ("as_proposed", {})):
        with pytest.raises(errors.ExplanationNeeded):
            rules.check_recommendation("accepted", reason, texts, "")
    with pytest.raises(errors.ParagraphNeeded):
        rules.check_recommendation("already_covered", "in_text", {"en": "See there."}, "")
    rules.check_recommendation("already_covered", "in_text", {"en": "See there."}, "3")


def test_the_decider_is_not_the_recommender() -> None:
    analyst, decider = ids.new(), ids.new()
    rules.check_decidable(Weighed(PointState.RECOMMENDED, analyst), decider)
    with pytest.raises(errors.OwnRecommendation):
        rules.check_decidable(Weighed(PointState.RECOMMENDED, analyst), analyst)
    with pytest.raises(errors.NotRecommended):
        rules.check_decidable(Weighed(PointState.NEW), decider)


counts = st.integers(min_value=0, max_value=5)


@given(counts, counts, counts, counts)
def test_complete_means_that_nothing_at_all_is_open(a: int, b: int, c: int, d: int) -> None:
    assert Completeness(a, b, c, d).complete == (a + b + c + d == 0)


@given(st.dictionaries(st.sampled_from(Disposition), counts), counts)
def test_the_bar_counts_every_point_once(decided: dict[Disposition, int], undecided: int) -> None:
    bar = rules.fate({one.value: n for one, n in decided.items()}, undecided)
    assert sum(bar.values()) == sum(decided.values()) + undecided


@pytest.mark.parametrize(
    ("point", "kept"),
    [
        ("Water for all.", True),
        ("water", True),
        ("For all!", True),
        ("Water … the council pays", True),
        ("Water [...] the council pays", True),
        ("Water, and shade", False),
        ("The council … water", True),
        ("The council is paid", False),
    ],
)
def test_a_point_keeps_the_words_of_its_author(point: str, kept: bool) -> None:
    assert rules.quoted(point, "Water for all.\nThe  council pays for it.") is kept


def test_a_point_in_arabic_or_chinese_is_compared_as_it_is_written() -> None:
    assert rules.quoted("يجب أن تكون البيانات متاحة", "نرى أنه يجب أن تكون البيانات متاحة للجميع.")
    assert rules.quoted("水", "所有人都有水。")
    assert not rules.quoted("山", "所有人都有水。")
