"""Contexts: one English word with two meanings has two translations."""

from pathlib import Path

import pytest

from shared.i18n import NP_, _, pgettext, speaking, translate
from shared.web.pages import environment
from tools import translations


@pytest.mark.parametrize(
    ("code", "button", "notice"), [("fr", "Lire", "Lu"), ("ru", "Читать", "Прочитано")]
)
def test_a_button_and_a_state_are_told_apart(code: str, button: str, notice: str) -> None:
    with speaking(code):
        assert pgettext("button", "Read") == button
        assert pgettext("notice", "Read") == notice


def test_a_word_marked_now_is_translated_where_it_is_shown() -> None:
    marked = NP_("organisation", "Administrator")
    with speaking("zh"):
        assert translate(marked) == "机构管理员"
        assert translate(NP_("staff", "Administrator")) == "系统管理员"


def test_english_shows_the_word_and_not_its_context() -> None:
    assert pgettext("calls", "Open") == "Open"
    assert _(NP_("calls", "Closed")) == "Closed"
    assert pgettext("of nothing known", "%(n)s open", n=3) == "3 open"


def test_templates_know_contexts() -> None:
    page = environment().from_string(
        '{{ pgettext("button", "Read") }} {% trans "notice" %}Read{% endtrans %}'
    )
    with speaking("es"):
        assert page.render() == "Leer Leído"


def test_contexts_are_collected_from_code_and_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "services" / "templates").mkdir(parents=True)
    (tmp_path / "services" / "a.py").write_text(
        'x = NP_("one", "Read")\ny = pgettext("two", "Read")'
    )
    (tmp_path / "services" / "templates" / "a.html").write_text(
        '{{ pgettext("three", "Read") }}{% trans "four" %}Read{% endtrans %}{{ _("Read") }}'
    )
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    found = {(one.context, one.id) for one in translations.collected() if one.id}
    assert found == {(one, "Read") for one in ("one", "two", "three", "four", None)}


def test_the_same_word_in_two_contexts_is_missed_in_each() -> None:
    names = [translations._name(one) for one in translations.collected() if one.id]
    assert "Read (button)" in names
    assert len(names) == len(set(names))
