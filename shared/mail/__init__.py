"""Mail to people: written in a Work's transaction, sent by a worker outside of any.

`post` renders a message in the recipient's language into a row of the table that every service
has; a `Sender` claims rows, hands them to a `Mailer` and notes what became of each.
"""

from shared.mail.mailers import Captured, Mailer, Smtp, mailer_of
from shared.mail.models import MailRow, MailState
from shared.mail.post import forget, post
from shared.mail.sender import Sender
from shared.mail.write import Written, compose

__all__ = [
    "Captured",
    "MailRow",
    "MailState",
    "Mailer",
    "Sender",
    "Smtp",
    "Written",
    "compose",
    "forget",
    "mailer_of",
    "post",
]
