"""Pages of calls, public and of the staff desk."""

from services.consultation.calls.pages import acts, desk, parts, public, questionnaire

# The pages of single questions come first: their paths are longer than those of parts.
ROUTERS = [public.pages, questionnaire.pages, parts.pages, acts.pages, desk.pages]

__all__ = ["ROUTERS"]
