"""Copies of what another service owns: a version guards each, so that nothing older comes back."""

from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session


class Copy(Protocol):
    """A model with the id (a UUID) and the version of the aggregate that it is a copy of."""

    id: Any
    version: Any

    def __init__(self, **values: Any) -> None:
        """Make a row of these values, as declarative models do."""


C = TypeVar("C", bound=Copy)


def newer(session: Session, model: type[C], key: UUID, version: int, **fresh: Any) -> C | None:
    """Return the copy to be changed, or None when what we have is as new or newer.

    A missing copy is made with the values of `fresh`; the version is set already.
    """
    row = session.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        made: C = model(id=key, version=version, **fresh)
        session.add(made)
        return made
    if row.version >= version:
        return None
    row.version = version
    return row
