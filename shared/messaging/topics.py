"""What a log is asked to do with a topic, and in which ways one that is there differs from that.

Settings bear Kafka's names, also in the embedded log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.topics import Topic

PARTITIONS = "partitions"
FOR_EVER = "-1"
MOST_MS = 10**14
"""A setting may be the largest number there is, which is no time."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of a topic that is not as it was declared."""

    topic: str
    setting: str
    found: str
    declared: str

    @property
    def can_be_applied(self) -> bool:
        """Say whether the topic can be brought up to its declaration as it is."""
        return self.setting != PARTITIONS

    def __str__(self) -> str:
        """Return the sentence for whoever runs the portal."""
        said = (
            f"{self.topic}: {self.setting} is {_readable(self.setting, self.found)},"
            f" and {_readable(self.setting, self.declared)} is declared."
        )
        if self.can_be_applied:
            return said
        return f"{said} It is never changed, because keys would move to other partitions."


def configuration(topic: Topic) -> dict[str, str]:
    """Return the broker's settings that a topic's declaration asks for, without partitions."""
    settings = {"cleanup.policy": "compact" if topic.compacted else "delete"}
    if not topic.compacted:
        settings["retention.ms"] = FOR_EVER if topic.retention is None else _ms(topic.retention)
    if topic.tombstone_retention is not None:
        settings["delete.retention.ms"] = _ms(topic.tombstone_retention)
    if topic.max_compaction_lag is not None:
        settings["max.compaction.lag.ms"] = _ms(topic.max_compaction_lag)
    return settings


def differences(topic: Topic, partitions: int, found: Mapping[str, str]) -> list[Difference]:
    """Return how a topic that is there differs from its declaration.

    A setting that is not `found` is one that this log does not have.
    """
    there = {PARTITIONS: str(partitions), **found}
    declared = {PARTITIONS: str(topic.partitions), **configuration(topic)}
    return [
        Difference(topic.name, setting, there[setting], value)
        for setting, value in declared.items()
        if setting in there and there[setting] != value
    ]


def _ms(time: timedelta) -> str:
    return str(int(time.total_seconds() * 1000))


def _readable(setting: str, value: str) -> str:
    if not setting.endswith(".ms") or not value.isdecimal():
        return f"{value} (for ever)" if value == FOR_EVER else value
    time = timedelta(milliseconds=min(int(value), MOST_MS))
    return f"{value} ({time.days} days)" if time == timedelta(time.days) else f"{value} ({time})"
