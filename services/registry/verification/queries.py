"""Reads of the desk: the queue by nearest deadline, one registration with its screening."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from services.registry.accounts.models import JoinRequest, Membership, Person
from services.registry.accounts.rules import JOIN_WAIT, JoinState
from services.registry.organisations import queries as organisations
from services.registry.organisations import rules as registration_rules
from services.registry.organisations.models import Organisation
from services.registry.organisations.rules import State
from services.registry.verification import rules
from services.registry.verification.models import CallCopy, Clarification, DraftCopy, Screening
from shared.i18n import language, translate
from shared.vocabulary import vocabulary
from shared.work import View

PAGE = 25
WAITING = (State.SUBMITTED, State.SCREENING, State.CLARIFICATION, State.REVERIFICATION)


@dataclass(frozen=True)
class QueueRow:
    """A registration that waits; `deadline` is the nearest of a call that it has an answer in."""

    slug: str
    name: str
    category_name: str
    country_name: str
    state: str
    submitted_at: datetime | None
    deadline: datetime | None
    call_code: str | None


@dataclass(frozen=True)
class Queue:
    """A page of the desk."""

    rows: list[QueueRow]
    next: int | None
    previous: int | None
    total: int


def queue(view: View, *, state: str = "", category: str = "", page: int = 1) -> Queue:
    """Return registrations, those with the nearest deadline first; waiting ones by default."""
    nearest = (
        select(DraftCopy.organisation_id, func.min(CallCopy.closes_at).label("deadline"))
        .join(CallCopy, CallCopy.id == DraftCopy.call_id)
        .where(CallCopy.closes_at > view.now)
        .group_by(DraftCopy.organisation_id)
        .subquery()
    )
    wanted = [state] if state else list(WAITING)
    where: list[ColumnElement[bool]] = [Organisation.state.in_(wanted)]
    if category:
        where.append(Organisation.category == category)
    rows = view.session.execute(
        view.only("verification.index", select(Organisation, nearest.c.deadline))
        .outerjoin(nearest, nearest.c.organisation_id == Organisation.id)
        .where(*where)
        .order_by(
            nearest.c.deadline.is_(None),
            nearest.c.deadline,
            Organisation.submitted_at,
            Organisation.id,
        )
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
    ).all()
    total = view.session.scalar(select(func.count()).select_from(Organisation).where(*where)) or 0
    spoken = language()
    shown = [
        QueueRow(
            slug=one.slug,
            name=one.name,
            category_name=vocabulary.term("category_short", one.category, spoken),
            country_name=vocabulary.country_name(one.country, spoken),
            state=one.state,
            submitted_at=one.submitted_at,
            deadline=deadline,
            call_code=None,
        )
        for one, deadline in rows[:PAGE]
    ]
    return Queue(
        shown, page + 1 if len(rows) > PAGE else None, page - 1 if page > 1 else None, total
    )


@dataclass(frozen=True)
class LeftRequest:
    """A request to join that administrators left for 7 days. `tied` says that another decides."""

    id: UUID
    organisation: str
    slug: str
    name: str
    email: str
    note: str
    asked_at: datetime
    tied: bool


@dataclass(frozen=True)
class LeftRequests:
    """A page of them, oldest first."""

    rows: list[LeftRequest]
    next: UUID | None


def left_requests(view: View, after: UUID | None = None) -> LeftRequests:
    """Return requests to join that wait for an officer, those after the given one."""
    statement = view.only("verification.requests", _left(view, JoinRequest, Organisation, Person))
    if after is not None:
        statement = statement.where(JoinRequest.id > after)
    found = view.session.execute(statement.order_by(JoinRequest.id).limit(PAGE + 1)).all()
    tied = _ties(view, [organisation.id for _, organisation, _ in found])
    rows = [
        LeftRequest(
            request.id,
            organisation.name,
            organisation.slug,
            person.name,
            person.email or "",
            request.note,
            request.asked_at,
            organisation.id in tied or person.id == view.actor.person,
        )
        for request, organisation, person in found[:PAGE]
    ]
    return LeftRequests(rows, rows[-1].id if len(found) > PAGE else None)


def count_left_requests(view: View) -> int:
    """Return how many requests to join wait for an officer."""
    return view.session.scalar(_left(view, func.count())) or 0


def _left(view: View, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(JoinRequest)
        .join(Organisation, Organisation.id == JoinRequest.organisation_id)
        .join(Person, Person.id == JoinRequest.person_id)
        .where(
            JoinRequest.state == JoinState.PENDING,
            JoinRequest.asked_at <= view.now - JOIN_WAIT,
        )
    )


def _ties(view: View, organisations: Collection[UUID]) -> set[UUID]:
    """Return those of the organisations that the actor belongs or belonged to, or registered."""
    mine = select(Membership.organisation_id).where(
        Membership.person_id == view.actor.person, Membership.organisation_id.in_(organisations)
    )
    registered = select(Organisation.id).where(
        Organisation.registered_by == view.actor.person, Organisation.id.in_(organisations)
    )
    return {*view.session.scalars(mine), *view.session.scalars(registered)}


@dataclass(frozen=True)
class CheckRow:
    """One check with its answer."""

    code: str
    question: str
    options: tuple[str, ...]
    answer: str
    good: bool


@dataclass(frozen=True)
class Exchange:
    """A question to the applicant and its answer."""

    number: int
    question: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True)
class AnswerRow:
    """What was answered to one field of a registration."""

    part: str
    label: str
    value: str
    files: tuple[organisations.FileRow, ...]


@dataclass(frozen=True)
class Case:
    """One registration as the officer sees it."""

    registration: organisations.Registration
    answers: tuple[AnswerRow, ...]
    checks: tuple[CheckRow, ...]
    note: str
    result: str
    exchanges: tuple[Exchange, ...]
    likely: tuple[organisations.Likely, ...]
    round: int
    verified_at: datetime | None
    valid_until: datetime | None


def case(view: View, slug: str) -> Case:
    """Return a registration with its screening. Raises NotFound."""
    organisation = view.get(Organisation, slug=slug)
    view.require("verification.show", organisation)
    row = view.find(Screening, organisation_id=organisation.id, round=organisation.round)
    answers = row.answers if row is not None else {}
    found = organisations.as_registration(view, organisation)
    likely = organisations.likely_duplicates(
        view,
        name=organisation.name,
        country=organisation.country,
        website=organisation.domain,
        register_number=organisation.register_number,
    )
    return Case(
        registration=found,
        answers=tuple(_answers(view, organisation)),
        checks=tuple(_check_row(one, answers) for one in rules.CHECKS[organisation.category]),
        note=row.note if row is not None else "",
        result=rules.result(organisation.category, answers, complete=found.ready),
        exchanges=tuple(clarifications(view, organisation.id)),
        likely=tuple(one for one in likely if one.slug != slug),
        round=organisation.round,
        verified_at=organisation.verified_at,
        valid_until=organisation.valid_until,
    )


def _check_row(check: rules.Check, answers: dict[str, str]) -> CheckRow:
    answer = str(answers.get(check.code, ""))
    good = answer == check.good or (check.may_not_apply and answer == rules.Answer.NOT_APPLICABLE)
    return CheckRow(
        check.code,
        translate(check.question),
        tuple(one.value for one in rules.offered(check)),
        answer,
        good,
    )


def _answers(view: View, organisation: Organisation) -> list[AnswerRow]:
    files = organisations.documents(view, organisation.id)
    rows = []
    for part in registration_rules.PARTS[organisation.category]:
        said = organisation.profile.get(part.code, {})
        for field in part.fields:
            names = dict(organisations.options(field))
            value = said.get(field.code, "")
            chosen = value if isinstance(value, list) else [value]
            rows.append(
                AnswerRow(
                    translate(part.title),
                    translate(field.label),
                    " · ".join(names.get(str(one), str(one)) for one in chosen if one),
                    tuple(one for one in files if one.field == field.code),
                )
            )
    return rows


def clarifications(view: View, organisation_id: UUID) -> list[Exchange]:
    """Return the questions to an applicant, newest first; the caller has asked for permission."""
    rows = view.session.scalars(
        select(Clarification)
        .where(Clarification.organisation_id == organisation_id)
        .order_by(Clarification.number.desc())
        .limit(20)
    )
    return [
        Exchange(row.number, row.question, row.asked_at, row.answer, row.answered_at)
        for row in rows
    ]
