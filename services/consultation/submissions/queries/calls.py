"""The call of an answer: its facts, who may answer it now and why not, held while it is sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.consultation.calls import queries as calling
from services.consultation.calls import rules as calls
from services.consultation.calls.models import Call, CallWindow
from services.consultation.documents import queries as documents
from shared.contracts.audience import Audience
from shared.errors import NotFound
from shared.i18n import Words
from shared.known import queries as known
from shared.known.models import KnownOrganisation
from shared.work import View, Work


@dataclass(frozen=True)
class CallFacts:
    """What an answer needs to know of its call."""

    row: Call
    id: UUID
    code: str
    state: str
    title: Words
    zone: str
    contact: str
    authentic_language: str
    audience: Audience
    windows: tuple[CallWindow, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    reply_due_at: datetime | None
    ended_at: datetime | None

    def closes_for(self, organisation_id: UUID) -> datetime | None:
        """Return when the call closes for a partner, which may have a late window of its own."""
        return calls.closes_at(self.windows, organisation_id) or self.closes_at


@dataclass(frozen=True)
class Verdict:
    """What a partner may do with a call now, with the sentence that the page says."""

    result: calls.Result
    why: calls.Why | None
    window_id: UUID | None
    on_time: bool
    may_send: bool
    provisional: bool
    is_open: bool
    sentence: str


def call_facts(view: View, code: str) -> CallFacts:
    """Return a call that the actor may read, by its public code. Raises NotFound otherwise."""
    return _facts(view, calling.to_show(view, code))


def call_facts_of(view: View, call_id: UUID) -> CallFacts:
    """Return a call by its id. Raises NotFound for one that is not public."""
    return _facts(view, view.find(Call, id=call_id))


def document_version(view: View, call_id: UUID) -> UUID | None:
    """Return the version of the document that a call asks about, None where there is none."""
    found = documents.consulted(view, call_id)
    return found.id if found else None


def eligibility(
    view: View, call: CallFacts, organisation_id: UUID, *, hold_organisation: bool = False
) -> Verdict:
    """Return what an organisation may do with a call now; the one function of calls decides.

    `hold_organisation` keeps its copy from changing until this Work ends, so that an answer
    sealed while its partner is being verified is neither missed nor counted twice.
    """
    statement = select(KnownOrganisation).where(KnownOrganisation.id == organisation_id)
    if hold_organisation:
        statement = statement.with_for_update(read=True)
    organisation = view.session.scalars(statement).one_or_none()
    if organisation is None:
        raise NotFound
    found = calls.eligibility(call.state, call.windows, call.audience, organisation, view.now)
    return Verdict(
        result=found.result,
        why=found.why,
        window_id=found.window_id,
        on_time=found.on_time,
        may_send=found.may_send,
        provisional=found.provisional,
        is_open=found.is_open,
        sentence=calling.sentence(view, call.row, found.why, organisation) if found.why else "",
    )


def hold_windows(work: Work, call_id: UUID) -> None:
    """Keep the call's state and windows from changing until this Work ends."""
    work.session.execute(select(Call.id).where(Call.id == call_id).with_for_update(read=True))
    work.session.execute(
        select(CallWindow.id).where(CallWindow.call_id == call_id).with_for_update(read=True)
    )


def _facts(view: View, call: Call | None) -> CallFacts:
    if call is None or call.state not in calls.PUBLIC:
        raise NotFound
    return CallFacts(
        row=call,
        id=call.id,
        code=call.code,
        state=call.state,
        title=calling.titles(view, [call])[call.id],
        zone=call.zone,
        contact=call.contact,
        authentic_language=call.authentic_language,
        audience=call.audience,
        windows=tuple(calling.windows(view, call.id)),
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        reply_due_at=call.reply_expected_at,
        ended_at=call.ended_at,
    )


def organisations_of(view: View) -> list[KnownOrganisation]:
    """Return the organisations for which the actor may answer or read answers."""
    return known.organisations_of(view, view.actor.person) if view.actor.person else []
