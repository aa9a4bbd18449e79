"""Sentences: what a person reads on a page goes through the catalogue."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from shared.web.pages import environment
from tests.architecture.test_templates import names

TRANSLATED = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", re.DOTALL)
JINJA = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}", re.DOTALL)
WORDS = re.compile(r"[^\W\d_]{2,}")
ATTRIBUTES = re.compile(r'\s*(?:[\w-]+="[^"]*"\s*)+')
SENTENCE = re.compile(r"[A-Z][a-z]+(?: [a-z]+|[.,:?!]|$)|\w+ \w+ \w+[.?!]$")
READ_ALOUD = {"alt", "title", "placeholder", "aria-label", "aria-description"}
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext"}
SKIPPED = {"style", "script", "title", "code", "kbd", "samp"}
NAMES_OF_THEIR_OWN = {
    "Roundtable",
    "UTC",
    "SHA-256",
    "GOV.UK",
    "True",
    "False",
    "sha",
    "sum",
    "json",
}
DEMO = "demo/"


class Reader(HTMLParser):
    """Collects what a browser would show or say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        self.found += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not SKIPPED.intersection(self.inside):
            self.found.append(data)


def bare(source: str) -> list[str]:
    """Words that stand in the template itself."""
    reader = Reader()
    reader.feed(JINJA.sub("", TRANSLATED.sub("", source)))
    return [
        text.strip()
        for text in reader.found
        if set(WORDS.findall(text)) - NAMES_OF_THEIR_OWN
        and text.strip() not in NAMES_OF_THEIR_OWN
        and not ATTRIBUTES.fullmatch(text)
    ]


def unmarked(node: nodes.Node) -> Iterator[str]:
    """Sentences in expressions that nobody translates."""
    if isinstance(node, nodes.Call) and getattr(node.node, "name", "") in TRANSLATORS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and SENTENCE.match(node.value):
        yield node.value
    for child in node.iter_child_nodes():
        yield from unmarked(child)


OWN_COMMA = re.compile(r"\}\}(?:</\w+>)?, (?:<\w+>)?\{\{|join\(\", \"\)|~ \", \"")
"""A comma that would be Latin in Arabic and Chinese too."""

PAGES = sorted(name for name in names() if name.endswith(".html") and not name.startswith(DEMO))


@pytest.mark.parametrize("name", PAGES)
def test_every_sentence_of_a_page_is_in_the_catalogue(name: str) -> None:
    source = Path(names()[name]).read_text("utf-8")
    assert not bare(source)
    found = set(unmarked(environment().parse(source))) - NAMES_OF_THEIR_OWN
    assert not found


@pytest.mark.parametrize("name", PAGES)
def test_commas_between_values_are_those_of_the_language(name: str) -> None:
    assert not OWN_COMMA.findall(Path(names()[name]).read_text("utf-8"))


def test_the_check_sees_what_it_is_for() -> None:
    assert OWN_COMMA.search("{{ day }}, <bdi>{{ name }}</bdi>")
    assert not OWN_COMMA.search('{{ day }}{{ _(", ") }}{{ names | join(_(", ")) }}')
    assert bare("<p>Send it {{ _('now') }}</p>") == ["Send it"]
    assert bare("<img alt='A table'>") == ["A table"]
    assert not bare("<p>{% trans %}Send it{% endtrans %} {{ count }} · 2</p>")
    assert set(unmarked(environment().parse("{{ f('Send it', x='a-class b') }}"))) == {"Send it"}
    assert not set(unmarked(environment().parse("{{ f(_('Send it')) }}")))
