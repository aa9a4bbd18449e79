"""What the clock starts for a call: reminders, closing, the reply clock, checks of who was told."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notifications.calls import queries as calls
from services.notifications.calls.models import CallCopy
from services.notifications.calls.rules import (
    REPORT_DUE,
    SETTLING,
    is_to_be_told,
    last_window,
    reminders,
    reply_clock,
)
from services.notifications.deliveries import actions as deliveries
from services.notifications.messages.actions import answers, staff
from services.notifications.messages.actions import calls as telling
from shared.work import Work

KINDS = ("remind", "closing", "check_told", "reply_clock")


def plan(work: Work, call: CallCopy) -> None:
    """Put the times of a call into the due table, in place of what was there.

    What has fallen due stays for the worker that comes to it, which looks whether it still holds.
    """
    if call.state not in REPORT_DUE:
        forget(work, call.id)
        return
    for kind in KINDS:
        work.unschedule(kind, call.id, after=work.now)
    _plan_windows(work, call)
    if call.reply_due_at is not None:
        for step, at in reply_clock(call.reply_due_at).items():
            if at > work.now:
                due = call.reply_due_at.isoformat()
                work.schedule("reply_clock", call.id, at, mark=step, step=step, due=due)


def forget(work: Work, call_id: UUID) -> None:
    """Take the times of a call out of the due table."""
    for kind in KINDS:
        work.unschedule(kind, call_id)


def _plan_windows(work: Work, call: CallCopy) -> None:
    last = last_window(call.all_windows)
    for window in call.all_windows:
        key = str(window.window_id)
        alone = str(window.organisation_id) if window.organisation_id else None
        at = window.closes_at + SETTLING
        if at <= work.now or (alone is None and window != last):
            continue
        work.schedule("closing", call.id, at, mark=key, window=key, alone=alone)
    if last is None or last.closes_at <= work.now:
        return
    work.schedule("check_told", call.id, last.closes_at)
    for days, at in reminders(last, work.now).items():
        key = str(last.window_id)
        work.schedule("remind", call.id, at, mark=f"{key}:{days}", window=key, days=days)


def remind(work: Work, subject: UUID, payload: dict[str, Any]) -> None:
    """Remind of a window that still is the last, unless the next reminder is due already."""
    call = calls.call(work, subject)
    if call is None or not is_to_be_told(call.state, call.all_windows, work.now):
        return
    last = last_window(call.all_windows)
    if last is None or str(last.window_id) != payload["window"]:
        return
    if payload["days"] > 1 and last.closes_at - work.now <= timedelta(days=1):
        return
    telling.remind(work, call, payload["window"], payload["days"])


def closing(work: Work, subject: UUID, payload: dict[str, Any]) -> None:
    """Tell those with an unsent draft, and the staff, that a window has closed."""
    call = calls.call(work, subject)
    if call is None or call.state not in REPORT_DUE:
        return
    alone = UUID(payload["alone"]) if payload["alone"] else None
    last = last_window(call.all_windows)
    if alone is None and (last is None or str(last.window_id) != payload["window"]):
        # Extended meanwhile: the call has not closed.
        return
    answers.closed_with_drafts(work, call, payload["window"], alone)
    if alone is None:
        staff.call_closed(work, call, payload["window"])


def check_told(work: Work, subject: UUID, _payload: dict[str, Any]) -> None:
    """Compare who should have been told with who was, a last time at closing."""
    call = calls.call(work, subject)
    if call is not None:
        deliveries.note_check(work, call)


def check_all(work: Work) -> None:
    """Compare who should have been told with who was, for every call that is open."""
    for call in calls.to_be_told(work):
        deliveries.note_check(work, call)


def reply_due(work: Work, subject: UUID, payload: dict[str, Any]) -> None:
    """Remind the staff of the reply clock."""
    call = calls.call(work, subject)
    if call is not None:
        staff.reply_clock(work, call, payload["step"], datetime.fromisoformat(payload["due"]))
