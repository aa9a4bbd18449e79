"""The gate of the report, the attestation, and before beside after."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation import errors
from services.consultation.analysis.rules import Completeness
from services.consultation.reports import rules
from shared import ids

READY = rules.Draft(
    completeness=Completeness(0, 0, 0, 0),
    points=[],
    summaries=["en"],
    authentic_language="en",
    language_gap_said=False,
)


def point(**given_: Any) -> rules.Judged:
    values: dict[str, Any] = {
        "id": ids.new(),
        "number": 1,
        "disposition": "noted",
        "reason": "support",
        "language": "en",
        "explained_in": frozenset({"en"}),
        "changed": False,
    }
    return rules.Judged(**(values | given_))


def codes(draft: rules.Draft) -> list[str]:
    return [one.code for one in rules.findings(draft)]


def test_nothing_stands_in_the_way_of_a_complete_report() -> None:
    rules.check_ready(READY)
    assert rules.findings(READY) == []


@pytest.mark.parametrize(
    ("completeness", "code"),
    [
        (Completeness(1, 0, 0, 0), "unread"),
        (Completeness(0, 1, 0, 0), "provisional"),
        (Completeness(0, 0, 1, 0), "open"),
        (Completeness(0, 0, 0, 1), "undecided"),
    ],
)
def test_one_thing_open_is_enough(completeness: Completeness, code: str) -> None:
    draft = replace(READY, completeness=completeness)
    assert codes(draft) == [code]
    with pytest.raises(errors.ReportNotReady):
        rules.check_ready(draft)


@pytest.mark.parametrize("disposition", ["accepted", "accepted_in_part"])
def test_an_accepted_point_needs_a_change(disposition: str) -> None:
    waiting = point(disposition=disposition)
    assert codes(replace(READY, points=[waiting])) == ["unchanged"]
    assert codes(replace(READY, points=[replace(waiting, changed=True)])) == []


@pytest.mark.parametrize(
    "disposition", ["not_accepted", "noted", "out_of_scope", "already_covered"]
)
def test_any_other_point_needs_none(disposition: str) -> None:
    assert codes(replace(READY, points=[point(disposition=disposition)])) == []


def test_an_explanation_is_missing_in_its_author_s_language_until_that_is_said_publicly() -> None:
    draft = replace(READY, points=[point(language="ar")])
    assert rules.unexplained(draft) == ["ar"]
    assert codes(draft) == ["unexplained"]
    assert codes(replace(draft, language_gap_said=True)) == []


def test_the_summary_is_there_in_the_call_s_own_language() -> None:
    assert codes(replace(READY, summaries=["fr"])) == ["summary"]


def test_an_author_does_not_approve_and_nobody_is_not_a_person() -> None:
    author, other = ids.new(), ids.new()
    rules.check_approver(other, [author])
    for person in (author, None):
        with pytest.raises(errors.OwnReport):
            rules.check_approver(person, [author])


considered = st.dictionaries(
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.none())),
    max_size=4,
)


@given(considered)
def test_the_digest_does_not_depend_on_the_order_of_keys(said: dict[str, Any]) -> None:
    turned = dict(reversed(list(said.items())))
    assert rules.digest(said) == rules.digest(turned)
    rules.check_attested(rules.digest(said), rules.digest(turned))


@given(considered, considered)
def test_another_list_has_another_digest(one: dict[str, Any], two: dict[str, Any]) -> None:
    if one != two:
        with pytest.raises(errors.ConsideredChanged):
            rules.check_attested(rules.digest(one), rules.digest(two))


def text_of(stretches: tuple[rules.Stretch, ...]) -> str:
    return "".join(one.text for one in stretches)


@given(st.text(), st.text())
def test_before_and_after_lose_nothing(before: str, after: str) -> None:
    old, new = rules.differences(before, after)
    assert text_of(old) == before
    assert text_of(new) == after


@given(st.text(min_size=1))
def test_the_same_text_has_no_difference(text: str) -> None:
    old, new = rules.differences(text, text)
    assert not any(one.changed for one in (*old, *new))


def test_a_changed_word_is_marked_and_its_neighbours_are_not() -> None:
    old, new = rules.differences("Cities name rivers.", "Cities name mountains.")
    assert [one.text for one in old if one.changed] == ["rivers"]
    assert [one.text for one in new if one.changed] == ["mountains"]


def test_lines_that_stay_are_folded_and_changed_ones_are_not() -> None:
    old, new = rules.differences("One.\nTwo.\nThree.\nFour.", "One.\nTwo.\nDrei.\nFour.")
    assert text_of(rules.folded(old)) == "…\nThree.\n…"
    assert text_of(rules.folded(new)) == "…\nDrei.\n…"


@given(st.text(), st.text())
def test_folding_keeps_every_change(before: str, after: str) -> None:
    for whole in rules.differences(before, after):
        kept = [one.text for one in rules.folded(whole) if one.changed]
        changed = "".join(one.text for one in whole if one.changed).replace("\n", "")
        assert "".join(kept) == changed


def test_chinese_is_compared_by_character() -> None:
    _old, new = rules.differences("战略提到河流。", "战略提到山脉。")
    assert [one.text for one in new if one.changed] == ["山脉"]
