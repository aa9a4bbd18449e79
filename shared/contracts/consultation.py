"""What consultation tells: calls for input and submissions. Never a submitter's words."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.audience import Audience
from shared.contracts.envelope import Contract, Event
from shared.contracts.living import Living
from shared.contracts.topics import CALLS, SUBMISSIONS, Topic

STATE: Literal["state"] = "state"


class Window(Contract):
    """A time in which answers are taken. `organisation_id` narrows it to one late partner."""

    window_id: UUID
    """The window."""
    kind: str
    """Why it exists: `original`, `extension`, `late`."""
    opens_at: datetime
    """The first moment at which an answer is taken."""
    closes_at: datetime
    """The moment from which on none is taken."""
    organisation_id: UUID | None = None
    """The one partner for whom it is open; null for everybody concerned."""


class Text(Contract):
    """One text in one language."""

    language: str
    """The language, one of the six: `ar`, `en`, `es`, `fr`, `ru`, `zh`."""
    text: str
    """The words, as plain text."""


class Call(Contract):
    """What others need of a call: enough to tell people of it and to order a desk by deadline."""

    code: str
    """Its public code, as in its address."""
    state: str
    """Where it stands: `draft`, `in_review`, `changes_requested`, `published`, `analysing`,
    `report_in_review`, `report_published`, `no_report_expected`, `not_going_forward`,
    `cancelled`.
    """
    subject: str
    """What it is about: `programme:` and the programme's code, `strategy` or `initiative`."""
    titles: list[Text]
    """Its title, in each language that it has."""
    summaries: list[Text]
    """What it asks, in a few sentences, in each language that it has."""
    authentic_language: str
    """The language whose text is the authentic one."""
    zone: str
    """The time zone in which its deadlines are said, by its name in the tz database."""
    windows: list[Window]
    """When answers are taken, in the order in which the windows were added."""
    audience: Audience
    """Who is asked."""
    audience_version: int
    """How many times the audience was set, from 1."""
    reply_due_at: datetime | None
    """By when a consultation report is owed; null while no date is known."""
    managers: list[UUID]
    """Members of staff who edited any part of it, the first first."""
    parts: int
    """How many parts an answer has."""


class CallEvent(Event):
    """Base of what is told about a call: its state as it is after the event."""

    topic: ClassVar[Topic] = CALLS

    call: Call
    """The call after the event."""


class CallReviewAsked(CallEvent):
    """A draft waits for a second person. `asked_by` is not asked to review it."""

    type: ClassVar[str] = "roundtable.consultation.call-review-asked.v1"

    round: int
    """Which review of this call it is, from 1."""
    asked_by: UUID
    """Who asks for it."""
    editors: list[UUID]
    """Who wrote the draft and may not be the second person."""


class CallSentBack(CallEvent):
    """The reviewer wants changes; the note stays in consultation."""

    type: ClassVar[str] = "roundtable.consultation.call-sent-back.v1"

    round: int
    """Which review of this call it was, from 1."""


class CallPublished(CallEvent):
    """The call is public; everybody concerned while a window is open is told."""

    type: ClassVar[str] = "roundtable.consultation.call-published.v1"


class CallExtended(CallEvent):
    """A window was added that closes later."""

    type: ClassVar[str] = "roundtable.consultation.call-extended.v1"

    window_id: UUID
    """The window that was added."""
    closes_at: datetime
    """When it closes."""
    reasons: list[Text]
    """Why, in each language that was written."""


class CallCorrected(CallEvent):
    """A text was corrected after publication."""

    type: ClassVar[str] = "roundtable.consultation.call-corrected.v1"

    correction: int
    """Which correction of this call it is, from 1."""
    notes: list[Text]
    """What was corrected, in each language that was written."""


class CallEnded(CallEvent):
    """A bad ending, with its reason: `cancelled`, `not_going_forward`, `no_report_expected`."""

    type: ClassVar[str] = "roundtable.consultation.call-ended.v1"

    ending: str
    """How: `cancelled`, `not_going_forward`, `no_report_expected`."""
    reasons: list[Text]
    """Why, in each language that was written."""


class CallChanged(CallEvent):
    """The call changed (or was told again) and nobody needs to be told."""

    type: ClassVar[str] = "roundtable.consultation.call-changed.v1"
    kind: ClassVar[Literal["state", "fact"]] = STATE


class CallsLiving(Living):
    """Which calls consultation has, drafts that were never told included."""

    type: ClassVar[str] = "roundtable.consultation.calls-living.v1"
    topic: ClassVar[Topic] = CALLS


class PointsToDecide(CallEvent):
    """How many recommended points wait for a decider; feeds the daily digest."""

    type: ClassVar[str] = "roundtable.consultation.points-to-decide.v1"

    waiting: int
    """How many points wait for a decider."""


class ReplyLate(CallEvent):
    """The reply clock ran out and a new date was given."""

    type: ClassVar[str] = "roundtable.consultation.reply-late.v1"

    new_date: datetime
    """By when the report is owed now."""
    reasons: list[Text]
    """Why it is late, in each language that was written."""


class ReportReviewAsked(CallEvent):
    """The consultation report waits for somebody who did not write it."""

    type: ClassVar[str] = "roundtable.consultation.report-review-asked.v1"

    round: int
    """Which review of this report it is, from 1."""
    authors: list[UUID]
    """Who wrote the report and may not be the second person."""


class ReportPublished(CallEvent):
    """The consultation report is public. Submitters are told by SubmissionReplied."""

    type: ClassVar[str] = "roundtable.consultation.report-published.v1"


class Submission(Contract):
    """Where a submission stands; ids and counts only. `code` names its page in addresses."""

    code: str = ""
    """Its name in addresses, random."""
    call_id: UUID
    """The call that it answers."""
    call_code: str
    """The public code of that call."""
    organisation_id: UUID
    """The partner that answers."""
    reference: str | None
    """The reference on its receipt, with a check character; null before it is sent."""
    state: str
    """Where it stands: `draft`, `with_approver`, `submitted`, `replaced`, `withdrawn`."""
    people: list[UUID]
    """Who gets its notices: who worked on it, and the partner's contact points."""
    parts_ready: int
    """How many parts are marked as ready."""
    parts: int
    """How many parts there are."""


class SubmissionEvent(Event):
    """Base of what is told about a submission."""

    topic: ClassVar[Topic] = SUBMISSIONS

    submission: Submission
    """Where the submission stands after the event."""


class SubmissionChanged(SubmissionEvent):
    """Begun, more or fewer parts ready, or told again."""

    type: ClassVar[str] = "roundtable.consultation.submission-changed.v1"
    kind: ClassVar[Literal["state", "fact"]] = STATE


class SubmissionsLiving(Living):
    """Which submissions consultation has."""

    type: ClassVar[str] = "roundtable.consultation.submissions-living.v1"
    topic: ClassVar[Topic] = SUBMISSIONS


class ApprovalDecided(SubmissionEvent):
    """The approving office approved or sent back; its name and comment stay in consultation."""

    type: ClassVar[str] = "roundtable.consultation.approval-decided.v1"

    round: int
    """Which asking of the office it was, from 1."""
    approved: bool
    """Whether the office approved; otherwise it sent the answer back."""


class SubmissionSent(SubmissionEvent):
    """A submission was sealed and has its reference. `replaces` names the earlier reference."""

    type: ClassVar[str] = "roundtable.consultation.submission-sent.v1"

    sealed_at: datetime
    """When it was received, by the clock of the database."""
    on_time: bool
    """Whether it came while a window for everybody was open."""
    digest: str
    """SHA-256 of the sealed content, in hexadecimal, as on the receipt."""
    responses: int
    """How many questions it answers."""
    comments: int
    """How many comments on paragraphs it makes."""
    provisional: bool
    """Whether the partner was not decided on yet when it was sent."""
    replaces: str | None = None
    """The reference of the earlier submission that it replaces, if any."""


class SubmissionWithdrawn(SubmissionEvent):
    """A sent submission was withdrawn; its marker is kept."""

    type: ClassVar[str] = "roundtable.consultation.submission-withdrawn.v1"

    withdrawn_at: datetime
    """When it was withdrawn."""


class SubmissionPublished(SubmissionEvent):
    """How a submission was published: `published`, `published_redacted` or `withheld`."""

    type: ClassVar[str] = "roundtable.consultation.submission-published.v1"

    publication: str
    """How: `published`, `published_redacted`, `withheld`."""
    round: int
    """How many times it was decided on, this one counted."""


class PointReply(Contract):
    """What became of one point: no words of its author."""

    point_id: UUID
    """The point."""
    paragraph: str
    """The label of the paragraph, or the part of the document, that it speaks of; empty for a
    question.
    """
    disposition: str
    """What became of it: `accepted`, `accepted_in_part`, `not_accepted`, `noted`, `out_of_scope`,
    `already_covered`.
    """
    reason: str
    """Why, by code of the vocabulary."""


class SubmissionReplied(SubmissionEvent):
    """The reply to every point of one submission, told when the report is published."""

    type: ClassVar[str] = "roundtable.consultation.submission-replied.v1"

    points: list[PointReply]
    """What became of each of its points, in their order."""


CALL_EVENTS: tuple[type[CallEvent], ...] = (
    CallReviewAsked,
    CallSentBack,
    CallPublished,
    CallExtended,
    CallCorrected,
    CallEnded,
    CallChanged,
    PointsToDecide,
    ReplyLate,
    ReportReviewAsked,
    ReportPublished,
)
"""Each carries the call's state: who keeps a copy hears all of them."""

SUBMISSION_EVENTS: tuple[type[SubmissionEvent], ...] = (
    SubmissionChanged,
    ApprovalDecided,
    SubmissionSent,
    SubmissionWithdrawn,
    SubmissionPublished,
    SubmissionReplied,
)
"""Each carries where the submission stands."""

EVENTS: tuple[type[Event], ...] = (
    *CALL_EVENTS,
    CallsLiving,
    *SUBMISSION_EVENTS,
    SubmissionsLiving,
)
