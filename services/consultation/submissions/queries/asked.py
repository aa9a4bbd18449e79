"""What a call asks, as an answer sees it: topics of questions, sections of the document."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import select

from services.consultation.documents.models import (
    DocumentParagraph,
    DocumentPart,
    DocumentSection,
)
from services.consultation.questions import queries as questions
from services.consultation.questions.queries import QuestionRow, TopicRow
from services.consultation.submissions.models import Submission
from services.consultation.submissions.queries.calls import CallFacts, call_facts_of
from shared.database.kept import Kept
from shared.i18n import Words
from shared.work import View


@dataclass(frozen=True)
class Part:
    """An addressable part of a paragraph or table row."""

    label: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or table row: one page of the answer."""

    label: str
    kind: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Section:
    """A section of the document, or its table; `key` is its place, from 1."""

    key: str
    kind: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Asked:
    """Everything that an answer to one call can say something to; without the document's words."""

    call: CallFacts
    topics: tuple[TopicRow, ...]
    sections: tuple[Section, ...]

    @cached_property
    def items(self) -> list[QuestionRow]:
        """Return all questions in the order of the questionnaire."""
        return [item for topic in self.topics for item in topic.questions]

    @cached_property
    def paragraphs(self) -> list[Paragraph]:
        """Return all paragraphs and rows in the order of the document."""
        return [one for section in self.sections for one in section.paragraphs]

    def paragraph(self, label: str) -> Paragraph | None:
        """Return a paragraph by its label."""
        return next((one for one in self.paragraphs if one.label == label), None)

    def section(self, key: str) -> Section | None:
        """Return a section by its key."""
        return next((one for one in self.sections if one.key == key), None)

    def section_of(self, label: str) -> Section | None:
        """Return the section in which a paragraph stands."""
        return next(
            (one for one in self.sections if label in {each.label for each in one.paragraphs}),
            None,
        )

    def after(self, label: str) -> Paragraph | None:
        """Return the paragraph that follows."""
        order = [one.label for one in self.paragraphs]
        place = order.index(label) + 1 if label in order else len(order)
        return self.paragraphs[place] if place < len(order) else None

    @property
    def call_code(self) -> str:
        """The public code of the call."""
        return self.call.code

    @property
    def title(self) -> Words:
        """The title of the call."""
        return self.call.title


_FROZEN: Kept[tuple[UUID, UUID | None], tuple[tuple[TopicRow, ...], tuple[Section, ...]]] = Kept(
    most=60
)
"""What published calls ask: the act that publishes freezes questions and document for good."""


def of_submission(view: View, submission: Submission, call: CallFacts | None = None) -> Asked:
    """Return what the call of an answer asks, in the version of the document that it answers.

    `call` is that call, where it was read already.
    """
    call, version = call or call_facts_of(view, submission.call_id), submission.document_version_id
    published = call.row.published_at
    topics, sections = _FROZEN.get(
        (call.id, version),
        lambda: (
            questions.topics_of(view, call.id, call.authentic_language),
            _sections(view, version),
        ),
        settled=published is not None and published < view.now,
    )
    return Asked(call=call, topics=topics, sections=sections)


def _sections(view: View, version_id: UUID | None) -> tuple[Section, ...]:
    if version_id is None:
        return ()
    session = view.session
    sections = session.scalars(
        select(DocumentSection)
        .where(DocumentSection.version_id == version_id)
        .order_by(DocumentSection.ordinal)
    ).all()
    paragraphs = session.scalars(
        select(DocumentParagraph)
        .where(DocumentParagraph.version_id == version_id)
        .order_by(DocumentParagraph.ordinal)
    ).all()
    parts: dict[UUID, list[Part]] = {}
    for row in session.scalars(
        select(DocumentPart)
        .where(DocumentPart.version_id == version_id)
        .order_by(DocumentPart.ordinal)
    ):
        parts.setdefault(row.paragraph_id, []).append(Part(row.label))
    found = [
        Section(
            str(place),
            section.kind,
            tuple(
                Paragraph(row.label, row.kind, tuple(parts.get(row.id, ())))
                for row in paragraphs
                if row.section_id == section.id
            ),
        )
        for place, section in enumerate(sections, start=1)
    ]
    return tuple(one for one in found if one.paragraphs)
