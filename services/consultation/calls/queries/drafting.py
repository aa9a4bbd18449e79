"""A draft as its gate, its editors and its reviewers see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.consultation.calls import rules
from services.consultation.calls.models import Call, CallAct, CallEditor, CallReview
from services.consultation.calls.queries.audience import condition, spoken
from services.consultation.calls.queries.eligibility import category_names
from services.consultation.calls.queries.reading import editors, texts
from services.consultation.calls.rules import ActState, Draft, Finding, State
from services.consultation.documents import queries as documents
from services.consultation.questions import queries as questions
from shared.i18n import _, language, ngettext
from shared.known import queries as known
from shared.known.models import KnownOrganisation
from shared.vocabulary import vocabulary
from shared.work import View


@dataclass(frozen=True)
class Review:
    """A round of review, with the names of those who asked and decided."""

    round: int
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    published: bool | None
    note: str


@dataclass(frozen=True)
class Waiting:
    """What waits for the actor as the second person of a call."""

    review: bool
    acts: int


@dataclass(frozen=True)
class Proposal:
    """An act that waits for a second person, or was decided."""

    id: UUID
    kind: str
    state: str
    texts: dict[str, str]
    details: dict[str, Any]
    proposed_by: UUID | None
    proposed_by_name: str
    proposed_at: datetime


def draft(view: View, call: Call) -> Draft:
    """Return what a draft says so far, as the gate looks at it."""
    said: dict[str, set[str]] = {}
    for row in texts(view, call.id):
        if row.text.strip():
            said.setdefault(row.part, set()).add(row.language)
    audience = call.audience
    concerned = view.session.scalar(
        select(func.count()).select_from(KnownOrganisation).where(condition(audience))
    )
    return Draft(
        authentic=call.authentic_language,
        said=said,
        subject_kind=call.subject_kind,
        subject_code=call.subject_code,
        participation=call.participation,
        languages=call.languages,
        contact=call.contact,
        zone=call.zone,
        period=call.period,
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        decision_date=call.decision_date,
        audience=audience,
        concerned=int(concerned or 0),
        spoken=spoken(view, audience),
        has_document=documents.consulted(view, call.id) is not None,
        questions=questions.count(view, call.id),
        editors=editors(view, call.id),
        now=view.now,
    )


def missing(view: View, call: Call) -> list[Finding]:
    """Return what still stands between a draft and publication."""
    return rules.missing(draft(view, call))


def speak(finding: Finding) -> str:
    """Return the sentence of a finding in the present language."""
    params = dict(finding.params)
    if finding.sentence == rules.LANGUAGE_GAP:
        return ngettext(
            "%(n)s partner concerned uses %(language)s; this call has no title or summary in"
            " %(language)s. Write them, or say publicly why not.",
            "%(n)s partners concerned use %(language)s; this call has no title or summary in"
            " %(language)s. Write them, or say publicly why not.",
            int(params["n"]),
            language=vocabulary.language_name(str(params["language"]), language()),
        )
    if "categories" in params:
        params["categories"] = category_names(list(params["categories"]))
    return _(finding.sentence, **params)


def reviews(view: View, call_id: UUID) -> list[Review]:
    """Return the rounds of review, the newest first."""
    rows = view.session.scalars(
        select(CallReview).where(CallReview.call_id == call_id).order_by(CallReview.round.desc())
    ).all()
    people = {one for row in rows for one in (row.asked_by, row.decided_by) if one}
    names = known.names(view, people)
    return [
        Review(
            row.round,
            _name(names, row.asked_by),
            row.asked_at,
            _name(names, row.decided_by),
            row.decided_at,
            row.published,
            row.note,
        )
        for row in rows
    ]


def proposals(view: View, call_id: UUID) -> list[Proposal]:
    """Return the acts that wait for a second person, the oldest first."""
    rows = view.session.scalars(
        select(CallAct)
        .where(CallAct.call_id == call_id, CallAct.state == rules.ActState.PROPOSED)
        .order_by(CallAct.id)
    ).all()
    names = known.names(view, {row.proposed_by for row in rows if row.proposed_by})
    return [
        Proposal(
            row.id,
            row.kind,
            row.state,
            row.texts,
            row.details,
            row.proposed_by,
            _name(names, row.proposed_by),
            row.proposed_at,
        )
        for row in rows
    ]


def _name(names: dict[UUID, str], person: UUID | None) -> str:
    return (names.get(person) if person else "") or _("somebody whose account was closed")


def parts_of_answer(view: View, call: Call) -> int:
    """Return how many parts an answer to a call has: topics, sections of the document, consent."""
    version = documents.consulted(view, call.id)
    sections = 0
    if version is not None:
        outline = documents.outline(view, version, call.authentic_language)
        sections = sum(1 for section in outline.sections if section.entries)
    return len(questions.topics_of(view, call.id)) + sections + 1


def waiting(view: View, rows: Sequence[tuple[UUID, str]]) -> dict[UUID, Waiting]:
    """Return by call, given with their states, what somebody else has to look at, in two queries.

    It is for those who may be the second person: who edited a call does not review it, who
    proposed an act does not approve it.
    """
    me, ids = view.actor.person, [call_id for call_id, _state in rows]
    edited = set(
        view.session.scalars(
            select(CallEditor.call_id).where(
                CallEditor.call_id.in_(ids), CallEditor.person_id == me
            )
        )
    )
    acts = {
        row[0]: row[1]
        for row in view.session.execute(
            select(CallAct.call_id, func.count())
            .where(
                CallAct.call_id.in_(ids),
                CallAct.state == ActState.PROPOSED,
                CallAct.proposed_by.is_distinct_from(me),
            )
            .group_by(CallAct.call_id)
        )
    }
    return {
        call_id: Waiting(state == State.IN_REVIEW and call_id not in edited, acts.get(call_id, 0))
        for call_id, state in rows
    }
