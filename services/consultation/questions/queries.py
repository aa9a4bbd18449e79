"""Reading questions, in four queries however many there are. Whoever asks has required the call."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam, func, select

from services.consultation.questions import rules
from services.consultation.questions.models import (
    Question,
    QuestionOption,
    QuestionText,
    QuestionTopic,
)
from services.consultation.questions.rules import Kind
from shared.database.prepared import Statement
from shared.errors import NotFound
from shared.i18n import N_, Words, translate
from shared.work import View

WITHOUT_TOPIC = "questions"
"""Key of the topic that holds questions outside of any topic."""

SAID_YES_NO = {"yes": N_("Yes"), "no": N_("No")}


@dataclass(frozen=True)
class OptionRow:
    """An option: its code is what a response holds."""

    code: str
    label: Words


@dataclass(frozen=True)
class QuestionRow:
    """A question with its texts in all languages. It is what `rules.check` looks at."""

    id: UUID
    code: str
    kind: Kind
    required: bool
    version: int
    topic: str
    title: Words
    help: Words
    options: tuple[OptionRow, ...]
    max_length: int | None
    minimum: float | None
    maximum: float | None
    max_choices: int | None

    @property
    def option_codes(self) -> Sequence[str]:
        """Codes of the options in their order."""
        return [option.code for option in self.options]

    @property
    def many(self) -> bool:
        """Whether a response is a list of codes."""
        return self.kind is Kind.MANY

    @property
    def tallied(self) -> bool:
        """Whether a response is counted and has no words of its author's own."""
        return self.kind in rules.TALLIED

    @property
    def limit(self) -> int:
        """Characters that a text may have; 0 for a question that takes none."""
        return rules.limit_of(self)

    def check(self, value: object) -> rules.Checked:
        """Judge a response."""
        return rules.check(self, value)

    def choices(self, language: str | None = None) -> list[tuple[str, str]]:
        """Return (code, label) pairs for radios and checkboxes in the reader's language."""
        if self.kind is Kind.YES_NO:
            return [(code, translate(text)) for code, text in SAID_YES_NO.items()]
        return [(option.code, option.label.best(language).text) for option in self.options]

    def spoken(self, value: object, language: str | None = None) -> list[str]:
        """Return a value as lines for a person: labels of options instead of codes."""
        labels = dict(self.choices(language))
        values = value if isinstance(value, list) else [value]
        return [labels.get(str(one), str(one)) for one in values if one not in (None, "")]

    def words(self, value: object) -> str:
        """Return the words of the author's own in a value; empty for a choice or a number."""
        return "" if self.tallied or not isinstance(value, str) else value.strip()


@dataclass(frozen=True)
class TopicRow:
    """Related questions: one page. The title is empty for questions outside of any topic."""

    key: str
    title: Words
    questions: tuple[QuestionRow, ...]


def topics_of(view: View, call_id: UUID, authentic: str = "en") -> tuple[TopicRow, ...]:
    """Return the topics that have questions, those without a topic first."""
    read = _Read(view, call_id, authentic)
    groups: dict[str, list[QuestionRow]] = {WITHOUT_TOPIC: []}
    groups |= {topic.code: [] for topic in read.topics}
    for question in read.questions:
        groups[question.topic].append(question)
    titles = {topic.code: read.words(topic.id, "title") for topic in read.topics}
    return tuple(
        TopicRow(key, titles.get(key, Words({}, authentic)), tuple(questions))
        for key, questions in groups.items()
        if questions
    )


def all_topics(view: View, call_id: UUID, authentic: str = "en") -> list[tuple[str, Words]]:
    """Return the topics of a questionnaire that is being drafted, empty ones too."""
    read = _Read(view, call_id, authentic)
    return [(topic.code, read.words(topic.id, "title")) for topic in read.topics]


def questions_of(view: View, call_id: UUID, authentic: str = "en") -> tuple[QuestionRow, ...]:
    """Return all questions, topic by topic."""
    return tuple(
        question for topic in topics_of(view, call_id, authentic) for question in topic.questions
    )


def question(view: View, call_id: UUID, code: str, authentic: str = "en") -> QuestionRow:
    """Return one question. Raises NotFound."""
    for row in questions_of(view, call_id, authentic):
        if row.code == code:
            return row
    raise NotFound


def count(view: View, call_id: UUID) -> int:
    """Return how many questions a call has."""
    return view.session.scalar(_count(), {"call": call_id}) or 0


@cache
def _count() -> Statement:
    return select(func.count()).select_from(Question).where(Question.call_id == bindparam("call"))


def untranslated(view: View, call_id: UUID, language: str) -> list[str]:
    """Return the codes of questions of which a title or an option's label lacks in a language."""
    return [
        row.code
        for row in questions_of(view, call_id)
        if language not in row.title or any(language not in one.label for one in row.options)
    ]


class _Read:
    """The rows of a call's questionnaire."""

    def __init__(self, view: View, call_id: UUID, authentic: str) -> None:
        session = view.session
        self.authentic = authentic
        self._texts: dict[tuple[UUID, str], dict[str, str]] = {}
        for text in session.scalars(select(QuestionText).where(QuestionText.call_id == call_id)):
            self._texts.setdefault((text.owner_id, text.part), {})[text.language] = text.text
        self.topics = session.scalars(
            select(QuestionTopic)
            .where(QuestionTopic.call_id == call_id)
            .order_by(QuestionTopic.ordinal)
        ).all()
        self._codes = {topic.id: topic.code for topic in self.topics}
        self._options: dict[UUID, list[OptionRow]] = {}
        for option in session.scalars(
            select(QuestionOption)
            .join(Question, Question.id == QuestionOption.question_id)
            .where(Question.call_id == call_id)
            .order_by(QuestionOption.ordinal)
        ):
            row = OptionRow(option.code, self.words(option.id, "label"))
            self._options.setdefault(option.question_id, []).append(row)
        rows = session.scalars(
            select(Question).where(Question.call_id == call_id).order_by(Question.ordinal)
        )
        self.questions = [self._row(row) for row in rows]

    def words(self, owner: UUID, part: str) -> Words:
        """Return a text in all its languages."""
        return Words(self._texts.get((owner, part), {}), self.authentic)

    def _row(self, row: Question) -> QuestionRow:
        return QuestionRow(
            id=row.id,
            code=row.code,
            kind=Kind(row.kind),
            required=row.required,
            version=row.version,
            topic=self._codes[row.topic_id] if row.topic_id else WITHOUT_TOPIC,
            title=self.words(row.id, "title"),
            help=self.words(row.id, "help"),
            options=tuple(self._options.get(row.id, ())),
            max_length=row.max_length,
            minimum=row.minimum,
            maximum=row.maximum,
            max_choices=row.max_choices,
        )
