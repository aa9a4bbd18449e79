"""Drafting a call part by part; every save remembers its editor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError

from services.consultation.calls import rules
from services.consultation.calls.models import Call, CallEditor, CallText
from services.consultation.calls.rules import PeriodType, State, SubjectKind, Visibility
from services.consultation.errors import CallMoved, PartChanged
from shared.contracts.audience import Audience
from shared.work import Work

TRIES = 5
"""Attempts to take the next number while colleagues create calls too."""

AGAIN = timedelta(minutes=10)
"""Within this time the same form is taken for a second press."""


@dataclass(frozen=True)
class Basics:
    """What a call is about and how it is answered.

    `sensitive`: reading it can be dangerous for somebody who is watched.
    """

    subject_kind: SubjectKind
    subject_code: str
    authentic_language: str
    languages: list[str]
    contact: str
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False


@dataclass(frozen=True)
class Period:
    """When a call is open. `opens_at` of None means at publication. `exception` is by language."""

    zone: str
    period: PeriodType
    opens_at: datetime | None
    closes_at: datetime | None
    exception: Mapping[str, str]


def create(work: Work, title: str, basics: Basics) -> Call:
    """Begin a call; it gets its code here, such as `2026-014`. Pressed twice it begins one."""
    work.require("call.new")
    begun = _begun_just_now(work, title, basics)
    if begun is not None:
        return begun
    call = _numbered(work)
    _fill_basics(call, basics)
    work.session.flush()
    put_text(work, call, "title", basics.authentic_language, title)
    _edited(work, call, "basics", None)
    return call


def save_basics(work: Work, code: str, basics: Basics, seen: int | None = None) -> Call:
    """Save subject, languages, contact and who may see it. Raises PartChanged, CallMoved."""
    call = _open(work, code)
    _edited(work, call, "basics", seen)
    _fill_basics(call, basics)
    return call


def save_texts(
    work: Work,
    code: str,
    language: str,
    texts: Mapping[str, str],
    origin: str = "written",
    seen: int | None = None,
) -> Call:
    """Save texts by part in one language; an empty text takes it away."""
    call = _open(work, code)
    _edited(work, call, f"texts-{language}", seen)
    for part, text in texts.items():
        put_text(work, call, part, language, text, origin)
    return call


def save_period(work: Work, code: str, period: Period, seen: int | None = None) -> Call:
    """Save zone, opening, closing, and the public reason of a short period."""
    call = _open(work, code)
    _edited(work, call, "period", seen)
    call.zone, call.period = period.zone, period.period
    call.opens_at, call.closes_at = period.opens_at, period.closes_at
    for language, text in period.exception.items():
        put_text(work, call, "exception", language, text)
    return call


def save_audience(work: Work, code: str, audience: Audience, seen: int | None = None) -> Call:
    """Save whom the call asks."""
    call = _open(work, code)
    _edited(work, call, "audience", seen)
    if audience != call.audience:
        call.audience_data = audience.model_dump(mode="json")
        call.audience_version += 1
    return call


def save_participation(work: Work, code: str, level: str, seen: int | None = None) -> Call:
    """Save the level of participation, which is what the secretariat promises."""
    call = _open(work, code)
    _edited(work, call, "participation", seen)
    call.participation = level
    return call


def save_decision(
    work: Work,
    code: str,
    owner: Mapping[str, str],
    decision_date: date | None,
    seen: int | None = None,
) -> Call:
    """Save who decides (by language) and when."""
    call = _open(work, code)
    _edited(work, call, "decision", seen)
    call.decision_date = decision_date
    for language, text in owner.items():
        put_text(work, call, "decision_owner", language, text)
    return call


def edit_part(work: Work, code: str, part: str) -> Call:
    """Return a draft whose document or questions the actor is about to change, and remember it."""
    call = _open(work, code)
    _edited(work, call, part, None)
    return call


def put_text(
    work: Work, call: Call, part: str, language: str, text: str, origin: str = "written"
) -> None:
    """Write one text of a call, or take it away when it is empty."""
    row = work.find(CallText, owner_id=call.id, part=part, language=language)
    text = text.strip()
    if not text:
        if row is not None:
            work.delete(row)
        return
    if row is not None and row.text == text:
        return
    authentic = work.find(CallText, owner_id=call.id, part=part, language=call.authentic_language)
    if row is None:
        row = work.add(
            CallText(owner_id=call.id, part=part, language=language, text="", revision=0)
        )
    row.text, row.origin = text, origin
    row.revision += 1
    is_translation = language != call.authentic_language
    row.made_from_version = authentic.revision if authentic and is_translation else None
    work.session.flush()


def _begun_just_now(work: Work, title: str, basics: Basics) -> Call | None:
    """Return the actor's draft that the same form began moments ago, if there is one."""
    said = {
        "owner_id": Call.id,
        "part": "title",
        "language": basics.authentic_language,
        "text": title.strip(),
    }
    begun = select(Call).where(
        Call.created_by == work.actor.person,
        Call.created_at > work.now - AGAIN,
        Call.state == State.DRAFT,
        exists().where(*(getattr(CallText, name) == value for name, value in said.items())),
    )
    return next((call for call in work.session.scalars(begun) if _basics_of(call) == basics), None)


def _numbered(work: Work) -> Call:
    for _attempt in range(TRIES):
        year = work.now.year
        last = work.session.scalar(select(func.max(Call.number)).where(Call.year == year)) or 0
        call = Call(
            code=f"{year}-{last + 1:03d}",
            year=year,
            number=last + 1,
            state=State.DRAFT,
            created_by=work.actor.person,
            created_at=work.now,
            audience_data=Audience().model_dump(mode="json"),
            zone=work.actor.zone,
        )
        try:
            with work.session.begin_nested():
                work.add(call)
        except IntegrityError:
            continue
        return call
    raise CallMoved


def _open(work: Work, code: str) -> Call:
    call = work.lock(Call, code=code)
    work.require("call.part", call)
    if call.state not in rules.EDITABLE:
        raise CallMoved
    return call


def _edited(work: Work, call: Call, part: str, seen: int | None) -> None:
    saved = call.saves.get(part, 0) if call.saves else 0
    if seen is not None and seen != saved:
        raise PartChanged
    call.saves = {**(call.saves or {}), part: saved + 1}
    person = work.actor.person
    if person is not None and work.session.get(CallEditor, (call.id, person)) is None:
        work.add(CallEditor(call_id=call.id, person_id=person, since=work.now))
    work.session.flush()


def _basics_of(call: Call) -> Basics:
    return Basics(
        subject_kind=SubjectKind(call.subject_kind),
        subject_code=call.subject_code,
        authentic_language=call.authentic_language,
        languages=list(call.languages),
        contact=call.contact,
        visibility=Visibility(call.visibility),
        sensitive=call.sensitive,
    )


def _fill_basics(call: Call, basics: Basics) -> None:
    call.subject_kind = basics.subject_kind
    is_programme = basics.subject_kind == SubjectKind.PROGRAMME
    call.subject_code = basics.subject_code if is_programme else ""
    call.authentic_language = basics.authentic_language
    call.languages = list(basics.languages)
    call.contact = basics.contact
    call.visibility = basics.visibility
    call.sensitive = basics.sensitive
