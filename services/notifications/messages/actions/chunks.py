"""What each worker does with its chunk of people: who of them is told, and in which words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from services.notifications.calls import queries as calls
from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.calls.rules import WRITING, SubmissionState, is_to_be_told
from services.notifications.deliveries import queries as deliveries
from services.notifications.deliveries.rules import Mark, Reason, by_mail, occasion
from services.notifications.messages.actions import saying
from services.notifications.messages.actions.fanning import Fan
from services.notifications.messages.actions.telling import Say, Telling, suppress, tell
from services.notifications.messages.queries import people
from services.notifications.messages.queries.people import Range
from services.notifications.messages.rules import Kind, Reader
from shared.known.models import KnownOrganisation
from shared.work import Work

Roles = Mapping[UUID, Mapping[UUID, object]]
Held = Mapping[UUID, Mapping[UUID, bool]]
"""Person, then organisation, then whether by mail too."""


def tell_chunk(work: Work, subject: UUID, payload: dict[str, Any]) -> None:
    """Tell one chunk of people of one notice of a call; the due table hands these out."""
    call = calls.call(work, subject)
    if call is None:
        return
    bounds = [UUID(one) if one else None for one in payload["between"]]
    cause = UUID(payload["cause"]) if payload["cause"] else None
    fan = Fan(call, (bounds[0], bounds[1]), payload["told"], cause)
    CHUNKS[Kind(payload["notice"])](work, fan)


def _published(work: Work, fan: Fan) -> None:
    held = _members(work, calls.concerned_now(fan.call), fan.between)
    key = saying.published_mark(fan.call, fan.call.id).occasion
    tellings = [_one(fan.call, key, held, reader) for reader in people.readers(work, held).values()]
    if not is_to_be_told(fan.call.state, fan.call.all_windows, work.now):
        suppress(work, Kind.CALL_PUBLISHED, tellings, Reason.CLOSED, cause=fan.cause)
        return
    tell(work, Kind.CALL_PUBLISHED, tellings, saying.calls_open(work), cause=fan.cause)


def _extended(work: Work, fan: Fan) -> None:
    alone = fan.told["alone"]
    if alone:
        only = UUID(alone)
        whom = select(KnownOrganisation.id).where(KnownOrganisation.id == only)
    else:
        whom = people.concerned_or_answering(fan.call, ever=True)
    held = _members(work, whom, fan.between)
    sent = _organisations_with(work, fan.call, held)
    listed = held if alone else _only_told(work, fan.call, held)
    readers = people.readers(work, listed)
    answered = {key for key in readers if set(held[key]) <= sent}
    key = occasion(Kind.CALL_EXTENDED, fan.call.id, fan.told["window"])
    for kind, chosen in (
        (Kind.CALL_EXTENDED, set(readers) - answered),
        (Kind.CALL_EXTENDED_ANSWERED, answered),
    ):
        tellings = [_one(fan.call, key, held, readers[one]) for one in sorted(chosen)]
        is_open = kind == Kind.CALL_EXTENDED
        say = saying.call_says(
            work,
            fan.call,
            kind,
            reasons=fan.told["reasons"],
            calendar_file=is_open,
            late=datetime.fromisoformat(fan.told["closes_at"]) if alone else None,
        )
        tell(work, kind, tellings, say, cause=fan.cause)


def _corrected(work: Work, fan: Fan) -> None:
    key = occasion(Kind.CALL_CORRECTED, fan.call.id, fan.told["correction"])
    say = saying.call_says(work, fan.call, Kind.CALL_CORRECTED, reasons=fan.told["notes"])
    _tell_told(work, fan, Kind.CALL_CORRECTED, key, say)


def _ended(work: Work, fan: Fan) -> None:
    ending = fan.told["ending"]
    key = occasion(Kind.CALL_ENDED, fan.call.id, ending)
    reasons = fan.told["reasons"]
    say = saying.call_says(work, fan.call, Kind.CALL_ENDED, reasons=reasons, ending=ending)
    _tell_told(work, fan, Kind.CALL_ENDED, key, say)


def _reported(work: Work, fan: Fan) -> None:
    key = occasion(Kind.REPORT_PUBLISHED, fan.call.id)
    held = _only_told(work, fan.call, _members(work, _whom(fan.call), fan.between))
    submitters = people.answered_by(work, fan.call.id)
    sent = _organisations_with(work, fan.call, held)
    others = {
        one: orgs
        for one, orgs in held.items()
        if one not in submitters and not any(mail and org in sent for org, mail in orgs.items())
    }
    tellings = [
        _one(fan.call, key, others, reader) for reader in people.readers(work, others).values()
    ]
    say = saying.call_says(work, fan.call, Kind.REPORT_PUBLISHED)
    tell(work, Kind.REPORT_PUBLISHED, tellings, say, cause=fan.cause)


def _late(work: Work, fan: Fan) -> None:
    key = occasion(Kind.REPLY_LATE, fan.call.id, fan.told["new_date"][:10])
    held = people.memberships(work, _whom(fan.call), fan.between)
    sent = _organisations_with(work, fan.call, held)
    submitters = people.answered_by(work, fan.call.id)
    chosen = {
        one: {org: True for org in orgs if org in sent}
        for one, orgs in held.items()
        if any(org in sent and (one in submitters or by_mail(roles)) for org, roles in orgs.items())
    }
    tellings = [
        _one(fan.call, key, chosen, reader) for reader in people.readers(work, chosen).values()
    ]
    say = saying.call_says(
        work, fan.call, Kind.REPLY_LATE, reasons=fan.told["reasons"], new_date=fan.told["new_date"]
    )
    tell(work, Kind.REPLY_LATE, tellings, say, cause=fan.cause)


def _reminded(work: Work, fan: Fan) -> None:
    if not is_to_be_told(fan.call.state, fan.call.all_windows, work.now):
        return
    held = _members(work, people.concerned_or_answering(fan.call, ever=False), fan.between)
    orgs = {org for one in held.values() for org in one}
    rows = calls.submissions(work, fan.call.id, *WRITING, SubmissionState.SUBMITTED, of=orgs)
    drafts = {one.organisation_id: one for one in rows if one.state in WRITING}
    busy = {one.organisation_id for one in rows}
    window, days = fan.told["window"], fan.told["days"]
    idle = {one: {o: m for o, m in mine.items() if o not in busy} for one, mine in held.items()}
    idle = {one: mine for one, mine in idle.items() if mine}
    key = occasion(Kind.REMINDER, fan.call.id, window, days)
    readers = people.readers(work, held)
    tellings = [_one(fan.call, key, idle, readers[one]) for one in idle if one in readers]
    tell(work, Kind.REMINDER, tellings, saying.call_says(work, fan.call, Kind.REMINDER), cause=None)
    _remind_of_drafts(work, fan, drafts, held, readers)


def _remind_of_drafts(
    work: Work,
    fan: Fan,
    drafts: Mapping[UUID, SubmissionCopy],
    held: Held,
    readers: Mapping[UUID, Reader],
) -> None:
    for organisation, draft in drafts.items():
        key = occasion(Kind.REMINDER_DRAFT, draft.id, fan.told["window"], fan.told["days"])
        mark = Mark(key, fan.call.id, organisation, fan.call.audience_version)
        tellings = [
            Telling(readers[one], (mark,), mine[organisation])
            for one, mine in held.items()
            if organisation in mine and one in readers
        ]
        say = saying.answer_says(work, fan.call, draft, Kind.REMINDER_DRAFT)
        tell(work, Kind.REMINDER_DRAFT, tellings, say, cause=None)


def _members(work: Work, whom: Select[UUID], between: Range) -> Held:
    return people.for_calls(people.memberships(work, whom, between))


def _whom(call: CallCopy) -> Select[UUID]:
    return people.concerned_or_answering(call, ever=True)


def _one(call: CallCopy, key: str, held: Held, reader: Reader) -> Telling:
    mine = held[reader.id]
    mark = Mark(key, call.id, next(iter(mine)), call.audience_version)
    return Telling(reader, (mark,), any(mine.values()))


def _only_told(work: Work, call: CallCopy, held: Held) -> Held:
    told = deliveries.told(work, call.id, held)
    return {one: mine for one, mine in held.items() if one in told}


def _organisations_with(work: Work, call: CallCopy, held: Roles) -> set[UUID]:
    """Return which of the organisations of these people have sent an answer."""
    orgs = {org for mine in held.values() for org in mine}
    if not orgs:
        return set()
    sent = calls.submissions(work, call.id, SubmissionState.SUBMITTED, of=orgs)
    return {one.organisation_id for one in sent}


def _tell_told(work: Work, fan: Fan, kind: Kind, key: str, say: Say) -> None:
    held = _members(work, _whom(fan.call), fan.between)
    sent = _organisations_with(work, fan.call, held)
    told = deliveries.told(work, fan.call.id, held)
    chosen = {one: mine for one, mine in held.items() if one in told or set(mine) & sent}
    tellings = [
        _one(fan.call, key, chosen, reader) for reader in people.readers(work, chosen).values()
    ]
    tell(work, kind, tellings, say, cause=fan.cause)


CHUNKS: dict[Kind, Callable[[Work, Fan], None]] = {
    Kind.CALL_PUBLISHED: _published,
    Kind.CALL_EXTENDED: _extended,
    Kind.CALL_CORRECTED: _corrected,
    Kind.CALL_ENDED: _ended,
    Kind.REPORT_PUBLISHED: _reported,
    Kind.REPLY_LATE: _late,
    Kind.REMINDER: _reminded,
}
