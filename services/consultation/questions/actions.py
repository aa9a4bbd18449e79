"""Writing questions while their call is a draft, freezing them, and correcting a wording later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, func, select

from services.consultation.errors import DocumentFrozen, QuestionNotReady
from services.consultation.questions import rules
from services.consultation.questions.models import (
    Question,
    QuestionOption,
    QuestionText,
    QuestionTopic,
)
from services.consultation.questions.rules import Kind
from shared.errors import NotFound
from shared.work import Work

Texts = Mapping[str, str]
"""Language to text. A language that is not mentioned stays; an empty text takes it away."""


@dataclass(frozen=True)
class OptionDraft:
    """An option as it is written; an empty code is given one."""

    labels: Texts
    code: str = ""


@dataclass(frozen=True)
class QuestionDraft:
    """A question as it is written. `topic` is the code of a topic, empty for none.

    Options are those that the question has from now on, in their order.
    """

    kind: Kind
    titles: Texts
    help: Texts = field(default_factory=dict)
    required: bool = False
    topic: str = ""
    options: Sequence[OptionDraft] = ()
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_choices: int | None = None

    @property
    def option_codes(self) -> Sequence[str]:
        """Codes of the options; new ones are still empty."""
        return [option.code for option in self.options]


def save(
    work: Work,
    call_id: UUID,
    draft: QuestionDraft,
    code: str | None = None,
    origin: str = "written",
) -> Question:
    """Add a question at the end, or change the one of that code.

    Raises QuestionNotReady with what is wrong, DocumentFrozen after publication, NotFound.
    """
    work.require("question.save", call_id)
    row = _editable(work, call_id, code) if code else None
    labels = [any(text.strip() for text in option.labels.values()) for option in draft.options]
    if wrong := rules.check_question(draft, draft.titles.values(), labels):
        raise QuestionNotReady(wrong)
    if row is None:
        row = _new(work, call_id, draft.kind)
    else:
        row.version += 1
    _fill(work, row, draft)
    work.session.flush()
    _put(work, row, row.id, "title", draft.titles, origin)
    _put(work, row, row.id, "help", draft.help, origin)
    _set_options(work, row, draft.options, origin)
    work.session.flush()
    return row


def correct(
    work: Work,
    call_id: UUID,
    code: str,
    titles: Texts,
    help_texts: Texts,
    labels: Mapping[str, Texts],
) -> Question:
    """Correct wordings after publication; what is asked stays: kind, options, limits."""
    work.require("question.save", call_id)
    row = work.lock(Question, call_id=call_id, code=code)
    row.version += 1
    _put(work, row, row.id, "title", titles, "written")
    _put(work, row, row.id, "help", help_texts, "written")
    for option_code, texts in labels.items():
        option = work.get(QuestionOption, question_id=row.id, code=option_code)
        _put(work, row, option.id, "label", texts, "written")
    return row


def remove(work: Work, call_id: UUID, code: str) -> None:
    """Remove a question with all its texts. Raises NotFound, DocumentFrozen."""
    work.require("question.save", call_id)
    row = _editable(work, call_id, code)
    _drop_options(work, list(_options(work, row).values()))
    work.session.execute(delete(QuestionText).where(QuestionText.owner_id == row.id))
    work.delete(row)


def reorder(work: Work, call_id: UUID, codes: Sequence[str]) -> None:
    """Put questions into the order of `codes`; those not named keep theirs and come after."""
    work.require("question.save", call_id)
    rows = _questions(work, call_id)
    place = {code: number for number, code in enumerate(codes)}
    rows.sort(key=lambda row: (place.get(row.code, len(codes)), row.ordinal))
    for number, row in enumerate(rows, start=1):
        row.ordinal = number


def move(work: Work, call_id: UUID, code: str, *, up: bool) -> None:
    """Let a question change places with its neighbour in the same topic, if it has one."""
    work.require("question.save", call_id)
    row = _editable(work, call_id, code)
    row_topic = [one for one in _questions(work, call_id) if one.topic_id == row.topic_id]
    place = row_topic.index(row) + (-1 if up else 1)
    if 0 <= place < len(row_topic):
        other = row_topic[place]
        row.ordinal, other.ordinal = other.ordinal, row.ordinal


def save_topic(work: Work, call_id: UUID, titles: Texts, code: str | None = None) -> str:
    """Add a topic at the end, or give the one of that code other titles; return its code."""
    work.require("question.save", call_id)
    _refuse_frozen(work, call_id)
    if not any(title.strip() for title in titles.values()) and code is None:
        raise QuestionNotReady([rules.Wrong("title", rules.NO_TITLE)])
    if code is not None:
        topic = work.get(QuestionTopic, call_id=call_id, code=code)
    else:
        topics = work.session.scalars(
            select(QuestionTopic).where(QuestionTopic.call_id == call_id)
        ).all()
        topic = work.add(
            QuestionTopic(
                call_id=call_id,
                ordinal=1 + max((one.ordinal for one in topics), default=0),
                code=rules.next_code("topic", [one.code for one in topics]),
            )
        )
        work.session.flush()
    _put_texts(work, call_id, topic.id, "title", titles, "written", None)
    return topic.code


def remove_topic(work: Work, call_id: UUID, code: str) -> None:
    """Remove a topic; its questions stay, outside of any topic."""
    work.require("question.save", call_id)
    _refuse_frozen(work, call_id)
    topic = work.get(QuestionTopic, call_id=call_id, code=code)
    for row in _questions(work, call_id):
        if row.topic_id == topic.id:
            row.topic_id = None
    work.session.flush()
    work.session.execute(delete(QuestionText).where(QuestionText.owner_id == topic.id))
    work.delete(topic)


def freeze(work: Work, call_id: UUID) -> int:
    """Freeze the questions of a call that is being published; return how many there are."""
    work.require("document.freeze", call_id)
    rows = _questions(work, call_id)
    for row in rows:
        row.frozen = True
    return len(rows)


def copy(work: Work, from_call: UUID, to_call: UUID) -> int:
    """Copy the questions of one call to a new one without any; return how many."""
    work.require("question.save", to_call)
    if _questions(work, to_call):
        raise DocumentFrozen
    owners: dict[UUID, UUID] = {}
    rows = _questions(work, from_call)
    topics = work.session.scalars(
        select(QuestionTopic).where(QuestionTopic.call_id == from_call)
    ).all()
    for topic in topics:
        new = work.add(QuestionTopic(call_id=to_call, ordinal=topic.ordinal, code=topic.code))
        work.session.flush()
        owners[topic.id] = new.id
    for row in rows:
        made = _new(work, to_call, Kind(row.kind), row.code)
        for name in ("required", "max_length", "minimum", "maximum", "max_choices"):
            setattr(made, name, getattr(row, name))
        made.topic_id = owners.get(row.topic_id) if row.topic_id else None
        work.session.flush()
        owners[row.id] = made.id
        for option in _options(work, row).values():
            twin = work.add(
                QuestionOption(question_id=made.id, ordinal=option.ordinal, code=option.code)
            )
            work.session.flush()
            owners[option.id] = twin.id
    for text in work.session.scalars(
        select(QuestionText).where(QuestionText.call_id == from_call)
    ).all():
        work.add(
            QuestionText(
                call_id=to_call,
                owner_id=owners[text.owner_id],
                part=text.part,
                language=text.language,
                text=text.text,
                origin=text.origin,
                made_from_version=1,
            )
        )
    return len(rows)


def _questions(work: Work, call_id: UUID) -> list[Question]:
    return list(
        work.session.scalars(
            select(Question).where(Question.call_id == call_id).order_by(Question.ordinal)
        )
    )


def _editable(work: Work, call_id: UUID, code: str) -> Question:
    row = work.lock(Question, call_id=call_id, code=code)
    if row.frozen:
        raise DocumentFrozen
    return row


def _refuse_frozen(work: Work, call_id: UUID) -> None:
    if any(row.frozen for row in _questions(work, call_id)):
        raise DocumentFrozen


def _new(work: Work, call_id: UUID, kind: Kind, code: str | None = None) -> Question:
    _refuse_frozen(work, call_id)
    taken = work.session.scalars(select(Question.code).where(Question.call_id == call_id)).all()
    last = work.session.scalar(
        select(func.max(Question.ordinal)).where(Question.call_id == call_id)
    )
    return work.add(
        Question(
            call_id=call_id,
            ordinal=(last or 0) + 1,
            code=code or rules.next_code("q", taken),
            kind=kind,
        )
    )


def _fill(work: Work, row: Question, draft: QuestionDraft) -> None:
    row.kind, row.required = draft.kind, draft.required
    row.max_length, row.max_choices = draft.max_length, draft.max_choices
    row.minimum, row.maximum = draft.minimum, draft.maximum
    row.topic_id = None
    if draft.topic:
        row.topic_id = work.get(QuestionTopic, call_id=row.call_id, code=draft.topic).id


def _options(work: Work, row: Question) -> dict[str, QuestionOption]:
    found = work.session.scalars(
        select(QuestionOption)
        .where(QuestionOption.question_id == row.id)
        .order_by(QuestionOption.ordinal)
    )
    return {option.code: option for option in found}


def _set_options(work: Work, row: Question, options: Sequence[OptionDraft], origin: str) -> None:
    present = _options(work, row)
    wanted = options if Kind(row.kind) in rules.WITH_OPTIONS else ()
    taken = {*present, *(option.code for option in wanted if option.code)}
    kept: set[str] = set()
    for place, draft in enumerate(wanted, start=1):
        if draft.code and draft.code not in present:
            raise NotFound
        option = present.get(draft.code)
        if option is None:
            code = rules.next_code("o", taken)
            taken.add(code)
            option = work.add(QuestionOption(question_id=row.id, ordinal=place, code=code))
            work.session.flush()
        option.ordinal = place
        kept.add(option.code)
        _put(work, row, option.id, "label", draft.labels, origin)
    _drop_options(work, [option for code, option in present.items() if code not in kept])


def _drop_options(work: Work, options: Sequence[QuestionOption]) -> None:
    work.session.execute(
        delete(QuestionText).where(QuestionText.owner_id.in_([one.id for one in options]))
    )
    for option in options:
        work.delete(option)
    work.session.flush()


def _put(work: Work, row: Question, owner: UUID, part: str, texts: Texts, origin: str) -> None:
    _put_texts(work, row.call_id, owner, part, texts, origin, row.version)


def _put_texts(
    work: Work,
    call_id: UUID,
    owner: UUID,
    part: str,
    texts: Texts,
    origin: str,
    version: int | None,
) -> None:
    present = {
        text.language: text
        for text in work.session.scalars(
            select(QuestionText).where(QuestionText.owner_id == owner, QuestionText.part == part)
        )
    }
    for language, given in texts.items():
        said = present.get(language)
        if not given.strip():
            if said is not None:
                work.delete(said)
            continue
        if said is None:
            said = work.add(
                QuestionText(call_id=call_id, owner_id=owner, part=part, language=language, text="")
            )
        if said.text != given.strip():
            said.text, said.origin, said.made_from_version = given.strip(), origin, version
