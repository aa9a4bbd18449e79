"""HTML routes of submissions."""

from services.consultation.submissions.pages import approving, partner, sending, writing

ROUTERS = [partner.pages, approving.pages, sending.pages, writing.pages]
"""Partner's own pages first: `/answers/settings/...` is no answer."""
