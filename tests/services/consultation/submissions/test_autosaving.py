"""Drafts that save themselves: what the script of the pages posts and is told."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from services.consultation.questions.queries import TopicRow
from services.consultation.submissions import actions, queries
from tests.support.answers import Doors, Table, begun, written
from tests.support.bench import Bench


class Desk:
    """Two colleagues with one draft open."""

    def __init__(self, bench: Bench) -> None:
        self.table = Table(bench)
        doors = Doors(bench)
        self.amal = doors.browser(self.table.point)
        self.basil = doors.browser(self.table.deputy)
        self.nobody = doors.browser()
        self.nobody.follow_redirects = False
        self.code = begun(bench, self.table.point, self.table.call, self.table.city)

    @property
    def sheet(self) -> queries.Sheet:
        return self.table.read(self.code)

    @property
    def topic(self) -> TopicRow:
        return self.sheet.asked.topics[-1]

    def save(self, who: TestClient, what: str, **fields: Any) -> Response:
        path = f"/en/answers/{self.code}/{what}/autosave"
        return who.post(path, data=fields, headers={"Accept": "application/json"})

    def comment(self, who: TestClient, text: str, **more: Any) -> Response:
        return self.save(who, "paragraphs/4", stance="comment", text=text, **more)


@pytest.fixture
def desk(consultation_bench: Bench) -> Desk:
    return Desk(consultation_bench)


def test_what_is_typed_is_saved_and_the_next_save_goes_on_from_it(desk: Desk) -> None:
    first = desk.comment(desk.amal, "Name the", was="new", version="0")
    assert first.status_code == 200
    assert first.json()["saying"].startswith("Saved ")
    second = desk.comment(desk.amal, "Name the mountains.", **first.json()["fields"])
    assert second.status_code == 200
    (remark,) = desk.sheet.remarks
    assert remark.text == "Name the mountains."


def test_responses_are_saved_valid_or_not(desk: Desk) -> None:
    number = desk.topic.questions[-1].code
    told = desk.save(desk.amal, f"questions/{desk.topic.key}", **{f"answer-{number}": "many"})
    assert told.status_code == 200
    assert told.json()["fields"][f"version-{number}"] == "1"
    assert desk.sheet.responses[number].value == "many"
    assert desk.sheet.responses[number].problems


def test_a_colleagues_comment_is_told_with_both_texts_and_not_written_over(desk: Desk) -> None:
    desk.comment(desk.amal, "Their <b>words</b>", was="new", version="0")
    clash = desk.comment(desk.basil, "My words", was="new", version="0")
    assert clash.status_code == 409
    assert "Their &lt;b&gt;words&lt;/b&gt;" in clash.json()["html"]
    assert desk.sheet.remarks[0].text == "Their <b>words</b>"
    chosen = desk.comment(desk.basil, "Both our words", **clash.json()["fields"])
    assert chosen.status_code == 200
    assert desk.sheet.remarks[0].text == "Both our words"


def test_a_colleagues_response_is_told_with_both_texts(desk: Desk) -> None:
    number, place = desk.topic.questions[-1].code, f"questions/{desk.topic.key}"
    desk.save(desk.amal, place, **{f"answer-{number}": "12", f"version-{number}": "0"})
    clash = desk.save(desk.basil, place, **{f"answer-{number}": "77", f"version-{number}": "0"})
    assert clash.status_code == 409
    assert "12" in clash.json()["html"]
    assert "77" in clash.json()["html"]
    assert desk.sheet.responses[number].value == "12"


def test_the_same_words_sent_once_more_are_no_conflict(desk: Desk) -> None:
    for _ in range(2):
        told = desk.comment(desk.amal, "Once", was="new", version="0")
        assert told.status_code == 200
    assert len(desk.sheet.remarks) == 1


def test_a_narrower_consent_of_a_colleague_is_not_widened_by_a_stale_page(desk: Desk) -> None:
    fields = desk.comment(desk.amal, "Same", was="new", version="0").json()["fields"]
    narrowed = desk.comment(desk.amal, "Same", consent="secretariat", **fields)
    assert narrowed.status_code == 200
    clash = desk.comment(desk.basil, "Same", consent="named", **fields)
    assert clash.status_code == 409
    assert desk.sheet.remarks[0].consent == "secretariat"


def test_nothing_typed_saves_nothing(desk: Desk) -> None:
    assert desk.save(desk.amal, "paragraphs/4", was="new", version="0").status_code == 200
    assert desk.sheet.remarks == []
    desk.comment(desk.amal, "A word", was="new", version="0")
    emptied = desk.save(desk.amal, "paragraphs/4", was="whole", version="1")
    assert emptied.status_code == 422
    assert "take the comment out" in emptied.json()["saying"]
    assert desk.sheet.remarks[0].text == "A word"


def test_refusals_are_sentences_for_the_line_of_state(desk: Desk) -> None:
    too_long = desk.comment(desk.amal, "x" * 4001, was="new", version="0")
    assert too_long.status_code == 422
    assert too_long.json()["saying"] == "Not saved yet: Shorten this to 4000 characters."
    assert desk.save(desk.amal, "paragraphs/99", stance="keep").status_code == 404
    stranger = desk.save(desk.nobody, "paragraphs/4", stance="keep")
    assert stranger.status_code == 307
    assert stranger.headers["location"].startswith("/en/renew?")
    desk.table.bench.later(weeks=14)
    closed = desk.comment(desk.amal, "Too late", was="new", version="0")
    assert closed.status_code == 403
    assert closed.json()["saying"].startswith("Closed ")
    assert desk.sheet.remarks == []


def test_an_approved_text_is_saved_by_the_button_alone(desk: Desk) -> None:
    table = desk.table
    code = written(table.bench, table.point, table.call, table.city)
    assert 'data-autosave="' in desk.amal.get(f"/en/answers/{code}/paragraphs/4").text
    with table.bench.work(table.point) as work:
        actions.set_approver(work, table.city, "Rania", "Mayor's office", "m@example.org", "ar")
        actions.approve_on_paper(work, code, "Rania", work.now.date(), None)
    page = desk.amal.get(f"/en/answers/{code}/paragraphs/4").text
    assert "Save and go to paragraph 5" in page
    assert 'data-autosave="' not in page
