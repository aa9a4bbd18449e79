"""Macros of forms, parts and charts: what a person reads, and what assistive software is told."""

from collections.abc import Iterator
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest

from shared.i18n import Said, speaking
from shared.web import frame as frames
from shared.web.forms import FieldError, Filled
from shared.web.links import Links
from shared.web.pages import environment

FORMS = '{% import "macros/forms.html" as forms %}'
PARTS = '{% import "macros/parts.html" as parts %}'
CHARTS = '{% import "macros/charts.html" as charts %}'


class Page(HTMLParser):
    """Elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(" ".join(data.split()))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [found for name, found in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [found["id"] for _, found in self.elements if "id" in found]

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture(autouse=True)
def request_frame() -> Iterator[None]:
    app = SimpleNamespace(state=SimpleNamespace(links=Links([])))
    scope: dict[str, Any] = {"type": "http", "headers": [], "query_string": b"", "app": app}
    token = frames.enter(frames.blank_frame(scope=scope))
    with speaking("en"):
        yield
    frames.leave(token)


def draw(source: str, **values: Any) -> Page:
    return Page(environment().from_string(FORMS + PARTS + CHARTS + source).render(**values))


def typed(*errors: tuple[str, str], **raw: list[str]) -> Filled[Any]:
    return Filled(None, raw, [FieldError(name, message) for name, message in errors])


EVERY_FIELD = """
{{ forms.input(form, "name", "Name", "As in your statutes") }}
{{ forms.textarea(form, "text", "Comment", limit=400) }}
{{ forms.radios(form, "stand", "Stand", [("a", "Keep"), ("b", "Change", "Say how")]) }}
{{ forms.checkboxes(form, "topics", "Topics", [("x", "Housing"), ("y", "Climate")]) }}
{{ forms.select(form, "part", "Part", [("1", "One"), ("2", "Two")]) }}
{{ forms.date(form, "day", "Day") }}
{{ forms.file(form, "paper", "Letter", multiple=true) }}
{{ forms.tick(form, "agree", "We agree") }}
"""
NAMES = ("name", "text", "stand", "topics", "part", "day", "paper", "agree")


def test_every_error_leads_to_its_field_and_is_read_with_it() -> None:
    form = typed(*[(name, f"Wrong {name}") for name in NAMES])
    page = draw("{{ forms.summary(form) }}" + EVERY_FIELD, form=form)
    targets = [found["href"] for found in page.all("a")]
    assert targets == [f"#field-{name}" for name in NAMES]
    assert all(target.removeprefix("#") in page.ids for target in targets)
    described = [found.get("aria-describedby", "") for _, found in page.elements]
    for name in NAMES:
        assert any(f"field-{name}-error" in one.split() for one in described), name


def test_ids_are_unique_and_every_control_has_a_label() -> None:
    page = draw(EVERY_FIELD, form=typed(("name", "Fill this in.")))
    assert len(page.ids) == len(set(page.ids))
    labelled = {found["for"] for found in page.all("label")}
    controls = [*page.all("input"), *page.all("textarea"), *page.all("select")]
    assert controls
    assert all(found["id"] in labelled for found in controls)
    referred = [
        one for _, found in page.elements for one in found.get("aria-describedby", "").split()
    ]
    assert set(referred) <= set(page.ids)


def test_what_was_typed_stays_and_is_escaped() -> None:
    form = typed(name=['<script>"x"'], text=["يجب"], stand=["b"], topics=["x", "y"], part=["2"])
    page = draw(EVERY_FIELD, form=form)
    assert page.all("input")[0]["value"] == '<script>"x"'
    assert not page.all("script")
    assert [found["value"] for found in page.all("input") if "checked" in found] == ["b", "x", "y"]
    assert [found["value"] for found in page.all("option") if "selected" in found] == ["2"]
    assert page.all("textarea")[0]["dir"] == "auto"


def test_forms_draw_without_a_form() -> None:
    page = draw("{{ forms.summary(none) }}" + EVERY_FIELD, form=None)
    assert "There is a problem" not in page.text


def test_a_password_is_never_sent_back() -> None:
    page = draw(
        '{{ forms.input(form, "word", "W", type="password") }}', form=typed(word=["secret"])
    )
    assert "value" not in page.all("input")[0]


def test_an_empty_seat_is_as_visible_as_a_full_one() -> None:
    shares = [0.22, 1.0, 0.0, None, 0.5, 1.4, 0.31, 0.999]
    figures = [
        {"number": number, "label": f"Category {number}", "share": share, "note": ""}
        for number, share in enumerate(shares, start=1)
    ]
    page = draw(
        '{{ charts.seats_large(figures, [1204, "answers"], "Who answered") }}'
        "{{ charts.seat_list(figures) }}{{ charts.unheard(figures) }}",
        figures=figures,
    )
    svg = page.all("svg")[0]
    assert (svg["role"], svg["aria-label"]) == ("img", "Who answered")
    full = [found for found in page.all("path") if found["class"] == "rt-seat-full"]
    parts = [float(found["stroke-dasharray"].split()[0]) for found in full]
    assert parts == pytest.approx([7.7, 35, 17.5, 35, 10.8, 35], abs=0.1)
    kinds = [found["class"] for found in page.all("path")]
    assert (kinds.count("rt-seat"), kinds.count("rt-seat-none")) == (7, 1)
    assert "1,204" in page.text
    assert "Not asked" in page.text
    assert "Not yet heard: Category 3 (0% of those asked)" in page.text


def test_small_seats_show_nobody_some_and_half() -> None:
    page = draw(
        "{{ charts.seats_small(states, '18 answers') }}",
        states=["", "some", "half", "nobody", "some", "half", "", "half"],
    )
    kinds = [found["class"] for found in page.all("circle")]
    assert kinds.count("rt-seats__full") == 3
    assert kinds.count("rt-seats__seat") == 5
    assert kinds.count("rt-seats__dot") == 2


def test_fate_says_all_six_dispositions_in_words_and_five_in_the_bar() -> None:
    counts = {
        "accepted": 63,
        "in_part": 1,
        "not_accepted": 14,
        "out_of_scope": 5,
        "noted": 18,
        "already_covered": 4,
        "to_decide": 0,
    }
    page = draw("{{ charts.fate(counts) }}", counts=counts)
    for words in ("63 accepted", "14 not accepted", "5 out of scope", "4 already covered"):
        assert words in page.text
    assert "to decide" not in page.text
    assert len([found for found in page.all("i") if " rt-w" in found["class"]]) == 4


def test_nothing_to_say_about_no_points() -> None:
    assert draw("{{ charts.fate({}) }}").elements == []


def test_a_title_in_another_language_says_so() -> None:
    call = {
        "code": "2026-014",
        "title": Said("مشروع", "ar", is_other=True),
        "eyebrow": "",
        "for_whom": "For everybody",
        "when": {"headline": "Closes in 3 days", "text": "Thu", "soon": True},
        "seats": [""] * 8,
        "answers_text": "1 answer",
    }
    page = draw("{{ parts.call_card(call) }}", call=call)
    assert {"lang": "ar", "dir": "rtl"} in page.all("bdi")
    assert page.all("a")[0]["href"] == "/en/calls/2026-014"


def test_a_task_tells_its_state_with_its_link_and_waiting_ones_have_none() -> None:
    items = [
        {"title": "About you", "href": "/a/1", "hint": "", "state": ("Ready", "settled")},
        {"title": "Send", "href": None, "hint": "", "state": ("Later", "plain")},
    ]
    page = draw("{{ parts.tasks(items) }}", items=items)
    assert [found["href"] for found in page.all("a")] == ["/a/1"]
    assert page.all("a")[0]["aria-describedby"] in page.ids


def test_pages_of_a_list_lead_on_and_back() -> None:
    page = draw("{{ parts.pager(page) }}", page={"previous": None, "next": "/x?after=1"})
    assert [found["rel"] for found in page.all("a")] == ["next"]
