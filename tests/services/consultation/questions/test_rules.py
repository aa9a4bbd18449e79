"""What holds as a response."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation.questions import rules
from services.consultation.questions.rules import Kind


@dataclass(frozen=True)
class Asked:
    kind: str
    required: bool = False
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_choices: int | None = None
    option_codes: tuple[str, ...] = ("o1", "o2", "o3")


@pytest.mark.parametrize(
    ("asked", "value", "kept"),
    [
        (Asked(Kind.SHORT), "  one\n line ", "one line"),
        (Asked(Kind.LONG), " two\r\nlines ", "two\nlines"),
        (Asked(Kind.ONE), "o2", "o2"),
        (Asked(Kind.MANY), ["o3", "o1", "o3", ""], ["o1", "o3"]),
        (Asked(Kind.MANY), "o1", ["o1"]),
        (Asked(Kind.YES_NO), "yes", "yes"),
        (Asked(Kind.YES_NO), False, "no"),
        (Asked(Kind.NUMBER), "1 200,50", "1200.5"),
        (Asked(Kind.NUMBER), "٣٫٥", "3.5"),
        (Asked(Kind.NUMBER), "-0012", "-12"),
        (Asked(Kind.NUMBER, minimum=0, maximum=10), "10", "10"),
        (Asked(Kind.LONG), "   ", None),
        (Asked(Kind.MANY), [], None),
        (Asked(Kind.ONE), None, None),
    ],
)
def test_what_holds_is_kept_in_one_form(asked: Asked, value: object, kept: object) -> None:
    found = rules.check(asked, value)
    assert found.holds
    assert found.value == kept


@pytest.mark.parametrize(
    ("asked", "value", "code", "sentence"),
    [
        (Asked(Kind.LONG, required=True), " ", "missing", "Answer this question."),
        (Asked(Kind.MANY, required=True), [], "missing", "Answer this question."),
        (
            Asked(Kind.SHORT, max_length=3),
            "four",
            "too_long",
            "Shorten this. Characters allowed: 3; written: 4.",
        ),
        (Asked(Kind.ONE), "o9", "not_an_option", "Choose one of the options."),
        (Asked(Kind.MANY), ["o1", "x"], "not_an_option", "Choose one of the options."),
        (
            Asked(Kind.MANY, max_choices=1),
            ["o1", "o2"],
            "too_many",
            "Choose 1 at most. You chose 2.",
        ),
        (Asked(Kind.YES_NO), "maybe", "not_an_option", "Choose one of the options."),
        (Asked(Kind.NUMBER), "a few", "not_a_number", "Write a number, such as 12 or 12.5."),
        (Asked(Kind.NUMBER), "1.234,5", "not_a_number", "Write a number, such as 12 or 12.5."),
        (Asked(Kind.NUMBER), "1e5", "not_a_number", "Write a number, such as 12 or 12.5."),
        (Asked(Kind.NUMBER), "9" * 16, "not_a_number", "Write a number, such as 12 or 12.5."),
        (Asked(Kind.NUMBER, minimum=0), "-1", "too_small", "Write a number of 0 or more."),
        (Asked(Kind.NUMBER, maximum=2.5), "2.6", "too_large", "Write a number of 2.5 or less."),
    ],
)
def test_what_does_not_hold_says_why_and_keeps_what_was_typed(
    asked: Asked, value: object, code: str, sentence: str
) -> None:
    found = rules.check(asked, value)
    assert [wrong.code for wrong in found.wrong] == [code]
    assert found.wrong[0].say() == sentence
    assert (found.value is None) == (code == "missing")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.lists(st.one_of(st.text(max_size=4), st.sampled_from(["o1", "o2", "o3"])), max_size=5),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


@given(st.sampled_from(list(Kind)), VALUES, st.booleans())
def test_any_value_is_judged_and_judging_twice_changes_nothing(
    kind: Kind, value: object, required: bool
) -> None:
    asked = Asked(kind, required=required)
    once = rules.check(asked, value)
    twice = rules.check(asked, once.value)
    assert twice == once


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3, allow_nan=False))
def test_a_number_is_read_whatever_its_decimal_mark(number: Decimal) -> None:
    for written in (f"{number}", f"{number}".replace(".", ",")):
        assert rules.number_of(written) == number


def test_limits_are_those_of_the_question_within_those_of_the_kind() -> None:
    assert rules.limit_of(Asked(Kind.LONG)) == 3_000
    assert rules.limit_of(Asked(Kind.LONG, max_length=500)) == 500
    assert rules.limit_of(Asked(Kind.SHORT, max_length=5_000)) == 200
    assert rules.limit_of(Asked(Kind.NUMBER)) == 0


def test_a_question_that_cannot_be_asked_says_what_to_mend() -> None:
    def wrong(asked: Asked, titles: list[str], labels: list[bool]) -> list[str]:
        return [one.code for one in rules.check_question(asked, titles, labels)]

    assert wrong(Asked(Kind.LONG), ["What?"], []) == []
    assert wrong(Asked(Kind.LONG), ["", " "], []) == ["title"]
    assert wrong(Asked(Kind.ONE), ["What?"], [True]) == ["options"]
    assert wrong(Asked(Kind.MANY), ["What?"], [True, False]) == ["options"]
    assert wrong(Asked(Kind.MANY, max_choices=3), ["What?"], [True, True]) == ["max_choices"]
    assert wrong(Asked(Kind.NUMBER, minimum=2, maximum=1), ["What?"], []) == ["minimum"]
    assert wrong(Asked(Kind.LONG, max_length=0), ["What?"], []) == ["max_length"]


def test_codes_go_on_after_the_highest() -> None:
    assert rules.next_code("q", []) == "q1"
    assert rules.next_code("q", ["q1", "q9", "qx", "o12"]) == "q10"
