"""Telling those who work on an answer: receipts, approvals, what became of it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from services.notifications.calls import queries as calls
from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.calls.rules import WRITING, closes_at
from services.notifications.deliveries.rules import Mark, occasion
from services.notifications.messages.actions import saying
from services.notifications.messages.actions.telling import Telling, tell
from services.notifications.messages.queries import people, values
from services.notifications.messages.rules import CONTACT_ROLES, Kind, Reader
from shared.contracts.consultation import (
    ApprovalDecided,
    SubmissionPublished,
    SubmissionReplied,
    SubmissionSent,
    SubmissionWithdrawn,
)
from shared.known import queries as known
from shared.work import Work

SHOWN_OTHERWISE = ("published_redacted", "withheld")


def received(work: Work, submission: SubmissionCopy, event: SubmissionSent) -> None:
    """Confirm to all who worked on an answer that it arrived, and what it replaces."""
    call = _call(work, submission)

    def more(reader: Reader) -> Mapping[str, Any]:
        return {
            "reference": event.submission.reference or "",
            "replaces": event.replaces or "",
            "on_time": event.on_time,
            "provisional": event.provisional,
            "responses": event.responses,
            "comments": event.comments,
            "digest": event.digest,
            "sealed": values.deadline(event.sealed_at, call.zone, reader.zone),
        }

    key = occasion(Kind.RECEIVED, submission.id, event.submission.reference)
    _tell_workers(work, submission, Kind.RECEIVED, key, more)


def withdrawn(work: Work, submission: SubmissionCopy, event: SubmissionWithdrawn) -> None:
    """Confirm to all who worked on an answer that it was withdrawn and is not counted."""
    call = _call(work, submission)

    def more(reader: Reader) -> Mapping[str, Any]:
        return {"withdrawn": values.deadline(event.withdrawn_at, call.zone, reader.zone)}

    _tell_workers(work, submission, Kind.WITHDRAWN, occasion(Kind.WITHDRAWN, submission.id), more)


def approval_decided(work: Work, submission: SubmissionCopy, event: ApprovalDecided) -> None:
    """Tell the contact point and the preparers what the approving office decided."""
    kind = Kind.APPROVAL_GIVEN if event.approved else Kind.APPROVAL_SENT_BACK
    _tell_workers(work, submission, kind, occasion("approval", submission.id, event.round))


def published(work: Work, submission: SubmissionCopy, event: SubmissionPublished) -> None:
    """Tell the contact point that an answer was shown in part, or not at all."""
    if event.publication not in SHOWN_OTHERWISE:
        return
    members = known.members(work, submission.organisation_id, "contact_point")
    contacts = [one.person_id for one in members]
    key = occasion(Kind.PUBLISHED_OTHERWISE, submission.id, event.round)
    _tell(
        work,
        submission,
        Kind.PUBLISHED_OTHERWISE,
        key,
        contacts,
        lambda _reader: {"publication": event.publication},
    )


def replied(work: Work, submission: SubmissionCopy, event: SubmissionReplied) -> None:
    """Tell everybody who answered what became of their own points, in standard words."""

    def more(_reader: Reader) -> Mapping[str, Any]:
        told = event.points
        return {
            "points": values.points(told),
            "fate": values.fate(told),
            "bar": values.bar(told),
        }

    _tell_workers(work, submission, Kind.REPLIED, occasion(Kind.REPLIED, submission.id), more)


def closed_with_drafts(work: Work, call: CallCopy, window: str, alone: UUID | None) -> None:
    """Tell those drafting that a window closed before they sent; `alone` is whose window it was."""
    drafts = calls.submissions(work, call.id, *WRITING, of=[alone] if alone else ())
    for draft in drafts:
        end = closes_at(call.all_windows, draft.organisation_id)
        if end is not None and end > work.now:
            continue
        key = occasion(Kind.CLOSED_WITH_DRAFT, draft.id, window)
        _tell_workers(work, draft, Kind.CLOSED_WITH_DRAFT, key)


def _call(work: Work, submission: SubmissionCopy) -> CallCopy:
    return work.get(CallCopy, id=submission.call_id)


def _tell_workers(
    work: Work,
    submission: SubmissionCopy,
    kind: Kind,
    key: str,
    more: Callable[[Reader], Mapping[str, Any]] = lambda _reader: {},
) -> None:
    _tell(work, submission, kind, key, people.working_on(work, submission, *CONTACT_ROLES), more)


def _tell(
    work: Work,
    submission: SubmissionCopy,
    kind: Kind,
    key: str,
    whom: list[UUID],
    more: Callable[[Reader], Mapping[str, Any]],
) -> None:
    call = _call(work, submission)
    mark = Mark(key, call.id, submission.organisation_id, call.audience_version)
    tellings = [Telling(reader, (mark,)) for reader in people.readers(work, whom).values()]
    tell(
        work,
        kind,
        tellings,
        saying.answer_says(work, call, submission, kind, more),
        cause=work.cause,
    )
