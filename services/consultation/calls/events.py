"""Events told of calls. Each carries the call's state as it is after the event (`queries.told`)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.consultation.calls.models import Call, CallNote
from shared.contracts import consultation as told
from shared.contracts.envelope import Event


def review_asked(call: Call, state: told.Call, asked_by: UUID, editors: list[UUID]) -> Event:
    """Tell that a draft waits for a second person."""
    return told.CallReviewAsked(
        id=call.id,
        version=call.tick(),
        call=state,
        round=call.review_round,
        asked_by=asked_by,
        editors=editors,
    )


def sent_back(call: Call, state: told.Call) -> Event:
    """Tell that the reviewer wants changes."""
    return told.CallSentBack(id=call.id, version=call.tick(), call=state, round=call.review_round)


def published(call: Call, state: told.Call) -> Event:
    """Tell that the call is public."""
    return told.CallPublished(id=call.id, version=call.tick(), call=state)


def extended(
    call: Call, state: told.Call, window_id: UUID, closes_at: datetime, reasons: Mapping[str, str]
) -> Event:
    """Tell that a window was added that closes later."""
    return told.CallExtended(
        id=call.id,
        version=call.tick(),
        call=state,
        window_id=window_id,
        closes_at=closes_at,
        reasons=texts(reasons),
    )


def corrected(call: Call, state: told.Call, note: CallNote) -> Event:
    """Tell that a text was corrected after publication."""
    return told.CallCorrected(
        id=call.id,
        version=call.tick(),
        call=state,
        correction=note.number,
        notes=texts(note.texts),
    )


def ended(call: Call, state: told.Call, reasons: Mapping[str, str]) -> Event:
    """Tell of a bad ending."""
    return told.CallEnded(
        id=call.id, version=call.tick(), call=state, ending=call.state, reasons=texts(reasons)
    )


def changed(call: Call, state: told.Call) -> Event:
    """Tell that the call changed and that nobody needs to be told."""
    return told.CallChanged(id=call.id, version=call.tick(), call=state)


def reply_late(
    call: Call, state: told.Call, new_date: datetime, reasons: Mapping[str, str]
) -> Event:
    """Tell that the reply is late and when it comes."""
    return told.ReplyLate(
        id=call.id,
        version=call.tick(),
        call=state,
        new_date=new_date,
        reasons=texts(reasons),
    )


def texts(words: Mapping[str, str]) -> list[told.Text]:
    """Return a text in several languages as it travels."""
    return [told.Text(language=code, text=text) for code, text in sorted(words.items()) if text]
