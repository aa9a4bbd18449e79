"""Forms: pydantic models read from what was posted; keeps what was typed, translates errors."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from shared.errors import Problem
from shared.i18n import N_, translate

ALLOWED_CONTROLS = frozenset("\n\r\t")
REFUSED_LETTERS = frozenset("\ufffd\u202d\u202e")
"""Signs of a wrong encoding, and overrides of direction: what is shown would not be what was sent.

Marks, embeddings and isolates of direction stay, which Arabic texts from word processors carry.
"""
REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Cn"})


LONGEST_CODE = 300
LARGEST = 2**31 - 1


class Form(BaseModel):
    """Base of all forms: refuses undeclared fields and unprintable characters, strips texts.

    A text whose field sets no limit is a code or a name and has at most LONGEST_CODE characters; a
    number is one that every database can keep.
    """

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        str_max_length=LONGEST_CODE,
        validate_default=False,
        defer_build=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: object) -> object:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not printable(text):
                raise PydanticCustomError("unprintable", "unprintable")
        return _one_kind_of_newline(value)

    @field_validator("*", mode="after")
    @classmethod
    def _countable(cls, value: object) -> object:
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, int) and abs(number) > LARGEST:
                raise PydanticCustomError(
                    "less_than_equal", "at most {le}", {"le": LARGEST, "number": number}
                )
        return value


FASTEST_PERSON = timedelta(seconds=1)
"""Nobody reads a page, types an address and presses the button in less."""

LONGEST_NUMBER = 15


class Guarded(Form):
    """A form that can be reached signed out, with two traps for machines (macro `forms.traps`).

    `remarks` is a field that people neither see nor reach; `asked` is when the page was drawn, in
    milliseconds. A machine gets the answer that a person gets, and nothing is done.
    """

    remarks: str = ""
    asked: str = ""

    def is_of_a_machine(self, at: datetime) -> bool:
        """Say whether a machine filled this in, posted at a time of the machine's clock."""
        if self.remarks or not self.asked.isdecimal() or not self.asked.isascii():
            return True
        # A page drawn by a replica whose clock is ahead comes from the future, not from a machine.
        taken = timedelta(milliseconds=milliseconds(at) - int(self.asked[:LONGEST_NUMBER]))
        return timedelta() <= taken < FASTEST_PERSON


def milliseconds(at: datetime) -> int:
    """Return a time as the number that `asked` holds."""
    return int(at.timestamp() * 1000)


def printable(text: str) -> bool:
    """Say whether a text holds no NUL, control character, override or sign of a wrong encoding."""
    return all(
        letter in ALLOWED_CONTROLS
        or not (letter in REFUSED_LETTERS or unicodedata.category(letter) in REFUSED_CATEGORIES)
        for letter in text
    )


def _one_kind_of_newline(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, list):
        return [_one_kind_of_newline(one) for one in value]
    return value


@dataclass(frozen=True)
class FieldError:
    """One sentence beside one field."""

    field: str
    message: str


F = TypeVar("F", bound=BaseModel)


@dataclass
class Filled(Generic[F]):
    """A form as it was typed. `value` is the checked model, or None when something is wrong."""

    value: F | None
    raw: dict[str, list[str]] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return what was typed into a field."""
        return (self.raw.get(name) or [""])[0]

    def all(self, name: str) -> list[str]:
        """Return all that was chosen in a field."""
        return self.raw.get(name, [])

    def error(self, name: str) -> str | None:
        """Return the first error of a field."""
        return next((error.message for error in self.errors if error.field == name), None)

    def refuse(self, name: str, message: str) -> None:
        """Add an error found by a rule; the form has no value any longer."""
        self.errors.append(FieldError(name, message))
        self.value = None

    @contextmanager
    def refusing(self, name: str, *kinds: type[Problem]) -> Iterator[None]:
        """Turn problems of these kinds into an error beside a field."""
        try:
            yield
        except kinds as problem:
            self.refuse(name, problem.say())


class WrongForm(Problem):
    """A form that cannot be taken and that no page draws again: says why, keeps what was typed."""

    status = 422
    sentence = N_("Nothing was changed. Look at what is wrong, go back and send it again.")

    def __init__(self, form: Filled[Any]) -> None:
        # No field stands on the page that says it, hence none to lead to.
        said = dict.fromkeys(one.message for one in form.errors)
        self.form: Filled[Any] = Filled(
            None, form.raw, [FieldError("", message) for message in said]
        )
        super().__init__()

    @property
    def typed(self) -> list[str]:
        """The texts that somebody may want to copy; shown as they were sent."""
        texts = (value for values in self.form.raw.values() for value in values)
        return [text for text in texts if len(text.split()) > 1 and printable(text)]


def blank(_kind: type[F], initial: Mapping[str, Any] | None = None) -> Filled[F]:
    """Return a form to be shown for the first time, with initial values."""
    raw = {name: _as_typed(value) for name, value in (initial or {}).items() if value is not None}
    return Filled(None, raw)


def read(kind: type[F], pairs: Iterable[tuple[str, str]]) -> Filled[F]:
    """Read a form from posted pairs. Empty optional fields take their defaults."""
    raw: dict[str, list[str]] = {}
    for name, value in pairs:
        raw.setdefault(name, []).append(value)
    given: dict[str, Any] = {}
    for name, values in raw.items():
        info = kind.model_fields.get(name)
        many = info is not None and _is_list(info.annotation)
        if many:
            given[name] = [value for value in values if value != ""]
        elif values[0].strip() or info is None or info.is_required():
            given[name] = values[0]
    try:
        return Filled(kind.model_validate(given), raw)
    except ValidationError as error:
        return Filled(None, raw, [_spoken(one) for one in error.errors()])


SENTENCES: dict[str, str] = {
    "missing": N_("Fill this in."),
    "string_too_short": N_("Fill this in."),
    "string_too_long": N_("Shorten this to %(max_length)s characters."),
    "unprintable": N_(
        "Remove characters that cannot be printed, or paste the text again as UTF-8."
    ),
    "extra_forbidden": N_("This form has no such field. Reload the page and try again."),
    "int_parsing": N_("Write a whole number."),
    "int_from_float": N_("Write a whole number."),
    "decimal_parsing": N_("Write a number."),
    "float_parsing": N_("Write a number."),
    "greater_than_equal": N_("Write a number of %(ge)s or more."),
    "less_than_equal": N_("Write a number of %(le)s or less."),
    "date_from_datetime_parsing": N_("Write a date such as 2027-01-31."),
    "date_parsing": N_("Write a date such as 2027-01-31."),
    "date_from_datetime_inexact": N_("Write a date such as 2027-01-31."),
    "time_parsing": N_("Write a time such as 17:00."),
    "literal_error": N_("Choose one of the options."),
    "enum": N_("Choose one of the options."),
    "too_short": N_("Choose at least one."),
    "too_long": N_("Choose fewer."),
    "uuid_parsing": N_("Choose one of the options."),
    "string_pattern_mismatch": N_("This does not have the right form. Look at the hint."),
}


def _spoken(error: Any) -> FieldError:
    name = str(error["loc"][0]) if error["loc"] else ""
    kind = error["type"]
    if kind == "value_error":
        cause = error["ctx"]["error"]
        return FieldError(
            name, cause.say() if isinstance(cause, Problem) else translate(str(cause))
        )
    if kind == "string_too_short" and error["ctx"].get("min_length", 1) > 1:
        return FieldError(
            name, translate(N_("Write at least %(min_length)s characters."), **error["ctx"])
        )
    sentence = SENTENCES.get(kind, N_("This does not have the right form. Look at the hint."))
    return FieldError(name, translate(sentence, **error.get("ctx", {})))


def _is_list(annotation: object) -> bool:
    if get_origin(annotation) is list or annotation is list:
        return True
    return any(_is_list(part) for part in getattr(annotation, "__args__", ()))


def _as_typed(value: Any) -> list[str]:
    if isinstance(value, list | tuple | set | frozenset):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return ["yes"] if value else []
    return [str(value)]
