"""The report in a browser: written, approved by somebody else, read by everybody."""

import re

import pytest

from services.consultation.publication import actions as publication
from services.consultation.publication import queries as publication_queries
from services.consultation.reports import actions
from shared.security.permissions import Actor
from tests.support.answers import Doors
from tests.support.bench import Bench
from tests.support.calls import ANALYST, MANAGER
from tests.support.portal import hidden, seen
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
    assert re.search(r"Because of City of Kisumu and \d others?", seen(words.text))
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


def test_what_publication_left_out_is_not_quoted_in_the_report(table: Table) -> None:
    table.write()
    table.ask()
    table.approve()
    kisumu, timbuktu = table.answers[:2]
    with table.bench.view(ANALYST) as view:
        pieces = publication_queries.answer(view, table.call, kisumu.reference).pieces
    texts = {str(one.id): {"text": "[left out]"} for one in pieces if "Water" in one.text}
    with table.bench.work(ANALYST) as work:
        publication.prepare(work, table.call, kisumu.reference, texts=texts, reason="A name.")
        publication.prepare(work, table.call, timbuktu.reference, withhold=True, reason="Libel.")
    visitor = Doors(table.bench).browser()
    assert "Water for all." in visitor.get(f"/en/results/{table.call}").text
    with table.bench.work(MANAGER) as work:
        publication.decide(work, table.call, [kisumu.reference, timbuktu.reference])
    report = visitor.get(f"/en/results/{table.call}").text
    assert "Name the mountains." in report
    for gone in ("Water for all.", "Sand and shade."):
        assert gone not in report
    assert report.count("Redacted by the secretariat") == 2
    assert "3 points were made" not in report
    assert "No points here" in visitor.get(f"/en/results/{table.call}?words=shade").text
    words = Doors(table.bench).browser(timbuktu.who).get(f"/en/answers/{timbuktu.code}/words").text
    assert "Sand and shade." in words


def test_a_paragraph_is_moved_one_is_added_and_a_part_is_given_to_a_third(table: Table) -> None:
    doors, call = Doors(table.bench), table.call
    text = f"/staff/calls/{call}/revised-text"
    page = doors.browser(MANAGER).get(f"/en{text}/3").text
    assert "It stands after" in page
    assert "Add: Paragraph 3 (h)" in page
    place = re.search(r'value="(heading:\d+)"[^>]*>I\. Purpose<', page)
    assert place

    def revise(label: str, **fields: object) -> str:
        return post(doors, MANAGER, f"{text}/{label}", f"{text}/{label}", **fields)

    assert "Moved" in revise("3", act="move", place=place[1], others="1, 2")
    part = re.findall(r'name="(text_\d+_en)"', page)[-1]
    assert "Reworded" in revise("3", act="revise", others="1, 2", **{part: "Mountains;"})
    added = revise("9", act="add", added_en="Shade.", others="3, 4")
    assert "Paragraph 9bis" in added
    wrong = doors.browser(MANAGER).post(
        f"/en{text}/3", data={"csrf": token(page), "act": "move", "place": "t1"}
    )
    assert wrong.status_code in (403, 422)
    with table.bench.work(MANAGER) as work:
        actions.write(work, call, {"summary": {"en": "We moved it."}})
    assert "What is missing" in doors.browser(MANAGER).get(f"/en/staff/calls/{call}/report").text
    table.ask()
    assert doors.browser().get(f"/en/results/{call}/text").status_code == 404
    table.approve()
    whole = doors.browser().get(f"/en/results/{call}/text").text
    assert "Shade." in whole
    assert f'/en/results/{call}#change-p9bis"' in whole
    assert whole.index("Mountains;") < whole.index("The purpose of the partnership strategy")
    for path, who in (
        (f"/en/results/{call}", None),
        (f"/en/answers/{table.answers[0].code}/words", table.answers[0].who),
    ):
        found = doors.browser(who).get(path).text if who else doors.browser().get(path).text
        assert "It stood after “Paragraph 2” and now stands after “I. Purpose”." in found
        assert "Mountains;" in found
    report = doors.browser().get(f"/en/results/{call}").text
    assert 'id="change-p3"' in report
    assert "Shade." in report
    assert "Added" in report


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
