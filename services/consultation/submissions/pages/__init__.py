"""HTML routes of submissions."""

from services.consultation.submissions.pages import approving, autosaving, partner, sending, writing

ROUTERS = [partner.pages, approving.pages, sending.pages, writing.pages, autosaving.pages]
"""Partner's own pages first: `/answers/settings/...` is no answer."""
