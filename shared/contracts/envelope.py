"""The base of every event and its CloudEvents 1.0 envelope (Kafka binding, binary mode)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts.topics import Topic

SPECVERSION = "1.0"
CONTENT_TYPE = "application/json"


class Contract(BaseModel):
    """A value inside an event. Writers emit exactly these fields; readers ignore others."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Event(Contract):
    """Something that happened to one aggregate, as other services learn of it.

    `id` is the aggregate's id and the record's key; `version` counts the aggregate's events from 1.
    A *state* event carries all that others need, so that an older one may be skipped; a *fact* is
    always handled.
    """

    type: ClassVar[str]
    topic: ClassVar[Topic]
    kind: ClassVar[Literal["state", "fact"]] = "fact"

    id: UUID
    """The aggregate's id; also the record's key and the header `ce_subject`."""
    version: int
    """How many events the aggregate has told, this one counted, from 1; also the header
    `ce_aggregateversion`. A copy ignores a version below its own.
    """


@dataclass(frozen=True)
class Envelope:
    """What travels beside the data: CloudEvents attributes, one header each."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    aggregateversion: int
    traceparent: str | None = None

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the Kafka headers of the binary content mode."""
        pairs = {
            "ce_specversion": SPECVERSION,
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_subject": self.subject,
            "ce_time": self.time.isoformat(),
            "ce_aggregateversion": str(self.aggregateversion),
            "content-type": CONTENT_TYPE,
        }
        if self.traceparent:
            pairs["ce_traceparent"] = self.traceparent
        return [(name, value.encode()) for name, value in pairs.items()]

    @classmethod
    def of(cls, headers: list[tuple[str, bytes]]) -> "Envelope":
        """Read an envelope from headers. Raises KeyError (missing), ValueError (malformed)."""
        found = {name: value.decode() for name, value in headers}
        if found["ce_specversion"] != SPECVERSION:
            raise ValueError("not CloudEvents 1.0")
        return cls(
            id=UUID(found["ce_id"]),
            type=found["ce_type"],
            source=found["ce_source"],
            subject=found["ce_subject"],
            time=datetime.fromisoformat(found["ce_time"]),
            aggregateversion=int(found["ce_aggregateversion"]),
            traceparent=found.get("ce_traceparent"),
        )
