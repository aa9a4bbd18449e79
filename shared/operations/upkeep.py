"""What keeps a service in order, a bounded piece in each Work. True: there is more to do.

All by system time, so that a demo's clock forgets nothing early.
"""

from datetime import timedelta

from shared.database import inbox, outbox, seals
from shared.mail.post import CHUNK, forget_older
from shared.work import Work

KEEP_INBOX = timedelta(days=30)
"""Longer than a log is ever behind; then versions guard copies, and occasions guard notices."""
KEEP_PUBLISHED = timedelta(days=7)
"""How long events can be sent again as they were, when a log was emptied."""


def prune_inbox(work: Work) -> bool:
    """Forget which events were handled so long ago that they do not come again."""
    return inbox.prune(work.session, work.system_now - KEEP_INBOX) == inbox.CHUNK


def prune_outbox(work: Work) -> bool:
    """Delete events that the log confirmed; what waits stays, however old."""
    return outbox.prune(work.session, work.system_now - KEEP_PUBLISHED) == outbox.CHUNK


def forget_mail(work: Work) -> bool:
    """Empty old messages: address and words go, that there was one stays."""
    return forget_older(work) == CHUNK


def seal_audit(work: Work) -> bool:
    """Put the next rows of the audit log under a seal."""
    made = seals.seal(work.session, work.system_now)
    return made is not None and made.rows == seals.BATCH
