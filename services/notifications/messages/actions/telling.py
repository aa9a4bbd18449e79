"""Telling people: claimed once, written in their language, put into the inbox and into the mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.deliveries import actions as deliveries
from services.notifications.deliveries.rules import Channel, DeliveryState, Mark, Reason
from services.notifications.messages.actions import posting
from services.notifications.messages.models import Message
from services.notifications.messages.queries import values
from services.notifications.messages.rules import (
    NOTICES,
    RECEIPTS,
    Kind,
    Notice,
    Reader,
    is_earlier,
)
from services.notifications.preferences import actions as stopping
from services.notifications.preferences import queries as preferences
from services.notifications.preferences.rules import DIGESTS, Pace, Quiet, may_stop
from shared import i18n, ids
from shared.known import queries as known
from shared.mail import MailRow, Written, compose
from shared.mail.post import surroundings
from shared.work import Work


@dataclass(frozen=True)
class Telling:
    """One person to be told, of one or more occasions at once. `mail` False: inbox only."""

    reader: Reader
    marks: tuple[Mark, ...]
    mail: bool = True


@dataclass(frozen=True)
class Content:
    """What a notice says to one person: the kind gives the words, `values` fill them.

    `deadline` is the moment for which its mail must not come too late.
    """

    kind: Kind
    values: Mapping[str, Any]
    calendar: str | None = None
    deadline: datetime | None = None


Say = Callable[[Reader, Sequence[Mark], str], Content]
"""Gathers what to say of occasions to somebody, for the organisations whose names are given.

Called while the person's language is spoken.
"""

Claimed = dict[tuple[UUID, str], UUID]


@dataclass
class _Batch:
    """What is written for one `tell`."""

    claimed: dict[Channel, Claimed]
    paces: Mapping[UUID, Pace]
    quiet: Mapping[UUID, Quiet]
    stops: Mapping[UUID, str]
    names: Mapping[UUID, str]
    changes: list[dict[str, Any]] = field(default_factory=list)


def tell(
    work: Work, kind: Kind, tellings: Sequence[Telling], say: Say, *, cause: UUID | None
) -> int:
    """Tell people of occasions that they have not been told of; returns how many people were.

    Idempotent by the unique key of deliveries: whoever inserts the row tells.
    """
    notice = NOTICES[kind]
    if is_earlier(cause, work.settings.notify_from, work.system_now):
        suppress(work, kind, tellings, Reason.EARLIER, cause=cause)
        return 0
    batch = _claim(work, notice, tellings, cause)
    told = sum(_write(work, notice, one, say, batch) for one in tellings)
    work.session.flush()
    deliveries.settle(work, batch.changes)
    return told


def _claim(work: Work, notice: Notice, tellings: Sequence[Telling], cause: UUID | None) -> _Batch:
    common: dict[str, Any] = {"kind": notice.kind, "topic": notice.topic, "cause": cause}
    mailing = [one for one in tellings if _by_mail(notice, one)]
    paces = preferences.paces(work, [one.reader.id for one in mailing], notice.topic)
    wanted = [one for one in mailing if paces[one.reader.id] != Pace.NONE]
    unwanted = [one for one in mailing if paces[one.reader.id] == Pace.NONE]
    deliveries.claim(
        work,
        _pairs(unwanted),
        Channel.MAIL,
        state=DeliveryState.SUPPRESSED,
        reason=Reason.PREFERENCE,
        **common,
    )
    claimed = {
        Channel.INBOX: deliveries.claim(work, _pairs(tellings), Channel.INBOX, **common),
        Channel.MAIL: deliveries.claim(work, _pairs(wanted), Channel.MAIL, **common),
    }
    stops: Mapping[UUID, str] = {}
    people = sorted({person for person, _occasion in claimed[Channel.MAIL]})
    if people and may_stop(notice.topic):
        stops = stopping.stop_links(work, people, notice.topic)
    quiet = preferences.quiet(work, people) if people else {}
    return _Batch(claimed, paces, quiet, stops, _names(work, tellings))


def _names(work: Work, tellings: Sequence[Telling]) -> dict[UUID, str]:
    wanted = {mark.organisation_id for one in tellings for mark in one.marks}
    found = known.organisations(work, {one for one in wanted if one is not None})
    return {key: one.name for key, one in found.items()}


def suppress(
    work: Work, kind: Kind, tellings: Sequence[Telling], reason: Reason, *, cause: UUID | None
) -> None:
    """Write down that people are not told of occasions on purpose, and why; never again either."""
    notice = NOTICES[kind]
    for channel in notice.channels:
        deliveries.claim(
            work,
            _pairs([one for one in tellings if channel == Channel.INBOX or _by_mail(notice, one)]),
            channel,
            kind=notice.kind,
            topic=notice.topic,
            cause=cause,
            state=DeliveryState.SUPPRESSED,
            reason=reason,
        )


def _by_mail(notice: Notice, one: Telling) -> bool:
    return one.mail and bool(one.reader.mail) and Channel.MAIL in notice.channels


def _pairs(tellings: Sequence[Telling]) -> list[tuple[UUID, Mark]]:
    return [(one.reader.id, mark) for one in tellings for mark in one.marks]


def _write(work: Work, notice: Notice, one: Telling, say: Say, batch: _Batch) -> bool:
    inbox = _new(one, batch.claimed[Channel.INBOX])
    mail = _new(one, batch.claimed[Channel.MAIL])
    if not inbox and not mail:
        return False
    with i18n.speaking(one.reader.language):
        content = say(one.reader, inbox or mail, _for(batch, inbox or mail))
        written = _words(work, one.reader, content)
        message = _put_in_inbox(work, one.reader, content.kind, written) if inbox else None
        if mail and inbox and mail != inbox:
            content = say(one.reader, mail, _for(batch, mail))
            written = _words(work, one.reader, content)
    for mark in inbox:
        _settle(batch, Channel.INBOX, one, mark, message=message, state=DeliveryState.DELIVERED)
    if mail:
        _mail(work, notice, one, mail, content, written, message, batch)
    return True


def _mail(
    work: Work,
    notice: Notice,
    one: Telling,
    marks: Sequence[Mark],
    content: Content,
    written: Written,
    message: Message | None,
    batch: _Batch,
) -> None:
    reader, pace = one.reader, batch.paces[one.reader.id]
    if pace in DIGESTS:
        at = posting.digest_at(work, pace, reader.zone, content.deadline)
        if at is not None:
            posting.plan_digest(work, reader.id, notice.topic, at)
            for mark in marks:
                _settle(batch, Channel.MAIL, one, mark, message=message, digest=True)
            return
    stop = batch.stops.get(reader.id)
    letter = posting.Letter(reader, marks[0].occasion, written, stop, content.calendar)
    until = None
    if notice.kind not in RECEIPTS:
        quiet = batch.quiet.get(reader.id)
        until = posting.quiet_until(work, quiet, reader.zone, content.deadline)
    row = posting.put(work, letter, until)
    for mark in marks:
        _settle(batch, Channel.MAIL, one, mark, message=message, mail=row)


def _new(one: Telling, claimed: Claimed) -> list[Mark]:
    return [mark for mark in one.marks if (one.reader.id, mark.occasion) in claimed]


def _for(batch: _Batch, marks: Sequence[Mark]) -> str:
    wanted = dict.fromkeys(one.organisation_id for one in marks if one.organisation_id)
    return values.names([batch.names[one] for one in wanted if one in batch.names])


def _words(work: Work, reader: Reader, content: Content) -> Written:
    given = {**surroundings(work, i18n.language()), "reader": reader, **content.values}
    return compose(NOTICES[content.kind].template, reader.language, **given)


def _put_in_inbox(work: Work, reader: Reader, kind: Kind, written: Written) -> Message:
    return work.add(
        Message(
            id=ids.new(),
            code=code(),
            person_id=reader.id,
            kind=kind,
            language=written.language,
            subject=written.subject,
            text=written.text,
            at=work.now,
        )
    )


def code() -> str:
    """Return a random name for a message in addresses."""
    return ids.secret()[:12].replace("-", "x").replace("_", "y")


def _settle(
    batch: _Batch,
    channel: Channel,
    one: Telling,
    mark: Mark,
    *,
    message: Message | None,
    mail: MailRow | None = None,
    state: DeliveryState = DeliveryState.CREATED,
    digest: bool = False,
) -> None:
    batch.changes.append(
        {
            "key": batch.claimed[channel][(one.reader.id, mark.occasion)],
            "state": state,
            "message_id": message.id if message is not None else None,
            "mail_id": mail.id if mail is not None else None,
            "digest": digest,
            "reason": None,
        }
    )
