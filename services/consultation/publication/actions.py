"""Writes of publication: an analyst prepares, a call manager decides; the sealed text stays."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select

from services.consultation import errors
from services.consultation.calls import queries as calls
from services.consultation.calls.models import Call
from services.consultation.publication import events, queries, rules
from services.consultation.publication.models import Publication, PublishedItem
from services.consultation.publication.rules import State
from services.consultation.submissions import queries as submissions
from services.consultation.submissions.models import Concealed, Submission
from services.consultation.submissions.queries import SealedAnswer, SealedComment, SealedResponse
from services.consultation.submissions.rules import State as SubmissionState
from shared.errors import NotFound
from shared.work import Work


def prepare(
    work: Work,
    code: str,
    reference: str,
    *,
    withhold: bool = False,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    reason: str = "",
) -> Publication:
    """Propose how an answer is published: as it is, with other `texts`, or not at all.

    `texts` are by id of the item. Raises WindowOpen, Confidential, TiesToAuthor,
    RedactionReasonNeeded.
    """
    call = _call(work, code)
    answer = _answer(work, call, reference)
    work.require("publication.prepare", answer)
    found = _checked(work, [answer])[0]
    items = queries.items_of(found)
    redactions = {} if withhold else rules.redactions_of(items, texts or {})
    row = work.find(Publication, submission_id=answer.id)
    if row is None:
        row = work.add(Publication(submission_id=answer.id, call_id=call.id, round=0))
    row.proposed = rules.proposal(withhold=withhold, redactions=redactions, reason=reason)
    row.proposed_redactions, row.proposed_reason = redactions, reason.strip()
    row.prepared_by, row.prepared_at = work.actor.person, work.now
    return row


def prepare_as_they_are(work: Work, code: str, references: Sequence[str]) -> int:
    """Propose that several answers are published as they were sent; returns how many."""
    chosen = list(dict.fromkeys(references))
    if not chosen:
        raise errors.NoAnswerSelected
    for reference in chosen:
        prepare(work, code, reference)
    return len(chosen)


def decide(work: Work, code: str, references: Sequence[str]) -> int:
    """Decide what was prepared; each author is told. Refused whole when one cannot be decided.

    Raises WindowOpen, Confidential, TiesToAuthor, NotPrepared, OwnPreparation.
    """
    call = _call(work, code)
    work.require("publication.decide", call)
    chosen = [_answer(work, call, reference) for reference in dict.fromkeys(references)]
    if not chosen:
        raise errors.NoAnswerSelected
    contents = _checked(work, chosen)
    rows = [_prepared(work, answer) for answer in chosen]
    for answer, found, row in zip(chosen, contents, rows, strict=True):
        _decide(work, call, answer, found, row)
    return len(chosen)


def _prepared(work: Work, answer: Submission) -> Publication:
    row = work.find(Publication, submission_id=answer.id)
    rules.check_decider(row, work.actor.person)
    if row is None:
        raise errors.NotPrepared
    return row


def _decide(
    work: Work, call: Call, answer: Submission, found: SealedAnswer, row: Publication
) -> None:
    row.state, row.redactions, row.reason = (
        row.proposed,
        row.proposed_redactions,
        row.proposed_reason,
    )
    row.proposed, row.proposed_redactions, row.proposed_reason = "", {}, ""
    row.decided_by, row.decided_at = work.actor.person, work.now
    row.round += 1
    _show(work, call, found, row)
    people = submissions.people_told(work, answer)
    work.tell(events.submission_published(answer, call.code, people, row.state, row.round))


def _show(work: Work, call: Call, found: SealedAnswer, row: Publication) -> None:
    work.session.execute(
        delete(PublishedItem).where(PublishedItem.submission_id == row.submission_id)
    )
    shown = {
        one.id: one for one in rules.show(queries.items_of(found), State(row.state), row.redactions)
    }
    items: list[SealedResponse | SealedComment] = [*found.responses, *found.comments]
    for item in items:
        if item.id in shown:
            work.add(_published(call, found, item, shown[item.id]))
    _conceal(work, found, items, shown)


def _conceal(
    work: Work,
    found: SealedAnswer,
    items: Sequence[SealedResponse | SealedComment],
    shown: Mapping[UUID, rules.Shown],
) -> None:
    """Note what everybody may not read, for the report, which quotes points cut from it."""
    work.session.execute(delete(Concealed).where(Concealed.submission_id == found.row.id))
    for item in items:
        part = shown.get(item.id)
        if part is None or part.redacted:
            visible = part.words if part else ""
            work.add(Concealed(item_id=item.id, submission_id=found.row.id, visible=visible))


def _published(
    call: Call, found: SealedAnswer, item: SealedResponse | SealedComment, shown: rules.Shown
) -> PublishedItem:
    row = PublishedItem(
        item_id=item.id,
        call_id=call.id,
        submission_id=found.row.id,
        organisation_id=found.row.organisation_id if shown.named else None,
        text=shown.text,
        wording=shown.wording,
        language=found.row.language,
        redacted=shown.redacted,
        mixed=_mixed(item.id),
    )
    if isinstance(item, SealedComment):
        row.paragraph, row.part = item.paragraph, item.part
        row.stance = "" if shown.left_out else item.stance
    else:
        row.question_code = item.question_code
        row.value = [] if item.text or shown.left_out else item.value
    return row


def _mixed(item_id: UUID) -> str:
    # Ids carry the time at which they were made; their digests carry nothing.
    return hashlib.sha256(item_id.bytes).hexdigest()


def _call(work: Work, code: str) -> Call:
    call = work.lock(Call, id=calls.by_code(work, code).id)
    rules.check_window([one.closes_at for one in calls.windows(work, call.id)], work.now)
    return call


def _answer(work: Work, call: Call, reference: str) -> Submission:
    answer = work.session.scalars(
        select(Submission)
        .where(
            Submission.call_id == call.id,
            Submission.reference == reference,
            Submission.state == SubmissionState.SUBMITTED,
            Submission.counted,
        )
        .with_for_update()
    ).one_or_none()
    if answer is None:
        raise NotFound
    return answer


def _checked(work: Work, answers: Sequence[Submission]) -> list[SealedAnswer]:
    for answer in answers:
        rules.check_ties(answer.organisation_id, work.actor.memberships)
    found = submissions.content(work, answers)
    for one in found:
        rules.check_publishable(item.consent for item in queries.items_of(one))
    return found
