"""Reads of submissions, for pages and for others."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from services.consultation.submissions import rules
from services.consultation.submissions.models import Approval, Approver, Submission
from services.consultation.submissions.queries.asked import Asked, Paragraph, Section
from services.consultation.submissions.queries.calls import (
    CallFacts,
    Verdict,
    call_facts,
    call_facts_of,
    document_version,
    eligibility,
    hold_call,
    organisations_of,
    standing,
    verdict,
)
from services.consultation.submissions.queries.figures import (
    Figures,
    Seat,
    SmallTable,
    answers_text,
    figures,
    heard,
    small_tables,
)
from services.consultation.submissions.queries.partner import (
    AnswerLine,
    OpenCall,
    Sent,
    open_calls,
    sent,
    writing,
)
from services.consultation.submissions.queries.receipts import Place, Receipt, place, receipt
from services.consultation.submissions.queries.sealed import (
    Counts,
    SealedAnswer,
    SealedComment,
    SealedResponse,
    SealedRow,
    answer,
    canonical_file,
    content,
    counts,
    of_call,
    of_ids,
    rows,
    sealed_select,
    undecided,
)
from services.consultation.submissions.queries.sheet import (
    Remark,
    Said,
    Sheet,
    hold,
    last_approval,
    load,
    settings_of,
    workers,
)
from services.consultation.submissions.rules import State
from shared.errors import NotFound
from shared.i18n import _
from shared.known import queries as known
from shared.work import View

__all__ = [
    "AnswerLine",
    "Asked",
    "CallFacts",
    "Counts",
    "Figures",
    "OpenCall",
    "Paragraph",
    "Place",
    "Receipt",
    "Remark",
    "Said",
    "SealedAnswer",
    "SealedComment",
    "SealedResponse",
    "SealedRow",
    "Seat",
    "Section",
    "Sent",
    "Sheet",
    "SmallTable",
    "Submission",
    "Verdict",
    "answer",
    "answers_text",
    "approver",
    "by_code",
    "call_facts",
    "call_facts_of",
    "canonical_file",
    "content",
    "counts",
    "document_version",
    "eligibility",
    "figures",
    "heard",
    "hold",
    "hold_call",
    "is_draft",
    "last_approval",
    "live",
    "live_draft",
    "load",
    "of_call",
    "of_ids",
    "office_of",
    "open_calls",
    "open_sheet",
    "organisations_of",
    "people_told",
    "place",
    "receipt",
    "rows",
    "sealed_select",
    "senders_named",
    "sent",
    "settings_of",
    "small_tables",
    "standing",
    "tells_of_approver",
    "undecided",
    "verdict",
    "workers",
    "writing",
]


def by_code(view: View, code: str, act: str) -> Submission:
    """Return an answer that the actor may read, by its public code. Raises NotFound otherwise."""
    submission = view.find(Submission, code=code)
    if submission is None:
        view.require(act)
        raise NotFound
    view.require(act, submission)
    return submission


def open_sheet(view: View, code: str, act: str) -> Sheet:
    """Return an answer with everything around it, for a page that is an act."""
    return load(view, by_code(view, code, act))


def is_draft(submission: Submission) -> bool:
    """Say whether an answer is still being written."""
    return submission.state in rules.WRITING


def live(view: View, call_id: UUID, organisation_id: UUID) -> Submission | None:
    """Return the draft of an organisation, else its sent answer that stands, else None."""
    rows_ = view.session.scalars(
        select(Submission)
        .where(
            Submission.call_id == call_id,
            Submission.organisation_id == organisation_id,
            Submission.state.in_((*rules.WRITING, State.SUBMITTED)),
        )
        .order_by(Submission.id.desc())
    ).all()
    drafts = [one for one in rows_ if one.state in rules.WRITING]
    return next(iter(drafts or rows_), None)


def live_draft(view: View, call_id: UUID, organisation_id: UUID) -> Submission | None:
    """Return the draft of an organisation for a call, None when it writes none."""
    found = live(view, call_id, organisation_id)
    return found if found is not None and found.state in rules.WRITING else None


def approver(view: View, approver_id: UUID | None) -> Approver | None:
    """Return an approving office by id, None when it is not set or was erased."""
    row = view.session.get(Approver, approver_id) if approver_id else None
    return row if row is not None and not row.erased else None


def tells_of_approver(view: View, submission: Submission) -> bool:
    """Say whether a sent answer still tells who was asked to approve it or signed it."""
    if submission.state not in rules.SEALED:
        return False
    asked = (
        select(Approval.id)
        .outerjoin(Approver, Approver.id == Approval.approver_id)
        .where(
            Approval.submission_id == submission.id,
            or_(Approval.decided_name != "", Approver.erased.is_(False)),
        )
    )
    return view.session.scalar(asked.limit(1)) is not None


def office_of(view: View, sheet: Sheet) -> str:
    """Return the office that has been asked, or would be; words in its place when there is none."""
    asked = sheet.approval.approver_id if sheet.approval else None
    chosen = sheet.settings.approver_id if sheet.settings else None
    row = approver(view, asked) or approver(view, chosen)
    return row.office if row else _("the approving office")


def people_told(
    view: View, submission: Submission, worked: Sequence[UUID] | None = None
) -> list[UUID]:
    """Return who gets the notices of an answer: all who worked on it and the contact points.

    `worked` are those who did, when they are known already.
    """
    points = known.holders(view, submission.organisation_id, "contact_point")
    found = workers(view, submission.id) if worked is None else worked
    return list(dict.fromkeys([*found, *points]))


def senders_named(view: View, organisation_id: UUID) -> str:
    """Return the names of the contact points, or words where an organisation has none."""
    names = [one.name for one in known.members(view, organisation_id, "contact_point")]
    return _(", ").join(names) or _("the contact point")
