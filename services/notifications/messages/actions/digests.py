"""The daily digest: what waits for a person, in one mail; nothing twice, nothing forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.notifications.calls.models import CallCopy
from services.notifications.deliveries import actions as deliveries
from services.notifications.deliveries import queries
from services.notifications.deliveries.models import Delivery
from services.notifications.deliveries.rules import Reason, occasion
from services.notifications.messages.actions.telling import stop_address
from services.notifications.messages.queries import people
from services.notifications.messages.queries.inbox import messages
from services.notifications.messages.rules import Kind
from services.notifications.preferences import actions as stopping
from services.notifications.preferences import queries as preferences
from services.notifications.preferences.rules import Pace, Topic, may_stop
from shared import mail
from shared.work import Work

SHOWN = 50
"""Lines of one digest; the inbox has the rest."""
TEMPLATE = "notifications/messages/mail/digest"


def send(work: Work, person: UUID, payload: dict[str, Any]) -> None:
    """Send what waits for a person's digest of one topic; the rows say what, not the time."""
    topic = Topic(payload["topic"])
    waiting = queries.waiting_for_digest(work, person, topic)
    if not waiting:
        return
    reader = people.readers(work, [person]).get(person)
    if reader is None or not reader.mail:
        _drop(work, waiting, Reason.GONE)
        return
    if preferences.paces(work, [person], topic)[person] == Pace.NONE:
        _drop(work, waiting, Reason.PREFERENCE)
        return
    stale = [one for one in waiting if _is_stale(work, one)]
    _drop(work, stale, Reason.NOTHING_LEFT)
    fresh = [one for one in waiting if one not in stale]
    if not fresh:
        return
    said = messages(work, [one.message_id for one in fresh if one.message_id])
    stops = stopping.stop_links(work, [person], topic) if may_stop(topic) else {}
    row = mail.post(
        work,
        template=TEMPLATE,
        to=reader.mail,
        language=reader.language,
        occasion=occasion(Kind.DIGEST, person, topic, work.now.date().isoformat()),
        unsubscribe=stop_address(work, reader.language, stops[person]) if stops else None,
        reader=reader,
        messages=list(said.values())[:SHOWN],
        total=len(said),
    )
    work.session.flush()
    deliveries.finish_digest(work, [one.id for one in fresh], mail_id=row.id)


def _is_stale(work: Work, delivery: Delivery) -> bool:
    """Say whether a notice lost its reason while it waited: all points have been decided."""
    if delivery.kind != Kind.POINTS_TO_DECIDE or delivery.call_id is None:
        return False
    call = work.session.get(CallCopy, delivery.call_id)
    return call is not None and call.points_waiting == 0


def _drop(work: Work, waiting: Sequence[Delivery], reason: Reason) -> None:
    if waiting:
        deliveries.finish_digest(work, [one.id for one in waiting], mail_id=None, reason=reason)
