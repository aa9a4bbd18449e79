"""Analysis and report of seeded calls: read, cut, recommended, decided, answered in the text."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from services.consultation.analysis.actions import deciding, reading
from services.consultation.analysis.models import ItemEnd, Point
from services.consultation.analysis.rules import NEEDS_CHANGE, PointState
from services.consultation.calls import queries as calls
from services.consultation.reports import actions as reports
from services.consultation.reports import queries as report_queries
from services.consultation.reports import rules as report_rules
from services.consultation.submissions.queries import sealed
from services.demo.seeds import texts
from services.demo.seeds.cast import Cast
from shared.work import Work

FATES = (
    ("accepted", "as_proposed", 0),
    ("accepted_in_part", "other_words", 1),
    ("noted", "passed_on", 3),
    ("accepted", "as_proposed", 0),
    ("not_accepted", "evidence", 2),
    ("accepted_in_part", "part", 1),
)


def read_and_cut(cast: Cast, references: list[str], at: datetime) -> None:
    """Read answers and bring every item to an end."""
    analyst = cast.staff["analyst"]
    for turn, reference in enumerate(references):
        with cast.work("consultation", analyst, at + timedelta(minutes=turn)) as work:
            reading.mark_read(work, reference)
            reading.tally_all(work, reference)
            answer = sealed.answer(work, reference)
            ended = set(work.session.scalars(select(ItemEnd.item_id)))
            items: list[sealed.SealedResponse | sealed.SealedComment] = [
                *answer.responses,
                *answer.comments,
            ]
            for item in items:
                words = reading.words_of(answer, item.id)
                if item.id not in ended and words:
                    gist = texts.gist_of(answer.row.language, item.text)
                    reading.cut(work, reference, item.id, [words], [gist])
                elif item.id not in ended:
                    reading.tally(work, reference, item.id)


def recommend(cast: Cast, code: str, at: datetime, share: float = 1.0) -> None:
    """Recommend a share of the points."""
    with cast.work("consultation", cast.staff["analyst"], at) as work:
        call_id = reading.call_of(work, code).id
        points = [
            (one.number, one.language, one.row_version)
            for one in work.session.scalars(
                select(Point).where(Point.call_id == call_id).order_by(Point.number)
            )
        ]
    for number, language, version in points[: int(len(points) * share)]:
        disposition, reason, words = FATES[number % len(FATES)]
        with cast.work("consultation", cast.staff["analyst"], at) as work:
            deciding.recommend(
                work,
                code,
                number,
                disposition=disposition,
                reason=reason,
                explanations={one: texts.EXPLANATIONS[one][words] for one in {"en", language}},
                row_version=version,
            )


def decide(cast: Cast, code: str, at: datetime, share: float = 1.0) -> None:
    """Decide a share of what is recommended."""
    with cast.work("consultation", cast.staff["decider"], at) as work:
        call_id = reading.call_of(work, code).id
        numbers = work.session.scalars(
            select(Point.number)
            .where(Point.call_id == call_id, Point.state == PointState.RECOMMENDED)
            .order_by(Point.number)
        ).all()
        chosen = numbers[: int(len(numbers) * share)]
        if chosen:
            deciding.decide(work, code, list(chosen))


def report(
    cast: Cast, code: str, at: datetime, *, approve: bool = True, revised: Sequence[str] = ()
) -> None:
    """Write the report, hand it on, and have it approved."""
    write(cast, code, at, revised)
    with cast.work("consultation", cast.staff["call-manager"], at) as work:
        reports.ask_review(work, code)
    if not approve:
        return
    with cast.work("consultation", cast.staff["decider"], at + timedelta(days=1)) as work:
        digest = report_rules.digest(report_queries.considered_of(work, calls.by_code(work, code)))
        reports.approve(work, code, digest)


def write(cast: Cast, code: str, at: datetime, revised: Sequence[str] = ()) -> None:
    """Write the report with a change for every accepted point, `revised` in these paragraphs."""
    manager = cast.staff["call-manager"]
    with cast.work("consultation", manager, at) as work:
        call_id = reading.call_of(work, code).id
        accepted = work.session.scalars(
            select(Point.number)
            .where(Point.call_id == call_id, Point.disposition.in_(list(NEEDS_CHANGE)))
            .order_by(Point.number)
        ).all()
        for at_change in range(3):
            points = list(accepted[at_change::3])
            if revised:
                _revise(work, code, revised[at_change], at_change, points)
            else:
                changed = {part: words[at_change] for part, words in texts.CHANGES.items()}
                reports.save_entry(work, code, None, changed, points=points)
        reports.write(
            work,
            code,
            {
                "summary": {
                    "en": "Partners of all categories answered. Most asked that small cities may share what they cannot afford alone, and that results reach residents in their own languages. The framework now says both.",
                    "fr": "Des partenaires de toutes les catégories ont répondu. La plupart ont demandé que les petites villes puissent mutualiser leurs moyens et que les résultats parviennent aux habitants dans leurs langues. Le cadre le dit désormais.",
                }
            },
        )


def _revise(work: Work, code: str, label: str, at_change: int, points: list[int]) -> None:
    words = texts.CHANGES["after"][at_change]
    if texts.CHANGES["before"][at_change]:
        reports.revise_paragraph(work, code, label, {label: words}, points)
    else:
        reports.add_paragraph(work, code, label, words, points)
