"""Writing an answer: begun, saved part by part, never over somebody else's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.consultation.errors import AnswerLocked, AnswerSent, CannotAnswer
from services.consultation.submissions import events, queries, rules
from services.consultation.submissions.models import Comment, Response, Submission, Worker
from services.consultation.submissions.queries import Remark, Sheet
from services.consultation.submissions.rules import ApprovalState, State
from shared.errors import Conflict, NotFound
from shared.work import Work


@dataclass(frozen=True)
class Entry:
    """What was typed for one question, and the row version that the typist had seen."""

    value: Any
    consent: str | None
    version: int


@dataclass(frozen=True)
class Draft:
    """What was typed for one comment, and the row version that the typist had seen."""

    part: str
    stance: str | None
    text: str
    wording: str
    consent: str | None
    version: int


class StaleTopic(Conflict):
    """Colleagues changed responses meanwhile; `theirs` holds the sheet as it is now."""

    def __init__(self, theirs: Sheet, codes: list[str]) -> None:
        super().__init__()
        self.theirs = theirs
        self.codes = codes


class StaleComment(Conflict):
    """A colleague changed the comment meanwhile; `theirs` is what stands now."""

    def __init__(self, theirs: Remark) -> None:
        super().__init__()
        self.theirs = theirs


class StaleConsent(Conflict):
    """A colleague chose another consent meanwhile."""


def begin(work: Work, call_code: str, organisation_id: UUID, language: str) -> Submission:
    """Begin an answer, or return the one that the organisation writes or has sent already."""
    work.require("answer.write", organisation_id)
    call = queries.call_facts(work, call_code)
    if (live := queries.live(work, call.id, organisation_id)) is not None:
        return live
    _check(work, call, organisation_id)
    submission = Submission(
        code=rules.new_code(),
        call_id=call.id,
        organisation_id=organisation_id,
        state=State.DRAFT,
        language=language,
        document_version_id=queries.document_version(work, call.id),
        began_by=work.actor.person,
        began_at=work.now,
        saved_by=work.actor.person,
        saved_at=work.now,
    )
    try:
        with work.session.begin_nested():
            work.add(submission)
    except IntegrityError:
        # A colleague pressed the same button at the same moment.
        found = queries.live(work, call.id, organisation_id)
        if found is None:
            raise
        return found
    note_worker(work, submission)
    tell_changed(work, queries.load(work, submission))
    return submission


def save_topic(work: Work, code: str, key: str, entries: Mapping[str, Entry]) -> Sheet:
    """Save the responses of one topic, valid or not. Raises StaleTopic when words would be lost."""
    sheet = _open_for_writing(work, code)
    topic = sheet.topic(key)
    if topic is None:
        raise NotFound
    stale = [
        said.item.code
        for said in sheet.said(topic)
        if (entry := entries.get(said.item.code)) is not None
        and entry.version != said.row_version
        and (said.item.check(entry.value).value, entry.consent) != (said.value, said.consent)
    ]
    if stale:
        raise StaleTopic(sheet, stale)
    for item in topic.questions:
        if item.code in entries:
            _save_response(work, sheet, item.code, entries[item.code])
    return _saved(work, sheet.submission)


def save_comment(
    work: Work, code: str, paragraph: str, draft: Draft, was: str | None = None
) -> Sheet:
    """Save a new comment, or the changed one that was on part `was` ("" is the whole paragraph).

    Raises StaleComment when words would be lost.
    """
    sheet = _open_for_writing(work, code)
    place = sheet.asked.paragraph(paragraph)
    if place is None or (draft.part and draft.part not in {one.label for one in place.parts}):
        raise NotFound
    row = _comment_row(work, sheet, paragraph, draft, was)
    row.part, row.stance = draft.part, draft.stance
    row.text, row.wording, row.consent = draft.text, draft.wording, draft.consent
    row.row_version = (row.row_version or 0) + 1
    row.saved_by, row.saved_at = work.actor.person, work.now
    return _saved(work, sheet.submission)


def remove_comment(work: Work, code: str, paragraph: str, part: str, version: int) -> Sheet:
    """Take a comment out. Raises StaleComment when a colleague changed it meanwhile."""
    sheet = _open_for_writing(work, code)
    row = work.find(Comment, submission_id=sheet.submission.id, paragraph=paragraph, part=part)
    if row is None:
        return sheet
    if row.row_version != version:
        raise StaleComment(next(one for one in sheet.remarks if one.id == row.id))
    work.delete(row)
    return _saved(work, sheet.submission)


def save_consent(work: Work, code: str, consent: str, language: str, version: int) -> Sheet:
    """Say who may see the answer and in which language it is. Raises StaleConsent."""
    sheet = _open_for_writing(work, code)
    submission = sheet.submission
    if submission.row_version != version and submission.consent not in (None, consent):
        raise StaleConsent
    submission.consent = consent
    submission.language = language
    submission.row_version += 1
    return _saved(work, submission)


# -- used by the other actions of this noun ----------------------------------------------------


def lock(work: Work, code: str, act: str) -> Submission:
    """Return an answer by its public code, locked until the end, after asking for the act."""
    submission = work.lock(Submission, code=code)
    work.require(act, submission)
    return submission


def check_eligible(work: Work, sheet: Sheet) -> None:
    """Raise CannotAnswer with its sentence unless the organisation may answer this call now."""
    _check(work, sheet.asked.call, sheet.submission.organisation_id)


def note_worker(
    work: Work, submission: Submission, workers: Sequence[UUID] | None = None
) -> list[UUID]:
    """Remember that the actor worked on the answer; they get its receipt. Returns all who did.

    `workers` are those who are known to have worked on it before.
    """
    found = list(queries.workers(work, submission.id) if workers is None else workers)
    person = work.actor.person
    if person is None or person in found:
        return found
    work.add(Worker(submission_id=submission.id, person_id=person, since=work.now))
    work.session.flush()
    return [*found, person]


def tell_changed(work: Work, sheet: Sheet) -> None:
    """Tell where the answer stands now."""
    submission = sheet.submission
    submission.parts_ready, submission.parts = sheet.counts
    people = queries.people_told(work, submission)
    work.tell(events.submission_changed(submission, sheet.asked.call_code, people))


def _check(work: Work, call: queries.CallFacts, organisation_id: UUID) -> None:
    verdict = queries.eligibility(work, call, organisation_id)
    if not verdict.may_send:
        raise CannotAnswer(sentence=verdict.sentence)


def _open_for_writing(work: Work, code: str) -> Sheet:
    submission = lock(work, code, "answer.write")
    sheet = queries.load(work, submission)
    if submission.state in rules.SEALED:
        raise AnswerSent
    if not rules.may_change(submission.state):
        raise AnswerLocked(office=queries.office_of(work, sheet))
    check_eligible(work, sheet)
    return sheet


def _save_response(work: Work, sheet: Sheet, question: str, entry: Entry) -> None:
    said = sheet.responses[question]
    value = said.item.check(entry.value).value
    if said.row_version == 0 and value is None:
        return
    if said.row_version and (value, entry.consent) == (said.value, said.consent):
        return
    row = work.find(Response, submission_id=sheet.submission.id, question_code=question)
    if row is None:
        row = work.add(
            Response(submission_id=sheet.submission.id, question_code=question, row_version=0)
        )
    row.question_id, row.question_version = said.item.id, said.item.version
    row.value, row.consent = value, entry.consent
    row.text = said.item.words(value)
    row.row_version += 1
    row.saved_by, row.saved_at = work.actor.person, work.now


def _comment_row(
    work: Work, sheet: Sheet, paragraph: str, draft: Draft, was: str | None
) -> Comment:
    typed = (draft.stance, draft.text, draft.wording, draft.consent)
    on_part = next((one for one in sheet.remarks_on(paragraph) if one.part == draft.part), None)
    seen = next((one for one in sheet.remarks_on(paragraph) if one.part == was), None)
    if seen is None and on_part is not None and typed == on_part.typed:
        # Sent once more, because the line broke before its answer came.
        seen = on_part
    if on_part is not None and on_part is not seen:
        raise StaleComment(on_part)
    if seen is None:
        # New, or taken out by a colleague while somebody wrote on: the words are kept as new ones.
        return work.add(
            Comment(submission_id=sheet.submission.id, paragraph=paragraph, row_version=0)
        )
    if seen.row_version != draft.version and typed != seen.typed:
        raise StaleComment(seen)
    return work.get(Comment, id=seen.id)


def _saved(work: Work, submission: Submission) -> Sheet:
    """Note who saved when, clear an approval of other words, tell when a part became ready."""
    submission.saved_by, submission.saved_at = work.actor.person, work.now
    note_worker(work, submission)
    work.session.flush()
    sheet = queries.load(work, submission)
    if (
        sheet.approval is not None
        and sheet.approval.state == ApprovalState.APPROVED
        and not sheet.approved
    ):
        sheet.approval.state = ApprovalState.CLEARED
        work.write(sheet.approval)
    if sheet.counts != (submission.parts_ready, submission.parts):
        tell_changed(work, sheet)
    return sheet
