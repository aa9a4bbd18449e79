"""Who counts as invited: concerned at a moment while the call was open, fixed when it closes."""

from uuid import UUID

from sqlalchemy import Uuid, delete, exists, insert, literal, select

from services.consultation.calls import queries, rules
from services.consultation.calls.models import Call, CallInvited
from services.consultation.calls.rules import State
from shared.contracts.audience import concerns
from shared.database.base import Instant
from shared.known.models import KnownOrganisation
from shared.work import Work


def invite_concerned(work: Work, call: Call) -> None:
    """Write down every verified partner that a call concerns now and that is not yet written."""
    org = KnownOrganisation
    present = exists().where(CallInvited.call_id == call.id, CallInvited.organisation_id == org.id)
    found = select(
        literal(call.id, Uuid()),
        org.id,
        org.category,
        org.country,
        literal(work.now, Instant()),
    ).where(queries.condition(call.audience), ~present)
    columns = ["call_id", "organisation_id", "category", "country", "since"]
    work.session.execute(insert(CallInvited).from_select(columns, found))


def open_by_clock(work: Work, call_id: UUID) -> None:
    """Begin counting at the opening: those concerned only before it do not count."""
    call = work.lock(Call, id=call_id)
    work.require("call.clock", call)
    if call.state != State.PUBLISHED or call.opens_at is None or call.opens_at > work.now:
        return
    work.session.execute(delete(CallInvited).where(CallInvited.call_id == call.id))
    invite_concerned(work, call)


def invite_partner(work: Work, organisation_id: UUID) -> None:
    """Write a partner down for every call that is open, or about to open, and concerns it."""
    partner = work.session.get(KnownOrganisation, organisation_id)
    if partner is None or partner.state not in rules.VERIFIED:
        return
    live = select(Call).where(Call.state == State.PUBLISHED, Call.closes_at > work.now)
    for call in work.session.scalars(live).all():
        present = work.session.get(CallInvited, (call.id, partner.id))
        if present is None and concerns(call.audience, partner):
            work.add(
                CallInvited(
                    call_id=call.id,
                    organisation_id=partner.id,
                    category=partner.category,
                    country=partner.country,
                    since=work.now,
                )
            )
