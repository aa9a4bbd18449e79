"""Writing down that somebody is told, once; everything else hangs on whether the row was new."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, update

from services.notifications.base import insert_new
from services.notifications.calls.models import CallCopy
from services.notifications.deliveries import queries
from services.notifications.deliveries.models import Check, Delivery
from services.notifications.deliveries.rules import Channel, DeliveryState, Mark, Reason
from shared import ids
from shared.work import Work

log = structlog.get_logger()


def claim(
    work: Work,
    wanted: Sequence[tuple[UUID, Mark]],
    channel: Channel,
    *,
    kind: str,
    topic: str,
    cause: UUID | None,
    state: DeliveryState = DeliveryState.CREATED,
    reason: Reason | None = None,
) -> dict[tuple[UUID, str], UUID]:
    """Write the rows that are not there yet; returns their ids by (person, occasion).

    Whoever gets an id here is the one who tells; a second time, from a replay or another worker,
    nothing comes back.
    """
    rows = [
        {
            "id": ids.new(),
            "occasion": mark.occasion,
            "kind": kind,
            "topic": topic,
            "person_id": person,
            "channel": channel,
            "call_id": mark.call_id,
            "organisation_id": mark.organisation_id,
            "audience_version": mark.audience_version,
            "cause": cause,
            "state": state,
            "reason": reason,
            "digest": False,
            "created_at": work.now,
        }
        for person, mark in wanted
    ]
    return _insert(work, rows) if rows else {}


def _insert(work: Work, rows: list[dict[str, Any]]) -> dict[tuple[UUID, str], UUID]:
    statement = (
        insert_new(work.session, Delivery.__table__)
        .on_conflict_do_nothing(index_elements=["occasion", "person_id", "channel"])
        .returning(Delivery.person_id, Delivery.occasion, Delivery.id)
    )
    # Below the ORM: the driver's own way of many rows, compiled once.
    new = work.connection.execute(statement, rows)
    return {(row.person_id, row.occasion): row.id for row in new}


def settle(work: Work, changes: Sequence[Mapping[str, Any]]) -> None:
    """Complete claimed rows.

    Each change has `key` (the row's id), `state`, `message_id`, `mail_id`, `digest`, `reason`.
    """
    if not changes:
        return
    statement = (
        update(Delivery)
        .where(Delivery.id == bindparam("key"))
        .values(
            state=bindparam("state"),
            message_id=bindparam("message_id"),
            mail_id=bindparam("mail_id"),
            digest=bindparam("digest"),
            reason=bindparam("reason"),
        )
        .execution_options(synchronize_session=False)
    )
    work.connection.execute(statement, [dict(change) for change in changes])


def finish_digest(
    work: Work, deliveries: Collection[UUID], *, mail_id: UUID | None, reason: Reason | None = None
) -> None:
    """Mark rows as told in a digest, or cancelled where a reason is given."""
    state = DeliveryState.CANCELLED if reason else DeliveryState.CREATED
    work.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(set(deliveries)))
        .values(digest=False, mail_id=mail_id, state=state, reason=reason)
        .execution_options(synchronize_session=False)
    )


def forget(work: Work, person: UUID) -> None:
    """Stop what waits for a person who is gone; what was told stays counted, by id alone."""
    work.session.execute(
        update(Delivery)
        .where(Delivery.person_id == person, Delivery.digest)
        .values(digest=False, state=DeliveryState.CANCELLED, reason=Reason.GONE)
    )


def note_check(work: Work, call: CallCopy) -> Check:
    """Compare should and was for a call and keep the result; a difference is an alarm."""
    found = queries.check(work, call)
    row = work.session.get(Check, call.id) or work.add(Check(call_id=call.id))
    row.at, row.concerned, row.due = found.at, found.concerned, found.due
    row.unreachable, row.missing = found.unreachable, found.missing
    if found.missing:
        log.error("told.missing", call=call.code, missing=found.missing, due=found.due)
    return row
