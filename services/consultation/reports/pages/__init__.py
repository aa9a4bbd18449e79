"""Pages of reports: writing and approving, the revised text, the results, what became of words."""

from services.consultation.reports.pages import results, revising, writing

ROUTERS = [writing.pages, revising.pages, results.pages]
