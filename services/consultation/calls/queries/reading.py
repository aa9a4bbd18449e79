"""Reading calls: the row, its words, windows and notes, and what others are told of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam, select

from services.consultation.calls import rules
from services.consultation.calls.models import (
    Call,
    CallEditor,
    CallInvited,
    CallNote,
    CallText,
    CallWindow,
)
from services.consultation.calls.rules import Phase, Readable
from shared.contracts import consultation as contract
from shared.contracts.audience import concerns
from shared.database.prepared import Statement
from shared.i18n import Words
from shared.known import queries as known
from shared.work import View


def by_code(view: View, code: str) -> Call:
    """Return a call by its public code, without asking who reads. Raises NotFound."""
    return view.get(Call, code=code)


def by_id(view: View, call_id: UUID) -> Call:
    """Return a call, without asking who reads. Raises NotFound."""
    return view.get(Call, id=call_id)


def readable(view: View, call: Call) -> Readable:
    """Return a call as the permission table sees it for the acts that begin `call.show`."""
    if call.visibility == rules.Visibility.PUBLIC:
        return Readable(call.id, call.state, call.visibility)
    mine = list(view.actor.memberships)
    invited = view.session.scalars(
        select(CallInvited.organisation_id).where(
            CallInvited.call_id == call.id, CallInvited.organisation_id.in_(mine)
        )
    )
    # A partner whose registration is being checked may answer and is not invited yet.
    asked = (
        one.id
        for one in known.organisations(view, mine).values()
        if one.state in rules.VERIFIED | rules.UNDECIDED and concerns(call.audience, one)
    )
    return Readable(call.id, call.state, call.visibility, frozenset((*invited, *asked)))


def to_show(view: View, code: str, act: str = "call.show") -> Call:
    """Return a call that the actor may read. Raises NotFound for one that they may not know of."""
    call = by_code(view, code)
    view.require(act, readable(view, call))
    return call


def windows(view: View, call_id: UUID) -> list[CallWindow]:
    """Return the windows of a call in the order in which they were added."""
    return windows_of(view, [call_id]).get(call_id, [])


def windows_of(view: View, call_ids: Collection[UUID]) -> dict[UUID, list[CallWindow]]:
    """Return the windows of several calls, in one query."""
    found: dict[UUID, list[CallWindow]] = {}
    for row in view.all(CallWindow, "id", call_id=list(call_ids)):
        found.setdefault(row.call_id, []).append(row)
    return found


def words(view: View, call: Call) -> dict[str, Words]:
    """Return all texts of a call by part; a part without any text is missing."""
    found: dict[str, dict[str, str]] = {}
    for row in texts(view, call.id):
        found.setdefault(row.part, {})[row.language] = row.text
    return {part: Words(said, call.authentic_language) for part, said in found.items()}


def titles(view: View, calls: Sequence[Call], part: str = "title") -> dict[UUID, Words]:
    """Return one part (the title) of several calls, in one query."""
    found: dict[UUID, dict[str, str]] = {call.id: {} for call in calls}
    for row in view.session.execute(_titles(), {"owners": list(found), "part": part}):
        found[row.owner_id][row.language] = row.text
    return {call.id: Words(found[call.id], call.authentic_language) for call in calls}


@cache
def _titles() -> Statement:
    one = CallText
    return select(one.owner_id, one.language, one.text).where(
        one.owner_id.in_(bindparam("owners", expanding=True)), one.part == bindparam("part")
    )


def texts(view: View, call_id: UUID) -> list[CallText]:
    """Return the text rows of a call."""
    return view.all(CallText, owner_id=call_id)


def notes(view: View, call_id: UUID) -> list[CallNote]:
    """Return the public notes on a call, the newest first."""
    return view.all(CallNote, "-number", call_id=call_id)


def editors(view: View, call_id: UUID) -> list[UUID]:
    """Return who edited any part of a call, the first first."""
    return list(
        view.session.scalars(
            select(CallEditor.person_id)
            .where(CallEditor.call_id == call_id)
            .order_by(CallEditor.since, CallEditor.person_id)
        )
    )


def phase(view: View, call: Call, now: datetime | None = None) -> Phase:
    """Return where a call stands now."""
    return rules.phase(call.state, windows(view, call.id), now or view.now, call.reply_expected_at)


def told(view: View, call: Call) -> contract.Call:
    """Return a call as it travels in every event about it; nobody's name among it."""
    said = words(view, call)
    return contract.Call(
        code=call.code,
        state=call.state,
        subject=call.subject,
        titles=_travelling(said.get("title")),
        summaries=_travelling(said.get("summary")),
        authentic_language=call.authentic_language,
        zone=call.zone,
        windows=[
            contract.Window(
                window_id=one.id,
                kind=one.kind,
                opens_at=one.opens_at,
                closes_at=one.closes_at,
                organisation_id=one.organisation_id,
            )
            for one in windows(view, call.id)
        ],
        audience=call.audience,
        audience_version=call.audience_version,
        reply_due_at=call.reply_expected_at,
        managers=editors(view, call.id),
        parts=call.parts,
    )


def _travelling(said: Words | None) -> list[contract.Text]:
    return [contract.Text(language=code, text=text) for code, text in (said or {}).items()]
