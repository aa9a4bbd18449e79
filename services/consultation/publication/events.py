"""What publication tells: how an answer was published. The event is one of submissions."""

from services.consultation.submissions.events import submission_published

__all__ = ["submission_published"]
