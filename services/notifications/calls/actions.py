"""Keeping the copies: an older event changes nothing; facts are told whatever the copy says."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, literal, select

from services.notifications.base import insert_new
from services.notifications.calls import queries, rules
from services.notifications.calls.models import CallCopy, Concern, SubmissionCopy
from shared.contracts.consultation import (
    CallEvent,
    CallsLiving,
    PointsToDecide,
    SubmissionEvent,
    SubmissionsLiving,
    Text,
)
from shared.database.projection import newer, outlived
from shared.known.models import KnownOrganisation
from shared.work import Work


def copy_call(work: Work, event: CallEvent) -> CallCopy:
    """Copy a call's state and return the copy, which may be newer than the event."""
    told = event.call
    values = {
        "code": told.code,
        "state": told.state,
        "titles": _by_language(told.titles),
        "summaries": _by_language(told.summaries),
        "authentic_language": told.authentic_language,
        "zone": told.zone,
        "windows": [window.model_dump(mode="json") for window in told.windows],
        "audience": told.audience.model_dump(mode="json"),
        "audience_version": told.audience_version,
        "closes_at": rules.closes_at(told.windows),
        "reply_due_at": told.reply_due_at,
        "managers": [str(one) for one in told.managers],
        "parts": told.parts,
    }
    row = newer(work.session, CallCopy, event.id, event.version, **values)
    if row is None:
        return work.get(CallCopy, id=event.id)
    for name, value in values.items():
        setattr(row, name, value)
    if isinstance(event, PointsToDecide):
        row.points_waiting = event.waiting
    work.session.flush()
    return row


def copy_submission(work: Work, event: SubmissionEvent) -> SubmissionCopy:
    """Copy a submission's state and return the copy, which may be newer than the event."""
    told = event.submission
    values = {
        "code": told.code,
        "call_id": told.call_id,
        "call_code": told.call_code,
        "organisation_id": told.organisation_id,
        "reference": told.reference,
        "state": told.state,
        "people": [str(one) for one in told.people],
        "parts_ready": told.parts_ready,
        "parts": told.parts,
    }
    row = newer(work.session, SubmissionCopy, event.id, event.version, **values)
    if row is None:
        return work.get(SubmissionCopy, id=event.id)
    for name, value in values.items():
        setattr(row, name, value)
    work.session.flush()
    return row


def drop_calls(work: Work, event: CallsLiving) -> list[UUID]:
    """Drop copies of calls that consultation no longer has, and return their ids."""
    gone = outlived(work.session, CallCopy, event)
    work.session.execute(delete(Concern).where(Concern.call_id.in_(gone)))
    work.session.execute(delete(CallCopy).where(CallCopy.id.in_(gone)))
    return gone


def drop_submissions(work: Work, event: SubmissionsLiving) -> None:
    """Drop copies of answers that consultation no longer has."""
    gone = outlived(work.session, SubmissionCopy, event)
    work.session.execute(delete(SubmissionCopy).where(SubmissionCopy.id.in_(gone)))


def note_concern(work: Work, call: CallCopy, organisation: UUID | None = None) -> None:
    """Write down which organisations a call concerns now: all of them, or whether one is."""
    whom = queries.concerned_now(call)
    if organisation is not None:
        whom = whom.where(KnownOrganisation.id == organisation)
    rows = select(
        literal(call.id, Concern.call_id.type),
        KnownOrganisation.id,
        literal(call.audience_version),
        KnownOrganisation.version,
        literal(work.now, Concern.since.type),
    ).where(
        KnownOrganisation.id.in_(whom),
        KnownOrganisation.id.not_in(queries.concerned_ever(call.id)),
    )
    columns = ["call_id", "organisation_id", "audience_version", "organisation_version", "since"]
    new = insert_new(work.session, Concern).from_select(columns, rows)
    work.session.execute(new.on_conflict_do_nothing())


def _by_language(texts: Iterable[Text]) -> dict[str, str]:
    return {one.language: one.text for one in texts}
