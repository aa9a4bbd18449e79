"""What consultation tells: calls for input and submissions. Never a submitter's words."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.audience import Audience
from shared.contracts.envelope import Contract, Event
from shared.contracts.topics import CALLS, SUBMISSIONS, Topic

STATE: Literal["state"] = "state"


class Window(Contract):
    """A time in which answers are taken. `organisation_id` narrows it to one late partner."""

    window_id: UUID
    kind: str
    opens_at: datetime
    closes_at: datetime
    organisation_id: UUID | None = None


class Text(Contract):
    """One text in one language."""

    language: str
    text: str


class Call(Contract):
    """What others need of a call: enough to tell people of it and to order a desk by deadline."""

    code: str
    state: str
    subject: str
    titles: list[Text]
    summaries: list[Text]
    authentic_language: str
    zone: str
    windows: list[Window]
    audience: Audience
    audience_version: int
    reply_due_at: datetime | None
    managers: list[UUID]
    parts: int


class CallEvent(Event):
    """Base of what is told about a call: its state as it is after the event."""

    topic: ClassVar[Topic] = CALLS

    call: Call


class CallReviewAsked(CallEvent):
    """A draft waits for a second person. `asked_by` is not asked to review it."""

    type: ClassVar[str] = "roundtable.consultation.call-review-asked.v1"

    round: int
    asked_by: UUID
    editors: list[UUID]


class CallSentBack(CallEvent):
    """The reviewer wants changes; the note stays in consultation."""

    type: ClassVar[str] = "roundtable.consultation.call-sent-back.v1"

    round: int


class CallPublished(CallEvent):
    """The call is public; everybody concerned while a window is open is told."""

    type: ClassVar[str] = "roundtable.consultation.call-published.v1"


class CallExtended(CallEvent):
    """A window was added that closes later."""

    type: ClassVar[str] = "roundtable.consultation.call-extended.v1"

    window_id: UUID
    closes_at: datetime
    reasons: list[Text]


class CallCorrected(CallEvent):
    """A text was corrected after publication."""

    type: ClassVar[str] = "roundtable.consultation.call-corrected.v1"

    correction: int
    notes: list[Text]


class CallEnded(CallEvent):
    """A bad ending, with its reason: `cancelled`, `not_going_forward`, `no_report_expected`."""

    type: ClassVar[str] = "roundtable.consultation.call-ended.v1"

    ending: str
    reasons: list[Text]


class CallChanged(CallEvent):
    """The call changed (or was told again) and nobody needs to be told."""

    type: ClassVar[str] = "roundtable.consultation.call-changed.v1"
    kind: ClassVar[Literal["state", "fact"]] = STATE


class PointsToDecide(CallEvent):
    """How many recommended points wait for a decider; feeds the daily digest."""

    type: ClassVar[str] = "roundtable.consultation.points-to-decide.v1"

    waiting: int


class ReplyLate(CallEvent):
    """The reply clock ran out and a new date was given."""

    type: ClassVar[str] = "roundtable.consultation.reply-late.v1"

    new_date: datetime
    reasons: list[Text]


class ReportReviewAsked(CallEvent):
    """The consultation report waits for somebody who did not write it."""

    type: ClassVar[str] = "roundtable.consultation.report-review-asked.v1"

    round: int
    authors: list[UUID]


class ReportPublished(CallEvent):
    """The consultation report is public. Submitters are told by SubmissionReplied."""

    type: ClassVar[str] = "roundtable.consultation.report-published.v1"


class Submission(Contract):
    """Where a submission stands; ids and counts only. `code` names its page in addresses."""

    code: str = ""
    call_id: UUID
    call_code: str
    organisation_id: UUID
    reference: str | None
    state: str
    people: list[UUID]
    parts_ready: int
    parts: int


class SubmissionEvent(Event):
    """Base of what is told about a submission."""

    topic: ClassVar[Topic] = SUBMISSIONS

    submission: Submission


class SubmissionChanged(SubmissionEvent):
    """Begun, more or fewer parts ready, or told again."""

    type: ClassVar[str] = "roundtable.consultation.submission-changed.v1"
    kind: ClassVar[Literal["state", "fact"]] = STATE


class ApprovalDecided(SubmissionEvent):
    """The approving office approved or sent back; its name and comment stay in consultation."""

    type: ClassVar[str] = "roundtable.consultation.approval-decided.v1"

    round: int
    approved: bool


class SubmissionSent(SubmissionEvent):
    """A submission was sealed and has its reference. `replaces` names the earlier reference."""

    type: ClassVar[str] = "roundtable.consultation.submission-sent.v1"

    sealed_at: datetime
    on_time: bool
    digest: str
    responses: int
    comments: int
    provisional: bool
    replaces: str | None = None


class SubmissionWithdrawn(SubmissionEvent):
    """A sent submission was withdrawn; its marker is kept."""

    type: ClassVar[str] = "roundtable.consultation.submission-withdrawn.v1"

    withdrawn_at: datetime


class SubmissionPublished(SubmissionEvent):
    """How a submission was published: `published`, `published_redacted` or `withheld`."""

    type: ClassVar[str] = "roundtable.consultation.submission-published.v1"

    publication: str
    round: int


class PointReply(Contract):
    """What became of one point: no words of its author."""

    point_id: UUID
    paragraph: str
    disposition: str
    reason: str


class SubmissionReplied(SubmissionEvent):
    """The reply to every point of one submission, told when the report is published."""

    type: ClassVar[str] = "roundtable.consultation.submission-replied.v1"

    points: list[PointReply]


EVENTS: tuple[type[Event], ...] = (
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
    SubmissionChanged,
    ApprovalDecided,
    SubmissionSent,
    SubmissionWithdrawn,
    SubmissionPublished,
    SubmissionReplied,
)
