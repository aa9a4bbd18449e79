"""Screening is computed, questions go both ways, nobody with ties decides."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry import errors
from services.registry.directory import queries as directory
from services.registry.organisations import queries as organisations
from services.registry.organisations.actions import registering
from services.registry.verification import actions, queries, rules
from services.registry.verification.rules import Answer, Result
from shared import ids
from shared.contracts import consultation as heard
from shared.contracts import registry as told
from shared.contracts.audience import Audience
from shared.errors import Forbidden, NotFound
from shared.security.permissions import NOBODY, Actor
from shared.vocabulary import CATEGORIES
from tests.support.bench import START, Bench, person
from tests.support.partners import handed_in, state_of


def good(category: str) -> dict[str, str]:
    return {check.code: check.good.value for check in rules.CHECKS[category]}


def verified(bench: Bench, officer: Actor, name: str = "Street Vendors' Alliance") -> str:
    _actor, slug = handed_in(bench, name)
    with bench.work(officer) as work:
        actions.screen(work, slug, good("stakeholder"), "")
        actions.verify(work, slug)
    return slug


def test_every_category_is_screened() -> None:
    assert set(rules.CHECKS) == set(CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_good_answers_clear(category: str) -> None:
    assert rules.result(category, good(category), complete=True) is Result.CLEAR
    assert rules.result(category, good(category), complete=False) is Result.BLOCKED
    assert rules.result(category, {}, complete=True) is Result.INCOMPLETE


@given(st.sampled_from(CATEGORIES), st.data())
def test_one_bad_answer_blocks_whatever_the_others_say(category: str, data: st.DataObject) -> None:
    checks = rules.CHECKS[category]
    answers = {one.code: data.draw(st.sampled_from(["", *Answer])) for one in checks}
    bad = data.draw(st.sampled_from(checks))
    answers[bad.code] = Answer.NO if bad.good is Answer.YES else Answer.YES
    assert rules.result(category, answers, complete=True) is Result.BLOCKED


def test_the_result_is_not_typed(registry_bench: Bench) -> None:
    _actor, slug = handed_in(registry_bench)
    officer = person("partnership_officer")
    with registry_bench.work(officer) as work:
        actions.screen(work, slug, {"sanctions": "yes"}, "")
    with pytest.raises(errors.Blocked), registry_bench.work(officer) as work:
        actions.verify(work, slug)
    assert state_of(registry_bench, slug) == "screening"


def test_a_verified_partner_stands_in_the_directory(registry_bench: Bench) -> None:
    slug = verified(registry_bench, person("partnership_officer"))
    assert registry_bench.told_of(told.OrganisationVerified)
    with registry_bench.view(NOBODY) as view:
        assert [one.slug for one in directory.partners(view).rows] == [slug]
        assert directory.partners(view, words="VENDORS").total == 1
        assert directory.partners(view, words="fishers").total == 0
        assert directory.partners(view, category="business").total == 0
        assert directory.partners(view, region="africa").total == 1
        assert directory.partner(view, slug).row.name == "Street Vendors' Alliance"


def test_nobody_else_stands_in_the_directory(registry_bench: Bench) -> None:
    _actor, slug = handed_in(registry_bench)
    with registry_bench.view(NOBODY) as view:
        assert directory.partners(view).rows == []
    with pytest.raises(NotFound), registry_bench.view(NOBODY) as view:
        directory.partner(view, slug)


def test_whoever_registered_does_not_decide(registry_bench: Bench) -> None:
    actor, slug = handed_in(registry_bench)
    tied = Actor(
        person=actor.person,
        staff_roles=frozenset({"partnership_officer"}),
        memberships=actor.memberships,
    )
    with pytest.raises(errors.HasTies), registry_bench.work(tied) as work:
        actions.decline(work, slug, "because")


def test_only_officers_see_the_desk(registry_bench: Bench) -> None:
    actor, slug = handed_in(registry_bench)
    for stranger in (actor, person("analyst")):
        with pytest.raises(Forbidden), registry_bench.view(stranger) as view:
            queries.case(view, slug)


def test_a_question_and_its_answer(registry_bench: Bench) -> None:
    actor, slug = handed_in(registry_bench)
    officer = person("partnership_officer")
    with registry_bench.work(officer) as work:
        actions.ask(work, slug, "Who chairs the assembly?")
    assert state_of(registry_bench, slug) == "clarification_requested"
    with registry_bench.work(actor) as work:
        actions.answer(work, slug, 1, "It is chosen every year.")
    assert state_of(registry_bench, slug) == "screening"
    asked, answered = registry_bench.told_of(told.ClarificationAsked, told.ClarificationAnswered)
    assert "chairs" not in asked.model_dump_json()
    assert isinstance(answered, told.ClarificationAnswered)
    assert answered.asked_by == officer.person
    with pytest.raises(errors.AlreadyDecided), registry_bench.work(actor) as work:
        actions.answer(work, slug, 1, "again")


def test_declined_corrects_and_applies_again(registry_bench: Bench) -> None:
    actor, slug = handed_in(registry_bench)
    officer = person("partnership_officer")
    with registry_bench.work(officer) as work:
        actions.decline(work, slug, "the certificate cannot be read")
    event = registry_bench.told_of(told.OrganisationDeclined)[-1]
    assert isinstance(event, told.OrganisationDeclined)
    assert event.organisation.state_reason == "the certificate cannot be read"
    with registry_bench.work(actor) as work:
        assert registering.submit(work, slug).round == 2


def test_suspended_and_back(registry_bench: Bench) -> None:
    officer = person("partnership_officer")
    slug = verified(registry_bench, officer)
    with registry_bench.work(officer) as work:
        actions.suspend(work, slug, "its licence was withdrawn")
    assert registry_bench.told_of(told.OrganisationSuspended)
    with registry_bench.work(officer) as work:
        actions.reinstate(work, slug)
    assert state_of(registry_bench, slug) == "verified"


def test_the_desk_is_sorted_by_the_nearest_deadline_of_a_draft(registry_bench: Bench) -> None:
    officer = person("partnership_officer")
    slugs = [
        handed_in(registry_bench, name)[1] for name in ("No draft", "Late draft", "Soon draft")
    ]
    with registry_bench.view(officer) as view:
        keys = {one: queries.case(view, one).registration.id for one in slugs}
    for weeks, slug in ((9, slugs[1]), (1, slugs[2])):
        _tell_draft(registry_bench, weeks, keys[slug])
    with registry_bench.view(officer) as view:
        rows = queries.queue(view).rows
    assert [one.name for one in rows] == ["Soon draft", "Late draft", "No draft"]


def _tell_draft(bench: Bench, weeks: int, organisation: UUID) -> None:

    window = heard.Window(
        window_id=ids.new(),
        kind="original",
        opens_at=START,
        closes_at=START + timedelta(weeks=weeks),
    )
    call = heard.Call(
        code=f"2026-{weeks:03d}",
        state="published",
        subject="strategy",
        titles=[],
        summaries=[],
        authentic_language="en",
        zone="UTC",
        windows=[window],
        audience=Audience(),
        audience_version=1,
        reply_due_at=None,
        managers=[],
        parts=1,
    )
    key = ids.new()
    bench.hear(heard.CallPublished(id=key, version=1, call=call))
    submission = heard.Submission(
        code="abcdefgh",
        call_id=key,
        call_code=call.code,
        organisation_id=organisation,
        reference=None,
        state="draft",
        people=[],
        parts_ready=0,
        parts=1,
    )
    bench.hear(heard.SubmissionChanged(id=ids.new(), version=1, submission=submission))


def test_a_material_change_is_screened_and_verified_again(registry_bench: Bench) -> None:
    applicant, slug = handed_in(registry_bench)
    officer = person("partnership_officer")
    with registry_bench.work(officer) as work:
        actions.screen(work, slug, good("stakeholder"), "")
        actions.verify(work, slug)
    with registry_bench.work(applicant) as work:
        found = organisations.part_page(work, slug, "group")
        answers = {**found.answers, "governing_body": "A new board, chosen by lot"}
        registering.save_part(work, slug, "group", answers, found.registration.row_version)
    assert state_of(registry_bench, slug) == "reverification_due"
    with registry_bench.work(officer) as work:
        actions.screen(work, slug, good("stakeholder"), "")
    with registry_bench.work(officer) as work:
        actions.verify(work, slug)
    assert state_of(registry_bench, slug) == "verified"
