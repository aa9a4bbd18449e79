"""The digest, daily or weekly: what waits for a person in one mail, nothing twice or forgotten."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.notifications.calls.models import CallCopy
from services.notifications.deliveries import actions as deliveries
from services.notifications.deliveries import queries
from services.notifications.deliveries.models import Delivery
from services.notifications.deliveries.rules import Reason, occasion
from services.notifications.messages.actions import posting
from services.notifications.messages.queries import people
from services.notifications.messages.queries.inbox import messages
from services.notifications.messages.rules import Kind, Reader, is_earlier
from services.notifications.preferences import actions as stopping
from services.notifications.preferences import queries as preferences
from services.notifications.preferences.rules import Pace, Topic, may_stop
from shared.mail import compose
from shared.mail.post import surroundings
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
    if is_earlier(None, work.settings.notify_from, work.system_now):
        _drop(work, waiting, Reason.EARLIER)
        return
    reader = people.readers(work, [person]).get(person)
    if reader is None or not reader.mail:
        _drop(work, waiting, Reason.GONE)
        return
    pace = preferences.paces(work, [person], topic)[person]
    if pace == Pace.NONE:
        _drop(work, waiting, Reason.PREFERENCE)
        return
    until = posting.quiet_until(work, preferences.quiet(work, [person]).get(person), reader.zone)
    if until is not None:
        posting.plan_digest(work, person, topic, until)
        return
    stale = [one for one in waiting if _is_stale(work, one)]
    _drop(work, stale, Reason.NOTHING_LEFT)
    fresh = [one for one in waiting if one not in stale]
    if fresh:
        _post(work, reader, topic, pace, fresh)


def _post(
    work: Work, reader: Reader, topic: Topic, pace: Pace, waiting: Sequence[Delivery]
) -> None:
    said = messages(work, [one.message_id for one in waiting if one.message_id])
    given = {
        **surroundings(work, reader.language),
        "reader": reader,
        "messages": list(said.values())[:SHOWN],
        "total": len(said),
        "is_weekly": pace == Pace.WEEKLY,
    }
    stops = stopping.stop_links(work, [reader.id], topic) if may_stop(topic) else {}
    letter = posting.Letter(
        reader,
        occasion(Kind.DIGEST, reader.id, topic, work.now.date().isoformat()),
        compose(TEMPLATE, reader.language, **given),
        stops.get(reader.id),
    )
    row = posting.put(work, letter)
    work.session.flush()
    deliveries.finish_digest(work, [one.id for one in waiting], mail_id=row.id)


def _is_stale(work: Work, delivery: Delivery) -> bool:
    """Say whether a notice lost its reason while it waited: all points have been decided."""
    if delivery.kind != Kind.POINTS_TO_DECIDE or delivery.call_id is None:
        return False
    call = work.session.get(CallCopy, delivery.call_id)
    return call is not None and call.points_waiting == 0


def _drop(work: Work, waiting: Sequence[Delivery], reason: Reason) -> None:
    if waiting:
        deliveries.finish_digest(work, [one.id for one in waiting], mail_id=None, reason=reason)
