"""What a translation must say and how it is written: terms as data, typography as rules.

The terms stand in `shared/locale/glossary.tsv`, one row a term and language. Where the English
says `english`, the translation says one of `say` and none of `never`, unless the English also says
one of `but`. A row without English holds in every sentence. Parts of words do, so that endings may
vary; alternatives stand between bars.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

GLOSSARY = Path(__file__).parents[1] / "shared" / "locale" / "glossary.tsv"
TAG = re.compile("<[^>]+>")
PLACE = re.compile(rf"{TAG.pattern}|%\(\w+\)[a-z]")
HAN = "\u3400-\u9fff"
ARABIC = "\u0621-\u064a"


@dataclass(frozen=True)
class Term:
    """How a language says an English term."""

    english: str
    language: str
    say: tuple[str, ...]
    never: tuple[str, ...]
    but: tuple[str, ...]

    def concerns(self, english: str) -> bool:
        """Say whether the English sentence uses the term, and not in another meaning."""
        if any(_has(english, other) for other in self.but):
            return False
        words = "s? ".join(map(re.escape, self.english.split()))
        return bool(re.search(rf"\b{words}s?\b", english, re.IGNORECASE))

    def complaints(self, said: str) -> Iterator[str]:
        """Yield what is wrong with how a translation says it."""
        if self.say and not any(_has(said, one) for one in self.say):
            yield f"{self.english!r} is said {' or '.join(self.say)}"
        yield from (f"not {one!r}" for one in self.never if _has(said, one))


@cache
def terms(code: str, path: Path = GLOSSARY) -> tuple[Term, ...]:
    """Return the terms of one language."""
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(
        Term(row["english"], code, *(_parts(row[name]) for name in ("say", "never", "but")))
        for row in rows
        if row["language"] == code
    )


def complaints(code: str, english: str, said: str) -> Iterator[str]:
    """Yield what is wrong with a translation: its terms, then how it is written."""
    bare, plain = PLACE.sub("", said), PLACE.sub("", english)
    for term in terms(code):
        if term.concerns(plain):
            yield from term.complaints(bare)
    text = TAG.sub("", said)
    yield from (why for pattern, why in (*EVERYWHERE, *WRITTEN[code]) if pattern.search(text))
    yield from _ending(english, said)


def _ending(english: str, said: str) -> Iterator[str]:
    for ends, allowed in (("?", "?？؟"), (":", ":："), (".", ".。")):
        if said and english.endswith(ends) != (said[-1] in allowed):
            yield f"ends with {ends!r} in one of the two only"


def _has(text: str, part: str) -> bool:
    return part.casefold() in text.casefold()


def _parts(cell: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (cell or "").split("|") if part.strip())


def _rules(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), why) for pattern, why in pairs)


EVERYWHERE = _rules(("  ", "two spaces"), (" [-–] ", "a hyphen or short dash between words"))
WRITTEN = {
    "ar": _rules(
        (rf"[{ARABIC}][,;?]", "a Latin comma, semicolon or question mark"),
        ("[٠-٩]", "Eastern digits; Latin ones in all six languages"),
        (r"[\"“”]", "quotation marks are « »"),
        ("ـ(?! )", "a stretched letter"),
    ),
    "zh": _rules(
        (rf"[{HAN}][,;:?!]|[,;:?!][{HAN}]", "half-width punctuation beside a character"),
        (rf"[{HAN}] [{HAN}]", "a space between characters"),
        (r"[\"「」«»]", "quotation marks are “ ”"),
    ),
    "fr": _rules(
        (r"[^\s\]\u00a0][:;?!»](?!\d)|[ ][:;?!»]|«(?!\u00a0)", "no hard space at : ; ? ! « »"),
        (r"[\"“”]", "quotation marks are « »"),
    ),
    "ru": _rules(("[ёЁ]", "е, as in documents of the United Nations"), (r"[\"“”]", "« » is used")),
    "es": _rules((r"^[^¿]*\?", "a question without ¿"), (r"[\"«»]", "quotation marks are “ ”")),
}
