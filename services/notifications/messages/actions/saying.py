"""What notices say to one person, gathered while their language is spoken."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.calls import queries as calls
from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.calls.rules import closes_at
from services.notifications.deliveries.rules import Mark, occasion
from services.notifications.messages.actions.telling import Content, Say
from services.notifications.messages.queries import values
from services.notifications.messages.rules import Kind, Reader, calendar
from shared.contracts.registry import Organisation
from shared.i18n import language
from shared.mail.post import addresses
from shared.web import formats
from shared.work import View


def published_mark(call: CallCopy, organisation: UUID) -> Mark:
    """Return the occasion of being told that a call is there."""
    key = occasion(Kind.CALL_PUBLISHED, call.id)
    return Mark(key, call.id, organisation, call.audience_version)


def calls_open(view: View) -> Say:
    """Say that a call is published; of several at once, one notice that lists them."""
    known_calls: dict[UUID, CallCopy] = {}

    def say(reader: Reader, marks: Sequence[Mark], organisation: str) -> Content:
        ids = {mark.call_id for mark in marks if mark.call_id is not None}
        known_calls.update(calls.calls(view, ids - known_calls.keys()))
        rows = sorted((known_calls[one] for one in ids), key=lambda call: (call.closes_at, call.id))
        if len(rows) == 1:
            alone = call_says(view, rows[0], Kind.CALL_PUBLISHED, calendar_file=True)
            return alone(reader, marks, organisation)
        words = [values.call_words(view, call, reader) for call in rows]
        return Content(Kind.CALLS_OPEN, {"calls": words, "organisation": organisation})

    return say


def call_says(
    view: View,
    call: CallCopy,
    kind: Kind,
    *,
    calendar_file: bool = False,
    reasons: Mapping[str, str] | None = None,
    **more: Any,
) -> Say:
    """Say something of one call; `reasons` is the public reason by language."""

    def say(reader: Reader, _marks: Sequence[Mark], organisation: str) -> Content:
        words = values.call_words(view, call, reader)
        given = {
            "call": words,
            "organisation": organisation,
            "reason": values.reason_of(reasons or {}, call.authentic_language),
            **more,
        }
        if "new_date" in more:
            given["new_date"] = formats.day(datetime.fromisoformat(more["new_date"]), call.zone)
        return Content(kind, given, _calendar(view, call, words) if calendar_file else None)

    return say


def answer_says(
    view: View,
    call: CallCopy,
    submission: SubmissionCopy,
    kind: Kind,
    more: Callable[[Reader], Mapping[str, Any]] = lambda _reader: {},
) -> Say:
    """Say something of one answer; `more` adds what must be said in the reader's own words."""

    def say(reader: Reader, _marks: Sequence[Mark], organisation: str) -> Content:
        words = values.call_words(view, call, reader)
        given = values.submission_values(submission, words, organisation)
        return Content(kind, {**given, **more(reader)})

    return say


def organisation_says(told: Organisation, kind: Kind, **more: Any) -> Say:
    """Say something of an organisation to its members or to the staff."""

    def say(_reader: Reader, _marks: Sequence[Mark], _organisation: str) -> Content:
        given = {
            "organisation": values.name(told.name),
            "slug": told.slug,
            "reason": told.state_reason,
            **more,
        }
        return Content(kind, given)

    return say


def _calendar(view: View, call: CallCopy, words: values.CallWords) -> str:
    end = closes_at(call.all_windows) or view.now
    url = addresses(view, language())("call.show", code=call.code)
    return calendar(call.code, words.title, end, url, view.system_now)
