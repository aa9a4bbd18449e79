"""The pages of calls as people walk them: the desk from draft to publication, public pages."""

from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.consultation.calls import actions, queries
from services.consultation.calls.rules import ActKind
from shared.contracts.consultation import CallEnded, CallExtended, CallPublished, ReplyLate
from tests.support.answers import Doors, begun, open_call, sent
from tests.support.bench import Bench
from tests.support.calls import (
    ANALYST,
    DECIDER,
    MANAGER,
    SECOND,
    colleague,
    drafted,
    partner,
    published,
)
from tests.support.portal import hidden

SEEDS = Path(__file__).parents[4] / "services" / "demo" / "seeds"
FIRST = {
    "title": "Draft partnership strategy",
    "subject": "strategy",
    "authentic_language": "en",
    "languages": ["en", "ar", "fr"],
    "contact": "partners@example.org",
    "visibility": "public",
}


@pytest.fixture
def bench(consultation_bench: Bench) -> Bench:
    return consultation_bench


@pytest.fixture
def doors(bench: Bench) -> Doors:
    return Doors(bench)


def part(client: TestClient, code: str, name: str, **data: object) -> str:
    answer = client.post(f"/en/staff/calls/{code}/parts/{name}", data=data)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_call_is_drafted_part_by_part_and_published_by_a_colleague(  # noqa: PLR0915 - one walk
    bench: Bench, doors: Doors
) -> None:
    partner(bench, "City of Kisumu")
    partner(bench, "Ville de Tunis", languages=["ar"], country="TUN", regions=["arab_states"])
    manager, second = doors.browser(MANAGER), doors.browser(SECOND)
    hub = manager.post("/en/staff/calls/new", data=FIRST)
    assert "Draft 2026-001 is saved." in hub.text
    code = "2026-001"
    texts = {
        "language": "en",
        "title": "Draft partnership strategy",
        "summary": "How we work with partners.",
        "open_for_change": "How partners are chosen",
        "already_decided": "The strategic plan",
        "seen": "0",
    }
    assert "Saved in English." in part(manager, code, "texts", **texts)
    closes = (bench.clock.at + timedelta(weeks=13)).date().isoformat()
    period = {"zone": "Africa/Nairobi", "period": "full", "closes_on": closes, "seen": "0"}
    part(manager, code, "period", **period, closes_time="23:59")
    counted = part(manager, code, "audience", categories=["local_authority"], do="count", seen="0")
    assert "2 partners" in counted
    assert "2 have nobody we can reach" in counted
    found = part(manager, code, "audience", do="find", find="tunis", seen="0")
    assert "Ville de Tunis" in found
    part(manager, code, "audience", categories=["local_authority"], do="save", seen="0")
    part(manager, code, "participation", level="consult", seen="0")
    owner = {"owner": "Director, External Relations", "decided_on": "2029-01-15", "seen": "0"}
    part(manager, code, "decision", **owner)
    question = {"kind": "long", "title_en": "What is missing?", "topic": ""}
    manager.post(f"/en/staff/calls/{code}/parts/questions/new", data=question)
    waiting = manager.post(f"/en/staff/calls/{code}/review/ask")
    assert "A colleague reviews this draft" in waiting.text
    refused = second.post(f"/en/staff/calls/{code}/publish", data={"note": ""})
    assert refused.status_code == 422
    assert "1 partner concerned uses Arabic; this call has no title or summary" in refused.text
    back = second.post(f"/en/staff/calls/{code}/send-back", data={"note": "Write it in Arabic."})
    assert "Write it in Arabic." in back.text
    arabic = {"language": "ar", "title": "استراتيجية", "summary": "ملخص", "origin": "human"}
    part(manager, code, "texts", **arabic, seen="0")
    manager.post(f"/en/staff/calls/{code}/review/ask")
    alone = manager.post(f"/en/staff/calls/{code}/publish", data={"note": ""})
    assert alone.status_code == 422
    assert "Somebody who edited no part of it publishes it." in alone.text
    shown = second.post(f"/en/staff/calls/{code}/publish", data={"note": ""})
    assert "Published. Partners are being told." in shown.text
    assert "Africa/Nairobi" not in shown.text
    assert "Nairobi time (UTC+3)" in shown.text
    assert len(bench.told_of(CallPublished)) == 1
    assert 'dir="rtl"' in doors.browser(language="ar").get(f"/ar/calls/{code}").text


def test_what_is_typed_wrong_is_kept_and_said(bench: Bench, doors: Doors) -> None:
    manager = doors.browser(MANAGER)
    answer = manager.post("/en/staff/calls/new", data=FIRST | {"contact": "nowhere"})
    assert answer.status_code == 422
    assert 'value="nowhere"' in answer.text
    code = drafted(bench)
    wrong = manager.post(
        f"/en/staff/calls/{code}/parts/period",
        data={"zone": "Mars/Base", "closes_on": "soon", "seen": "1"},
    )
    assert wrong.status_code == 422
    assert "Choose a time zone such as Africa/Nairobi." in wrong.text
    stale = manager.post(
        f"/en/staff/calls/{code}/parts/participation", data={"level": "involve", "seen": "7"}
    )
    assert stale.status_code == 422
    assert "A colleague saved this part while you were writing" in stale.text
    assert "What your colleague saved" in stale.text
    again = {"level": "involve", "seen": hidden(stale.text, "seen")}
    assert "Saved." in manager.post(f"/en/staff/calls/{code}/parts/participation", data=again).text


def test_a_document_is_taken_or_its_findings_are_listed(bench: Bench, doors: Doors) -> None:
    code = drafted(bench)
    manager = doors.browser(MANAGER)
    text = (SEEDS / "partnership-strategy.zh.md").read_bytes()
    taken = manager.post(
        f"/en/staff/calls/{code}/parts/document",
        data={"language": "zh"},
        files={"file": ("strategy.md", text, "text/markdown")},
    )
    assert "25 pages to comment on" in taken.text
    broken = manager.post(
        f"/en/staff/calls/{code}/parts/document",
        data={"language": "en"},
        files={"file": ("other.md", b"# A title\n\n1. One paragraph only.\n", "text/markdown")},
    )
    assert broken.status_code == 422
    assert "What stands in the way" in broken.text
    assert "25 pages" in manager.get(f"/en/staff/calls/{code}/preview").text
    assert manager.get(f"/en/staff/calls/{code}/preview/document").status_code == 200


def test_questions_are_written_moved_and_removed(bench: Bench, doors: Doors) -> None:
    code = drafted(bench)
    manager = doors.browser(MANAGER)
    base = f"/en/staff/calls/{code}/parts"
    manager.post(f"{base}/topics", data={"title_en": "About you"})
    lacking = manager.post(f"{base}/questions/new", data={"kind": "one", "title_en": "Which?"})
    assert lacking.status_code == 422
    assert "at least two" in lacking.text
    manager.post(
        f"{base}/questions/new",
        data={
            "kind": "one",
            "title_en": "Which?",
            "options_en": "This\nThat",
            "options_fr": "Ceci\nCela",
            "required": "yes",
        },
    )
    kept = manager.get(f"{base}/questions/q2").text
    assert "This\nThat" in kept
    assert "Ceci\nCela" in kept
    moved = manager.post(f"{base}/questions/q2/move", data={"way": "up"}).text
    assert moved.index("Which?") < moved.index("What is missing?")
    assert "Which?" not in manager.post(f"{base}/questions/q2/remove").text


def test_only_call_managers_draft_and_only_staff_see_drafts(bench: Bench, doors: Doors) -> None:
    code = drafted(bench)
    analyst = doors.browser(ANALYST)
    assert analyst.get(f"/en/staff/calls/{code}").status_code == 200
    assert analyst.get(f"/en/staff/calls/{code}/parts/basics").status_code == 403
    assert analyst.get("/en/staff/calls/new").status_code == 403
    city = colleague(bench, partner(bench), "contact_point")
    assert doors.browser(city).get(f"/en/staff/calls/{code}").status_code == 403
    for path in ("", "/document", "/questions", "/deadline.ics"):
        assert doors.browser(MANAGER).get(f"/en/calls/{code}{path}").status_code == 404


def test_the_public_page_says_what_how_and_until_when(bench: Bench, doors: Doors) -> None:
    partner(bench)
    code = open_call(bench)
    visitor = doors.browser()
    text = visitor.get(f"/en/calls/{code}").text
    for sentence in (
        "Start your answer",
        "Nairobi time (UTC+3)",
        "UTC",
        "Open for change",
        "Already decided",
        "The Executive Director",
        "Verified partners of all eight categories.",
        "Comment on paragraph 3",
        "25 pages to comment on",
        "Where it stands",
    ):
        assert sentence in text, sentence
    assert "Draft 2026" not in text
    whole = visitor.get(f"/en/calls/{code}/document").text
    assert whole.count("Comment on") == 25
    assert "Who decides?" in visitor.get(f"/en/calls/{code}/questions").text


def test_the_deadline_goes_into_a_calendar(bench: Bench, doors: Doors) -> None:
    partner(bench)
    title = "Проект стратегии партнерства, в котором, как мы надеемся, все сказано; почти"
    code = published(bench, title=title)
    answer = doors.browser().get(f"/en/calls/{code}/deadline.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = answer.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    whole = answer.content.replace(b"\r\n ", b"").decode()
    assert "DTEND:20270201T090000Z" in whole
    assert "мы надеемся\\, все сказано\\; почти" in whole


def test_a_partner_is_told_before_the_first_question_how_it_stands(
    bench: Bench, doors: Doors
) -> None:
    city, bank = partner(bench), partner(bench, "Bank", category="finance", tier=None)
    town = partner(bench, "Town", state="screening")
    at_city = colleague(bench, city, "contact_point")
    at_town = colleague(bench, town, "contact_point", name="Otieno")
    at_bank = colleague(bench, bank, "contact_point", name="Berta")
    code = drafted(bench)
    with bench.work(MANAGER) as work:
        audience = queries.by_code(work, code).audience
        audience = audience.model_copy(update={"categories": ["local_authority"]})
        actions.save_audience(work, code, audience)
        actions.ask_review(work, code)
    with bench.work(SECOND) as work:
        actions.publish(work, code)
    address = f"/en/calls/{code}"
    assert "Start your answer" in doors.browser(at_city).get(address).text
    checking = doors.browser(at_town).get(address).text
    assert "We are checking your registration." in checking
    assert "Start your answer" in checking
    outside = doors.browser(at_bank).get(address).text
    assert "Bank is registered as" in outside
    assert "Start your answer" not in outside
    answer = begun(bench, at_city, code, city)
    going = doors.browser(at_city).get(address).text
    assert "Go on with your answer" in going
    assert f"/en/answers/{answer}" in going


def test_the_page_follows_the_clock_and_every_ending(bench: Bench, doors: Doors) -> None:
    city = partner(bench)
    member = colleague(bench, city, "contact_point")
    code = published(bench, opens_in=timedelta(days=7))
    address = f"/en/calls/{code}"
    visitor = doors.browser()
    assert "Opens 9 November 2026. Read and prepare your colleagues." in visitor.get(address).text
    bench.later(days=8)
    assert "Closes" in visitor.get(address).text
    sent(bench, member, code, city)
    assert "Your receipt" in doors.browser(member).get(address).text
    bench.later(weeks=13)
    closed = visitor.get(address).text
    assert "Closed 8 February 2027." in closed
    assert "Reply due 3 May 2027." in closed
    bench.later(weeks=13)
    assert "Our reply was due 3 May 2027 and is late." in visitor.get(address).text
    manager = doors.browser(MANAGER)
    said = manager.post(
        f"/en/staff/calls/{code}/reply-late",
        data={"new_on": "2027-07-01", "reason_en": "more came than we expected."},
    )
    assert "Everybody who answered is told." in said.text
    assert len(bench.told_of(ReplyLate)) == 1
    late = visitor.get(address).text
    assert "New date: 1 July 2027, because more came than we expected." in late
    with bench.work(MANAGER) as work:
        act = actions.propose(work, code, ActKind.NO_REPORT_EXPECTED, {"en": "the programme ended"})
    decider = doors.browser(DECIDER)
    decider.post(f"/en/staff/calls/{code}/proposals/{act.id}/approve")
    ended = visitor.get(address).text
    assert "because the programme ended. Answers received are kept until" in ended
    assert "No report expected" in ended


def test_more_time_takes_two_people_on_the_desk(bench: Bench, doors: Doors) -> None:
    partner(bench)
    code = published(bench)
    manager, second = doors.browser(MANAGER), doors.browser(SECOND)
    address = f"/en/staff/calls/{code}/acts/extend"
    earlier = {"closes_on": "2026-12-01", "closes_time": "12:00", "reason_en": "Floods"}
    refused = manager.post(address, data=earlier)
    assert "never shortened" in refused.text
    silent = manager.post(address, data=earlier | {"closes_on": "2027-03-01", "reason_en": ""})
    assert "Write the public reason." in silent.text
    proposed = manager.post(address, data=earlier | {"closes_on": "2027-03-01"})
    assert "Somebody else has to approve it." in proposed.text
    with bench.view() as view:
        (act,) = queries.proposals(view, queries.by_code(view, code).id)
    own = manager.post(f"/en/staff/calls/{code}/proposals/{act.id}/approve")
    assert "You proposed this." in own.text
    assert bench.told_of(CallExtended) == []
    approved = second.post(f"/en/staff/calls/{code}/proposals/{act.id}/approve")
    assert "Those concerned are being told." in approved.text
    assert len(bench.told_of(CallExtended)) == 1
    public = doors.browser().get(f"/en/calls/{code}").text
    assert "More time" in public
    assert "Floods" in public
    assert "Mon 1 March 2027, 12:00" in public


def test_every_act_has_its_page(bench: Bench, doors: Doors) -> None:
    city = partner(bench)
    code = published(bench)
    manager = doors.browser(MANAGER)
    for kind in ActKind:
        assert manager.get(f"/en/staff/calls/{code}/acts/{kind.value}").status_code == 200
    assert manager.get(f"/en/staff/calls/{code}/acts/burn").status_code == 404
    bench.later(weeks=14)
    for path in ("late-window", "reply-late", ""):
        assert manager.get(f"/en/staff/calls/{code}/{path}".rstrip("/")).status_code == 200
    until = (bench.clock.at + timedelta(days=3)).date().isoformat()
    form = {"organisation": "city-of-kisumu", "closes_on": until, "reason": "Power was out"}
    nobody = manager.post(
        f"/en/staff/calls/{code}/late-window", data=form | {"organisation": "nobody"}
    )
    assert "There is no such partner" in nobody.text
    let_in = manager.post(f"/en/staff/calls/{code}/late-window", data=form)
    assert "The partner can send now and is being told." in let_in.text
    assert "City of Kisumu" in let_in.text
    member = colleague(bench, city, "contact_point")
    assert begun(bench, member, code, city)


def test_a_cancelled_call_stays_public(bench: Bench, doors: Doors) -> None:
    partner(bench)
    code = published(bench)
    doors.browser(MANAGER).post(
        f"/en/staff/calls/{code}/acts/cancel", data={"reason_en": "the budget was not approved"}
    )
    with bench.view() as view:
        (act,) = queries.proposals(view, queries.by_code(view, code).id)
    doors.browser(SECOND).post(f"/en/staff/calls/{code}/proposals/{act.id}/approve")
    assert len(bench.told_of(CallEnded)) == 1
    assert "Cancelled on" in doors.browser().get(f"/en/calls/{code}").text
    listed = doors.browser().get("/en/calls?state=closed").text
    assert f"/en/calls/{code}" in listed


def test_the_public_list_is_filtered_and_empty_states_say_what_to_do(
    bench: Bench, doors: Doors
) -> None:
    visitor = doors.browser()
    assert "No call is open now" in visitor.get("/en/calls").text
    partner(bench)
    code = published(bench)
    assert code in visitor.get("/en/calls").text
    assert code in visitor.get("/en/calls?programme=neighbourhoods&words=design").text
    assert "No call fits these filters" in visitor.get("/en/calls?programme=rise-up").text
    desk = doors.browser(MANAGER).get("/en/staff/calls?group=running").text
    assert code in desk
    assert code not in doors.browser(MANAGER).get("/en/staff/calls?group=over").text
