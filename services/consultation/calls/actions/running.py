"""A published call: extended, corrected, ended, its clock and its late reply."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.consultation.calls import events, queries, rules
from services.consultation.calls.actions.drafting import put_text
from services.consultation.calls.actions.reviewing import arm
from services.consultation.calls.models import Call, CallAct, CallNote, CallWindow
from services.consultation.calls.rules import (
    ENDING_OF,
    ActKind,
    ActState,
    NoteKind,
    State,
    WindowKind,
)
from services.consultation.errors import (
    CallMoved,
    CannotAnswer,
    NeverShorter,
    ReasonNeeded,
    SecondPersonForAct,
)
from shared.contracts.consultation import CallsLiving
from shared.known.models import KnownOrganisation
from shared.messaging.retell import Each
from shared.work import Work

Texts = Mapping[str, str]


def propose(
    work: Work,
    code: str,
    kind: ActKind,
    reason: Texts,
    *,
    closes_at: datetime | None = None,
    texts: Mapping[str, Texts] | None = None,
) -> CallAct:
    """Propose an act on a published call; it happens when somebody else approves it.

    `reason` is public, by language. `closes_at` is the new end of an extension, `texts` what a
    correction writes, by part and language. The same, proposed twice, is one
    proposal. Raises ReasonNeeded, NeverShorter, CallMoved.
    """
    call = work.lock(Call, code=code)
    work.require("call.act", call)
    said = {code: text.strip() for code, text in reason.items() if text.strip()}
    if not said:
        raise ReasonNeeded
    details: dict[str, Any] = {}
    if kind is ActKind.EXTEND:
        details["closes_at"] = closes_at.isoformat() if closes_at else ""
    if kind is ActKind.CORRECT:
        details["texts"] = {part: dict(words) for part, words in (texts or {}).items()}
        if not details["texts"]:
            raise ReasonNeeded
    _check(work, call, kind, closes_at)
    waiting = work.all(
        CallAct,
        call_id=call.id,
        kind=kind,
        state=ActState.PROPOSED,
        proposed_by=work.actor.person,
    )
    for act in waiting:
        if (act.texts, act.details) == (said, details):
            return act
    return work.add(
        CallAct(
            call_id=call.id,
            kind=kind,
            texts=said,
            details=details,
            proposed_by=work.actor.person,
            proposed_at=work.now,
        )
    )


def approve(work: Work, code: str, act_id: UUID) -> Call:
    """Approve a proposed act, which happens now. Raises SecondPersonForAct, CallMoved."""
    call, act = _proposed(work, code, act_id)
    if not rules.is_second_person(work.actor.person, [act.proposed_by]):
        raise SecondPersonForAct
    kind = ActKind(act.kind)
    closes_at = datetime.fromisoformat(act.details["closes_at"]) if kind is ActKind.EXTEND else None
    _check(work, call, kind, closes_at)
    _decide(work, act, ActState.APPROVED)
    if closes_at is not None:
        _extend(work, call, act, closes_at)
    elif kind is ActKind.CORRECT:
        _correct(work, call, act)
    else:
        _end(work, call, act, ENDING_OF[kind])
    return call


def refuse(work: Work, code: str, act_id: UUID, note: str = "") -> Call:
    """Refuse a proposed act, or take back one's own; nothing happens."""
    call, act = _proposed(work, code, act_id)
    own = act.proposed_by is not None and act.proposed_by == work.actor.person
    _decide(work, act, ActState.TAKEN_BACK if own else ActState.REFUSED)
    act.note = note.strip()
    return call


def open_late_window(
    work: Work, code: str, organisation_id: UUID, closes_at: datetime, reason: str
) -> CallWindow:
    """Let one partner send after the close, until a time of its own; its answer is marked late.

    The window is the partner's, not that of whoever holds a link (decision 0005). `reason` is for
    the secretariat. Raises CallMoved, NeverShorter, and CannotAnswer for a partner that could not
    send in it either.
    """
    call = work.lock(Call, code=code)
    work.require("call.late_window", call)
    if call.state not in rules.TAKING or call.closes_at is None:
        raise CallMoved
    if closes_at <= max(work.now, call.closes_at):
        raise NeverShorter
    window = work.add(
        CallWindow(
            call_id=call.id,
            kind=WindowKind.LATE,
            opens_at=work.now,
            closes_at=closes_at,
            zone=call.zone,
            organisation_id=organisation_id,
            reason=reason.strip(),
            added_at=work.now,
            approved_by=work.actor.person,
        )
    )
    work.session.flush()
    verdict = queries.eligibility(work, call, work.get(KnownOrganisation, id=organisation_id))
    if not verdict.may_send:
        raise CannotAnswer(sentence=verdict.sentence)
    # Without its reason, which may be of a person: events are kept for ever.
    work.tell(events.extended(call, queries.told(work, call), window.id, closes_at, {}))
    return window


def reply_late(work: Work, code: str, new_date: datetime, reason: Texts) -> Call:
    """Say publicly that the reply is late, until when, and why; every submitter is told."""
    call = work.lock(Call, code=code)
    work.require("call.reply_late", call)
    due = call.reply_expected_at
    if call.state not in rules.REPLYING or due is None:
        raise CallMoved
    if new_date <= max(due, work.now):
        raise NeverShorter
    said = {code: text.strip() for code, text in reason.items() if text.strip()}
    if not said:
        raise ReasonNeeded
    call.reply_new_at = new_date
    _note(work, call, NoteKind.REPLY_LATE, said, new_date=new_date.isoformat())
    work.tell(events.reply_late(call, queries.told(work, call), new_date, said))
    return call


def start_analysing(work: Work, call: Call) -> None:
    """Note that reading has begun, when an analyst acts for the first time after the close.

    Does nothing when it has begun already. Raises CallMoved before the call is closed.
    """
    if call.state == State.ANALYSING:
        return
    windows = queries.windows(work, call.id)
    if not rules.may_start_analysing(call.state, windows, work.now):
        raise CallMoved
    work.require("call.analyse", call)
    call.state, call.analysing_since = State.ANALYSING, work.now
    work.session.flush()
    work.tell(events.changed(call, queries.told(work, call)))


def close_by_clock(work: Work, call_id: UUID) -> None:
    """Note that a call has closed: who was invited is fixed, and others learn of the close."""
    call = work.lock(Call, id=call_id)
    work.require("call.clock", call)
    if call.invited_fixed_at is not None or call.closes_at is None or call.state in rules.ENDED:
        return
    if work.now < call.closes_at:
        arm(work, call)
        return
    call.invited_fixed_at = work.now
    work.session.flush()
    work.tell(events.changed(call, queries.told(work, call)))


def _tell_again(work: Work, rows: Sequence[Call]) -> None:
    for call in rows:
        work.tell(events.changed(call, queries.told(work, call)))


retell = Each(Call, _tell_again, CallsLiving, where=lambda _work: Call.version > 0)
"""Every call that was ever told, for readers whose copies were lost."""


def _check(work: Work, call: Call, kind: ActKind, closes_at: datetime | None) -> None:
    windows = queries.windows(work, call.id)
    end = rules.closes_at(rules.general(windows))
    is_closed = end is not None and work.now >= end
    if not rules.may_propose(kind, call.state, is_closed=is_closed):
        raise CallMoved
    if kind is ActKind.EXTEND and not (
        closes_at and rules.may_extend(windows, closes_at, work.now)
    ):
        raise NeverShorter


def _proposed(work: Work, code: str, act_id: UUID) -> tuple[Call, CallAct]:
    call = work.lock(Call, code=code)
    work.require("call.approve_act", call)
    act = work.lock(CallAct, id=act_id, call_id=call.id)
    if act.state != ActState.PROPOSED:
        raise CallMoved
    return call, act


def _decide(work: Work, act: CallAct, state: ActState) -> None:
    act.state, act.decided_by, act.decided_at = state, work.actor.person, work.now


def _extend(work: Work, call: Call, act: CallAct, closes_at: datetime) -> None:
    windows = queries.windows(work, call.id)
    before = rules.closes_at(rules.general(windows)) or work.now
    window = work.add(
        CallWindow(
            call_id=call.id,
            kind=WindowKind.EXTENSION,
            # From where the last one ends, or from the opening when the call is yet to open.
            opens_at=min(before, closes_at),
            closes_at=closes_at,
            zone=call.zone,
            added_at=work.now,
            approved_by=work.actor.person,
        )
    )
    call.closes_at = closes_at
    call.reply_due_at = rules.reply_due(closes_at)
    work.session.flush()
    arm(work, call)
    _note(work, call, NoteKind.EXTENSION, act.texts, act, closes_at=closes_at.isoformat())
    state = queries.told(work, call)
    work.tell(events.extended(call, state, window.id, closes_at, act.texts))


def _correct(work: Work, call: Call, act: CallAct) -> None:
    for part, words in act.details["texts"].items():
        for language, text in words.items():
            put_text(work, call, part, language, text)
    note = _note(
        work, call, NoteKind.CORRECTION, act.texts, act, parts=sorted(act.details["texts"])
    )
    work.tell(events.corrected(call, queries.told(work, call), note))


def _end(work: Work, call: Call, act: CallAct, state: State) -> None:
    call.state, call.ended_at = state, work.now
    work.unschedule("call.opens", call.id)
    work.unschedule("call.closes", call.id)
    if call.invited_fixed_at is None:
        call.invited_fixed_at = work.now
    _note(work, call, NoteKind(state), act.texts, act)
    work.session.flush()
    work.tell(events.ended(call, queries.told(work, call), act.texts))


def _note(
    work: Work,
    call: Call,
    kind: NoteKind,
    texts: Texts,
    act: CallAct | None = None,
    **details: Any,
) -> CallNote:
    last = queries.notes(work, call.id)
    note = work.add(
        CallNote(
            call_id=call.id,
            number=(last[0].number if last else 0) + 1,
            kind=kind,
            texts=dict(texts),
            at=work.now,
            by=act.proposed_by if act else work.actor.person,
            approved_by=work.actor.person if act else None,
            details=details,
        )
    )
    work.session.flush()
    return note
