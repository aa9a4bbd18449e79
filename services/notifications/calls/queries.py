"""Reads of the copies of calls and submissions."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select

from services.notifications.calls.models import CallCopy, Concern, SubmissionCopy
from services.notifications.calls.rules import TOLD_STATES, CallState, SubmissionState
from shared.known import queries as known
from shared.known.models import KnownMembership, KnownOrganisation
from shared.work import View


def call(view: View, call_id: UUID) -> CallCopy | None:
    """Return the copy of a call, None while it has not been told yet."""
    return view.session.get(CallCopy, call_id)


def calls(view: View, call_ids: Collection[UUID]) -> dict[UUID, CallCopy]:
    """Return copies by id, in one query."""
    if not call_ids:
        return {}
    rows = view.session.scalars(select(CallCopy).where(CallCopy.id.in_(set(call_ids))))
    return {row.id: row for row in rows}


def to_be_told(view: View) -> list[CallCopy]:
    """Return the calls that people who are concerned now are told of, the next to close first."""
    return list(
        view.session.scalars(
            select(CallCopy)
            .where(CallCopy.state == CallState.PUBLISHED, CallCopy.closes_at > view.now)
            .order_by(CallCopy.closes_at, CallCopy.id)
        )
    )


def submission(view: View, submission_id: UUID) -> SubmissionCopy | None:
    """Return the copy of a submission."""
    return view.session.get(SubmissionCopy, submission_id)


def submissions(
    view: View, call_id: UUID, *states: SubmissionState, of: Collection[UUID] = ()
) -> list[SubmissionCopy]:
    """Return the submissions of a call in some states, of some organisations where given."""
    statement = select(SubmissionCopy).where(SubmissionCopy.call_id == call_id)
    if states:
        statement = statement.where(SubmissionCopy.state.in_(states))
    if of:
        statement = statement.where(SubmissionCopy.organisation_id.in_(set(of)))
    return list(view.session.scalars(statement.order_by(SubmissionCopy.id)))


def concerned_now(call: CallCopy) -> Select[UUID]:
    """Return the ids of organisations that a call concerns and that are told of calls."""
    return select(KnownOrganisation.id).where(
        known.concerned(call.whom), KnownOrganisation.state.in_(TOLD_STATES)
    )


def concerned_ever(call_id: UUID) -> Select[UUID]:
    """Return the ids of organisations that were concerned at any moment."""
    return select(Concern.organisation_id).where(Concern.call_id == call_id)


def people_of(organisations: Select[UUID]) -> Select[UUID]:
    """Return the ids of the members of organisations, each once."""
    return (
        select(KnownMembership.person_id)
        .where(KnownMembership.organisation_id.in_(organisations))
        .distinct()
    )
