"""What the front page shows, in a number of queries that does not grow with the calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from services.consultation.analysis import queries as analysis
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.calls.rules import PUBLIC, State, SubjectKind
from services.consultation.submissions import queries as submissions
from services.consultation.submissions import rules
from services.consultation.submissions.models import Submission
from services.consultation.submissions.rules import Heard, Shown
from shared.i18n import Said, _, language, ngettext
from shared.known.models import KnownOrganisation
from shared.vocabulary import CATEGORIES, vocabulary
from shared.web import formats
from shared.work import View

YEAR = timedelta(days=365)
SOON = timedelta(days=7)
"""From here on a deadline is shown as running out."""

AT_THE_TABLE = ("verified", "reverification_due")
"""States in which a partner may send and is counted among those who could."""

CARDS = 6
"""How many open calls the front page shows; the list of calls has the rest."""

RESULTS = 3
"""How many reports the front page shows; the list of results has the rest."""


@dataclass(frozen=True)
class When:
    """The time of a call in a list; `soon` when it is running out."""

    headline: str
    text: str
    soon: bool


@dataclass(frozen=True)
class CallCard:
    """A call in a list, as `parts.call_card` draws it."""

    code: str
    title: Said
    eyebrow: str
    for_whom: str
    when: When | None
    seats: tuple[str, ...]
    answers_text: str


@dataclass(frozen=True)
class ResultCard:
    """A consultation report in a list, as `parts.result_card` draws it."""

    code: str
    title: Said
    eyebrow: str
    text: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Seat:
    """One seat at the table; `share` is None where it may not be shown or nobody sits there yet."""

    number: int
    category: str
    label: str
    share: float | None
    note: str


@dataclass(frozen=True)
class Front:
    """The front page."""

    open_calls: list[CallCard]
    open_count: int
    figures: list[Seat]
    centre: list[str]
    caption: str
    results: list[ResultCard]


def front(view: View) -> Front:
    """Return the front page for a reader."""
    heard = heard_in_a_year(view)
    return Front(
        open_calls=call_cards(view, calls.open_calls(view, CARDS)),
        open_count=calls.count(view, calls.Shelf.OPEN),
        figures=seats(heard),
        centre=centre(heard),
        caption=caption(heard),
        results=result_cards(view, _reported(view)),
    )


def call_cards(view: View, rows: Sequence[calls.Row]) -> list[CallCard]:
    """Return rows of a list of calls as cards: two queries however many there are."""
    tables = submissions.small_tables(view, {call.id for call in rows})
    return [
        CallCard(
            code=call.code,
            title=call.title.best(),
            eyebrow=subject(call),
            for_whom=calls.spell_short(call.audience),
            when=when(call, view.now),
            seats=tables[call.id].states,
            answers_text=submissions.answers_text(tables[call.id].answers),
        )
        for call in rows
    ]


def _reported(view: View) -> list[calls.Row]:
    statement = (
        view.only("call.index", select(Call))
        .where(Call.state == State.REPORT_PUBLISHED)
        .order_by(Call.closes_at.desc(), Call.id.desc())
        .limit(RESULTS)
    )
    return calls.rows_of(view, list(view.session.scalars(statement)))


def result_cards(view: View, rows: Sequence[calls.Row]) -> list[ResultCard]:
    """Return calls whose report is published as cards, in three queries however many there are."""
    ids = [call.id for call in rows]
    fates = analysis.fates(view, ids) if ids else {}
    tables = submissions.small_tables(view, ids)
    return [
        ResultCard(
            code=call.code,
            title=call.title.best(),
            eyebrow=subject(call),
            text=_result_text(tables[call.id].answers, analysis.points_in(fates[call.id])),
            counts=fates[call.id],
        )
        for call in rows
    ]


def _result_text(answers: int | None, points: int) -> str:
    made = ngettext("%(n)s point", "%(n)s points", points)
    if answers is None:
        return made
    return _("%(answers)s, %(points)s", answers=submissions.answers_text(answers), points=made)


def subject(call: calls.Row) -> str:
    """Return what a call is about: the programme's name, or the kind of thing."""
    if call.subject_kind == SubjectKind.PROGRAMME and vocabulary.has(
        "programme", call.subject_code
    ):
        return vocabulary.term("programme", call.subject_code, language())
    return _("Strategy") if call.subject_kind == SubjectKind.STRATEGY else _("Initiative")


def when(call: calls.Row, now: datetime) -> When | None:
    """Return when a public call opens, closes or closed; None before its dates are known."""
    if call.opens_at is None or call.closes_at is None or call.state not in PUBLIC:
        return None
    if now < call.opens_at:
        moment, headline = call.opens_at, _("Opens %(when)s", when=_from_now(call.opens_at, now))
    elif now < call.closes_at:
        moment, headline = call.closes_at, _("Closes %(when)s", when=_from_now(call.closes_at, now))
    else:
        moment, headline = call.closes_at, _("Closed %(when)s", when=_from_now(call.closes_at, now))
    text = formats.moment_there(moment, call.zone)
    return When(headline, text, soon=now < call.closes_at < now + SOON and call.opens_at <= now)


def _from_now(at: datetime, now: datetime) -> str:
    return formats.from_now(at, now)


def heard_in_a_year(view: View) -> list[Heard]:
    """Return, by category, how many partners there are and how many answered in 12 months."""
    partners = _by_category(
        view,
        select(KnownOrganisation.category, func.count())
        .where(KnownOrganisation.state.in_(AT_THE_TABLE))
        .group_by(KnownOrganisation.category),
    )
    answered = _by_category(
        view,
        select(KnownOrganisation.category, func.count(Submission.organisation_id.distinct()))
        .join(KnownOrganisation, KnownOrganisation.id == Submission.organisation_id)
        .where(
            Submission.state == rules.State.SUBMITTED,
            Submission.counted,
            Submission.sealed_at > view.now - YEAR,
            KnownOrganisation.state.in_(AT_THE_TABLE),
        )
        .group_by(KnownOrganisation.category),
    )
    return [Heard(one, partners.get(one, 0), answered.get(one, 0)) for one in CATEGORIES]


def seats(heard: list[Heard]) -> list[Seat]:
    """Return the eight seats, small figures hidden."""
    return [
        Seat(
            number,
            one.category,
            vocabulary.term("category", one.category, language()),
            one.share if how is Shown.SHOWN else None,
            _note(one, how),
        )
        for number, (one, how) in enumerate(
            zip(heard, rules.suppression(heard), strict=True), start=1
        )
    ]


def centre(heard: list[Heard]) -> list[str]:
    """Return the words in the middle of the table: a figure and one short line."""
    partners = sum(one.invited for one in heard)
    if not partners:
        return [formats.number(len(heard)), _("seats")]
    answered = sum(one.answered for one in heard)
    return [formats.number(answered), _("of %(partners)s", partners=formats.number(partners))]


def caption(heard: list[Heard]) -> str:
    """Return what the table shows."""
    if any(one.invited for one in heard):
        return _("Partners that answered a call in the last 12 months")
    return _("Each seat waits for its first partner")


def _note(one: Heard, how: Shown) -> str:
    if how is Shown.NOT_ASKED:
        return _("Nobody yet")
    if how is Shown.TOO_FEW:
        return _("Fewer than 5 partners")
    if how is Shown.FOLLOWS:
        return _("Not shown, so that no smaller figure follows from it")
    return ngettext(
        "%(answered)s of %(n)s partner",
        "%(answered)s of %(n)s partners",
        one.invited,
        answered=one.answered,
    )


def _by_category(view: View, statement: Any) -> dict[str, int]:
    return {str(category): int(n) for category, n in view.session.execute(statement)}
