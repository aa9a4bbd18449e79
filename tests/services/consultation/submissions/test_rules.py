"""The rules of an answer: what is ready, who sends, how it is sealed."""

import hashlib
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation.submissions import rules

PRINTED = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PRINTED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTED, inner, max_size=4),
    max_leaves=12,
)
CONTENT = st.dictionaries(PRINTED, VALUES, max_size=6)


@given(CONTENT)
def test_canonical_form_does_not_depend_on_the_order_in_which_keys_were_written(
    content: dict[str, object],
) -> None:
    turned = dict(reversed(list(content.items())))
    assert rules.canonical(content) == rules.canonical(turned)


@given(CONTENT)
def test_canonical_form_can_be_read_back_and_sealed_again(content: dict[str, object]) -> None:
    data = rules.canonical(content)
    assert json.loads(data) == content
    assert rules.canonical(json.loads(data)) == data


@given(CONTENT)
def test_canonical_form_is_what_everybody_else_would_write(content: dict[str, object]) -> None:
    theirs = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2)
    assert rules.canonical(content) == f"{theirs}\n".encode()


def test_canonical_form_is_plain_utf8_that_sha256sum_agrees_with() -> None:
    data = rules.canonical({"b": "مدينة", "a": ["x"]})
    assert data.decode() == '{\n  "a": [\n    "x"\n  ],\n  "b": "مدينة"\n}\n'
    assert rules.digest(data) == hashlib.sha256(data).hexdigest()
    assert len(rules.digest(data)) == 64


@pytest.mark.parametrize("bad", [0.1, float("nan"), b"bytes", {"a", "set"}, UUID(int=1), object()])
def test_what_has_more_than_one_form_is_refused_wherever_it_hides(bad: object) -> None:
    with pytest.raises(TypeError):
        rules.canonical({"list": [{"deep": bad}]})


@given(CONTENT, CONTENT)
def test_different_contents_have_different_digests(
    one: dict[str, object], other: dict[str, object]
) -> None:
    same = rules.digest(rules.canonical(one)) == rules.digest(rules.canonical(other))
    assert same == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (["named", "named"], "named"),
        (["named", "unnamed"], "unnamed"),
        (["unnamed", "secretariat", "named"], "secretariat"),
        ([None, "unnamed"], "unnamed"),
        ([None], "secretariat"),
        ([], "secretariat"),
    ],
)
def test_the_strictest_consent_wins_and_silence_is_strict(
    given_: list[str | None], expected: str
) -> None:
    assert rules.strictest(*given_) == expected


def test_a_single_consent_overrides_the_general_one() -> None:
    assert rules.effective_consent("named", "secretariat") == "secretariat"
    assert rules.effective_consent("secretariat", "named") == "named"
    assert rules.effective_consent("unnamed", None) == "unnamed"
    assert rules.effective_consent(None, None) == "secretariat"


def test_a_topic_is_ready_when_everything_required_is_there_and_nothing_is_wrong() -> None:
    required_missing = rules.topic_part("t", [(True, False, True), (False, True, True)])
    wrong = rules.topic_part("t", [(True, True, False)])
    done = rules.topic_part("t", [(True, True, True), (False, False, True)])
    assert required_missing.progress == "in_progress"
    assert wrong.progress == "in_progress"
    assert done.ready
    assert done.said == 1


def test_what_is_optional_and_not_begun_does_not_hold_up_sending() -> None:
    parts = [
        rules.topic_part("needed", [(True, True, True)]),
        rules.topic_part("optional", [(False, False, True)]),
        rules.section_part("I", []),
        rules.section_part("II", [True]),
        rules.consent_part("named"),
    ]
    assert rules.ready_of(parts) == (3, 3)
    assert rules.missing(parts) == []


def test_what_was_begun_and_not_finished_is_named() -> None:
    parts = [
        rules.topic_part("optional", [(False, True, False)]),
        rules.section_part("I", [True, False]),
        rules.consent_part(None),
    ]
    assert [part.key for part in rules.missing(parts)] == ["optional", "I", "consent"]
    assert rules.ready_of(parts) == (0, 3)


def test_consent_alone_is_no_answer() -> None:
    assert not rules.says_something([rules.consent_part("named"), rules.section_part("I", [])])
    assert rules.says_something([rules.section_part("I", [True])])


@pytest.mark.parametrize(
    ("stance", "text", "wording", "complete"),
    [
        ("keep", "", "", True),
        ("change", "", "", False),
        ("change", "", "new words", True),
        ("remove", "because", "", True),
        ("comment", "   ", "", False),
        (None, "something", "", False),
    ],
)
def test_a_comment_needs_a_stance_and_words_unless_the_text_is_kept(
    stance: str | None, text: str, wording: str, complete: bool
) -> None:
    assert rules.comment_complete(stance, text, wording) is complete


@pytest.mark.parametrize(
    ("roles", "allowed", "may"),
    [
        (["contact_point"], False, True),
        (["deputy"], False, False),
        (["deputy"], True, True),
        (["administrator"], True, False),
        (["reviewer", "observer"], True, False),
    ],
)
def test_the_contact_point_sends_and_a_deputy_when_allowed(
    roles: list[str], allowed: bool, may: bool
) -> None:
    assert rules.may_send(roles, deputies_may_send=allowed) is may


def test_a_sealed_answer_never_changes_and_one_with_the_office_not_now() -> None:
    assert [state for state in rules.State if rules.may_change(state)] == ["draft"]
    assert {state for state in rules.State if rules.may_seal(state)} == {
        "draft",
        "with_approver",
    }


def test_replacing_and_withdrawing_end_with_the_window() -> None:
    assert rules.may_replace("submitted", is_open=True)
    assert not rules.may_replace("submitted", is_open=False)
    assert rules.may_withdraw("submitted", is_open=True)
    assert not rules.may_withdraw("withdrawn", is_open=True)
    assert not rules.may_withdraw("submitted", is_open=False)


def test_an_edit_after_the_approval_makes_it_void() -> None:
    before = rules.content_digest("named", [{"question": "q1", "value": "a"}], [])
    after = rules.content_digest("named", [{"question": "q1", "value": "b"}], [])
    assert rules.approval_stands("approved", before, before)
    assert not rules.approval_stands("approved", before, after)
    assert not rules.approval_stands("asked", before, before)


def test_draft_codes_are_random_and_can_be_read_aloud() -> None:
    codes = {rules.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert not {"0", "1", "I", "O"} & set("".join(codes))


HEARD = st.lists(
    st.integers(0, 40).flatmap(
        lambda invited: st.builds(
            rules.Heard,
            category=st.just("c"),
            invited=st.just(invited),
            answered=st.integers(0, invited),
            others=st.integers(0, 3),
        )
    ),
    min_size=8,
    max_size=8,
)


@given(HEARD)
def test_no_small_figure_is_shown_and_none_follows_from_the_total(heard: list[rules.Heard]) -> None:
    shown = rules.suppression(heard)
    for one, how in zip(heard, shown, strict=True):
        assert (how == "shown") <= (one.invited >= rules.FEWEST)
        assert (how == "not_asked") == (one.invited == 0)
    hidden = [one for one in shown if one in ("too_few", "follows")]
    assert len(hidden) != 1 or not rules.total_may_be_shown(shown)


def test_the_next_smallest_is_hidden_with_a_single_hidden_one() -> None:
    heard = [rules.Heard("a", 3, 1), rules.Heard("b", 30, 2), rules.Heard("c", 6, 2)]
    assert rules.suppression(heard) == ["too_few", "shown", "follows"]


def test_the_least_heard_is_named_unless_everybody_came() -> None:
    heard = [rules.Heard("a", 10, 9), rules.Heard("b", 50, 3), rules.Heard("c", 0, 0)]
    assert rules.least_heard(heard, rules.suppression(heard)).category == "b"
    assert rules.least_heard(heard[:1], rules.suppression(heard[:1])) is None


@given(HEARD)
def test_a_category_whose_figures_are_hidden_is_never_named_as_least_heard(
    heard: list[rules.Heard],
) -> None:
    shown = rules.suppression(heard)
    least = rules.least_heard(heard, shown)
    assert least is None or shown[[id(one) for one in heard].index(id(least))] == "shown"
