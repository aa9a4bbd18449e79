"""Analysis in a browser: read, cut, recommend, decide."""

import re

from sqlalchemy import event

from services.consultation.analysis.pages.points import STATES
from services.consultation.analysis.rules import PointState
from services.consultation.publication import actions as publication
from shared.security.permissions import Actor
from tests.support.answers import Doors
from tests.support.bench import Bench, person
from tests.support.calls import ANALYST, DECIDER, MANAGER
from tests.support.portal import hidden
from tests.support.replies import APPROVER, Table


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


def tasks(doors: Doors, who: Actor) -> list[str]:
    html = doors.browser(who).get("/en/staff").text
    card = html.split('<article class="rt-card">')[1].split("</article>")[0]
    return re.findall(r'<li><a class="govuk-link" href="[^"]*">([^<]*)</a></li>', card)


def test_my_work_says_to_each_role_what_waits_for_it(consultation_bench: Bench) -> None:
    table = Table(consultation_bench)
    one = table.answer("City of Kisumu", "Water for all.", comment="Name the mountains.")
    doors = Doors(table.bench)
    assert tasks(doors, ANALYST) == tasks(doors, MANAGER) == []
    assert "Nothing waits for you here." in doors.browser(MANAGER).get("/en/staff").text
    table.close()
    assert tasks(doors, ANALYST) == ["1 unread", "1 answer to prepare for publication"]
    table.read()
    table.recommend(1)
    with table.bench.work(ANALYST) as work:
        publication.prepare_as_they_are(work, table.call, [one.reference])
    assert tasks(doors, ANALYST) == ["1 point to recommend"]
    assert tasks(doors, DECIDER) == ["1 point to decide"]
    assert tasks(doors, MANAGER) == ["1 publication to decide", "Write the report"]
    both = person("analyst", "decider", name="Hala")
    table.recommend(2, who=both)
    assert tasks(doors, both) == ["1 point to decide"]
    table.decide(1, 2)
    table.write()
    table.ask()
    assert tasks(doors, APPROVER) == ["Report waits for approval"]
    assert tasks(doors, MANAGER) == ["1 publication to decide"]
    overdue = "Reply overdue"
    assert overdue not in doors.browser(MANAGER).get("/en/staff").text
    table.bench.later(weeks=13)
    assert overdue in doors.browser(MANAGER).get("/en/staff").text
    assert tasks(doors, MANAGER)[0] == "Say that the reply is late"


def test_lists_of_staff_ask_no_more_when_they_are_longer(consultation_bench: Bench) -> None:
    few, many = Table(consultation_bench), Table(consultation_bench)
    few.answer("City of Kisumu", "Water.", comment="Mountains.")
    for name in ("Town of Nakuru", "City of Lima", "City of Dakar"):
        many.answer(name, "Sand.", comment="Sea.")
    few.close()
    browser = Doors(consultation_bench).browser(ANALYST)
    for table in (few, many):
        table.read()
        with consultation_bench.work(ANALYST) as work:
            references = [one.reference for one in table.answers]
            publication.prepare_as_they_are(work, table.call, references)

    def asked(call: str, page: str) -> int:
        seen: list[str] = []
        engine = consultation_bench.service.room.database.engine
        listener = lambda *given: seen.append(str(given[2]))  # noqa: E731 - removed below
        event.listen(engine, "before_cursor_execute", listener)
        assert browser.get(f"/en/staff/calls/{call}/{page}").status_code == 200
        event.remove(engine, "before_cursor_execute", listener)
        return len(seen)

    for page in ("answers", "points", "publication"):
        assert asked(few.call, page) == asked(many.call, page), page


def test_a_bulk_act_keeps_what_the_list_was_narrowed_by(consultation_bench: Bench) -> None:
    table = Table(consultation_bench)
    table.answer("City of Kisumu", "Water for all.", comment="Name the mountains.")
    table.close()
    table.read()
    table.recommend(1)
    browser = Doors(table.bench).browser(DECIDER)
    staff = f"/en/staff/calls/{table.call}/points"
    html = browser.get(f"{staff}?category=local_authority&state=to_decide").text
    csrf = hidden(html, "csrf")
    action = re.search(r'action="([^"]*/points[?][^"]*)"', html)
    assert action
    address = action[1].replace("&amp;", "&")
    for data, sentence in (
        ({"act": "decide"}, "Select at least one point of this call."),
        ({"act": "return", "number": "1"}, "Write a note that says what is to be changed."),
        ({"act": "decide", "number": ["1", "2"]}, "no recommendation that waits"),
    ):
        refused = browser.post(address, data={"csrf": csrf, **data})
        assert refused.status_code == 422
        assert sentence in refused.text
        assert refused.text.count(" checked") == len(list(data.get("number", [])))
    decided = browser.post(address, data={"csrf": csrf, "act": "decide", "number": "1"})
    assert "1 point decided." in decided.text
    assert str(decided.url).endswith("?category=local_authority&state=to_decide")


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
