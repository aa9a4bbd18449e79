"""The glossary: terms that must be said, words that must not, and how each language is written."""

import pytest

from tools import glossary, translations

LANGUAGES = translations.LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_translation_keeps_to_the_glossary(code: str) -> None:
    found = [
        f"{translations._name(message)}: {why}"
        for message in translations.read(code)
        for why in translations._misspoken(code, message)
    ]
    assert found == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_term_of_the_table_is_used_by_a_sentence(code: str) -> None:
    """A row that nothing uses guards nothing: the English changed, or it was misspelt."""
    sentences = [translations._name(one) for one in translations.collected() if one.id]
    idle = [
        term.english
        for term in glossary.terms(code)
        if term.english and not any(term.concerns(one) for one in sentences)
    ]
    assert idle == []


@pytest.mark.parametrize(
    ("code", "english", "said", "why"),
    [
        ("ru", "Write at least one point.", "Напишите хотя бы один пункт.", "'point' is said"),
        ("ru", "Please approve", "Просьба одобрить", "'approve' is said"),
        ("fr", "Read the report", "Lire le rapport", "not 'rapport'"),
        ("zh", "Language", "语言", "not '语言'"),
        ("es", "Partner", "Socio", "'partner' is said"),
        ("ar", "Your answer", "جوابكم", "'your answer' is said"),
        ("fr", "Why?", "Pourquoi ?", "no hard space"),
        ("fr", "Why?", "Pourquoi?", "no hard space"),
        ("fr", "Choose “none”.", "Choisissez “aucun”.", "quotation marks"),
        ("es", "Why?", "Por qué?", "a question without ¿"),
        ("ru", "Everybody", "Всё", "е, as in documents"),
        ("ru", "It works", "Это - работает", "a hyphen or short dash"),
        ("zh", "Yes, please", "是,请", "half-width punctuation"),
        ("ar", "Yes, please", "نعم, من فضلكم", "a Latin comma"),
        ("ar", "5 days", "٥ أيام", "Eastern digits"),
        ("es", "Saved.", "Guardado", "ends with '.'"),
        ("es", "Two  spaces", "Dos  espacios", "two spaces"),
    ],
)
def test_what_is_wrong_is_said(code: str, english: str, said: str, why: str) -> None:
    assert any(why in one for one in glossary.complaints(code, english, said))


@pytest.mark.parametrize(
    ("code", "english", "said"),
    [
        ("ru", "The contact point sends.", "Отправляет контактное лицо."),
        ("fr", "Last annual report", "Dernier rapport annuel"),
        ("fr", "Sign in as %(email)s?", "Se connecter en tant que %(email)s\u00a0?"),
        ("fr", "Such as 09:00", "Par exemple 09:00"),
        ("zh", "Item (%(found)s) stands here.", "分项(%(found)s)在此。"),
        ("ar", "Sign in as <b>%(name)s</b>?", 'الدخول بصفة <b class="x">%(name)s</b>؟'),
        ("es", "What is that? Write to us:", "¿Qué es? Escríbanos:"),
    ],
)
def test_what_is_right_is_left_alone(code: str, english: str, said: str) -> None:
    assert not list(glossary.complaints(code, english, said))


def test_a_row_speaks_of_the_plural_and_not_of_a_part_of_a_word() -> None:
    term = glossary.Term("call for input", "fr", ("appel",), (), ())
    assert term.concerns("Two calls for input")
    assert not term.concerns("Recall for input")
