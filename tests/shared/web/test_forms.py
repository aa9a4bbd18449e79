"""What a form takes: declared fields of letters that can be printed, in one way of writing."""

import pytest

from shared.web.forms import LARGEST, LONGEST_CODE, Filled, Form, printable, read

REFUSED = {
    "NUL": "\x00",
    "bell": "\x07",
    "escape": "\x1b",
    "C1 control": "\x9f",
    "sign of a wrong encoding": "\ufffd",
    "override left to right": "\u202d",
    "override right to left": "\u202e",
    "not a character": "\ufffe",
    "half a pair": "\ud800",
}
TAKEN = {
    "lines and tabs": "one\r\n\ttwo",
    "marks of direction": "\u200eRT-7KQ4\u200f",
    "isolates": "\u2066Kisumu\u2069",
    "embeddings": "\u202bمدينة\u202c",
    "joiners": "می\u200cخواهم",
    "emoji": "\U0001f468\u200d\U0001f33e",
}


class Card(Form):
    """A form with one field of each kind."""

    name: str
    number: int = 0


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_letters_that_would_not_be_shown_as_they_were_sent_are_refused(text: str) -> None:
    assert not printable(f"Kisumu{text}")


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_letters_that_people_write_with_are_taken(text: str) -> None:
    assert printable(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a" * (LONGEST_CODE + 1)),
        ("name", "Kisumu\u202e"),
        ("number", str(LARGEST + 1)),
        ("number", "-" + "9" * 30),
        ("surprise", "1"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(field: str, value: str) -> None:
    given = {"name": "Kisumu"} | {field: value}
    form: Filled[Card] = read(Card, given.items())
    assert form.value is None
    assert form.error(field)
    assert form.get(field) == value
