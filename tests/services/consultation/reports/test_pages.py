"""The report in a browser: written, approved by somebody else, read by everybody."""

import re

import pytest

from services.consultation.publication import actions as publication
from shared.security.permissions import Actor
from tests.support.answers import Doors
from tests.support.bench import Bench
from tests.support.calls import ANALYST, MANAGER
from tests.support.portal import hidden
from tests.support.replies import APPROVER, Table

CANARY = "Zanzibarite"
UNNAMED = "City of Timbuktu"


def token(html: str) -> str:
    return hidden(html, "csrf")


def post(doors: Doors, who: Actor, page: str, action: str, **fields: object) -> str:
    browser = doors.browser(who)
    html = browser.get(f"/en{page}").text
    answer = browser.post(f"/en{action}", data={"csrf": token(html), **fields})
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    found = Table(consultation_bench)
    found.answer("City of Kisumu", "Water for all.", comment="Name the mountains.")
    found.answer(UNNAMED, "Sand and shade.", consent="unnamed")
    found.answer("City of Lima", f"{CANARY} is what we fear.", consent="secretariat")
    found.close()
    found.reply()
    return found


def test_from_the_last_decision_to_the_wall_of_the_town_hall(table: Table) -> None:
    doors, call = Doors(table.bench), table.call
    staff = f"/staff/calls/{call}"
    edit = doors.browser(MANAGER).get(f"/en{staff}/report").text
    assert "Accepted points that no change in the text answers" in edit
    assert "The report has no summary in the call&#39;s own language (English)" in edit
    listed = doors.browser(MANAGER).get(f"/en{staff}/revised-text").text
    assert "1 accepted point waits" in listed

    saved = post(
        doors,
        MANAGER,
        f"{staff}/revised-text/3",
        f"{staff}/revised-text/3",
        act="revise",
        text_0_en="Here are the mountains:",
        point=[1, 2],
        others="3, 4",
    )
    assert "Reworded" in saved
    wrong = doors.browser(MANAGER).post(
        f"/en{staff}/revised-text/3",
        data={"csrf": token(doors.browser(MANAGER).get(f"/en{staff}/report").text), "others": "77"},
    )
    assert wrong.status_code in (403, 422)

    saved = post(
        doors, MANAGER, f"{staff}/report", f"{staff}/report", summary_en="We **listened**."
    )
    assert "Hand on for approval" in saved
    post(doors, MANAGER, f"{staff}/report", f"{staff}/report/ask-review")

    browser = doors.browser(APPROVER)
    html = browser.get(f"/en{staff}/report").text
    assert "I have considered what is listed here" in html
    data = {"csrf": token(html), "digest": hidden(html, "digest")}
    unticked = browser.post(f"/en{staff}/report/approve", data=data)
    assert unticked.status_code == 422
    public = browser.post(f"/en{staff}/report/approve", data={**data, "considered": "yes"})
    assert public.status_code == 200
    assert "Published. Everybody who answered is being told." in public.text

    visitor = doors.browser()
    report = visitor.get(f"/en/results/{call}").text
    assert "<strong>listened</strong>" in report
    assert "1 point was made in confidence and answered to its author." in report
    assert "City of Kisumu" in report
    assert "Answers 3 points" in report
    assert call in visitor.get("/en/results").text

    words = doors.browser(table.answers[0].who).get(f"/en/answers/{table.answers[0].code}/words")
    assert "Name the mountains." in words.text
    assert re.search(r"Because of City of Kisumu and \d others?", words.text)
    assert (
        doors.browser(table.answers[1].who)
        .get(f"/en/answers/{table.answers[0].code}/words")
        .status_code
        == 404
    )


def test_nothing_said_in_confidence_and_no_unnamed_author_on_any_public_page(table: Table) -> None:
    table.write()
    table.ask()
    table.approve()
    references = [one.reference for one in table.answers[:2]]
    with table.bench.work(ANALYST) as work:
        publication.prepare_as_they_are(work, table.call, references)
    with table.bench.work(MANAGER) as work:
        publication.decide(work, table.call, references)
    visitor = Doors(table.bench).browser()
    pages = [
        "/",
        "/results",
        f"/results/{table.call}",
        f"/results/{table.call}?words={CANARY}",
        f"/results/{table.call}/answers",
        f"/results/{table.call}/answers?show=unnamed",
        f"/calls/{table.call}",
    ]
    for language in ("en", "ar"):
        for path in pages:
            answer = visitor.get(f"/{language}{path}")
            assert answer.status_code == 200, path
            text = answer.text.replace(f'value="{CANARY}"', "")
            assert CANARY not in text.replace(f"words={CANARY}", ""), path
            assert UNNAMED not in text, path
            assert table.answers[1].reference not in text, path
    pool = visitor.get(f"/en/results/{table.call}/answers?show=unnamed").text
    assert "Sand and shade." in pool
    assert "Sand and shade." in visitor.get(f"/en/results/{table.call}").text
    said = "".join(event.model_dump_json() for event in table.bench.told)
    assert CANARY not in said


def test_the_author_in_confidence_reads_the_reply_that_nobody_else_does(table: Table) -> None:
    table.write()
    table.ask()
    table.approve()
    lima = table.answers[2]
    words = Doors(table.bench).browser(lima.who).get(f"/en/answers/{lima.code}/words").text
    assert CANARY in words
    assert "We name them now." in words


def test_a_reader_of_another_language_is_told_what_is_not_in_it(table: Table) -> None:
    table.write()
    table.ask()
    table.approve()
    kisumu = table.answers[0]
    words = Doors(table.bench).browser(kisumu.who).get(f"/fr/answers/{kisumu.code}/words").text
    assert 'lang="en"' in words
    assert "Retenu" in words
