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
    alone: dict[UUID, Say] = {}
    spoken = _Spoken(view)

    def say(reader: Reader, marks: Sequence[Mark], organisation: str) -> Content:
        ids = {mark.call_id for mark in marks if mark.call_id is not None}
        known_calls.update(calls.calls(view, ids - known_calls.keys()))
        rows = sorted((known_calls[one] for one in ids), key=lambda call: (call.closes_at, call.id))
        if len(rows) == 1:
            only = rows[0]
            if only.id not in alone:
                alone[only.id] = call_says(view, only, Kind.CALL_PUBLISHED, calendar_file=True)
            return alone[only.id](reader, marks, organisation)
        words = [spoken.words(call, reader) for call in rows]
        given = {"calls": words, "organisation": organisation}
        return Content(Kind.CALLS_OPEN, given, deadline=closes_at(rows[0].all_windows))

    return say


class _Spoken:
    """Words of calls, made once a language and zone: many readers of one notice share them."""

    def __init__(self, view: View, closes: datetime | None = None) -> None:
        self._view = view
        self._closes = closes
        self._words: dict[tuple[UUID, str, str], values.CallWords] = {}
        self._files: dict[tuple[UUID, str], str] = {}

    def words(self, call: CallCopy, reader: Reader) -> values.CallWords:
        key = (call.id, language(), reader.zone)
        if key not in self._words:
            self._words[key] = values.call_words(self._view, call, reader, self._closes)
        return self._words[key]

    def file(self, call: CallCopy, words: values.CallWords) -> str:
        key = (call.id, language())
        if key not in self._files:
            end = self._closes or closes_at(call.all_windows) or self._view.now
            url = addresses(self._view, language())("call.show", code=call.code)
            stamp = self._view.system_now
            self._files[key] = calendar(call.code, words.title, end, url, stamp)
        return self._files[key]


def call_says(
    view: View,
    call: CallCopy,
    kind: Kind,
    *,
    calendar_file: bool = False,
    reasons: Mapping[str, str] | None = None,
    late: datetime | None = None,
    **more: Any,
) -> Say:
    """Say something of one call; `reasons` is the public reason by language.

    `late` is until when one partner alone can still send.
    """
    spoken = _Spoken(view, late)

    def say(reader: Reader, _marks: Sequence[Mark], organisation: str) -> Content:
        words = spoken.words(call, reader)
        reason = values.reason_of(reasons or {}, call.authentic_language)
        given = {
            "call": words,
            "organisation": organisation,
            "late": late is not None,
            "reason": reason,
            "because": values.because(reason),
            **more,
        }
        if "new_date" in more:
            given["new_date"] = formats.day(datetime.fromisoformat(more["new_date"]), call.zone)
        file = spoken.file(call, words) if calendar_file else None
        return Content(kind, given, file, closes_at(call.all_windows))

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
        end = closes_at(call.all_windows, submission.organisation_id)
        return Content(kind, {**given, **more(reader)}, deadline=end)

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
