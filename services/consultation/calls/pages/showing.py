"""What the public page of a call shows, gathered in a number of queries that does not grow."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from services.consultation.calls import queries, rules
from services.consultation.calls.models import Call, CallNote
from services.consultation.calls.rules import Phase, Why
from services.consultation.documents import queries as documents
from services.consultation.questions import queries as questions
from services.consultation.submissions import queries as submissions
from shared.i18n import Words, _, language, ngettext
from shared.vocabulary import vocabulary
from shared.web import formats
from shared.web.links import link
from shared.work import View

CLOSED_WHY = {
    Phase.CLOSED: Why.CLOSED,
    Phase.AWAITING_REPORT: Why.CLOSED,
    Phase.OVERDUE: Why.CLOSED,
    Phase.REPORTED: Why.REPORTED,
    Phase.CANCELLED: Why.CANCELLED,
    Phase.NOT_GOING_FORWARD: Why.NOT_GOING_FORWARD,
    Phase.NO_REPORT_EXPECTED: Why.NO_REPORT_EXPECTED,
}


@dataclass(frozen=True)
class Mine:
    """How one of the reader's organisations stands to a call: a sentence and the way on."""

    organisation: str
    sentence: str
    href: str
    action: str
    is_main: bool
    answer: str = ""


@dataclass(frozen=True)
class Shown:
    """Everything on the page of a call."""

    call: Call
    phase: Phase
    words: dict[str, Words]
    closes_at: datetime | None
    opens_at: datetime | None
    sentence: str
    late: str
    promise: Markup
    decided_on: str
    participation: str
    subject: str
    audience: list[str]
    outline: documents.Outline | None
    version: documents.Version | None
    frozen_on: datetime | None
    document_languages: str
    answer_languages: str
    questions: int
    figures: submissions.Figures
    steps: list[dict[str, str]]
    notes: list[tuple[str, CallNote, Words]]
    mine: list[Mine]
    is_preview: bool = False

    @property
    def main_way(self) -> Mine | None:
        """The first organisation of the reader that may write now."""
        return next((one for one in self.mine if one.is_main), None)


def shown(view: View, call: Call, *, preview: bool = False) -> Shown:
    """Gather the page of a call. Whoever asks has required that the actor may read it."""
    phase = queries.phase(view, call)
    version = documents.consulted(view, call.id)
    outline = documents.outline(view, version, language()) if version else None
    figures = submissions.figures(view, call.id)
    return Shown(
        call=call,
        phase=phase,
        words=queries.words(view, call),
        closes_at=call.closes_at,
        opens_at=call.opens_at,
        sentence=state_sentence(view, call, phase, figures.answers),
        late=late_sentence(view, call),
        promise=promise(call),
        decided_on=_decided_on(call),
        participation=_level(call),
        subject=subject(call.subject_kind, call.subject_code),
        audience=queries.spell(call.audience),
        outline=outline,
        version=version,
        frozen_on=call.published_at,
        document_languages=_document_languages(outline),
        answer_languages=queries.listed([_language(code) for code in call.languages]),
        questions=questions.count(view, call.id),
        figures=figures,
        steps=steps(call, phase),
        notes=_notes(view, call),
        mine=[] if preview else _mine(view, call, phase),
        is_preview=preview,
    )


def state_sentence(view: View, call: Call, phase: Phase, answers: int | None) -> str:
    """Return what the page says of a call that is not open; empty for an open one."""
    if phase is Phase.UPCOMING:
        return queries.sentence(view, call, Why.UPCOMING)
    why = CLOSED_WHY.get(phase)
    if why is None:
        return ""
    if why is not Why.CLOSED or answers is None:
        return queries.sentence(view, call, why)
    return ngettext(
        "Closed %(closed)s. %(n)s answer. Reply due %(due)s.",
        "Closed %(closed)s. %(n)s answers. Reply due %(due)s.",
        answers,
        closed=_day(call.closes_at, call),
        due=_day(call.reply_expected_at, call),
    )


def late_sentence(view: View, call: Call) -> str:
    """Return that the reply is late, with its new date and reason; empty while it is not."""
    if call.state not in rules.REPLYING or call.reply_due_at is None:
        return ""
    if call.reply_new_at is not None:
        note = next(
            one for one in queries.notes(view, call.id) if one.kind == rules.NoteKind.REPLY_LATE
        )
        return _(
            "Our reply was due %(due)s. New date: %(new)s, because %(reason)s.",
            due=_day(call.reply_due_at, call),
            new=_day(call.reply_new_at, call),
            reason=Words(note.texts, call.authentic_language).best().text.strip().rstrip("."),
        )
    if view.now >= call.reply_due_at:
        return _("Our reply was due %(due)s and is late.", due=_day(call.reply_due_at, call))
    return ""


def promise(call: Call) -> Markup:
    """Return what the secretariat promises, its date in bold; empty without a level."""
    if not call.participation:
        return Markup("")
    due = call.reply_expected_at or (rules.reply_due(call.closes_at) if call.closes_at else None)
    date = _day(due, call) or _("a date to be announced")
    said = vocabulary.promise(call.participation, language(), "\x00")
    before, _mark, after = said.partition("\x00")
    return Markup("{}<b>{}</b>{}").format(before, date, after)


def subject(kind: str, code: str) -> str:
    """Return what a call is about: the programme's name, or the kind of thing."""
    if kind == rules.SubjectKind.PROGRAMME and vocabulary.has("programme", code):
        return vocabulary.term("programme", code, language())
    names = {
        "programme": _("Programme"),
        "strategy": _("Strategy or policy"),
        "initiative": _("Initiative"),
    }
    return names.get(kind, kind)


def steps(call: Call, phase: Phase) -> list[dict[str, str]]:
    """Return where a call stands: done, now, to come, with dates."""
    if phase in (Phase.CANCELLED, Phase.NOT_GOING_FORWARD, Phase.NO_REPORT_EXPECTED):
        return [
            _step(_("Published"), _day(call.published_at, call), "done"),
            _step(_endings()[phase], _day(call.ended_at, call), "now"),
        ]
    order = (
        (Phase.DRAFTING,),
        (Phase.UPCOMING, Phase.OPEN),
        (Phase.CLOSED, Phase.AWAITING_REPORT, Phase.OVERDUE),
        (Phase.REPORTED,),
    )
    place = next(number for number, phases in enumerate(order) if phase in phases)

    def at(number: int) -> str:
        done = number < place or phase is Phase.REPORTED
        return "done" if done else "now" if number == place else "todo"

    return [
        _step(_("Published"), _day(call.published_at, call), at(0)),
        _step(_("Open for answers"), _window(call, phase), at(1)),
        _step(_("Reading and replying"), _("every point, by two people"), at(2)),
        _step(_("What changed"), _reply(call, phase), at(3)),
    ]


def _endings() -> dict[Phase, str]:
    """Return the names of bad endings."""
    return {
        Phase.CANCELLED: _("Cancelled"),
        Phase.NOT_GOING_FORWARD: _("Not going forward"),
        Phase.NO_REPORT_EXPECTED: _("No report expected"),
    }


def _step(title: str, text: str, state: str) -> dict[str, str]:
    return {"title": title, "text": text, "state": state}


def _window(call: Call, phase: Phase) -> str:
    if call.opens_at is None or call.closes_at is None:
        return ""
    zone = ZoneInfo(call.zone)
    weeks = rules.period_days(call.opens_at, call.closes_at, zone) // 7
    if phase is Phase.UPCOMING:
        return _(
            "%(opens)s to %(closes)s",
            opens=_day(call.opens_at, call),
            closes=_day(call.closes_at, call),
        )
    return ngettext(
        "%(n)s week, to %(closes)s",
        "%(n)s weeks, to %(closes)s",
        weeks,
        closes=_day(call.closes_at, call),
    )


def _reply(call: Call, phase: Phase) -> str:
    if phase is Phase.REPORTED:
        return _("published")
    due = _day(call.reply_expected_at, call)
    return _("due %(date)s", date=due) if due else ""


def _decided_on(call: Call) -> str:
    if call.decision_date is None:
        return ""
    noon = datetime.combine(call.decision_date, time(12), ZoneInfo(call.zone))
    return formats.day(noon, call.zone)


def _day(at: datetime | None, call: Call) -> str:
    return formats.day(at, call.zone) if at else ""


def _level(call: Call) -> str:
    if not call.participation:
        return ""
    return vocabulary.term("participation", call.participation, language())


def _language(code: str) -> str:
    return vocabulary.language_name(code, language())


def _document_languages(outline: documents.Outline | None) -> str:
    if outline is None:
        return ""
    authentic = outline.version.authentic_language
    names = [
        _("%(language)s (authentic)", language=_language(code))
        if code == authentic
        else _language(code)
        for code in outline.languages
    ]
    return queries.listed(names)


def _notes(view: View, call: Call) -> list[tuple[str, CallNote, Words]]:
    titles = {
        "extension": _("More time"),
        "correction": _("Corrected"),
        "reply_late": _("Our reply is late"),
        "cancelled": _("Cancelled"),
        "not_going_forward": _("Not going forward"),
        "no_report_expected": _("No report expected"),
    }
    return [
        (titles[note.kind], note, Words(note.texts, call.authentic_language))
        for note in queries.notes(view, call.id)
    ]


def _mine(view: View, call: Call, phase: Phase) -> list[Mine]:
    """Return the reader's organisations with what each may do; a few queries for each of them."""
    organisations = submissions.organisations_of(view)
    if call.state not in rules.PUBLIC or not organisations:
        return []
    facts = submissions.call_facts_of(view, call.id)
    found = []
    for one in organisations:
        verdict = submissions.eligibility(view, facts, one.id)
        live = submissions.live(view, call.id, one.id)
        found.append(_way_on(one.name, one.slug, call, verdict, live, phase))
    return found


def _way_on(name: str, slug: str, call: Call, verdict: Any, live: Any, phase: Phase) -> Mine:
    if live is not None and submissions.is_draft(live):
        text = _("Go on with your answer") if verdict.may_send else _("See your draft")
        href = link("answer.hub", id_code=live.code)
        return Mine(name, verdict.sentence, href, text, verdict.may_send, live.code)
    if live is not None:
        said = _("Your answer %(reference)s was received.", reference=live.reference)
        receipt = link("answer.receipt", id_code=live.code)
        if phase is Phase.REPORTED:
            words = link("answer.words", id_code=live.code)
            return Mine(name, said, words, _("What became of our words"), True)
        return Mine(name, said, receipt, _("Your receipt"), False)
    if verdict.may_send:
        href = link("answer.begin", code=call.code, organisation=slug)
        return Mine(name, verdict.sentence, href, _("Start your answer"), True)
    is_over = phase not in (Phase.OPEN, Phase.UPCOMING)
    return Mine(name, "" if is_over else verdict.sentence, "", "", False)
