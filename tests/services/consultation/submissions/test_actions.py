"""What happens to an answer, and who is told: on both databases."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from services.consultation.calls import queries as calls
from services.consultation.errors import (
    AnswerChanged,
    AnswerNotReady,
    AnswerSent,
    CannotAnswer,
    CannotReplace,
    OnlyContactPoint,
)
from services.consultation.submissions import actions, queries
from services.consultation.submissions.actions import Draft, Entry
from services.consultation.submissions.models import Submission
from shared import ids
from shared.contracts.audience import Audience
from shared.contracts.consultation import (
    SubmissionChanged,
    SubmissionSent,
    SubmissionWithdrawn,
)
from shared.contracts.registry import OrganisationDeclined, OrganisationVerified
from shared.errors import Forbidden, NotFound
from shared.security.permissions import Actor
from tests.support.answers import Table, begun, open_call, send, sent, written
from tests.support.bench import Bench
from tests.support.calls import colleague, partner


@pytest.fixture
def table(consultation_bench: Bench) -> Table:
    return Table(consultation_bench)


def test_two_colleagues_who_begin_get_one_answer(table: Table) -> None:
    first = begun(table.bench, table.point, table.call, table.city)
    assert begun(table.bench, table.deputy, table.call, table.city) == first
    (event,) = table.bench.told_of(SubmissionChanged)
    assert isinstance(event, SubmissionChanged)
    assert (event.submission.state, event.submission.code) == ("draft", first)
    assert event.submission.people == [table.point.person]


def test_a_stranger_neither_begins_nor_reads(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    stranger = colleague(table.bench, partner(table.bench, "Other"), "contact_point")
    with pytest.raises(Forbidden), table.bench.work(stranger) as work:
        actions.begin(work, table.call, table.city, "en")
    with pytest.raises(NotFound), table.bench.view(stranger) as view:
        queries.open_sheet(view, code, "answer.hub")


def test_a_partner_outside_the_audience_is_refused_with_the_sentence(
    consultation_bench: Bench,
) -> None:
    bench = consultation_bench
    bank = partner(bench, "Bank", category="finance", tier=None)
    partner(bench)
    point = colleague(bench, bank, "contact_point")
    call = open_call(bench, audience=Audience(categories=["local_authority"]))
    with pytest.raises(CannotAnswer) as refusal, bench.work(point) as work:
        actions.begin(work, call, bank, "en")
    assert "Bank is registered as" in refusal.value.say()


def test_what_is_wrong_is_kept_and_holds_up_sending_only(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    sheet = table.read(code)
    topic = sheet.asked.topics[-1]
    one, number = topic.questions
    with table.bench.work(table.point) as work:
        entries = {one.code: Entry("", None, 0), number.code: Entry("about ten", None, 0)}
        saved = actions.save_topic(work, code, topic.key, entries)
        assert saved.responses[number.code].problems == ("Write a number, such as 12 or 12.5.",)
    again = table.read(code)
    assert again.responses[number.code].value == "about ten"
    assert not again.ready


def test_a_colleagues_words_are_never_overwritten_silently(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    topic = table.read(code).asked.topics[0]
    (question,) = topic.questions
    with table.bench.work(table.point) as work:
        actions.save_topic(work, code, topic.key, {question.code: Entry("Mine", None, 0)})
    with pytest.raises(actions.StaleTopic) as stale, table.bench.work(table.deputy) as work:
        actions.save_topic(work, code, topic.key, {question.code: Entry("Theirs", None, 0)})
    assert stale.value.codes == [question.code]
    with table.bench.work(table.deputy) as work:
        actions.save_topic(work, code, topic.key, {question.code: Entry("Mine", None, 0)})
        actions.save_topic(work, code, topic.key, {question.code: Entry("Both", None, 1)})
    assert table.read(code).responses[question.code].value == "Both"


def test_comments_on_two_parts_of_a_paragraph_stand_side_by_side(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    with table.bench.work(table.point) as work:
        actions.save_comment(work, code, "3", Draft("3(b)", "keep", "", "", None, 0))
        actions.save_comment(work, code, "3", Draft("3(a)", "remove", "Why?", "", None, 0))
        actions.save_comment(work, code, "3", Draft("", "comment", "Good.", "", None, 0))
    remarks = table.read(code).remarks_on("3")
    assert [one.part for one in remarks] == ["", "3(a)", "3(b)"]
    with pytest.raises(actions.StaleComment), table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "3", Draft("3(a)", "keep", "", "", None, 0))
    with pytest.raises(NotFound), table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "3", Draft("4(a)", "keep", "", "", None, 0))
    with table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "3", Draft("3(c)", "remove", "Why?", "", None, 1), "3(a)")
        actions.remove_comment(work, code, "3", "3(b)", 1)
    assert [one.part for one in table.read(code).remarks_on("3")] == ["", "3(c)"]


def test_a_comment_taken_out_by_a_colleague_is_not_lost_for_its_writer(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    with table.bench.work(table.point) as work:
        actions.save_comment(work, code, "4", Draft("", "keep", "", "", None, 0))
        actions.remove_comment(work, code, "4", "", 1)
    with table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "4", Draft("", "change", "Long text", "", None, 1), "")
    assert [one.text for one in table.read(code).remarks_on("4")] == ["Long text"]


def test_parts_ready_are_told_when_their_number_changes_only(table: Table) -> None:
    written(table.bench, table.point, table.call, table.city)
    events = table.bench.told_of(SubmissionChanged)
    counts = [(one.submission.parts_ready, one.submission.parts) for one in events]  # type: ignore[attr-defined]
    assert counts == sorted(counts)
    assert len(set(counts)) == len(counts)
    assert counts[-1][0] == counts[-1][1] == 4


def test_sent_twice_is_received_once(table: Table) -> None:
    code = written(table.bench, table.point, table.call, table.city)
    key = ids.secret()
    send(table.bench, table.point, code, key)
    with table.bench.work(table.point) as work:
        actions.send(work, code, key, "0" * 64)
        actions.send(work, code, ids.secret(), "0" * 64)
    (event,) = table.bench.told_of(SubmissionSent)
    assert isinstance(event, SubmissionSent)
    assert (event.responses, event.comments) == (3, 1)
    assert event.on_time
    assert not event.provisional


def test_one_key_for_two_answers_sends_both(table: Table) -> None:
    other = partner(table.bench, "Harbour Town")
    head = colleague(table.bench, other, "contact_point", name="Hana")
    key = ids.secret()
    for who, organisation in ((table.point, table.city), (head, other)):
        code = written(table.bench, who, table.call, organisation)
        send(table.bench, who, code, key)
    assert len(table.bench.told_of(SubmissionSent)) == 2


def test_the_digest_can_be_recomputed_from_the_file(table: Table) -> None:
    code = sent(table.bench, table.point, table.call, table.city)
    with table.bench.view(table.point) as view:
        submission = queries.by_code(view, code, "answer.file")
        data = queries.canonical_file(view, submission)
    assert hashlib.sha256(data).hexdigest() == submission.digest
    content = json.loads(data)
    assert content["reference"] == submission.reference
    assert ids.is_reference(content["reference"])
    assert content["comments"][0]["text"] == "Name the mountains."
    assert "Amal" not in data.decode()


def test_only_the_contact_point_sends_until_deputies_may(table: Table) -> None:
    code = written(table.bench, table.point, table.call, table.city)
    with pytest.raises(OnlyContactPoint) as refusal:
        send(table.bench, table.deputy, code)
    assert refusal.value.say().startswith("Only Amal can send.")
    with pytest.raises(NotFound), table.bench.work(table.deputy) as work:
        actions.let_deputies_send(work, table.city, allowed=True)
    with table.bench.work(table.point) as work:
        actions.let_deputies_send(work, table.city, allowed=True)
    send(table.bench, table.deputy, code)
    assert len(table.bench.told_of(SubmissionSent)) == 1


def test_what_was_not_read_is_not_sent(table: Table) -> None:
    code = written(table.bench, table.point, table.call, table.city)
    seen = table.read(code).content
    with table.bench.work(table.deputy) as work:
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    with pytest.raises(AnswerChanged), table.bench.work(table.point) as work:
        actions.send(work, code, ids.secret(), seen)


def test_an_unready_answer_is_not_sent(table: Table) -> None:
    code = begun(table.bench, table.point, table.call, table.city)
    with pytest.raises(AnswerNotReady):
        send(table.bench, table.point, code)


def test_the_deadline_is_decided_when_it_is_written(table: Table) -> None:
    code = written(table.bench, table.point, table.call, table.city)
    with table.bench.view() as view:
        closes_at = calls.by_code(view, table.call).closes_at
    assert closes_at is not None
    seen = table.read(code).content
    table.bench.clock.at = closes_at
    with pytest.raises(CannotAnswer) as refusal, table.bench.work(table.point) as work:
        actions.send(work, code, ids.secret(), seen)
    assert refusal.value.say().startswith("Closed ")
    with pytest.raises(CannotAnswer), table.bench.work(table.point) as work:
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    assert table.read(code).remarks[0].text == "Name the mountains."
    table.bench.clock.at = closes_at - timedelta(microseconds=1)
    send(table.bench, table.point, code)
    (event,) = table.bench.told_of(SubmissionSent)
    assert event.on_time  # type: ignore[attr-defined]


def test_a_sent_answer_never_changes(table: Table) -> None:
    code = sent(table.bench, table.point, table.call, table.city)
    with pytest.raises(AnswerSent), table.bench.work(table.point) as work:
        actions.save_comment(work, code, "5", Draft("", "keep", "", "", None, 0))
    with pytest.raises(AnswerSent), table.bench.work(table.point) as work:
        actions.save_consent(work, code, "unnamed", "en", 2)
    assert begun(table.bench, table.deputy, table.call, table.city) == code


def test_a_replacement_takes_the_place_only_when_it_is_sent(table: Table) -> None:
    first = sent(table.bench, table.point, table.call, table.city)
    with table.bench.work(table.deputy) as work:
        second = actions.replace(work, first).code
        assert actions.replace(work, first).code == second
    assert table.read(first).submission.state == "submitted"
    assert table.read(second).content == table.read(first).content
    with table.bench.work(table.deputy) as work:
        actions.save_comment(work, second, "5", Draft("", "keep", "", "", None, 0))
    send(table.bench, table.point, second)
    before, after = table.read(first).submission, table.read(second).submission
    assert (before.state, before.counted, before.replaced_by_id) == ("replaced", False, after.id)
    assert (after.state, after.counted) == ("submitted", True)
    events = table.bench.told_of(SubmissionSent)
    assert [one.replaces for one in events] == [None, before.reference]  # type: ignore[attr-defined]
    with table.bench.view() as view:
        assert queries.figures(view, after.call_id).answers is None


def test_a_withdrawn_answer_is_kept_with_its_mark(table: Table) -> None:
    code = sent(table.bench, table.point, table.call, table.city)
    with table.bench.work(table.point) as work:
        actions.withdraw(work, code)
        actions.withdraw(work, code)
    submission = table.read(code).submission
    assert (submission.state, submission.counted) == ("withdrawn", False)
    assert len(table.bench.told_of(SubmissionWithdrawn)) == 1
    again = begun(table.bench, table.point, table.call, table.city)
    assert again != code


def test_after_the_close_nothing_is_replaced_or_withdrawn(table: Table) -> None:
    code = sent(table.bench, table.point, table.call, table.city)
    table.bench.later(weeks=14)
    with pytest.raises(CannotReplace), table.bench.work(table.point) as work:
        actions.replace(work, code)
    with pytest.raises(CannotReplace), table.bench.work(table.point) as work:
        actions.withdraw(work, code)


def test_provisional_answers_count_once_the_partner_is_verified(consultation_bench: Bench) -> None:
    table = Table(consultation_bench, state="screening")
    code = sent(table.bench, table.point, table.call, table.city)
    submission = table.read(code).submission
    assert (submission.provisional, submission.counted) == (True, False)
    with table.bench.view() as view:
        assert queries.undecided(view, submission.call_id) == 1
        organisation = table.read(code).organisation
    verified = _told(OrganisationVerified, organisation, "verified")
    table.bench.hear(verified)
    table.bench.hear(verified)
    submission = table.read(code).submission
    assert (submission.provisional, submission.counted) == (False, True)
    assert len(table.bench.told_of(SubmissionSent)) == 1


def test_answers_of_a_declined_partner_are_kept_and_not_counted(consultation_bench: Bench) -> None:
    table = Table(consultation_bench, state="submitted")
    code = sent(table.bench, table.point, table.call, table.city)
    organisation = table.read(code).organisation
    table.bench.hear(_told(OrganisationDeclined, organisation, "declined"))
    submission = table.read(code).submission
    assert (submission.state, submission.provisional, submission.counted) == (
        "submitted",
        False,
        False,
    )
    with table.bench.view() as view:
        assert queries.undecided(view, submission.call_id) == 0


def test_figures_are_of_those_asked_and_hide_what_is_small(consultation_bench: Bench) -> None:
    bench = consultation_bench
    cities = [partner(bench, f"City {n}", slug=f"city-{n}") for n in range(6)]
    for n in range(6):
        partner(bench, f"Bank {n}", slug=f"bank-{n}", category="finance", tier=None)
    points = [colleague(bench, city, "contact_point") for city in cities]
    call = open_call(bench, document=False)
    for city, point in zip(cities[:3], points[:3], strict=True):
        sent(bench, point, call, city)
    with bench.view() as view:
        call_id = calls.by_code(view, call).id
        figures = queries.figures(view, call_id)
        (small,) = queries.small_tables(view, [call_id]).values()
    by_category = {one.category: one for one in figures.seats}
    assert by_category["local_authority"].share == 0.5
    assert by_category["local_authority"].note == "3 of 6"
    assert by_category["finance"].share == 0
    assert by_category["business"].note == "Not asked"
    assert figures.answers == small.answers == 3
    assert figures.sentence.startswith("Not yet heard: ")
    assert small.states[1] == "half"
    assert small.states[3] == "nobody"


def test_the_place_at_the_table_is_told_by_the_first_answer(consultation_bench: Bench) -> None:
    bench = consultation_bench
    cities: list[tuple[object, Actor]] = []
    for n, country in enumerate(("KEN", "JOR", "JOR")):
        city = partner(bench, f"City {n}", slug=f"city-{n}", country=country)
        cities.append((city, colleague(bench, city, "contact_point")))
    call = open_call(bench, document=False)
    codes = []
    for city, point in cities:
        bench.later(minutes=1)
        codes.append(sent(bench, point, call, city))  # type: ignore[arg-type]
    with bench.view() as view:
        places = [queries.place(view, view.get(Submission, code=code)) for code in codes]
    assert [(one.in_category, one.in_country) for one in places] == [(1, 1), (2, 1), (3, 2)]


def _told(
    kind: type[OrganisationVerified] | type[OrganisationDeclined], row: object, state: str
) -> OrganisationVerified | OrganisationDeclined:
    from shared.contracts.registry import Organisation  # noqa: PLC0415

    names = Organisation.model_fields.keys() - {"counted_with"}
    values = {name: getattr(row, name) for name in names} | {"state": state}
    return kind(id=row.id, version=2, organisation=Organisation(**values), round=1)  # type: ignore[attr-defined]


def test_a_member_who_only_reads_cannot_write(table: Table) -> None:
    reader = replace(
        table.point, person=ids.new(), memberships={table.city: frozenset({"observer"})}
    )
    code = begun(table.bench, table.point, table.call, table.city)
    with pytest.raises(Forbidden), table.bench.work(reader) as work:
        actions.save_consent(work, code, "named", "en", 1)


def test_told_again_every_answer_says_where_it_stands(table: Table) -> None:
    code = sent(table.bench, table.point, table.call, table.city)
    with table.bench.work() as work:
        actions.retell.page(work)
    last = table.bench.told[-1]
    assert isinstance(last, SubmissionChanged)
    assert (last.submission.code, last.submission.state) == (code, "submitted")
