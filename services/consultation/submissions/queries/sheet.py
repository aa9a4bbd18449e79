"""One answer as its writers see it: what the call asks, what is said so far, what is ready."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, and_, bindparam, func, select

from services.consultation.questions.queries import QuestionRow, TopicRow
from services.consultation.submissions import rules
from services.consultation.submissions.models import (
    Approval,
    Comment,
    OrganisationSettings,
    Response,
    Submission,
    Worker,
)
from services.consultation.submissions.queries import asked
from services.consultation.submissions.queries.asked import Asked, Paragraph, Section
from services.consultation.submissions.queries.calls import CallFacts
from shared.database import plain
from shared.database.prepared import Statement
from shared.known.models import KnownOrganisation
from shared.work import View, Work


@dataclass(frozen=True)
class Said:
    """What was typed in response to one question, and whether it holds."""

    item: QuestionRow
    value: Any
    consent: str | None
    row_version: int
    problems: tuple[str, ...]

    @property
    def given(self) -> bool:
        """Say whether anything was typed or chosen."""
        return self.value not in (None, "", [])

    @property
    def valid(self) -> bool:
        """Say whether the question takes the value as it is."""
        return not self.problems

    @property
    def shown(self) -> list[str]:
        """Return the value as lines for a person: labels of options instead of codes."""
        return self.item.spoken(self.value)


@dataclass(frozen=True)
class Remark:
    """One comment on a paragraph or a part of it."""

    id: UUID
    paragraph: str
    part: str
    stance: str | None
    text: str
    wording: str
    consent: str | None
    row_version: int
    saved_by: UUID | None

    @property
    def typed(self) -> tuple[str | None, str, str, str | None]:
        """What was chosen and written: stance, text, new wording, who may see it."""
        return self.stance, self.text, self.wording, self.consent

    @property
    def complete(self) -> bool:
        """Say whether it may be sent as it is."""
        return rules.comment_complete(self.stance, self.text, self.wording)


@dataclass(frozen=True)
class Sheet:
    """An answer with everything around it; read in a constant number of queries."""

    submission: Submission
    organisation: KnownOrganisation
    asked: Asked
    responses: dict[str, Said]
    remarks: list[Remark]
    approval: Approval | None
    settings: OrganisationSettings | None
    workers: list[UUID]
    stands: UUID | None
    """The sent answer of the same partner to the same call that stands now, if there is one."""

    def topic(self, key: str) -> TopicRow | None:
        """Return a topic of questions by its key."""
        return next((one for one in self.asked.topics if one.key == key), None)

    def said(self, topic: TopicRow) -> list[Said]:
        """Return what was said to the questions of a topic, in their order."""
        return [self.responses[item.code] for item in topic.questions]

    def remarks_on(self, paragraph: str) -> list[Remark]:
        """Return the comments on one paragraph, the whole first, then its parts in order."""
        place = self.asked.paragraph(paragraph)
        order = {"": -1} | {part.label: n for n, part in enumerate(place.parts if place else ())}
        found = [one for one in self.remarks if one.paragraph == paragraph]
        return sorted(found, key=lambda one: order.get(one.part, len(order)))

    def remarks_in(self, section: Section) -> list[Remark]:
        """Return the comments on all paragraphs of a section."""
        labels = {one.label for one in section.paragraphs}
        return [one for one in self.remarks if one.paragraph in labels]

    @cached_property
    def parts(self) -> list[rules.Part]:
        """Return the lines of the task list with their progress."""
        topics = [
            rules.topic_part(
                topic.key, [(one.item.required, one.given, one.valid) for one in self.said(topic)]
            )
            for topic in self.asked.topics
        ]
        sections = [
            rules.section_part(section.key, [one.complete for one in self.remarks_in(section)])
            for section in self.asked.sections
        ]
        return [*topics, *sections, rules.consent_part(self.submission.consent)]

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many parts are ready, and of how many."""
        return rules.ready_of(self.parts)

    @property
    def missing(self) -> list[rules.Part]:
        """Return the parts that still hold up sending."""
        return rules.missing(self.parts)

    @property
    def ready(self) -> bool:
        """Say whether it could be sent: everything needed is there and something is said."""
        return not self.missing and rules.says_something(self.parts)

    @cached_property
    def response_rows(self) -> list[dict[str, Any]]:
        """Return the responses that are given, in the order of the questionnaire, as sealed."""
        return [
            {
                "question": one.item.code,
                "version": one.item.version,
                "kind": one.item.kind,
                "value": one.value,
                "consent": one.consent,
            }
            for topic in self.asked.topics
            for one in self.said(topic)
            if one.given
        ]

    @cached_property
    def comment_rows(self) -> list[dict[str, Any]]:
        """Return the comments in the order of the document, as sealed."""
        said = {one.paragraph for one in self.remarks}
        return [
            {
                "paragraph": one.paragraph,
                "part": one.part or None,
                "stance": one.stance,
                "text": one.text,
                "wording": one.wording,
                "consent": one.consent,
            }
            for paragraph in self.asked.paragraphs
            if paragraph.label in said
            for one in self.remarks_on(paragraph.label)
        ]

    @cached_property
    def content(self) -> str:
        """Return the digest of what it says now."""
        return rules.content_digest(self.submission.consent, self.response_rows, self.comment_rows)

    @property
    def approved(self) -> bool:
        """Say whether an approval holds for exactly what it says now."""
        if self.approval is None:
            return False
        return rules.approval_stands(self.approval.state, self.approval.content, self.content)

    def uncommented(self) -> Iterator[Paragraph]:
        """Yield the paragraphs without a comment."""
        said = {one.paragraph for one in self.remarks}
        return (one for one in self.asked.paragraphs if one.label not in said)


def load(view: View, submission: Submission) -> Sheet:
    """Return an answer with everything around it. The caller has asked whether it may be read."""
    return _sheet(view, submission, _around(), asked.of_submission(view, submission))


def hold(work: Work, submission: Submission, call: CallFacts) -> Sheet:
    """Return an answer to a call that is held, and hold the copy of its organisation, too.

    So an answer that is sealed while its partner is being verified is neither missed nor counted
    twice.
    """
    return _sheet(work, submission, _around_held(), asked.of_submission(work, submission, call))


def _sheet(view: View, submission: Submission, around: Statement, what: Asked) -> Sheet:
    given = {
        "submission": submission.id,
        "organisation": submission.organisation_id,
        "call": submission.call_id,
    }
    found = view.plain(around, given, KnownOrganisation, OrganisationSettings, Approval)
    if not found:
        raise LookupError("an answer of an organisation that is not known")
    organisation, settings, approval, stands = found[0]
    return Sheet(
        submission=submission,
        organisation=organisation,
        asked=what,
        responses=_responses(view, submission.id, what),
        remarks=_remarks(view, submission.id),
        approval=approval,
        settings=settings,
        workers=workers(view, submission.id),
        stands=stands,
    )


@cache
def _around() -> Statement:
    """Return the select of what is around an answer in one go.

    Its organisation, how that sends, the last approval, and the id of the sent answer that stands.
    """
    mine = Approval.submission_id == bindparam("submission")
    last = select(func.max(Approval.round)).where(mine).scalar_subquery()
    return (
        plain.select_of(KnownOrganisation, OrganisationSettings, Approval)
        .add_columns(_standing())
        .outerjoin(
            OrganisationSettings, OrganisationSettings.organisation_id == KnownOrganisation.id
        )
        .outerjoin(Approval, and_(mine, Approval.round == last))
        .where(KnownOrganisation.id == bindparam("organisation"))
    )


def _standing() -> ScalarSelect[UUID]:
    return (
        select(Submission.id)
        .where(
            Submission.call_id == bindparam("call"),
            Submission.organisation_id == bindparam("organisation"),
            Submission.state == rules.State.SUBMITTED,
        )
        .scalar_subquery()
    )


@cache
def _around_held() -> Statement:
    """Return the same; the organisation is held until the transaction ends."""
    return _around().with_for_update(read=True, of=KnownOrganisation)


def settings_of(view: View, organisation_id: UUID) -> OrganisationSettings | None:
    """Return how an organisation sends, None when it never said."""
    return view.find(OrganisationSettings, organisation_id=organisation_id)


def last_approval(view: View, submission_id: UUID) -> Approval | None:
    """Return the latest round of approval of an answer."""
    rounds = view.all(Approval, "-round", submission_id=submission_id)
    return rounds[0] if rounds else None


def workers(view: View, submission_id: UUID) -> list[UUID]:
    """Return the people who worked on an answer, the first first."""
    return [row.person_id for row in view.rows(_workers(), {"submission": submission_id})]


@cache
def _workers() -> Statement:
    one = Worker.__table__.c
    return (
        select(one.person_id)
        .where(one.submission_id == bindparam("submission"))
        .order_by(one.since, one.person_id)
    )


def _responses(view: View, submission_id: UUID, what: Asked) -> dict[str, Said]:
    found = view.rows(_given(), {"submission": submission_id})
    rows = {row.question_code: row for row in found}
    return {item.code: _said(item, rows.get(item.code)) for item in what.items}


@cache
def _given() -> Statement:
    one = Response.__table__.c
    return select(one.question_code, one.value, one.consent, one.row_version).where(
        one.submission_id == bindparam("submission")
    )


def _said(item: QuestionRow, row: Row[Any] | None) -> Said:
    if row is None:
        return Said(item, None, None, 0, ())
    return Said(
        item,
        row.value,
        row.consent,
        row.row_version,
        tuple(one.say() for one in item.check(row.value).wrong),
    )


def _remarks(view: View, submission_id: UUID) -> list[Remark]:
    return [Remark(*tuple(row)) for row in view.rows(_written(), {"submission": submission_id})]


@cache
def _written() -> Statement:
    one = Comment.__table__.c
    columns = (one[each.name] for each in fields(Remark))
    return select(*columns).where(one.submission_id == bindparam("submission")).order_by(one.id)
