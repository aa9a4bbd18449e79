"""Excerpts in every script: whole words, an ellipsis, nothing half."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.formats import excerpt

TEXTS = {
    "English": ("Partnerships with cities are a means of implementation.", "Partnerships with…"),
    "Russian": ("Партнерства с городами служат средством.", "Партнерства с…"),
    "Arabic": ("تهدف الاستراتيجية، إلى تعزيز الشراكات مع المدن.", "تهدف الاستراتيجية…"),
    "Chinese": (
        "伙伴关系战略的宗旨是推进联合国人类住区规划署（人居署）需要建立和维持的伙伴关系。",
        "伙伴关系战略的宗旨是推进联合国人类住区…",
    ),
    "numbers in Chinese": (
        "成功协调和执行这第一个2020-2023年期间战略计划",
        "成功协调和执行这第一个…",
    ),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_an_excerpt_ends_at_a_word_with_an_ellipsis(text: str, shown: str) -> None:
    assert excerpt(text, 19) == shown
    assert excerpt(text, len(text)) == text


def test_chinese_does_not_end_before_a_closing_mark_or_after_an_opening_one() -> None:
    assert excerpt("人居署（人居署）需要建立", 7) == "人居署（人居…"
    assert excerpt("需要建立人居署（人居署）", 8) == "需要建立人居署…"


def test_one_long_word_is_cut_without_tearing_a_letter_apart() -> None:
    assert excerpt("x" * 50, 10) == "x" * 10 + "…"
    assert excerpt("e\u0301" * 20, 5) == "e\u0301e\u0301…"


@given(st.text(max_size=80), st.integers(1, 60))
def test_an_excerpt_is_a_beginning_and_never_longer(text: str, length: int) -> None:
    shown = excerpt(text, length)
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
    assert len(shown) <= max(length + 1, 1)
