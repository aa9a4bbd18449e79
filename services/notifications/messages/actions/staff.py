"""Telling the secretariat: reviews at once, what waits in a daily digest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.calls.models import CallCopy
from services.notifications.calls.rules import REPORT_DUE
from services.notifications.deliveries.rules import Mark, occasion
from services.notifications.messages.actions import saying
from services.notifications.messages.actions.telling import Telling, tell
from services.notifications.messages.queries import people
from services.notifications.messages.rules import Kind
from shared.contracts.consultation import (
    CallReviewAsked,
    CallSentBack,
    PointsToDecide,
    ReportReviewAsked,
)
from shared.work import Work


def review_asked(work: Work, call: CallCopy, event: CallReviewAsked) -> None:
    """Tell those who may review a draft: whoever edited no part of it."""
    but = {event.asked_by, *event.editors}
    reviewers = people.staff(work, "call_manager", "decider", but=but)
    _tell(
        work, call, Kind.REVIEW_ASKED, occasion(Kind.REVIEW_ASKED, call.id, event.round), reviewers
    )


def sent_back(work: Work, call: CallCopy, event: CallSentBack) -> None:
    """Tell a call's managers that the reviewer wants changes."""
    key = occasion(Kind.SENT_BACK, call.id, event.round)
    _tell(work, call, Kind.SENT_BACK, key, _managers(call))


def call_closed(work: Work, call: CallCopy, window: str) -> None:
    """Tell a call's managers and the analysts that it has closed."""
    whom = {*_managers(call), *people.staff(work, "analyst")}
    _tell(work, call, Kind.CALL_CLOSED, occasion(Kind.CALL_CLOSED, call.id, window), whom)


def points_to_decide(work: Work, call: CallCopy, event: PointsToDecide) -> None:
    """Tell deciders once a day that points wait."""
    if not event.waiting:
        return
    kind = Kind.POINTS_TO_DECIDE
    key = occasion(kind, call.id, work.now.date().isoformat())
    _tell(work, call, kind, key, people.staff(work, "decider"), waiting=event.waiting)


def report_to_review(work: Work, call: CallCopy, event: ReportReviewAsked) -> None:
    """Tell deciders who did not write the report that it waits for them."""
    whom = people.staff(work, "decider", but=event.authors)
    key = occasion(Kind.REPORT_TO_REVIEW, call.id, event.round)
    _tell(work, call, Kind.REPORT_TO_REVIEW, key, whom)


def reply_clock(work: Work, call: CallCopy, step: str, due: datetime) -> None:
    """Remind of the reply clock while it runs and the date stands (consultation.md, rule 10)."""
    if call.state not in REPORT_DUE or call.reply_due_at != due:
        return
    whom = {*_managers(call), *people.staff(work, "decider")}
    key = occasion(Kind.REPLY_CLOCK, call.id, step, due.date().isoformat())
    _tell(work, call, Kind.REPLY_CLOCK, key, whom, step=step)


def _managers(call: CallCopy) -> list[UUID]:
    return [UUID(one) for one in call.managers]


def _tell(
    work: Work, call: CallCopy, kind: Kind, key: str, whom: Iterable[UUID], **more: Any
) -> None:
    mark = Mark(key, call.id)
    tellings = [Telling(one, (mark,)) for one in people.readers(work, list(whom)).values()]
    tell(work, kind, tellings, saying.call_says(work, call, kind, **more), cause=work.cause)
