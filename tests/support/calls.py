"""Factories of calls and partners for tests of consultation."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.consultation.calls import actions
from services.consultation.calls.actions import Basics, Period
from services.consultation.calls.rules import PeriodType, SubjectKind
from services.consultation.questions import actions as questions
from services.consultation.questions.actions import QuestionDraft
from services.consultation.questions.rules import Kind
from shared import ids
from shared.contracts.audience import Audience
from shared.contracts.registry import (
    Membership,
    Organisation,
    OrganisationChanged,
    PersonChanged,
)
from shared.security.permissions import Actor
from tests.support.bench import Bench, person

MANAGER = person("call_manager", name="Amina")
SECOND = person("call_manager", name="Boris")
DECIDER = person("decider", name="Chen")
ANALYST = person("analyst", name="Dina")


def partner(bench: Bench, name: str = "City of Kisumu", **given: Any) -> UUID:
    """Have consultation hear of a verified partner, and return its id."""
    organisation_id: UUID = given.pop("id", None) or ids.new()
    version = given.pop("version", 1)
    organisation = described(bench, name, **given)
    bench.hear(OrganisationChanged(id=organisation_id, version=version, organisation=organisation))
    return organisation_id


def described(bench: Bench, name: str, **given: Any) -> Organisation:
    """Return what registry tells of a partner: a verified city unless something else is given."""
    values: dict[str, Any] = {
        "slug": name.lower().replace(" ", "-"),
        "name": name,
        "category": "local_authority",
        "tier": "local",
        "country": "KEN",
        "regions": ["africa"],
        "constituencies": [],
        "interests": [],
        "languages": ["en"],
        "state": "verified",
        "state_since": bench.clock.at,
        "state_reason": "",
        "registered_by": None,
    }
    return Organisation(**(values | given))


def colleague(
    bench: Bench, organisation: UUID, *roles: str, name: str = "Fatuma", **given: Any
) -> Actor:
    """Have consultation hear of a member of an organisation, and return them."""
    who = ids.new()
    values: dict[str, Any] = {
        "name": name,
        "language": "en",
        "zone": "Africa/Nairobi",
        "email": f"{name.lower()}@example.org",
        "email_confirmed": True,
        "active": True,
        "staff_roles": [],
        "memberships": [Membership(organisation_id=organisation, roles=list(roles))],
    }
    bench.hear(PersonChanged(id=who, version=1, **(values | given)))
    return Actor(person=who, name=name, memberships={organisation: frozenset(roles)})


def drafted(
    bench: Bench,
    title: str = "Design of the programme",
    *,
    weeks: int = 13,
    opens_in: timedelta | None = None,
    audience: Audience | None = None,
    languages: Sequence[str] = ("en",),
) -> str:
    """Draft a call that says everything the gate asks for, and return its code."""
    now = bench.clock.at
    with bench.work(MANAGER) as work:
        basics = Basics(
            SubjectKind.PROGRAMME, "neighbourhoods", "en", ["en", "fr"], "calls@example.org"
        )
        call = actions.create(work, title, basics)
        code = call.code
        for language in languages:
            texts = {
                part: f"{part} ({language})"
                for part in ("title", "summary", "open_for_change", "already_decided")
            }
            if language == "en":
                texts["title"] = title
            actions.save_texts(work, code, language, texts)
        opens = now + opens_in if opens_in else None
        closes = (opens or now) + timedelta(weeks=weeks)
        actions.save_period(
            work, code, Period("Africa/Nairobi", PeriodType.FULL, opens, closes, {})
        )
        actions.save_audience(work, code, audience or Audience())
        actions.save_participation(work, code, "consult")
        actions.save_decision(work, code, {"en": "The Executive Director"}, date(2029, 1, 15))
        questions.save(
            work, call.id, QuestionDraft(kind=Kind.LONG, titles={"en": "What is missing?"})
        )
    return code


def reviewed(bench: Bench, **given: Any) -> str:
    """Draft a call and ask for its review."""
    code = drafted(bench, **given)
    with bench.work(MANAGER) as work:
        actions.ask_review(work, code)
    return code


def published(bench: Bench, **given: Any) -> str:
    """Publish a call that is drafted, reviewed and complete."""
    code = reviewed(bench, **given)
    with bench.work(SECOND) as work:
        actions.publish(work, code)
    return code
