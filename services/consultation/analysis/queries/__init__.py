"""Reads of analysis: completeness, the fate of points, the queue, one answer, points, my work."""

from services.consultation.analysis.queries.answers import AnswerPage, Item, Queue, answer, queue
from services.consultation.analysis.queries.figures import completeness, fate, fates, points_in
from services.consultation.analysis.queries.points import (
    PointRow,
    Points,
    Wanted,
    asked,
    explanations,
    history,
    point,
    points,
    rows_of,
)
from services.consultation.analysis.queries.tallies import Tally, tallies
from services.consultation.analysis.queries.work import CallWork, MyWork, my_work

__all__ = [
    "AnswerPage",
    "CallWork",
    "Item",
    "MyWork",
    "PointRow",
    "Points",
    "Queue",
    "Tally",
    "Wanted",
    "answer",
    "asked",
    "completeness",
    "explanations",
    "fate",
    "fates",
    "history",
    "my_work",
    "point",
    "points",
    "points_in",
    "queue",
    "rows_of",
    "tallies",
]
