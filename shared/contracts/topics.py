"""Every topic, declared once: who owns it, who reads it, how it is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Topic:
    """One stream of one kind of aggregate, written by one service.

    `retention` of None keeps records for ever; `compacted` keeps the last record of each key.
    """

    name: str
    owner: str
    readers: tuple[str, ...]
    partitions: int = 6
    compacted: bool = False
    retention: timedelta | None = None
    tombstone_retention: timedelta | None = None
    max_compaction_lag: timedelta | None = None


PEOPLE = Topic(
    "registry.people",
    owner="registry",
    readers=("consultation", "notifications"),
    compacted=True,
    tombstone_retention=timedelta(days=30),
    max_compaction_lag=timedelta(days=7),
)
KEYS = Topic(
    "registry.keys",
    owner="registry",
    readers=("consultation", "notifications"),
    partitions=1,
    compacted=True,
)
SESSIONS = Topic(
    "registry.sessions",
    owner="registry",
    readers=("consultation", "notifications"),
    retention=timedelta(days=2),
)
ORGANISATIONS = Topic(
    "registry.organisations", owner="registry", readers=("consultation", "notifications")
)
CALLS = Topic("consultation.calls", owner="consultation", readers=("registry", "notifications"))
SUBMISSIONS = Topic(
    "consultation.submissions", owner="consultation", readers=("registry", "notifications")
)

TOPICS: tuple[Topic, ...] = (PEOPLE, KEYS, SESSIONS, ORGANISATIONS, CALLS, SUBMISSIONS)
