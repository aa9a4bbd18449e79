"""Answering as people meet it: pages, forms, refusals, the office without an account."""

import hashlib
import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from services.consultation.submissions import actions, queries
from services.consultation.submissions.actions import Draft
from shared.mail.models import MailRow
from tests.support.answers import Doors, Table, begun, open_call, send, sent, written
from tests.support.bench import Bench
from tests.support.calls import MANAGER, colleague, partner
from tests.support.portal import hidden, seen


class House:
    """A city with two people, an open call, and browsers."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.city = partner(bench, "City of Kisumu")
        self.point = colleague(bench, self.city, "contact_point", name="Amal")
        self.deputy = colleague(bench, self.city, "deputy", name="Basil")
        self.call = open_call(bench)
        self.doors = Doors(bench)
        self.amal = self.doors.browser(self.point)
        self.basil = self.doors.browser(self.deputy)


@pytest.fixture
def house(consultation_bench: Bench) -> House:
    return House(consultation_bench)


def test_from_the_open_call_to_the_receipt(house: House) -> None:
    amal = house.amal
    listed = amal.get("/en/answers").text
    assert "Open for you" in listed
    asked = amal.get(f"/en/calls/{house.call}/answer")
    assert "Begin the answer of City of Kisumu" in asked.text
    hub = amal.post(f"/en/calls/{house.call}/answer", data={"organisation": "city-of-kisumu"})
    assert hub.status_code == 200
    assert "0 of 2 parts are ready." in hub.text
    assert hub.text.count('class="govuk-button"') == 1
    path = hub.url.path
    topics = re.findall(rf'href="({path}/questions/[^"]+)"', hub.text)
    assert len(topics) >= 2
    for topic in dict.fromkeys(topics):
        page = amal.get(topic).text
        fields = dict.fromkeys(re.findall(r'name="(answer-[^"]+)"', page), "12")
        fields |= dict(re.findall(r'name="(answer-[^"]+)" type="radio" value="([^"]+)"', page))
        fields |= dict.fromkeys(re.findall(r'name="(version-[^"]+)"', page), "0")
        saved = amal.post(topic, data={**fields, "then": "list"})
        assert "Saved." in saved.text
    paragraph = amal.get(f"{path}/paragraphs/4").text
    assert "Paragraph 4" in paragraph
    amal.post(
        f"{path}/paragraphs/4",
        data={"part": "4(d)", "stance": "change", "text": "Both ways.", "was": "new", "version": 0},
    )
    consent = amal.get(f"{path}/consent").text
    amal.post(
        f"{path}/consent",
        data={"consent": "unnamed", "language": "en", "version": hidden(consent, "version")},
    )
    check = amal.get(f"{path}/check").text
    assert "Both ways." in check
    data = {"key": hidden(check, "key"), "seen": hidden(check, "seen")}
    receipt = amal.post(f"{path}/send", data=data)
    again = amal.post(f"{path}/send", data=data)
    assert again.url == receipt.url
    assert "We have your answer" in receipt.text
    assert "You are the 1st local authority at the table, and the first from" in receipt.text
    digest = re.search(r'id="digest">([0-9a-f]{64})<', receipt.text)
    assert digest
    file = amal.get(f"{path}/receipt/file")
    assert hashlib.sha256(file.content).hexdigest() == digest.group(1)
    assert amal.get(path).url.path.endswith("/receipt")
    assert "Received" in amal.get("/en/answers").text


def test_a_person_in_two_organisations_is_asked_for_whom(house: House) -> None:
    other = partner(house.bench, "Union of Cities", slug="union")
    house.doors.people.clear()
    both = colleague(house.bench, house.city, "contact_point", name="Carmen")
    both = type(both)(
        person=both.person,
        name="Carmen",
        memberships={house.city: frozenset({"contact_point"}), other: frozenset({"deputy"})},
    )
    _know(house.bench, both)
    page = house.doors.browser(both).get(f"/en/calls/{house.call}/answer").text
    assert "Answer for:" in page
    assert "City of Kisumu" in page
    assert "Union of Cities" in page


def _know(bench: Bench, actor: object) -> None:
    from shared.contracts.registry import Membership, PersonChanged  # noqa: PLC0415

    memberships = [
        Membership(organisation_id=organisation, roles=sorted(roles))
        for organisation, roles in actor.memberships.items()  # type: ignore[attr-defined]
    ]
    bench.hear(
        PersonChanged(
            id=actor.person,  # type: ignore[attr-defined]
            version=9,
            name="Carmen",
            language="es",
            zone="UTC",
            email="carmen@example.org",
            email_confirmed=True,
            active=True,
            staff_roles=[],
            memberships=memberships,
        )
    )


def test_both_texts_are_shown_when_two_people_wrote(house: House) -> None:
    code = begun(house.bench, house.point, house.call, house.city)
    with house.bench.view(house.point) as view:
        topic = queries.open_sheet(view, code, "answer.hub").asked.topics[0]
    (question,) = topic.questions
    path = f"/en/answers/{code}/questions/{topic.key}"
    names = {"answer": f"answer-{question.code}", "version": f"version-{question.code}"}
    house.amal.post(path, data={names["answer"]: "First text", names["version"]: "0"})
    clash = house.basil.post(path, data={names["answer"]: "Second text", names["version"]: "0"})
    assert clash.status_code == 409
    assert "First text" in clash.text
    assert "Second text" in clash.text
    version = hidden(clash.text, names["version"])
    house.basil.post(path, data={names["answer"]: "Both", names["version"]: version})
    assert "Both" in house.amal.get(path).text


def test_what_does_not_hold_is_saved_and_said(house: House) -> None:
    code = begun(house.bench, house.point, house.call, house.city)
    with house.bench.view(house.point) as view:
        topic = queries.open_sheet(view, code, "answer.hub").asked.topics[-1]
    number = topic.questions[-1].code
    path = f"/en/answers/{code}/questions/{topic.key}"
    page = house.amal.post(path, data={f"answer-{number}": "many", "then": "next"})
    assert page.status_code == 422
    assert "<title>Error:" in page.text
    assert "Write a number" in page.text
    assert 'value="many"' in house.amal.get(path).text


def test_a_colleagues_comment_is_shown_beside_mine(house: House) -> None:
    code = begun(house.bench, house.point, house.call, house.city)
    path = f"/en/answers/{code}/paragraphs/4"
    form = {"stance": "comment", "was": "new", "version": "0"}
    house.amal.post(path, data={**form, "text": "Their words"})
    clash = house.basil.post(path, data={**form, "text": "My words"})
    assert clash.status_code == 409
    assert "Their words" in clash.text
    assert "My words" in clash.text


def test_what_was_typed_after_the_close_is_shown_to_be_copied(house: House) -> None:
    code = begun(house.bench, house.point, house.call, house.city)
    house.bench.later(weeks=14)
    page = house.amal.post(
        f"/en/answers/{code}/paragraphs/4",
        data={"stance": "comment", "text": "Too late, but kept", "was": "new", "version": "0"},
    )
    assert page.status_code == 403
    assert "Too late, but kept" in page.text
    assert "Closed" in page.text
    hub = house.amal.get(f"/en/answers/{code}").text
    assert "Your text is kept: print or copy it." in hub
    assert house.amal.get(f"/en/answers/{code}/print").status_code == 200


def test_one_partner_is_let_in_late_and_its_receipt_says_so(house: House) -> None:
    code = written(house.bench, house.point, house.call, house.city)
    house.bench.later(weeks=14)
    until = (house.bench.clock.at + timedelta(days=3)).date().isoformat()
    page = house.doors.browser(MANAGER).post(
        f"/en/staff/calls/{house.call}/late-window",
        data={"organisation": "city-of-kisumu", "closes_on": until, "reason": "A flood"},
    )
    assert "The partner can send now and is being told." in page.text
    hub = house.amal.get(f"/en/answers/{code}").text
    assert "City of Kisumu alone can still send" in hub
    assert "Closes in 3 days" in house.amal.get("/en/answers").text
    check = house.amal.get(f"/en/answers/{code}/check").text
    receipt = house.amal.post(
        f"/en/answers/{code}/send",
        data={"key": hidden(check, "key"), "seen": hidden(check, "seen")},
    )
    assert "in a late window that we gave you" in receipt.text
    assert "A flood" not in receipt.text


def test_bad_input_leaves_no_trace(house: House) -> None:
    code = begun(house.bench, house.point, house.call, house.city)
    path = f"/en/answers/{code}/paragraphs/4"
    for data in (
        {"stance": "keep", "text": "a\x00b"},
        {"stance": "shout"},
        {"stance": "keep", "text": "x" * 4001},
        {"stance": "keep", "surprise": "1"},
        {"stance": "keep", "version": "-1"},
    ):
        assert house.amal.post(path, data=data).status_code == 422, data
    assert house.amal.post(path, data={"stance": "keep", "part": "5(a)"}).status_code == 404
    assert house.amal.get(f"/en/answers/{code}/paragraphs/99").status_code == 404
    assert house.amal.get(f"/en/answers/{code}/questions/none").status_code == 404
    with house.bench.view(house.point) as view:
        assert queries.open_sheet(view, code, "answer.hub").remarks == []


def test_others_do_not_learn_that_an_answer_exists(house: House) -> None:
    code = sent(house.bench, house.point, house.call, house.city)
    stranger = colleague(house.bench, partner(house.bench, "Other"), "contact_point", name="Eve")
    for page in ("", "/receipt", "/receipt/file", "/print", "/check", "/consent", "/approval"):
        found = house.doors.browser(stranger).get(f"/en/answers/{code}{page}")
        assert found.status_code == 404, page
        found = house.doors.browser().get(f"/en/answers/{code}{page}", follow_redirects=False)
        assert found.status_code in (303, 401), page


def test_the_office_approves_without_an_account_and_opening_changes_nothing(house: House) -> None:
    settings = house.amal.post(
        "/en/answers/settings/city-of-kisumu",
        data={
            "who": "office",
            "office": "Mayor's office",
            "name": "Rania",
            "email": "mayor@example.org",
            "language": "ar",
        },
    )
    assert settings.status_code == 200
    code = written(house.bench, house.point, house.call, house.city)
    asked = house.basil.post(f"/en/answers/{code}/approval", data={"note": "Please"})
    assert "Take it back" in asked.text
    with house.bench.view() as view:
        mail = view.session.query(MailRow).order_by(MailRow.id.desc()).first()
        assert mail is not None
        path = "/ar/approve/" + mail.text.split("/approve/")[1].split()[0]
    office = house.doors.browser(language="ar")
    for _ in range(2):
        page = office.get(path)
        assert page.status_code == 200
        assert "Name the mountains." in page.text
        assert 'dir="rtl"' in page.text
    assert office.post(path, data={"decision": "approve"}).status_code == 422
    done = office.post(path, data={"decision": "approve", "name": "Rania"})
    assert done.status_code == 200
    assert "Name the mountains." not in done.text
    assert office.post(path, data={"decision": "approve", "name": "Rania"}).status_code == 410
    assert "Approved" in house.amal.get(f"/en/answers/{code}").text
    assert office.get("/en/approve/wrong").status_code == 410


def test_who_approved_is_erased_by_a_button_of_the_receipt(house: House) -> None:
    code = written(house.bench, house.point, house.call, house.city)
    with house.bench.work(house.point) as work:
        actions.approve_on_paper(work, code, "Rania Haddad", work.now.date(), None)
    send(house.bench, house.point, code)
    receipt = house.amal.get(f"/en/answers/{code}/receipt").text
    assert "Sent with the approval of Rania Haddad" in receipt
    path = f"/en/answers/{code}/approver"
    assert path in receipt
    assert path not in house.basil.get(f"/en/answers/{code}/receipt").text
    assert house.basil.post(path).status_code == 404
    assert "its digits still agree" in house.amal.get(path).text
    erased = house.amal.post(path).text
    assert "Who gave it has been erased." in erased
    assert "Rania" not in erased
    assert house.amal.get(path).status_code == 404


def test_a_wrong_address_of_the_office_is_refused_beside_its_field(house: House) -> None:
    page = house.amal.post(
        "/en/answers/settings/city-of-kisumu",
        data={"who": "office", "office": "Mayor", "name": "Rania", "email": "not an address"},
    )
    assert page.status_code == 422
    assert "Write an e-mail address" in page.text
    assert house.basil.get("/en/answers/settings/city-of-kisumu").status_code == 404


def test_a_deputy_is_told_who_sends(house: House) -> None:
    code = written(house.bench, house.point, house.call, house.city)
    page = house.basil.get(f"/en/answers/{code}/check").text
    assert "Only Amal can send." in page
    assert "Send the answer" not in page


def test_what_changed_under_a_reader_is_checked_once_more(house: House) -> None:
    code = written(house.bench, house.point, house.call, house.city)
    check = house.amal.get(f"/en/answers/{code}/check").text
    with house.bench.work(house.deputy) as work:
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    data = {"key": hidden(check, "key"), "seen": hidden(check, "seen")}
    page = house.amal.post(f"/en/answers/{code}/send", data=data)
    assert page.status_code == 409
    assert "Check it once more." in page.text


def test_replaced_and_withdrawn_answers_say_so(house: House) -> None:
    code = sent(house.bench, house.point, house.call, house.city)
    hub = house.amal.post(f"/en/answers/{code}/replace")
    assert "The answer that you sent counts until you send this one." in hub.text
    new = hub.url.path
    check = house.amal.get(f"{new}/check").text
    house.amal.post(
        f"{new}/send", data={"key": hidden(check, "key"), "seen": hidden(check, "seen")}
    )
    assert "Replaced by RT-" in seen(house.amal.get(f"/en/answers/{code}/receipt").text)
    assert house.amal.get(f"{new}/withdraw").status_code == 200
    gone = house.amal.post(f"{new}/withdraw")
    assert "Not counted." in gone.text
    listed = seen(house.amal.get("/en/answers").text)
    assert "Withdrawn" in listed
    assert "Replaced by RT-" in listed


def test_every_page_of_an_answer_is_drawn_in_arabic(house: House) -> None:
    code = written(house.bench, house.point, house.call, house.city)
    for page in ("", "/questions/questions", "/sections/3", "/paragraphs/t5", "/consent", "/check"):
        found = house.amal.get(f"/ar/answers/{code}{page}")
        assert found.status_code == 200, page
        assert 'dir="rtl"' in found.text


def test_a_page_takes_the_same_number_of_queries_however_much_was_said(house: House) -> None:
    code = begun(house.bench, house.point, house.call, house.city)

    def queries_of(path: str) -> int:
        made: list[str] = []

        def count(_c: object, _k: object, statement: str, *_: object) -> None:
            made.append(statement)

        engine = house.bench.service.room.database.engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            assert house.amal.get(path).status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(made)

    pages = [f"/en/answers/{code}", f"/en/answers/{code}/sections/3", "/en/answers"]
    before = [queries_of(page) for page in pages]
    with house.bench.work(house.point) as work:
        for number in range(1, 14):
            draft = Draft("", "keep", "", "", None, 0)
            actions.save_comment(work, code, str(number), draft)
    assert [queries_of(page) for page in pages] == before


@pytest.mark.parametrize(
    ("state", "sentence", "listed"),
    [
        ("screening", "We are checking your registration.", True),
        ("declined", "We could not verify City of Kisumu: the paper cannot be read.", False),
        ("suspended", "City of Kisumu cannot send answers since", False),
        ("verified", "", True),
    ],
)
def test_ones_own_page_says_what_the_registration_allows(
    consultation_bench: Bench, state: str, sentence: str, listed: bool
) -> None:
    table = Table(consultation_bench, state=state, state_reason="the paper cannot be read")
    page = Doors(consultation_bench).browser(table.point).get("/en/answers").text
    assert sentence in page
    assert ("See the registration of City of Kisumu" in page) == bool(sentence)
    assert (f"/calls/{table.call}/answer" in page) == listed
