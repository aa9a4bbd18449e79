"""What a partner's own page lists: open for us, being written, sent, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, or_, select

from services.consultation.calls import queries as calling
from services.consultation.calls import rules as calls
from services.consultation.calls.models import Call, CallWindow
from services.consultation.submissions import rules
from services.consultation.submissions.models import Submission
from services.consultation.submissions.rules import State
from shared.contracts.audience import concerns
from shared.i18n import Words
from shared.known.models import KnownOrganisation
from shared.work import View

PER_PAGE = 20
MOST_OPEN = 200
"""Open calls looked at for one partner; more at one time means that something is wrong."""


@dataclass(frozen=True)
class OpenCall:
    """A call that an organisation may answer and has not begun."""

    code: str
    title: Words
    closes_at: datetime
    zone: str


@dataclass(frozen=True)
class AnswerLine:
    """One answer of an organisation in a list; `replaced_by` is the reference after it."""

    code: str
    organisation: str
    call_code: str
    call_state: str
    title: Words
    state: str
    reference: str | None
    closes_at: datetime | None
    zone: str
    is_open: bool
    saved_at: datetime
    sealed_at: datetime | None
    withdrawn_at: datetime | None
    parts_ready: int
    parts: int
    counted: bool
    provisional: bool
    replaced_by: str | None
    reply_due_at: datetime | None

    @property
    def reported(self) -> bool:
        """Say whether the report is published, so that what became of it can be read."""
        return self.call_state == calls.State.REPORT_PUBLISHED


@dataclass(frozen=True)
class Sent:
    """One page of sent answers, the newest first. `before` asks for older ones."""

    rows: list[AnswerLine]
    before: str | None


def open_calls(view: View, organisation: KnownOrganisation) -> list[OpenCall]:
    """Return the calls open for an organisation and not begun, the nearest deadline first."""
    begun = exists().where(
        Submission.call_id == Call.id,
        Submission.organisation_id == organisation.id,
        Submission.state.in_((*rules.WRITING, State.SUBMITTED)),
    )
    now_open = exists().where(
        CallWindow.call_id == Call.id,
        CallWindow.opens_at <= view.now,
        CallWindow.closes_at > view.now,
        or_(
            CallWindow.organisation_id.is_(None),
            CallWindow.organisation_id == organisation.id,
        ),
    )
    rows = view.session.scalars(
        select(Call)
        .where(Call.state.in_(calls.TAKING), now_open, ~begun)
        .order_by(Call.closes_at, Call.id)
        .limit(MOST_OPEN)
    ).all()
    asked = [call for call in rows if concerns(call.audience, organisation)]
    names = calling.titles(view, asked)
    windows = calling.windows_of(view, [call.id for call in asked])
    found = [
        OpenCall(call.code, names[call.id], closes, call.zone)
        for call in asked
        if (closes := calls.closes_at(windows[call.id], organisation.id)) is not None
    ]
    return sorted(found, key=lambda one: one.closes_at)


def writing(view: View, organisation_ids: list[UUID]) -> list[AnswerLine]:
    """Return the answers that organisations are writing, or were when their call closed."""
    statement = (
        select(Submission)
        .where(
            Submission.organisation_id.in_(organisation_ids),
            Submission.state.in_(rules.WRITING),
        )
        .order_by(Submission.saved_at.desc())
        .limit(PER_PAGE * 2)
    )
    return _lines(view, list(view.session.scalars(statement)))


def sent(view: View, organisation_ids: list[UUID], before: str = "") -> Sent:
    """Return a page of sent answers, those after (older than) the code `before` when given."""
    statement = select(Submission).where(
        Submission.organisation_id.in_(organisation_ids), Submission.state.in_(rules.SEALED)
    )
    last = view.find(Submission, code=before) if before else None
    if last is not None and last.sealed_at is not None:
        statement = statement.where(
            or_(
                Submission.sealed_at < last.sealed_at,
                and_(Submission.sealed_at == last.sealed_at, Submission.id < last.id),
            )
        )
    found = view.session.scalars(
        statement.order_by(Submission.sealed_at.desc(), Submission.id.desc()).limit(PER_PAGE + 1)
    ).all()
    shown = list(found[:PER_PAGE])
    return Sent(rows=_lines(view, shown), before=shown[-1].code if len(found) > PER_PAGE else None)


def _lines(view: View, submissions: list[Submission]) -> list[AnswerLine]:
    if not submissions:
        return []
    call_ids = {one.call_id for one in submissions}
    rows = {one.id: one for one in view.session.scalars(select(Call).where(Call.id.in_(call_ids)))}
    windows = calling.windows_of(view, call_ids)
    names = calling.titles(view, list(rows.values()))
    owners = {
        row.id: row.name
        for row in view.session.execute(
            select(KnownOrganisation.id, KnownOrganisation.name).where(
                KnownOrganisation.id.in_({one.organisation_id for one in submissions})
            )
        )
    }
    later = {one.replaced_by_id for one in submissions if one.replaced_by_id}
    references = {
        row.id: row.reference
        for row in view.session.execute(
            select(Submission.id, Submission.reference).where(Submission.id.in_(later))
        )
    }
    return [
        _line(view, one, rows[one.call_id], windows.get(one.call_id, []), names, owners, references)
        for one in submissions
    ]


def _line(
    view: View,
    one: Submission,
    call: Call,
    windows: list[CallWindow],
    names: dict[UUID, Words],
    owners: dict[UUID, str],
    references: dict[UUID, str | None],
) -> AnswerLine:
    taking = call.state in calls.TAKING
    return AnswerLine(
        code=one.code,
        organisation=owners.get(one.organisation_id, ""),
        call_code=call.code,
        call_state=call.state,
        title=names[call.id],
        state=one.state,
        reference=one.reference,
        closes_at=calls.closes_at(windows, one.organisation_id),
        zone=call.zone,
        is_open=taking and calls.window_at(windows, view.now, one.organisation_id) is not None,
        saved_at=one.saved_at,
        sealed_at=one.sealed_at,
        withdrawn_at=one.withdrawn_at,
        parts_ready=one.parts_ready,
        parts=one.parts,
        counted=one.counted,
        provisional=one.provisional,
        replaced_by=references.get(one.replaced_by_id) if one.replaced_by_id else None,
        reply_due_at=call.reply_expected_at,
    )
