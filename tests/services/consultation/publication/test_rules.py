"""What may be shown, whatever was redacted and decided."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation import errors
from services.consultation.publication import rules
from services.consultation.publication.rules import Item, State
from services.consultation.submissions.rules import Consent
from shared import ids

NOW = datetime(2027, 1, 4, tzinfo=UTC)

items = st.lists(
    st.builds(
        Item,
        id=st.uuids(),
        consent=st.sampled_from(Consent),
        text=st.text(max_size=20),
        wording=st.text(max_size=20),
        chosen=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
states = st.sampled_from(State)


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Item], dict[str, dict[str, str]]]:
    found = draw(items)
    redactions = draw(
        st.dictionaries(
            st.sampled_from([str(one.id) for one in found] or ["nothing"]),
            st.fixed_dictionaries({"text": st.text(max_size=5)}),
        )
    )
    return found, redactions


@given(answers(), states)
def test_nothing_for_the_secretariat_only_is_ever_shown(
    answer: tuple[list[Item], dict[str, dict[str, str]]], state: State
) -> None:
    found, redactions = answer
    confidential = {one.id for one in found if one.consent == Consent.SECRETARIAT}
    assert not confidential & {one.id for one in rules.show(found, state, redactions)}


@given(answers(), states)
def test_a_name_is_shown_only_where_its_owner_said_so(
    answer: tuple[list[Item], dict[str, dict[str, str]]], state: State
) -> None:
    found, redactions = answer
    consents = {one.id: one.consent for one in found}
    for shown in rules.show(found, state, redactions):
        assert shown.named == (consents[shown.id] == Consent.NAMED)


@given(answers(), st.sampled_from([State.PENDING, State.WITHHELD]))
def test_pending_and_withheld_show_nothing(
    answer: tuple[list[Item], dict[str, dict[str, str]]], state: State
) -> None:
    found, redactions = answer
    assert rules.show(found, state, redactions) == []


@given(answers())
def test_redacting_back_to_the_sealed_words_is_no_redaction(
    answer: tuple[list[Item], dict[str, dict[str, str]]],
) -> None:
    found, _redactions = answer
    same = {str(one.id): {"text": one.text, "wording": one.wording} for one in found}
    assert rules.redactions_of(found, same) == {}


def test_a_redaction_stands_in_place_of_the_words_and_says_so() -> None:
    item = Item(ids.new(), Consent.NAMED, "Call Amal on 0123.", "")
    redactions = rules.redactions_of([item], {str(item.id): {"text": "Call [name]."}, "x": {}})
    (shown,) = rules.show([item], State.REDACTED, redactions)
    assert shown.text == "Call [name]."
    assert shown.redacted


@given(answers())
def test_what_is_left_out_keeps_neither_words_nor_choice(
    answer: tuple[list[Item], dict[str, dict[str, str]]],
) -> None:
    found, _redactions = answer
    everything = {str(one.id): {"left_out": "yes"} for one in found}
    redactions = rules.redactions_of(found, everything)
    chosen = {one.id for one in found if one.chosen}
    assert set(redactions) == {str(one) for one in chosen}
    for shown in rules.show(found, State.REDACTED, redactions):
        assert shown.left_out == (shown.id in chosen)
        assert not (shown.left_out and shown.words)


def test_less_than_everything_needs_a_reason() -> None:
    assert rules.proposal(withhold=False, redactions={}, reason="") is State.PUBLISHED
    assert rules.proposal(withhold=False, redactions={"a": {}}, reason="Names") is State.REDACTED
    assert rules.proposal(withhold=True, redactions={}, reason="Libel") is State.WITHHELD
    for withhold, redactions in ((True, {}), (False, {"a": {"text": ""}})):
        with pytest.raises(errors.RedactionReasonNeeded):
            rules.proposal(withhold=withhold, redactions=redactions, reason=" ")


def test_nothing_is_published_while_anybody_can_answer() -> None:
    rules.check_window([NOW - timedelta(days=1), NOW], NOW)
    for closes in ([], [NOW + timedelta(seconds=1)], [NOW - timedelta(days=9), NOW + timedelta(1)]):
        with pytest.raises(errors.WindowOpen):
            rules.check_window(closes, NOW)


@dataclass
class Prepared:
    proposed: str
    prepared_by: UUID | None


def test_somebody_else_decides_what_was_prepared() -> None:
    analyst, manager = ids.new(), ids.new()
    rules.check_decider(Prepared("published", analyst), manager)
    with pytest.raises(errors.OwnPreparation):
        rules.check_decider(Prepared("published", analyst), analyst)
    for nothing in (None, Prepared("", analyst)):
        with pytest.raises(errors.NotPrepared):
            rules.check_decider(nothing, manager)


def test_members_of_the_author_have_ties() -> None:
    city = ids.new()
    rules.check_ties(city, {ids.new()})
    with pytest.raises(errors.TiesToAuthor):
        rules.check_ties(city, {city, ids.new()})


def test_an_answer_for_the_secretariat_only_is_never_published() -> None:
    rules.check_publishable([Consent.SECRETARIAT, Consent.UNNAMED])
    with pytest.raises(errors.Confidential):
        rules.check_publishable([Consent.SECRETARIAT])
