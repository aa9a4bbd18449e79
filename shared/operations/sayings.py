"""What is said of each finding to somebody who is no developer: what it means, what to do."""

from dataclasses import dataclass

from shared.database.dead_letters import DeadLetterRow
from shared.i18n import N_, translate
from shared.messaging.relay import GROUP
from shared.operations.rules import Finding


@dataclass(frozen=True)
class Saying:
    """What something means, and what is to be done; nothing when all is well."""

    means: str
    do: str = ""

    def said(self) -> "Saying":
        """Return the same in the reader's language."""
        return Saying(translate(self.means), translate(self.do) if self.do else "")


SAYINGS: dict[Finding, Saying] = {
    Finding.WORKS: Saying(N_("What has to be done in the background is being done.")),
    Finding.NO_WORKER: Saying(
        N_(
            "No worker of this service runs: it sends, hears and mails nothing. What people do"
            " meanwhile is kept, and nothing is lost."
        ),
        N_("Ask whoever runs the portal to start the worker of this service."),
    ),
    Finding.SILENT_WORKER: Saying(
        N_("A worker ended without saying so, or hangs. Another one does its work."),
        N_(
            "Ask whoever runs the portal why. If it has ended, it disappears from this page"
            " after a day."
        ),
    ),
    Finding.SENT: Saying(N_("Everything that happened here was told to the other services.")),
    Finding.SENDING: Saying(
        N_("What happened here is being told to the other services, more slowly than usual."),
        N_("Look again in a few minutes."),
    ),
    Finding.NOT_SENT: Saying(
        N_("The other services do not know yet what happened here lately. Nothing is lost."),
        N_(
            "If no worker runs, it has to be started. If one runs, ask whoever runs the portal"
            " to read its log."
        ),
    ),
    Finding.NOT_SENT_LOG_AWAY: Saying(
        N_(
            "The event log cannot be reached. Everybody can go on working: what happens is kept,"
            " and told when the log is back."
        ),
        N_("Ask whoever runs the portal to look at the event log (Kafka)."),
    ),
    Finding.HEARD: Saying(N_("This service knows everything that the others have told.")),
    Finding.HEARING: Saying(
        N_("This service is catching up with what the others have told."),
        N_(
            "Look again in a few minutes. If the number does not go down, tell whoever runs the"
            " portal."
        ),
    ),
    Finding.STUCK: Saying(
        N_(
            "An event cannot be handled at the moment, and others wait behind it. It is tried"
            " again by itself."
        ),
        N_(
            "Tell whoever runs the portal the reason that stands below. Most often a database"
            " does not answer."
        ),
    ),
    Finding.LAG_UNKNOWN: Saying(
        N_(
            "Nobody can say at the moment how far this service is: the worker that measures it"
            " does not run or does not reach the event log."
        ),
        N_("Look at the workers first. If they run, the event log is away."),
    ),
    Finding.NOTHING_PARKED: Saying(N_("No event waits for a decision.")),
    Finding.PARKED: Saying(
        N_(
            "These events could not be handled. What they say has had no effect here yet;"
            " everything else went on."
        ),
        N_("Open each of them. You can have it tried again or give it up."),
    ),
    Finding.MAILED: Saying(N_("Mail is being sent.")),
    Finding.MAIL_DELAYED: Saying(
        N_("Some mail servers did not take a message yet. It is tried again for about three days."),
        N_("Usually nothing. If it becomes more and more, look at the errors."),
    ),
    Finding.MAIL_WAITS: Saying(
        N_("Messages wait that should have been sent by now."),
        N_(
            "If no worker runs, it has to be started. If one runs, ask whoever runs the portal"
            " to look at the mail server."
        ),
    ),
    Finding.MAIL_FAILED: Saying(
        N_("In the last seven days messages were given up because of a fault on our side."),
        N_("Look at the errors and tell whoever runs the portal."),
    ),
    Finding.ON_TIME: Saying(N_("Everything that the clock starts was done on time.")),
    Finding.LATE: Saying(
        N_("Something should have been done by now, such as a reminder or the closing of a call."),
        N_(
            "If no worker runs, it has to be started. If one runs, ask whoever runs the portal"
            " to read its log."
        ),
    ),
    Finding.FAILED: Saying(
        N_("Something that the clock starts failed. It is tried again by itself, up to 8 times."),
        N_("Tell whoever runs the portal the error that stands below."),
    ),
}

REFUSED = Saying(
    N_("The event log did not take this event, most often because it is too large."),
    N_("Ask whoever runs the portal. When the log takes it, send it again."),
)
MALFORMED = Saying(
    N_("The event is not written as agreed between the services."),
    N_("Tell whoever runs the portal. Trying again helps after one of the services was mended."),
)
UNKNOWN = Saying(
    N_("The event speaks of something that this service does not know."),
    N_("Try it again. If it fails again, all has to be told again: ask whoever runs the portal."),
)
BROKEN = Saying(
    N_("This service made a mistake while it handled the event."),
    N_("Tell whoever runs the portal. When the mistake is mended, try it again."),
)


def of_letter(row: DeadLetterRow) -> Saying:
    """Return what a record that was set aside means, and what to do."""
    if row.consumer_group == GROUP:
        return REFUSED
    return {"Malformed": MALFORMED, "NotFound": UNKNOWN}.get(row.error_class, BROKEN)
