"""What is searched for is found before it is put in order."""

from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, select


def found(ids: Select[UUID] | CompoundSelect[Any]) -> Select[Any]:
    """Return ids that PostgreSQL finds on their own, whatever the list is ordered by.

    It cannot know how rare a part of a text is: left to itself it may go through the whole list in
    its order, in the hope of filling a page soon.
    """
    return select(ids.cte("found").prefix_with("MATERIALIZED", dialect="postgresql").c[0])
