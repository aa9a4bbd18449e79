"""What the clock starts in notifications."""

from datetime import timedelta

from services.notifications.messages.actions import chunks, digests, planning, posting
from shared.known.actions import forget_ended_sessions
from shared.operations.timer import Due, Job

JOBS = [
    Job("told.check", every=timedelta(hours=1), run=planning.check_all),
    Job("sessions.forget_ended", every=timedelta(days=1), run=forget_ended_sessions),
]
"""The check says on the staff page and in the log when somebody was not told."""

DUE: dict[str, Due] = {
    "tell_call": chunks.tell_chunk,
    "remind": planning.remind,
    "closing": planning.closing,
    "check_told": planning.check_told,
    "reply_clock": planning.reply_due,
    "digest": digests.send,
    "release": posting.release,
}
