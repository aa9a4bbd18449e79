"""The call of an answer: its facts, who may answer it now and why not, held while it is sealed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from uuid import UUID

from sqlalchemy import bindparam

from services.consultation.calls import queries as calling
from services.consultation.calls import rules as calls
from services.consultation.calls.models import Call, CallWindow
from services.consultation.documents import queries as documents
from shared.contracts.audience import Audience
from shared.database import plain
from shared.database.prepared import Statement
from shared.errors import NotFound
from shared.i18n import Words, _
from shared.known import queries as known
from shared.known.models import KnownOrganisation
from shared.web import formats
from shared.work import View, Work


@dataclass(frozen=True)
class CallFacts:
    """What an answer needs to know of its call."""

    row: Call
    id: UUID
    code: str
    state: str
    find_title: Callable[[], Words]
    zone: str
    contact: str
    authentic_language: str
    audience: Audience
    windows: tuple[CallWindow, ...]
    opens_at: datetime | None
    closes_at: datetime | None
    reply_due_at: datetime | None
    ended_at: datetime | None

    @cached_property
    def title(self) -> Words:
        """The title in all its languages, read when it is first needed."""
        return self.find_title()

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


@dataclass(frozen=True)
class Standing:
    """What a partner's registration says of its answers, whatever the call."""

    sentence: str
    may_send: bool


def call_facts(view: View, code: str) -> CallFacts:
    """Return a call that the actor may read, by its public code. Raises NotFound otherwise."""
    call = calling.to_show(view, code)
    return _facts(view, call, calling.windows(view, call.id))


def call_facts_of(view: View, call_id: UUID) -> CallFacts:
    """Return a call by its id. Raises NotFound for one that is not public."""
    return _read(view, _with_windows(), call_id)


def hold_call(work: Work, call_id: UUID) -> CallFacts:
    """Return a call whose state and windows nobody changes until this Work ends.

    Raises NotFound for one that is not public.
    """
    return _read(work, _held_with_windows(), call_id)


@cache
def _with_windows() -> Statement:
    """Return the select of a call and its windows, in one go: what is public has one at least."""
    return (
        plain.select_of(Call, CallWindow)
        .join(CallWindow, CallWindow.call_id == Call.id)
        .where(Call.id == bindparam("call"))
        .order_by(CallWindow.id)
    )


@cache
def _held_with_windows() -> Statement:
    """Return the same; both are held until the transaction ends."""
    return _with_windows().with_for_update(read=True)


def _read(view: View, statement: Statement, call_id: UUID) -> CallFacts:
    found = view.plain(statement, {"call": call_id}, Call, CallWindow)
    if not found:
        raise NotFound
    return _facts(view, found[0][0], [window for _call, window in found])


def document_version(view: View, call_id: UUID) -> UUID | None:
    """Return the version of the document that a call asks about, None where there is none."""
    found = documents.consulted(view, call_id)
    return found.id if found else None


def eligibility(view: View, call: CallFacts, organisation_id: UUID) -> Verdict:
    """Return what an organisation may do with a call now. Raises NotFound for an unknown one."""
    organisation = view.session.get(KnownOrganisation, organisation_id)
    if organisation is None:
        view.doubt(organisation_id)
        raise NotFound
    return verdict(view, call, organisation)


def verdict(view: View, call: CallFacts, organisation: KnownOrganisation) -> Verdict:
    """Return what an organisation may do with a call now; the one function of calls decides."""
    found = calls.eligibility(call.state, call.windows, call.audience, organisation, view.now)
    if found.rests_on_partner:
        view.doubt(organisation.id)
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


def standing(view: View, organisation: KnownOrganisation) -> Standing | None:
    """Return what a partner's registration alone says of its answers; None for a verified one."""
    why = calls.standing(organisation.state)
    if why is None:
        return None
    view.doubt(organisation.id)
    said = _(
        calls.SENTENCES[why],
        organisation=organisation.name,
        reason=organisation.state_reason.strip().rstrip("."),
        since=formats.day(organisation.state_since, view.actor.zone),
        contact=_("the secretariat"),
    )
    return Standing(said, may_send=why is calls.Why.CHECKING)


def _facts(view: View, call: Call, windows: Sequence[CallWindow]) -> CallFacts:
    if call.state not in calls.PUBLIC:
        raise NotFound
    return CallFacts(
        row=call,
        id=call.id,
        code=call.code,
        state=call.state,
        find_title=lambda: calling.titles(view, [call])[call.id],
        zone=call.zone,
        contact=call.contact,
        authentic_language=call.authentic_language,
        audience=call.audience,
        windows=tuple(windows),
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        reply_due_at=call.reply_expected_at,
        ended_at=call.ended_at,
    )


def organisations_of(view: View) -> list[KnownOrganisation]:
    """Return the organisations for which the actor may answer or read answers."""
    if view.actor.person is None:
        return []
    found = known.organisations_of(view, view.actor.person)
    view.doubt(*(set(view.actor.memberships) - {one.id for one in found}))
    return found
