"""The receipt: what was sealed, who is at the table with it, who was told."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from services.consultation.submissions import rules
from services.consultation.submissions.models import Comment, Response, Submission
from services.consultation.submissions.queries.sheet import workers
from shared.known import queries as known
from shared.work import View


@dataclass(frozen=True)
class Place:
    """The place of a partner at the table: the n-th of its category, the n-th of its country."""

    category: str
    in_category: int
    country: str
    in_country: int


@dataclass(frozen=True)
class Receipt:
    """What the receipt page says beside the submission itself."""

    place: Place
    responses: int
    comments: int
    people: tuple[str, ...]
    replaces: str | None
    replaced_by: str | None


def receipt(view: View, submission: Submission) -> Receipt:
    """Return what the receipt of a sealed submission says; the same whenever it is read."""
    people = workers(view, submission.id)
    names = known.names(view, people)
    return Receipt(
        place=place(view, submission),
        responses=_count(view, Response, submission.id),
        comments=_count(view, Comment, submission.id),
        people=tuple(names[one] for one in people if names.get(one)),
        replaces=_reference(view, submission.replaces_id),
        replaced_by=_reference(view, submission.replaced_by_id),
    )


def place(view: View, submission: Submission) -> Place:
    """Return the partner's place by the time of its first sealed answer to this call."""
    first = (
        select(
            Submission.organisation_id,
            func.min(Submission.sealed_at).label("first"),
            func.min(Submission.category).label("category"),
            func.min(Submission.country).label("country"),
        )
        .where(Submission.call_id == submission.call_id, Submission.state.in_(rules.SEALED))
        .group_by(Submission.organisation_id)
        .subquery()
    )
    own = (
        select(first.c.first)
        .where(first.c.organisation_id == submission.organisation_id)
        .scalar_subquery()
    )
    before = first.c.first <= own
    in_category, in_country = view.session.execute(
        select(
            func.count().filter(first.c.category == submission.category),
            func.count().filter(first.c.country == submission.country),
        )
        .select_from(first)
        .where(before)
    ).one()
    return Place(submission.category, in_category, submission.country, in_country)


def _count(view: View, model: type[Response | Comment], submission_id: UUID) -> int:
    counted = select(func.count()).select_from(model).where(model.submission_id == submission_id)
    return view.session.scalar(counted) or 0


def _reference(view: View, submission_id: UUID | None) -> str | None:
    if submission_id is None:
        return None
    return view.session.scalar(select(Submission.reference).where(Submission.id == submission_id))
