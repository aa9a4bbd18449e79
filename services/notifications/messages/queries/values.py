"""What notices say: values for their words, gathered while the reader's language is spoken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.lists import format_list

from services.notifications.calls.models import CallCopy, SubmissionCopy
from services.notifications.calls.rules import closes_at, days_left, opens_at
from services.notifications.messages.rules import Reader
from shared.contracts.consultation import PointReply, Text
from shared.i18n import Said, Words, direction, language, ngettext
from shared.mail.plain import isolated
from shared.vocabulary import vocabulary
from shared.web import formats
from shared.work import View

SOON = timedelta(days=7)
"""From then on a deadline is shown in the colour of time that runs out."""
SUBJECT_REASON = 120
"""Characters of a reason in a subject; the mail has all of it."""


@dataclass(frozen=True)
class CallWords:
    """A call as a notice names it. `deadline` has the call's zone first, the reader's, then UTC."""

    code: str
    title: str
    summary: str
    is_open: bool
    opens: str
    closes: str
    deadline: list[str]
    in_time: str
    days: int
    is_soon: bool
    reply_due: str


@dataclass(frozen=True)
class PointWords:
    """What became of one point, in standard words; never the words of its author."""

    paragraph: str
    disposition: str
    reason: str
    group: str


@dataclass(frozen=True)
class BarPart:
    """One stretch of the bar of points: its group and its share in per cent."""

    group: str
    percent: int


GROUPS = {
    "accepted": "accepted",
    "accepted_in_part": "in_part",
    "not_accepted": "refused",
    "out_of_scope": "refused",
    "noted": "noted",
    "already_covered": "noted",
}
"""How the bar groups dispositions (consultation.md, Figures)."""


def call_words(
    view: View, call: CallCopy, reader: Reader, closes: datetime | None = None
) -> CallWords:
    """Return a call in the words of the language that is spoken now.

    `closes` is given where it closes at another time for the one partner who is told.
    """
    end = closes or closes_at(call.all_windows) or view.now
    start = opens_at(call.all_windows) or view.now
    return CallWords(
        code=call.code,
        title=said(call.title.best()),
        summary=said(call.summary.best()),
        is_open=start <= view.now,
        opens=formats.day(start, call.zone),
        closes=formats.day(end, call.zone),
        deadline=deadline(end, call.zone, reader.zone),
        in_time=_in_time(end, view.now),
        days=days_left(end, view.now),
        is_soon=end - view.now <= SOON,
        reply_due=formats.day(call.reply_due_at, call.zone) if call.reply_due_at else "",
    )


def _in_time(end: datetime, now: datetime) -> str:
    """Return how far the end is, in the days that the subject of a reminder counts."""
    days = days_left(end, now)
    if 1 < days < formats.DAYS_UNTIL_WEEKS:
        return ngettext("in %(n)s day", "in %(n)s days", days)
    return formats.from_now(end, now)


def deadline(at: datetime, call_zone: str, reader_zone: str) -> list[str]:
    """Return a moment in its three forms, a line each; forms that agree stand once."""
    return formats.deadline(at, call_zone, reader_zone).split(" · ")


def said(text: Said) -> str:
    """Return a text for a plain sentence, kept apart where it runs the other way."""
    if text.is_other and text.direction != direction():
        return isolated(text.text)
    return text.text


def name(text: str) -> str:
    """Return a partner's name for a plain sentence of whatever direction."""
    return isolated(text) if direction() == "rtl" else text


def names(partners: Sequence[str]) -> str:
    """Return the names of partners as a list in the present language: "Lyon and Amman"."""
    shown = [name(one) for one in partners]
    return format_list(shown, locale=formats.LOCALES[language()]) if shown else ""


def reason(texts: Sequence[Text], authentic: str) -> str:
    """Return a public reason in the reader's language, else in the call's."""
    return said(Words({one.language: one.text for one in texts}, authentic).best())


def reason_of(payload: Mapping[str, str], authentic: str) -> str:
    """Return a public reason that was kept by language."""
    return said(Words(payload, authentic).best())


def because(reason: str) -> str:
    """Return a public reason as the end of a subject: one line, cut where it grows long."""
    line = " ".join(reason.split()).rstrip(".。")
    return line if len(line) <= SUBJECT_REASON else f"{line[: SUBJECT_REASON - 1].rstrip()}…"


def by_language(texts: Sequence[Text]) -> dict[str, str]:
    """Return texts as they are kept until a chunk is told."""
    return {one.language: one.text for one in texts}


def points(replies: Sequence[PointReply]) -> list[PointWords]:
    """Return what became of each point, in the reader's language."""
    return [
        PointWords(
            paragraph=one.paragraph,
            disposition=_term("disposition", one.disposition),
            reason=_term("reason", one.reason),
            group=GROUPS.get(one.disposition, "noted"),
        )
        for one in replies
    ]


def fate(replies: Sequence[PointReply]) -> list[tuple[str, int]]:
    """Return how many points got which disposition, in the order of the vocabulary."""
    counted: dict[str, int] = {}
    for one in replies:
        counted[one.disposition] = counted.get(one.disposition, 0) + 1
    order = [code for code in vocabulary.dispositions() if code in counted]
    return [(_term("disposition", code), counted[code]) for code in order]


def bar(replies: Sequence[PointReply]) -> list[BarPart]:
    """Return the bar of points: stretches in the order of the groups, empty ones left out."""
    counted = dict.fromkeys(GROUPS.values(), 0)
    for one in replies:
        counted[GROUPS.get(one.disposition, "noted")] += 1
    return [BarPart(group, round(100 * n / len(replies))) for group, n in counted.items() if n]


def _term(kind: str, code: str) -> str:
    # A code of a later version of consultation is said as it is.
    return vocabulary.term(kind, code, language()) if vocabulary.has(kind, code) else code


def submission_values(
    submission: SubmissionCopy, call: CallWords, organisation: str
) -> dict[str, Any]:
    """Return what every notice about an answer says."""
    return {
        "call": call,
        "organisation": organisation,
        "reference": submission.reference or "",
        "answer_code": submission.code,
        "parts_ready": submission.parts_ready,
        "parts": submission.parts,
    }
