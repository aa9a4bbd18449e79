"""The list of what an owner has: told again beside the states, so that other copies are dropped."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Contract, Event
from shared.contracts.partitions import partition_of


class Alive(Contract):
    """One aggregate that the owner has, and how far its events are counted."""

    id: UUID
    """The aggregate's id."""
    version: int
    """How many events it had told when the list was made."""


class Living(Event):
    """A piece of the list: everything alive of one share of the ids, in a stretch of them.

    A share is one partition of the topic, and the piece stands in that partition: after all that
    was told of its ids before, ahead of all that is told of them later. Pieces are bounded, so
    that no event grows with participation. The stretch is `after` < id <= `until`; it ends some
    time before the list was made, so that nothing is missing that was being written meanwhile.
    `id` is the piece's own and the same each time; `version` is always 1.
    """

    kind: ClassVar[Literal["state", "fact"]] = "state"

    share: int
    """The partition of the topic whose ids are listed, from 0."""
    shares: int
    """The number of partitions by which the ids were shared out."""
    after: UUID | None
    """Ids up to and including this one are not in the stretch; null is the beginning."""
    until: UUID
    """The last id of the stretch, itself included."""
    living: list[Alive]
    """Everything alive of that share and stretch, by id."""

    def speaks_of(self, key: UUID) -> bool:
        """Say whether the piece would list this id, were it alive."""
        stretch = (self.after is None or self.after < key) and key <= self.until
        return stretch and partition_of(str(key).encode(), self.shares) == self.share
