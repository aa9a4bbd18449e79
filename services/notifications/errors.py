"""Problems of notifications, each with a status and a sentence."""

from shared.errors import Problem
from shared.i18n import N_


class UnknownLink(Problem):
    """An unsubscribe link that is not one of ours."""

    status = 404
    sentence = N_("This link is not complete. Copy it whole from the mail, or sign in and choose.")
