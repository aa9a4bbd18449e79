"""Who was told, and the comparison with who should have been."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, union

from services.notifications.calls import queries as calls
from services.notifications.calls import rules
from services.notifications.calls.models import CallCopy
from services.notifications.deliveries.models import Check, Delivery
from services.notifications.deliveries.rules import (
    Channel,
    Due,
    Gap,
    by_inbox,
    by_mail,
    gaps,
    occasion,
)
from shared.database.inbox import InboxRow
from shared.errors import NotFound
from shared.known import queries as known
from shared.known.models import KnownMembership, KnownOrganisation, KnownPerson
from shared.mail import MailRow
from shared.work import View

PUBLISHED = "call_published"
PAGE = 50


def told(view: View, call_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """Return which of these people have been told that a call is there."""
    rows = view.session.scalars(
        select(Delivery.person_id).where(
            Delivery.occasion == occasion(PUBLISHED, call_id),
            Delivery.channel == Channel.INBOX,
            Delivery.person_id.in_(set(people)),
        )
    )
    return set(rows)


def waiting_for_digest(view: View, person: UUID, topic: str) -> list[Delivery]:
    """Return what waits for a person's daily digest, oldest first."""
    return list(
        view.session.scalars(
            select(Delivery)
            .where(Delivery.person_id == person, Delivery.digest, Delivery.topic == topic)
            .order_by(Delivery.id)
        )
    )


@dataclass(frozen=True)
class Told:
    """One row of the reconciliation page: who was told of what, how, why, and how far it came.

    `waits` says what mail waits for: `digest`, or `quiet` hours that end at the row's time.
    `cause_topic` is empty when the clock was the cause, or when the event was handled long ago.
    """

    id: UUID
    at: datetime
    person_id: UUID
    person: str
    organisation: str
    kind: str
    channel: str
    state: str
    reason: str
    waits: str
    attempts: int
    last_error: str
    audience_version: int | None
    cause: UUID | None
    cause_topic: str


@dataclass(frozen=True)
class Missing:
    """Somebody who should have been told and was not."""

    person: str
    organisation: str
    channel: str


@dataclass(frozen=True)
class Reconciliation:
    """Should against was told, for the publication of one call.

    `concerned` counts organisations, `unreachable` names those without anybody to be told.
    `missing` lists at most a page of the `gaps`; `counts` has (channel, state, rows). Once the
    call has closed the figures are those of the last check while it was open (`checked_at`): who
    was a member then, nobody can say later.
    """

    call: CallCopy
    checked_at: datetime
    concerned: int
    unreachable: list[str]
    due: int
    gaps: int
    missing: list[Missing]
    counts: list[tuple[str, str, int]]
    rows: list[Told]
    next: UUID | None


def reconciliation(view: View, code: str, after: UUID | None = None) -> Reconciliation:
    """Return should and was for a call, the rows paged by key. Raises NotFound."""
    view.require("reconciliation.show")
    call = view.find(CallCopy, code=code)
    if call is None or call.state in rules.UNSEEN:
        raise NotFound
    rows = _rows(view, call.id, after)
    found = _checked(view, call) or check(view, call)
    return Reconciliation(
        call=call,
        checked_at=found.at,
        concerned=found.concerned,
        unreachable=found.unreachable,
        due=found.due,
        gaps=found.missing,
        missing=_named(view, found.gaps),
        counts=_counts(view, call.id),
        rows=rows[:PAGE],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )


@dataclass(frozen=True)
class Checked:
    """Should against was at one moment; people are counted once, gaps by person and channel."""

    at: datetime
    concerned: int
    unreachable: list[str]
    due: int
    missing: int
    gaps: list[Gap]


def check(view: View, call: CallCopy) -> Checked:
    """Compare afresh, from the copies as they are now and not from what telling had noted."""
    organisations = _organisations(view, call)
    due = _should(view, call)
    found = gaps(due, _was(view, call))
    reached = {one.organisation_id for one in due}
    return Checked(
        at=view.now,
        concerned=len(organisations),
        unreachable=sorted(name for key, name in organisations.items() if key not in reached),
        due=len({one.person_id for one in due}),
        missing=len(found),
        gaps=found,
    )


def _checked(view: View, call: CallCopy) -> Checked | None:
    row = view.session.get(Check, call.id)
    is_open = rules.is_to_be_told(call.state, call.all_windows, view.now)
    if row is None or is_open:
        return None
    return Checked(row.at, row.concerned, row.unreachable, row.due, row.missing, [])


def _concerned(view: View, call: CallCopy) -> ColumnElement[bool]:
    noted = calls.concerned_ever(call.id)
    end = call.closes_at
    if end is None or view.now > end + rules.SETTLING:
        # Whoever came to be concerned after closing was not to be told.
        return KnownOrganisation.id.in_(noted)
    return KnownOrganisation.id.in_(union(noted, calls.concerned_now(call)))


def _organisations(view: View, call: CallCopy) -> dict[UUID, str]:
    rows = view.session.execute(
        select(KnownOrganisation.id, KnownOrganisation.name).where(
            _concerned(view, call), KnownOrganisation.id.not_in(call.whom.excluded)
        )
    )
    return {row.id: row.name for row in rows}


def _should(view: View, call: CallCopy) -> list[Due]:
    rows = view.session.execute(
        select(
            KnownMembership.person_id,
            KnownMembership.organisation_id,
            KnownMembership.roles,
            KnownPerson.email_confirmed,
        )
        .join(KnownPerson, KnownPerson.id == KnownMembership.person_id)
        .join(KnownOrganisation, KnownOrganisation.id == KnownMembership.organisation_id)
        .where(_concerned(view, call), KnownOrganisation.id.not_in(call.whom.excluded))
        .where(KnownPerson.active, KnownPerson.erased.is_(False))
    )
    return [
        Due(row.person_id, row.organisation_id, bool(row.email_confirmed and by_mail(row.roles)))
        for row in rows
        if by_inbox(row.roles)
    ]


def _was(view: View, call: CallCopy) -> set[tuple[UUID, str]]:
    rows = view.session.execute(
        select(Delivery.person_id, Delivery.channel).where(
            Delivery.occasion == occasion(PUBLISHED, call.id)
        )
    )
    return {(row.person_id, row.channel) for row in rows}


def _named(view: View, found: Sequence[Gap]) -> list[Missing]:
    shown = found[:PAGE]
    names = known.names(view, {gap.person_id for gap in shown})
    organisations = known.organisations(view, {gap.organisation_id for gap in shown})
    return [
        Missing(names[gap.person_id], organisations[gap.organisation_id].name, gap.channel)
        for gap in shown
    ]


def _counts(view: View, call_id: UUID) -> list[tuple[str, str, int]]:
    state = func.coalesce(MailRow.state, Delivery.state)
    rows = view.session.execute(
        select(Delivery.channel, state, func.count())
        .outerjoin(MailRow, MailRow.id == Delivery.mail_id)
        .where(Delivery.occasion == occasion(PUBLISHED, call_id))
        .group_by(Delivery.channel, state)
    )
    return sorted((channel, state, count) for channel, state, count in rows)


def _rows(view: View, call_id: UUID, after: UUID | None) -> list[Told]:
    statement = (
        select(
            Delivery,
            KnownPerson.name,
            KnownOrganisation.name,
            MailRow.state,
            MailRow.attempts,
            MailRow.last_error,
            (MailRow.attempts == 0) & (MailRow.next_at > view.system_now),
            InboxRow.topic,
        )
        .outerjoin(KnownPerson, KnownPerson.id == Delivery.person_id)
        .outerjoin(KnownOrganisation, KnownOrganisation.id == Delivery.organisation_id)
        .outerjoin(MailRow, MailRow.id == Delivery.mail_id)
        .outerjoin(
            InboxRow,
            (InboxRow.consumer_group == view.room.name) & (InboxRow.event_id == Delivery.cause),
        )
        .where(Delivery.call_id == call_id)
        .order_by(Delivery.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(Delivery.id > after)
    return [_told(*row) for row in view.session.execute(statement)]


def _told(
    delivery: Delivery,
    person: str | None,
    organisation: str | None,
    mail_state: str | None,
    attempts: int | None,
    last_error: str | None,
    is_held: bool | None,
    cause_topic: str | None,
) -> Told:
    return Told(
        id=delivery.id,
        at=delivery.created_at,
        person_id=delivery.person_id,
        person=person or "",
        organisation=organisation or "",
        kind=delivery.kind,
        channel=delivery.channel,
        state=mail_state or delivery.state,
        reason=delivery.reason or "",
        waits=_waits(delivery, is_held=bool(is_held)),
        attempts=attempts or 0,
        last_error=last_error or "",
        audience_version=delivery.audience_version,
        cause=delivery.cause,
        cause_topic=cause_topic or "",
    )


def _waits(delivery: Delivery, *, is_held: bool) -> str:
    if delivery.digest:
        return "digest"
    return "quiet" if is_held else ""


@dataclass(frozen=True)
class CheckedCall:
    """A call with its last comparison; `check` is None while none was made."""

    call: CallCopy
    check: Check | None


@dataclass(frozen=True)
class CheckedCalls:
    """A page of calls, the newest first."""

    rows: list[CheckedCall]
    next: UUID | None


def checks(view: View, after: UUID | None = None) -> CheckedCalls:
    """Return a page of calls with the last comparison of should and was."""
    view.require("reconciliation.index")
    statement = (
        select(CallCopy, Check)
        .outerjoin(Check, Check.call_id == CallCopy.id)
        .where(CallCopy.state.not_in(rules.UNSEEN))
        .order_by(CallCopy.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(CallCopy.id < after)
    rows = [CheckedCall(call, check) for call, check in view.session.execute(statement)]
    return CheckedCalls(rows[:PAGE], rows[PAGE - 1].call.id if len(rows) > PAGE else None)
