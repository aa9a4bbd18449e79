"""Traps of catalogues: Arabic plurals in CLDR's order, and placeholders kept in every form."""

import gettext
import io
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message

from tools import translations

FORMS = ("zero", "one", "two", "few", "many", "other")
LANGUAGES = ("ar", "zh", "fr", "ru", "es")


def compiled(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> gettext.NullTranslations:
    """Return a catalogue whose forms are the names of CLDR's categories, made by our own tool."""
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    catalogue = Catalog(locale=code)
    tags = [form for form in FORMS if form in {*Locale(code).plural_form.tags, "other"}]
    catalogue.add(("%(num)s thing", "%(num)s things"), tags[: catalogue.num_plurals])
    path = translations.po_path(code)
    path.parent.mkdir(parents=True)
    path.write_bytes(translations.written(catalogue))
    return gettext.GNUTranslations(io.BytesIO(translations.compiled(code)))


def test_arabic_speaks_of_0_to_1200_things_in_the_right_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arabic = compiled("ar", tmp_path, monkeypatch)
    rule = Locale("ar").plural_form
    for n in range(1201):
        assert arabic.ngettext("%(num)s thing", "%(num)s things", n) == rule(n), n


def test_babels_own_arabic_order_would_be_wrong() -> None:
    """The negative control: with the order that Babel pins, eleven things are said wrongly."""
    plural = gettext.c2py(Catalog(locale="ar").plural_expr)  # type: ignore[attr-defined]
    rule = Locale("ar").plural_form
    assert any(FORMS[plural(n)] != rule(n) for n in range(1201))


@pytest.mark.parametrize(
    ("n", "form"), [(1, "one"), (3, "few"), (5, "many"), (21, "one"), (1200, "many")]
)
def test_russian_has_three_forms(
    n: int, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    russian = compiled("ru", tmp_path, monkeypatch)
    assert russian.ngettext("%(num)s thing", "%(num)s things", n) == form


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("%(n)s نقاط حتى %(date)s", True),
        ("نقاط حتى %(date)s", False),
        ("%(n)s نقاط حتى %(data)s", False),
        ("%(n)s نقاط حتى %(date)", False),
        ("100 % %(n)s %(date)s", False),
    ],
)
def test_a_broken_placeholder_is_found(said: str, same: bool) -> None:
    message = Message("%(n)s points by %(date)s", said)
    assert translations._same_places(message) is same


def test_the_singular_may_say_its_number_in_words() -> None:
    pair = ("%(num)s answer", "%(num)s answers")
    assert translations._same_places(Message(pair, ("une réponse", "%(num)s réponses")))
    assert not translations._same_places(Message(pair, ("une réponse", "%(nom)s réponses")))


def test_a_form_that_serves_many_numbers_says_which() -> None:
    """Russian says the first form of 1, 21 and 31; "one" in words would be wrong for the others."""
    pair = ("%(num)s answer", "%(num)s answers")
    said = Message(pair, ("один ответ", "%(num)s ответа", "%(num)s ответов"))
    assert translations._same_places(said)
    assert not translations._same_places(said, one_number=())


def test_every_sentence_in_english_names_its_numbers_as_text() -> None:
    """`%(n)d` would print other digits or fail on what is no number; all places are `%(name)s`."""
    found = [
        str(message.id)
        for message in translations.collected()
        if message.id and ")d" in str(message.id)
    ]
    assert found == []
