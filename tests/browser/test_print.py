"""“What became of our words” on paper: one page for the mayor's file, more only for very many."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from services.consultation.analysis import queries as analysis
from services.consultation.analysis.actions import reading
from tests.support.answers import Doors
from tests.support.bench import Bench
from tests.support.calls import ANALYST
from tests.support.replies import Table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

PAGES = re.compile(rb"/Type\s*/Page[^s]")
SENTENCES = [
    f"Point {n}: small cities cannot run an office of their own, let them share one with others."
    for n in range(1, 24)
]
EXPLANATION = (
    "Shared offices work in three regions. The framework now says that cities may set them up "
    "alone or together with their neighbours, and that the programme helps them to begin."
)


def reported(bench: Bench, sentences: Sequence[str]) -> Table:
    """A published report on an answer that makes a point with each sentence."""
    table = Table(bench)
    one = table.answer("City of Kisumu", "\n".join(sentences), comment="Name the mountains.")
    table.close()
    with bench.work(ANALYST) as work:
        reading.mark_read(work, one.reference)
        reading.tally_all(work, one.reference)
    with bench.view(ANALYST) as view:
        items = analysis.answer(view, table.call, one.reference).items
    with bench.work(ANALYST) as work:
        for item in items:
            if item.text:
                reading.cut(work, one.reference, item.id, item.text.split("\n"))
    numbers = list(range(1, len(sentences) + 2))
    for number in numbers:
        fate = "accepted" if number % 3 else "not_accepted"
        table.recommend(number, fate, explanations={"en": EXPLANATION})
    table.decide(*numbers)
    table.write()
    table.ask()
    table.approve()
    return table


def printed(chromium: "Browser", table: Table, language: str) -> tuple[int, str]:
    """Print the page on A4; return how many pages it takes, and the words on it."""
    client = Doors(table.bench).browser(table.answers[0].who, language)

    def answer(route: "Route") -> None:
        found = client.get(route.request.url)
        kind = found.headers["content-type"]
        route.fulfill(status=found.status_code, body=found.content, content_type=kind)

    context = chromium.new_context(base_url="http://testserver")
    try:
        page = context.new_page()
        page.route("**/*", answer)
        page.goto(f"/{language}/answers/{table.answers[0].code}/words")
        page.emulate_media(media="print")
        return len(PAGES.findall(page.pdf(format="A4"))), page.inner_text("main")
    finally:
        context.close()


@pytest.mark.parametrize("opened", ["sqlite"], indirect=True)
def test_several_points_are_one_page_in_english_and_arabic(
    consultation_bench: Bench, chromium: "Browser"
) -> None:
    table = reported(consultation_bench, SENTENCES[:5])
    for language in ("en", "ar"):
        pages, words = printed(chromium, table, language)
        assert all(one in words for one in SENTENCES[:5])
        assert {"en": "The strategy names the mountains.", "ar": "战略提到山。"}[language] in words
        assert pages == 1, language


@pytest.mark.parametrize("opened", ["sqlite"], indirect=True)
def test_very_many_points_take_more_pages_and_none_is_left_out(
    consultation_bench: Bench, chromium: "Browser"
) -> None:
    table = reported(consultation_bench, SENTENCES)
    pages, words = printed(chromium, table, "en")
    assert all(one in words for one in SENTENCES)
    assert 1 < pages <= 4
