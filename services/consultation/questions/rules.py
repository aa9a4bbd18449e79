"""What holds as a response to a question; values are texts, or lists of option codes."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Protocol

from shared.i18n import N_, translate


class Kind(StrEnum):
    """How a question is answered."""

    SHORT = "short"
    LONG = "long"
    ONE = "one"
    MANY = "many"
    YES_NO = "yes_no"
    NUMBER = "number"


WITH_OPTIONS = frozenset({Kind.ONE, Kind.MANY})
CHOICES = frozenset({Kind.ONE, Kind.MANY, Kind.YES_NO})
"""Kinds whose responses are counted, not read."""

TALLIED = CHOICES | {Kind.NUMBER}
"""Kinds without words of the author's own."""

YES_NO = ("yes", "no")

LONGEST: dict[Kind, int] = {Kind.SHORT: 200, Kind.LONG: 10_000}
"""Characters that a text may have at most, whatever a question allows."""

USUAL: dict[Kind, int] = {Kind.SHORT: 200, Kind.LONG: 3_000}
"""Characters allowed where a question does not say."""

KIND_NAMES: dict[Kind, str] = {
    Kind.SHORT: N_("Short text"),
    Kind.LONG: N_("Long text"),
    Kind.ONE: N_("One of several"),
    Kind.MANY: N_("Any of several"),
    Kind.YES_NO: N_("Yes or no"),
    Kind.NUMBER: N_("Number"),
}


class Asked(Protocol):
    """What the rules look at in a question."""

    @property
    def kind(self) -> str:
        """One of `Kind`."""
        ...

    @property
    def required(self) -> bool:
        """Whether something must be said."""
        ...

    @property
    def max_length(self) -> int | None:
        """Characters that a text may have, None for the usual."""
        ...

    @property
    def minimum(self) -> float | None:
        """Smallest number."""
        ...

    @property
    def maximum(self) -> float | None:
        """Largest number."""
        ...

    @property
    def max_choices(self) -> int | None:
        """Options that may be chosen at most."""
        ...

    @property
    def option_codes(self) -> Sequence[str]:
        """Codes of the options in their order."""
        ...


@dataclass(frozen=True)
class Wrong:
    """Why a value does not hold: a stable code, and a sentence for the person."""

    code: str
    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def say(self) -> str:
        """Return the sentence in the present language."""
        return translate(self.sentence, **self.params)


@dataclass(frozen=True)
class Checked:
    """A value as it is kept, None for nothing said, and what is wrong with it."""

    value: str | list[str] | None
    wrong: tuple[Wrong, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it may be sent as it is."""
        return not self.wrong


MISSING = Wrong("missing", N_("Answer this question."))
NOT_TEXT = Wrong("not_text", N_("Write a text."))
NOT_A_NUMBER = Wrong("not_a_number", N_("Write a number, such as 12 or 12.5."))
NOT_AN_OPTION = Wrong("not_an_option", N_("Choose one of the options."))
TOO_LONG = N_("Shorten this. Characters allowed: %(limit)s; written: %(length)s.")
TOO_SMALL = N_("Write a number of %(limit)s or more.")
TOO_LARGE = N_("Write a number of %(limit)s or less.")
TOO_MANY = N_("Choose %(limit)s at most. You chose %(count)s.")


def check(asked: Asked, value: object) -> Checked:
    """Judge a response: as it is kept, and whether it holds. Never raises."""
    given = _bare(value)
    if given is None:
        return Checked(None, (MISSING,) if asked.required else ())
    kind = Kind(asked.kind)
    if kind is Kind.MANY:
        return _check_many(asked, given)
    if isinstance(given, list):
        given = given[0]
    if kind in LONGEST:
        return _check_text(kind, asked, given)
    if kind is Kind.NUMBER:
        return _check_number(asked, given)
    codes = YES_NO if kind is Kind.YES_NO else asked.option_codes
    return Checked(given, () if given in codes else (NOT_AN_OPTION,))


def limit_of(asked: Asked) -> int:
    """Return how many characters a text may have; 0 for a question that takes no text."""
    kind = Kind(asked.kind)
    if kind not in LONGEST:
        return 0
    return min(asked.max_length or USUAL[kind], LONGEST[kind])


def length_of(text: str) -> int:
    """Count characters as a browser's counter does: a new line is one."""
    return len(text.replace("\r\n", "\n"))


def _bare(value: object) -> str | list[str] | None:
    """Return a text without blanks around it, or the texts of a list; None when nothing is left."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(one.strip() for one in value if _is_said(one))) or None
    return None


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _check_many(asked: Asked, given: str | list[str]) -> Checked:
    chosen = [given] if isinstance(given, str) else given
    order = {code: place for place, code in enumerate(asked.option_codes)}
    kept = sorted(chosen, key=lambda code: order.get(code, len(order)))
    if any(code not in order for code in chosen):
        return Checked(kept, (NOT_AN_OPTION,))
    if asked.max_choices and len(kept) > asked.max_choices:
        params = {"limit": asked.max_choices, "count": len(kept)}
        return Checked(kept, (Wrong("too_many", TOO_MANY, params),))
    return Checked(kept)


def _check_text(kind: Kind, asked: Asked, given: str) -> Checked:
    text = " ".join(given.split()) if kind is Kind.SHORT else given
    limit, length = limit_of(asked), length_of(text)
    if length > limit:
        params = {"limit": limit, "length": length}
        return Checked(text, (Wrong("too_long", TOO_LONG, params),))
    return Checked(text)


def _check_number(asked: Asked, given: str) -> Checked:
    number = number_of(given)
    if number is None:
        return Checked(given, (NOT_A_NUMBER,))
    kept = f"{number.normalize():f}"
    if asked.minimum is not None and number < Decimal(str(asked.minimum)):
        return Checked(kept, (Wrong("too_small", TOO_SMALL, {"limit": plain(asked.minimum)}),))
    if asked.maximum is not None and number > Decimal(str(asked.maximum)):
        return Checked(kept, (Wrong("too_large", TOO_LARGE, {"limit": plain(asked.maximum)}),))
    return Checked(kept)


def number_of(text: str) -> Decimal | None:
    """Read a number as people write it: any digits, a comma or point, blanks between thousands.

    Only one mark is read, and as the decimal one: `1,5` is one and a half, `1.234,5` is refused
    rather than guessed. Numbers beyond 15 digits are refused.
    """
    bare = "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in text
        if not letter.isspace() and letter not in "\u066c\u2019'"
    )
    bare = bare.replace("\u066b", ".").replace(",", ".").replace("\u2212", "-")
    if not set(bare) <= set("0123456789.-+") or sum(letter.isdigit() for letter in bare) > 15:  # noqa: PLR2004
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def plain(number: float) -> str:
    """Write a limit without a needless fraction: 5, 2.5."""
    return f"{Decimal(str(number)).normalize():f}"


BAD_OPTIONS = N_("A question with options needs at least two, each with its text.")
BAD_LIMITS = N_("The smallest number must not be larger than the largest.")
BAD_LENGTH = N_("A text may have between 1 and %(limit)s characters.")
BAD_CHOICES = N_("The number of choices must be between 1 and the number of options.")
NO_TITLE = N_("Write the question.")


def check_question(asked: Asked, titles: Collection[str], labels: Sequence[bool]) -> list[Wrong]:
    """Return what is wrong with a question itself; `labels` say of each option if it has one."""
    kind = Kind(asked.kind)
    wrong = []
    if not any(title.strip() for title in titles):
        wrong.append(Wrong("title", NO_TITLE))
    if kind in WITH_OPTIONS and (len(labels) < len(YES_NO) or not all(labels)):
        wrong.append(Wrong("options", BAD_OPTIONS))
    low, high = asked.minimum, asked.maximum
    if low is not None and high is not None and low > high:
        wrong.append(Wrong("minimum", BAD_LIMITS))
    longest = LONGEST.get(kind)
    if longest and asked.max_length is not None and not 1 <= asked.max_length <= longest:
        wrong.append(Wrong("max_length", BAD_LENGTH, {"limit": longest}))
    choices = asked.max_choices
    if kind is Kind.MANY and choices is not None and not 1 <= choices <= len(labels):
        wrong.append(Wrong("max_choices", BAD_CHOICES))
    return wrong


def next_code(stem: str, taken: Collection[str]) -> str:
    """Return a code never used among those taken: `q7` after `q6`, whatever was removed between."""
    ends = [code.removeprefix(stem) for code in taken if code.startswith(stem)]
    numbers = [int(end) for end in ends if end.isdecimal()]
    return f"{stem}{max(numbers, default=0) + 1}"
