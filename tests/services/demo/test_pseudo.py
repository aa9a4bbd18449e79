"""The pseudo-language: longer, whole, with every place kept, and English again afterwards."""

import pytest

from services.demo.pseudo import pseudo, spoken
from shared.i18n import _, ngettext, pgettext, speaking
from tools import translations


def _sentences() -> list[str]:
    found = [message.id for message in translations.collected() if message.id]
    return [one for each in found for one in ([each] if isinstance(each, str) else each)]


def test_every_sentence_keeps_its_places_and_can_be_filled() -> None:
    for sentence in _sentences():
        said = pseudo(sentence)
        places = translations.PLACEHOLDER.findall(sentence)
        assert translations.PLACEHOLDER.findall(said) == places, sentence
        assert not any(places) or said % dict.fromkeys(places, "1"), sentence


def test_sentences_grow_as_russian_and_french_do() -> None:
    words = [one for one in _sentences() if any(letter.isalpha() for letter in one)]
    longer = sum(len(pseudo(one)) for one in words) / sum(map(len, words))
    assert longer > 1.3
    assert len(pseudo("Save")) >= 2 * len("Save")


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Send", "⟦Šéééņđ⟧"),
        ("<b>%(n)s</b> of %(of)s parts ready &amp; done", None),
        ("%(day)s, %(time)s", "%(day)s, %(time)s"),
    ],
)
def test_words_change_and_markup_does_not(english: str, said: str | None) -> None:
    result = pseudo(english)
    assert said in (None, result)
    assert result.count("<b>") == english.count("<b>")
    assert ("&amp;" in result) == ("&amp;" in english)


def test_it_takes_the_place_of_english_only_and_only_for_a_while() -> None:
    with spoken():
        assert _("Send") == pgettext("button", "Send") == "⟦Šéééņđ⟧"
        assert ngettext("%(n)s day", "%(n)s days", 3) == "⟦3 đàààýýýš⟧"
        with speaking("fr"):
            assert _("Send") == "Envoyer"
    assert _("Send") == "Send"
