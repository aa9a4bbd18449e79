"""What the clock starts in notifications."""

from datetime import timedelta

from services.notifications.messages.actions import chunks, digests, planning
from shared.mail.post import forget_older
from shared.runtime import Due, Job
from shared.work import Work


def _forget_old_mail(work: Work) -> None:
    forget_older(work)


JOBS = [
    Job("told.check", every=timedelta(hours=1), run=planning.check_all),
    Job("mail.forget_old", every=timedelta(days=1), run=_forget_old_mail),
]
"""The check says on the staff page and in the log when somebody was not told."""

DUE: dict[str, Due] = {
    "tell_call": chunks.tell_chunk,
    "remind": planning.remind,
    "closing": planning.closing,
    "check_told": planning.check_told,
    "reply_clock": planning.reply_due,
    "digest": digests.send,
}
