"""Telling of calls: to everybody concerned, and to whoever comes to be concerned later."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, select

from services.notifications.calls import actions as copies
from services.notifications.calls import queries as calls
from services.notifications.calls.models import CallCopy
from services.notifications.calls.rules import TOLD_STATES, CallState, is_to_be_told
from services.notifications.messages.actions import saying
from services.notifications.messages.actions.fanning import spread
from services.notifications.messages.actions.telling import Telling, tell
from services.notifications.messages.queries import people, values
from services.notifications.messages.rules import Kind
from shared.contracts.audience import concerns
from shared.contracts.consultation import CallCorrected, CallEnded, CallExtended, ReplyLate
from shared.known import queries as known
from shared.known.models import KnownOrganisation
from shared.work import View, Work


def whom_and_when(view: View, call_id: UUID) -> tuple[object, ...]:
    """Return what decides who is told of a call now; when it changes, they are told."""
    call = calls.call(view, call_id)
    return (call.state, call.audience_version, call.closes_at) if call is not None else ()


def announce(work: Work, call: CallCopy, cause: UUID | None) -> None:
    """Tell everybody concerned that a call is published.

    When it has closed before it was heard of, nobody is told, and that is written down for each.
    """
    if call.state != CallState.PUBLISHED:
        return
    if not is_to_be_told(call.state, call.all_windows, work.now):
        work.schedule("check_told", call.id, work.now + timedelta(seconds=5))
    copies.note_concern(work, call)
    whom = calls.people_of(calls.concerned_now(call))
    spread(work, Kind.CALL_PUBLISHED, call, whom, cause, mark=f"v{call.audience_version}")


def extended(work: Work, call: CallCopy, event: CallExtended, cause: UUID | None) -> None:
    """Tell everybody again: more time; who has answered learns that the answer stands."""
    window = next((one for one in event.call.windows if one.window_id == event.window_id), None)
    alone = window.organisation_id if window is not None else None
    told = {
        "window": str(event.window_id),
        "reasons": values.by_language(event.reasons),
        "alone": str(alone) if alone else None,
        "closes_at": event.closes_at.isoformat(),
    }
    if alone is not None:
        whom = calls.people_of(select(KnownOrganisation.id).where(KnownOrganisation.id == alone))
    else:
        whom = calls.people_of(people.concerned_or_answering(call, ever=True))
    spread(work, Kind.CALL_EXTENDED, call, whom, cause, mark=str(event.window_id), **told)


def corrected(work: Work, call: CallCopy, event: CallCorrected, cause: UUID | None) -> None:
    """Tell everybody told that a text was corrected."""
    told = {"correction": event.correction, "notes": values.by_language(event.notes)}
    spread(work, Kind.CALL_CORRECTED, call, told_of(call), cause, str(event.correction), **told)


def ended(work: Work, call: CallCopy, event: CallEnded, cause: UUID | None) -> None:
    """Tell everybody told that a call ended badly, and why."""
    told = {"ending": event.ending, "reasons": values.by_language(event.reasons)}
    spread(work, Kind.CALL_ENDED, call, told_of(call), cause, mark=event.ending, **told)


def report_published(work: Work, call: CallCopy, cause: UUID | None) -> None:
    """Tell others who were told of the call, in the inbox only; submitters get their own points."""
    spread(work, Kind.REPORT_PUBLISHED, call, told_of(call), cause, mark="")


def reply_late(work: Work, call: CallCopy, event: ReplyLate, cause: UUID | None) -> None:
    """Tell those who answered that our reply comes later, and when."""
    told = {
        "new_date": event.new_date.isoformat(),
        "reasons": values.by_language(event.reasons),
    }
    mark = event.new_date.date().isoformat()
    spread(work, Kind.REPLY_LATE, call, told_of(call), cause, mark, **told)


def remind(work: Work, call: CallCopy, window: str, days: int) -> None:
    """Remind those concerned who have begun nothing, and those who have a draft."""
    whom = calls.people_of(people.concerned_or_answering(call, ever=False))
    mark = f"{window}:{days}"
    spread(work, Kind.REMINDER, call, whom, None, mark, window=window, days=days)


def catch_up(work: Work, organisations: Sequence[UUID], person: UUID | None = None) -> None:
    """Tell the members of organisations (or one of them) of open calls not told yet, in one notice.

    Asked whenever an organisation or a person changes: whoever is concerned at any moment while a
    call is open is told of it, once.
    """
    held = _organisations(work, organisations)
    if not held:
        return
    concerned = _concerned_calls(work, held)
    if not concerned:
        return
    members = people.for_calls(
        people.memberships(work, select(KnownOrganisation.id).where(KnownOrganisation.id.in_(held)))
    )
    readers = people.readers(work, [one for one in members if person in (None, one)])
    tellings = []
    for reader in readers.values():
        marks = tuple(
            saying.published_mark(call, next(org for org in members[reader.id] if org in orgs))
            for call, orgs in concerned
            if orgs & set(members[reader.id])
        )
        if marks:
            mail = any(members[reader.id].values())
            tellings.append(Telling(reader, marks, mail=mail))
    tell(work, Kind.CALL_PUBLISHED, tellings, saying.calls_open(work), cause=work.cause)


def _organisations(work: Work, wanted: Sequence[UUID]) -> dict[UUID, KnownOrganisation]:
    found = known.organisations(work, wanted)
    return {key: one for key, one in found.items() if one.state in TOLD_STATES}


def _concerned_calls(
    work: Work, held: Mapping[UUID, KnownOrganisation]
) -> list[tuple[CallCopy, set[UUID]]]:
    found = []
    for call in calls.to_be_told(work):
        orgs = {key for key, one in held.items() if concerns(call.whom, one)}
        for organisation in orgs:
            copies.note_concern(work, call, organisation)
        if orgs:
            found.append((call, orgs))
    return found


def told_of(call: CallCopy) -> Select[UUID]:
    """Return the members of every organisation that has to do with a call."""
    return calls.people_of(people.concerned_or_answering(call, ever=True))
