"""What reports tell: a review asked, and the report published."""

from uuid import UUID

from services.consultation.calls.models import Call
from services.consultation.reports.models import Report
from shared.contracts import consultation as told


def review_asked(
    call: Call, state: told.Call, report: Report, authors: list[UUID]
) -> told.ReportReviewAsked:
    """Tell that the report waits for somebody who did not write it."""
    return told.ReportReviewAsked(
        id=call.id, version=call.tick(), call=state, round=report.round, authors=authors
    )


def published(call: Call, state: told.Call) -> told.ReportPublished:
    """Tell that the report is public."""
    return told.ReportPublished(id=call.id, version=call.tick(), call=state)
