"""Marks of items in the scripts of documents: `(a)`, `а)`, `(أ)`, `（一）`, and the place of each.

A label is always written with Latin letters, so that all languages of a document share it.
"""

import re
import unicodedata
from collections.abc import Sequence

LATIN = "abcdefghijklmnopqrstuvwxyz"
HAN = "一二三四五六七八九"
ARABIC = "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"
"""In the order of the numbers that the letters once stood for, which the United Nations uses."""


def letter(index: int) -> str:
    """Return the letter of an item: a, b, ... z, aa, ab."""
    return (LATIN[index // 26 - 1] if index >= len(LATIN) else "") + LATIN[index % len(LATIN)]


def _han(index: int) -> str:
    tens, ones = divmod(index + 1, 10)
    return (HAN[tens - 1] if tens > 1 else "") + ("十" if tens else "") + HAN[ones - 1 : ones]


ALPHABETS: tuple[Sequence[str], ...] = (
    [letter(index) for index in range(52)],
    ARABIC,
    "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "абвгдежзиклмнопрстуфхцчшщэюя",
    "абвгдежиклмнпрстуфхцшщэюя",
    [_han(index) for index in range(39)],
    [str(index) for index in range(1, 53)],
)
"""The ways in which lists are lettered: Arabic in two orders, Russian with and without з, о, ч."""

ALIKE = str.maketrans("асеорхуі", "aceopxyi")
"""Cyrillic letters that look like Latin ones; a keyboard often gives one for the other."""
KNOWN = frozenset(mark for alphabet in ALPHABETS for mark in alphabet)
ITEM = re.compile(r"(?P<open>[(（]?)\s?(?P<mark>[^\W_]{1,3}ـ?)\s?[)）]\s*(?P<text>\S.*)")


def item(line: str) -> tuple[str, str] | None:
    """Return the mark and the text of a line that begins with one; None for any other line.

    Two Latin letters in brackets are a mark even where no list has them: `(ii)` is no paragraph.
    """
    match = ITEM.fullmatch(line)
    if match is None:
        return None
    mark = _plain(match["mark"])
    known = mark in KNOWN or mark.translate(ALIKE) in KNOWN
    if not known and not (match["open"] and re.fullmatch("[a-z]{2}", mark)):
        return None
    return mark, match["text"]


def comes_next(before: Sequence[str], mark: str) -> bool:
    """Say whether a mark comes next in a list that began with these marks."""
    marks = [*before, mark]
    return any(_fits(alphabet, marks) for alphabet in ALPHABETS)


def next_mark(before: Sequence[str]) -> str:
    """Return the mark that comes next in a list that began with these marks."""
    fitting = (one for one in ALPHABETS if len(one) > len(before) and _fits(one, before))
    return next(fitting, ALPHABETS[0])[len(before)]


def spoken(latin: str, language: str) -> str:
    """Return an item's letter as readers of a language write it."""
    if language != "ar" or len(latin) != 1:
        return latin
    # Alone, this letter is written stretched, so that it is not taken for the digit 5.
    return ARABIC[LATIN.index(latin)].replace("ه", "هـ")


def _fits(alphabet: Sequence[str], marks: Sequence[str]) -> bool:
    return len(marks) <= len(alphabet) and all(
        mark == alphabet[place] or mark.translate(ALIKE) == alphabet[place]
        for place, mark in enumerate(marks)
    )


def _plain(mark: str) -> str:
    """Return a mark in the form in which alphabets have it: narrow, small, not stretched."""
    return unicodedata.normalize("NFKC", mark).lower().replace("ـ", "").replace("ا", "أ")
