"""Analysis in a browser: read, cut, recommend, decide."""

from services.consultation.analysis.pages.points import STATES
from services.consultation.analysis.rules import PointState
from tests.support.answers import Doors
from tests.support.bench import Bench
from tests.support.calls import ANALYST, DECIDER
from tests.support.portal import hidden
from tests.support.replies import Table


def test_from_the_queue_to_the_decision(consultation_bench: Bench) -> None:
    table = Table(consultation_bench)
    one = table.answer("City of Kisumu", "Water for all.", comment="Name the mountains.")
    table.close()
    doors = Doors(table.bench)
    analyst, decider = doors.browser(ANALYST), doors.browser(DECIDER)
    staff = f"/en/staff/calls/{table.call}"
    assert "1 answer" in analyst.get("/en/staff").text
    assert one.reference in analyst.get(f"{staff}/answers?show=unread").text

    page = f"{staff}/answers/{one.reference}"
    csrf = {"csrf": hidden(analyst.get(page).text, "csrf")}
    html = analyst.post(f"{page}/read", data=csrf).text
    assert f"Read by {ANALYST.name}" in html
    assert "1 item tallied." in analyst.post(f"{page}/tally", data=csrf).text
    html = analyst.get(page).text
    cut = html.split("/cut")[0].rsplit("/", 1)[1]
    html = analyst.post(f"{page}/{cut}/cut", data={**csrf, "point": ["Water.", "For all."]}).text
    assert "2 points made." in html

    point = f"{staff}/points/1"
    html = analyst.get(point).text
    data = {**csrf, "row_version": hidden(html, "row_version"), "disposition": "accepted"}
    refused = analyst.post(f"{point}/recommend", data={**data, "reason": "as_proposed"})
    assert refused.status_code == 422
    assert "Choose a standard reason and write an explanation." in refused.text
    html = analyst.post(
        f"{point}/recommend",
        data={**data, "reason": "as_proposed", "explanation_en": "We do."},
    ).text
    assert "Recommended. Somebody else decides." in html

    html = decider.get(f"{staff}/points").text
    data = {"csrf": hidden(html, "csrf"), "number": "1", "act": "decide"}
    html = decider.post(f"{staff}/points", data=data).text
    assert "1 point decided." in html
    assert STATES[PointState.DECIDED] in html


def test_every_page_draws_in_a_language_written_from_right_to_left(
    consultation_bench: Bench,
) -> None:
    table = Table(consultation_bench)
    one = table.answer("City of Kisumu", "Water for all.", comment="Name the mountains.")
    table.close()
    table.reply("accepted_in_part")
    browser = Doors(table.bench).browser(ANALYST, "ar")
    staff = f"/ar/staff/calls/{table.call}"
    for path in (
        "/ar/staff",
        f"{staff}/answers",
        f"{staff}/answers/{one.reference}",
        f"{staff}/points",
        f"{staff}/points/1",
        f"{staff}/report",
        f"{staff}/report/changes",
        f"{staff}/revised-text",
        f"{staff}/revised-text/3",
        f"{staff}/publication",
        f"{staff}/publication/{one.reference}",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert 'dir="rtl"' in answer.text
