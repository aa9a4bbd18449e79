"""Whom a notice goes to."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from services.notifications.calls import queries as calls
from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.calls.rules import SubmissionState
from services.notifications.deliveries.rules import by_inbox, by_mail
from services.notifications.messages.rules import Reader
from shared.known import queries as known
from shared.known.models import KnownMembership, KnownOrganisation, KnownPerson
from shared.work import View

Range = tuple[UUID | None, UUID | None]
"""From a key, included, to another, not included; None is no bound."""


def readers(view: View, people: Collection[UUID]) -> dict[UUID, Reader]:
    """Return those of these people who can be told: active, not erased. One query."""
    if not people:
        return {}
    rows = view.session.execute(
        select(
            KnownPerson.id,
            KnownPerson.name,
            KnownPerson.language,
            KnownPerson.zone,
            KnownPerson.email,
            KnownPerson.email_confirmed,
        ).where(KnownPerson.id.in_(set(people)), KnownPerson.active, KnownPerson.erased.is_(False))
    )
    return {
        row.id: Reader(
            row.id, row.name, row.language, row.zone, row.email if row.email_confirmed else ""
        )
        for row in rows
    }


def memberships(
    view: View, organisations: Select[UUID], between: Range = (None, None)
) -> dict[UUID, dict[UUID, frozenset[str]]]:
    """Return the members of organisations: person, then organisation, then roles there."""
    lower, upper = between
    statement = select(
        KnownMembership.person_id, KnownMembership.organisation_id, KnownMembership.roles
    ).where(KnownMembership.organisation_id.in_(organisations))
    if lower is not None:
        statement = statement.where(KnownMembership.person_id >= lower)
    if upper is not None:
        statement = statement.where(KnownMembership.person_id < upper)
    order = (KnownMembership.person_id, KnownMembership.organisation_id)
    found: dict[UUID, dict[UUID, frozenset[str]]] = {}
    for person, organisation, roles in view.session.execute(statement.order_by(*order)):
        found.setdefault(person, {})[organisation] = frozenset(roles)
    return found


def for_calls(
    held: dict[UUID, dict[UUID, frozenset[str]]],
) -> dict[UUID, dict[UUID, bool]]:
    """Return who is told of calls: person, then organisation, then whether by mail too.

    Contact points and deputies by both; observers in the inbox only; others not at all.
    """
    found = {
        person: {org: by_mail(roles) for org, roles in orgs.items() if by_inbox(roles)}
        for person, orgs in held.items()
    }
    return {person: orgs for person, orgs in found.items() if orgs}


def boundaries(view: View, keys: Select[UUID], size: int) -> list[Range]:
    """Cut a set of ids into ranges of at most so many: what several workers share."""
    column = keys.subquery().c[0]
    numbered = select(
        column.label("key"), func.row_number().over(order_by=column).label("number")
    ).subquery()
    starts = view.session.scalars(
        select(numbered.c.key)
        .where((numbered.c.number - 1) % size == 0)
        .order_by(numbered.c.number)
    ).all()
    ends: list[UUID | None] = [*starts[1:], None]
    return list(zip(starts, ends, strict=False))


def concerned_or_answering(call: CallCopy, *, ever: bool) -> Select[UUID]:
    """Return organisations that a call concerns now (with `ever`: at any moment) or that answered.

    A partner taken out of a call hears nothing more of it: neither by the list of those taken out
    nor, where a call asks partners by name only, by having once been named.
    """
    audience = call.whom
    answering = select(SubmissionCopy.organisation_id).where(SubmissionCopy.call_id == call.id)
    sets = [calls.concerned_now(call), answering]
    if ever:
        sets.append(calls.concerned_ever(call.id))
    found = select(KnownOrganisation.id).where(
        or_(*(KnownOrganisation.id.in_(one) for one in sets)),
        KnownOrganisation.id.not_in(audience.excluded),
    )
    if audience.only_named:
        found = found.where(KnownOrganisation.id.in_(audience.included))
    return found


def working_on(view: View, submission: SubmissionCopy, *roles: str) -> list[UUID]:
    """Return who worked on an answer and is still a member, and the members with these roles."""
    workers = {UUID(one) for one in submission.people}
    return [
        member.person_id
        for member in known.members(view, submission.organisation_id)
        if member.person_id in workers or member.roles & set(roles)
    ]


def answered_by(view: View, call_id: UUID) -> set[UUID]:
    """Return who worked on an answer to a call that was sent."""
    sent = calls.submissions(view, call_id, SubmissionState.SUBMITTED)
    return {UUID(person) for one in sent for person in one.people}


def staff(view: View, *roles: str, but: Iterable[UUID] = ()) -> list[UUID]:
    """Return staff with one of the roles, some left out."""
    left_out = set(but)
    return [one.id for one in known.staff(view, *roles) if one.id not in left_out]
