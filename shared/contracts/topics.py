"""Every topic, declared once: who owns it, who reads it, how it is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Topic:
    """One stream of one kind of aggregate, written by one service.

    `retention` of None keeps records for ever; `compacted` keeps the last record of each key.
    `personal` says that records hold personal data: an erasure is a record without a value.
    """

    name: str
    owner: str
    readers: tuple[str, ...]
    partitions: int = 6
    compacted: bool = False
    retention: timedelta | None = None
    tombstone_retention: timedelta | None = None
    max_compaction_lag: timedelta | None = None
    personal: bool = False


PEOPLE = Topic(
    "registry.people",
    owner="registry",
    readers=("consultation", "notifications"),
    compacted=True,
    tombstone_retention=timedelta(days=30),
    max_compaction_lag=timedelta(days=7),
    personal=True,
)
"""Names, language, zone, address and its confirmation, staff roles and memberships of people. The
only topic with personal data: a record without a value empties a person everywhere.
"""
KEYS = Topic(
    "registry.keys",
    owner="registry",
    readers=("consultation", "notifications"),
    partitions=1,
    compacted=True,
)
"""Public keys with which tokens are verified; a retired key is told again with its end."""
SESSIONS = Topic(
    "registry.sessions",
    owner="registry",
    readers=("consultation", "notifications"),
    retention=timedelta(days=2),
)
"""Sessions that ended: their tokens are honoured no longer."""
ORGANISATIONS = Topic(
    "registry.organisations", owner="registry", readers=("consultation", "notifications")
)
"""The state of organisations with their interests, and facts about them: handed in, verified,
declined, suspended, clarification asked and answered, people joining.
"""
CALLS = Topic("consultation.calls", owner="consultation", readers=("registry", "notifications"))
"""The state of calls, and facts about them: review asked, sent back, published, extended,
corrected, ended, points to decide, reply late, report to review, report published.
"""
SUBMISSIONS = Topic(
    "consultation.submissions", owner="consultation", readers=("registry", "notifications")
)
"""Where submissions stand, by ids and counts: approval decided, sent, withdrawn, how published, and
the reply to each of their points. Never the submitter's words.
"""

TOPICS: tuple[Topic, ...] = (PEOPLE, KEYS, SESSIONS, ORGANISATIONS, CALLS, SUBMISSIONS)


def is_personal(name: str) -> bool:
    """Say whether a topic's records may hold personal data; one that is not declared may."""
    return next((topic.personal for topic in TOPICS if topic.name == name), True)
