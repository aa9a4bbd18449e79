"""The desk of publication in a browser."""

from services.consultation.publication.pages import STATES
from tests.support.answers import Doors
from tests.support.bench import Bench
from tests.support.calls import ANALYST, MANAGER
from tests.support.portal import hidden
from tests.support.replies import Table


def test_prepared_by_an_analyst_decided_by_a_call_manager_read_by_everybody(
    consultation_bench: Bench,
) -> None:
    table = Table(consultation_bench)
    one = table.answer("City of Kisumu", "Call Amal for water.", comment="Mountains.")
    table.close()
    desk = f"/en/staff/calls/{table.call}/publication"
    doors = Doors(table.bench)
    analyst, manager = doors.browser(ANALYST), doors.browser(MANAGER)

    html = analyst.get(f"{desk}/{one.reference}").text
    assert "Call Amal for water." in html
    field = html.split('name="text_')[1].split('"')[0]
    data = {"csrf": hidden(html, "csrf"), f"text_{field}": "Call us for water."}
    refused = analyst.post(f"{desk}/{one.reference}/prepare", data=data)
    assert refused.status_code == 422
    assert "Say why; the author reads the reason." in refused.text
    assert "Call us for water." in refused.text
    kept = analyst.post(f"{desk}/{one.reference}/prepare", data={**data, "reason": "A name."})
    assert kept.status_code == 200
    assert "Prepared. A call manager decides." in kept.text

    html = manager.get(desk).text
    assert "Publish redacted" in html
    data = {"csrf": hidden(html, "csrf"), "reference": one.reference, "act": "decide"}
    decided = manager.post(desk, data=data)
    assert "1 answer decided." in decided.text
    assert STATES["published_redacted"] in decided.text

    public = doors.browser().get(f"/en/results/{table.call}/answers").text
    assert "Call us for water." in public
    assert "Amal for" not in public
    assert "Redacted by the secretariat" in public

    author = doors.browser(one.who)
    receipt = author.get(f"/en/answers/{one.code}/receipt").text
    assert f"/en/answers/{one.code}/publication" in receipt
    told = author.get(f"/en/answers/{one.code}/publication").text
    assert "A name." in told
    assert "Call Amal for water." in told
    assert "Call us for water." in told
    assert "Mountains." not in told
    assert doors.browser(MANAGER).get(f"/en/answers/{one.code}/publication").status_code == 404


def test_the_desk_is_for_those_who_analyse_and_decide(consultation_bench: Bench) -> None:
    table = Table(consultation_bench)
    one = table.answer("City of Kisumu", "Water.")
    doors = Doors(table.bench)
    path = f"/en/staff/calls/{table.call}/publication"
    assert doors.browser(one.who).get(path).status_code == 403
    html = doors.browser(ANALYST).get(path).text
    assert "Nothing is published while the call is open." in html
