"""Who may answer a call now, with the sentence that says so."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.consultation.calls import rules
from services.consultation.calls.models import Call, CallNote
from services.consultation.calls.queries.reading import windows
from services.consultation.calls.rules import SENTENCES, Eligibility, Why
from shared.i18n import Words, _, language
from shared.known.models import KnownOrganisation
from shared.vocabulary import vocabulary
from shared.web import formats
from shared.work import View


@dataclass(frozen=True)
class Verdict:
    """What a partner may do with a call now; `sentence` is empty where there is nothing to say."""

    eligibility: Eligibility
    sentence: str

    @property
    def may_send(self) -> bool:
        """Say whether an answer may be begun, saved and sent now."""
        return self.eligibility.may_send


def eligibility(view: View, call: Call, organisation: KnownOrganisation) -> Verdict:
    """Decide what a partner may do with a call now, and say why."""
    decided = rules.eligibility(
        call.state, windows(view, call.id), call.audience, organisation, view.now
    )
    return Verdict(decided, say(view, call, decided, organisation))


def say(
    view: View, call: Call, decided: Eligibility, organisation: KnownOrganisation | None = None
) -> str:
    """Return the sentence of a decision in the present language; empty for a plain yes."""
    return sentence(view, call, decided.why, organisation) if decided.why else ""


def sentence(
    view: View, call: Call, why: Why, organisation: KnownOrganisation | None = None
) -> str:
    """Return the sentence of a reason, filled in."""
    params: dict[str, str] = {"contact": call.contact or _("the secretariat")}
    params |= _dates(call)
    if why.value in rules.ENDED:
        params |= _ending(view, call)
    if organisation is not None:
        params |= _partner(call, organisation)
    if why is Why.LATE and organisation is not None:
        until = rules.closes_at(windows(view, call.id), organisation.id) or view.now
        params["until"] = formats.deadline(until, call.zone, call.zone)
    return _(SENTENCES[why], **params)


def category_names(codes: list[str]) -> str:
    """Return names of categories, one after the other."""
    return listed([vocabulary.term("category_short", code, language()) for code in codes])


def listed(words: list[str]) -> str:
    """Return words one after the other, with the comma of the language."""
    comma = {"ar": "، ", "zh": "、"}.get(language(), ", ")
    return comma.join(words)


def _dates(call: Call) -> dict[str, str]:
    def say_day(at: datetime | None) -> str:
        return formats.day(at, call.zone) if at else _("a date to be announced")

    return {
        "opens": say_day(call.opens_at),
        "closed": say_day(call.closes_at),
        "due": say_day(call.reply_expected_at),
    }


def _ending(view: View, call: Call) -> dict[str, str]:
    note = view.session.scalars(
        select(CallNote)
        .where(CallNote.call_id == call.id, CallNote.kind == call.state)
        .order_by(CallNote.number.desc())
        .limit(1)
    ).one_or_none()
    at = call.ended_at or view.now
    reason = Words(note.texts if note else {}, call.authentic_language).best().text
    return {
        "ended": formats.day(at, call.zone),
        "kept": formats.day(at + rules.KEPT_FOR, call.zone),
        "reason": reason.strip().rstrip("."),
    }


def _partner(call: Call, organisation: KnownOrganisation) -> dict[str, str]:
    audience = call.audience
    return {
        "organisation": organisation.name,
        "category": category_names([organisation.category]),
        "categories": category_names(audience.categories),
        "since": formats.day(organisation.state_since, call.zone),
        "reason": organisation.state_reason.strip().rstrip("."),
    }
