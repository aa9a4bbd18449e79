"""What was chosen: the counts of choices and numbers, which have no words to answer."""

import json
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import Text, cast, func, select

from services.consultation.analysis.queries.figures import said
from services.consultation.calls.models import Call
from services.consultation.questions import queries as questions
from services.consultation.questions.queries import QuestionRow
from services.consultation.questions.rules import Kind, number_of
from services.consultation.submissions.models import Response, Submission
from services.consultation.submissions.rules import FEWEST, State
from shared.i18n import Said
from shared.work import View


@dataclass(frozen=True)
class Option:
    """What could be chosen, and how many did."""

    label: str
    chosen: int
    share: float


@dataclass(frozen=True)
class Tally:
    """The counts of one question; `options` and `middle` are empty where too few answered it.

    `middle` is the median of a number.
    """

    title: Said
    answers: int
    options: tuple[Option, ...]
    middle: float | None

    @property
    def hidden(self) -> bool:
        """Whether so few answered that a figure would tell of one of them."""
        return self.answers < FEWEST


def tallies(view: View, call: Call) -> list[Tally]:
    """Return the counts of every question that is chosen or a number, as everybody may see them."""
    given: dict[str, Counter[str]] = {}
    for code, value, count in view.session.execute(
        select(Response.question_code, cast(Response.value, Text), func.count())
        .join(Submission, Submission.id == Response.submission_id)
        .where(
            Submission.call_id == call.id,
            Submission.state == State.SUBMITTED,
            Submission.counted,
            said(),
        )
        .group_by(Response.question_code, cast(Response.value, Text))
    ):
        given.setdefault(code, Counter())[value] += count
    return [
        _tally(one, given.get(one.code, Counter()))
        for one in questions.questions_of(view, call.id, call.authentic_language)
        if one.tallied
    ]


def _tally(question: QuestionRow, given: Counter[str]) -> Tally:
    values = [(json.loads(text), count) for text, count in given.items()]
    answers = given.total()
    title = question.title.best()
    if answers < FEWEST:
        return Tally(title, answers, (), None)
    if question.kind is Kind.NUMBER:
        read = ((number_of(str(value)), count) for value, count in values)
        numbers = [float(one) for one, count in read if one is not None for _each in range(count)]
        return Tally(title, answers, (), median(numbers) if numbers else None)
    chosen: Counter[Any] = Counter()
    for value, count in values:
        for code in value if isinstance(value, list) else [value]:
            chosen[code] += count
    return Tally(
        title,
        answers,
        tuple(
            Option(label, chosen[code], chosen[code] / answers)
            for code, label in question.choices()
        ),
        None,
    )
