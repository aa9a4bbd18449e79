"""Where notifications holds personal data, and what becomes of it when an account is erased."""

from shared.security.personal import COPIES, EVERYWHERE, Fate, held

PERSONAL = (
    *EVERYWHERE,
    *COPIES,
    # -- messages --
    held("message", "subject text language", Fate.DELETED),
    # -- deliveries --
    held("delivery", "person_id", Fate.KEPT, "an id: that somebody was told stays counted"),
    # -- preferences --
    held("preference", "topic pace", Fate.DELETED),
    held("quiet_hours", "starts ends", Fate.DELETED),
    held("stop_link", "secret topic", Fate.DELETED),
    # -- calls --
    held("submission_copy", "people", Fate.KEPT, "ids"),
)
