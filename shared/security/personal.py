"""Where personal data stands and what becomes of it when an account is erased: a list to be read.

A service's `personal.py` lists its own tables, one line a table; here are those that every service
has. Not listed are ids: one stands for nobody once the name behind it is gone, and the audit log
holds nothing else. Topics with personal data are marked in `shared/contracts/topics.py`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of it."""

    EMPTIED = "emptied"
    """Set to nothing with the account; the row stays, for its id."""
    DELETED = "deleted"
    """The row goes with the account."""
    PASSES = "passes"
    """Goes by itself before long, whether or not the account is erased."""
    KEPT = "kept"
    """Stays, because it is not the account's or names nobody."""


@dataclass(frozen=True)
class Held:
    """Columns of a table that hold, or sound as if they held, something of a person.

    `why` says after how long it passes, or why it is kept.
    """

    table: str
    columns: tuple[str, ...]
    fate: Fate
    why: str = ""


def held(table: str, columns: str, fate: Fate, why: str = "") -> Held:
    """Return a line of the list; columns are parted by spaces."""
    return Held(table, tuple(columns.split()), fate, why)


EVERYWHERE = (
    held("mail", "to subject text html headers attachments last_error", Fate.EMPTIED),
    held("outbox", "payload", Fate.DELETED, "rows of the person's own key"),
    held("dead_letter", "payload error", Fate.DELETED, "rows of the person's own key"),
    held("dead_letter", "note", Fate.KEPT, "what an operator says of a broken record"),
    held("job", "name", Fate.KEPT, "the name of a job"),
)
"""Tables that every service has."""

COPIES = (
    held("known_person", "name email language zone staff_roles", Fate.EMPTIED),
    held("known_staff_role", "role", Fate.DELETED),
    held("known_membership", "roles", Fate.DELETED),
    held("ended_session", "person_id", Fate.KEPT, "an id"),
    held("known_organisation", "name", Fate.KEPT, "the name of an organisation"),
)
"""Tables of services that keep copies of what registry tells."""
