"""Copies of what another service owns: a version guards each, so that nothing older comes back."""

from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.contracts.living import Living


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


def outlived(session: Session, model: type[C], told: Living) -> list[UUID]:
    """Return the ids of copies whose owner no longer has them, by a piece of its list.

    A copy that is newer than its owner (which was restored from a backup) loses its version, so
    that the state told after the list takes its place.
    """
    statement = select(model.id, model.version).where(model.id <= told.until)
    if told.after is not None:
        statement = statement.where(model.id > told.after)
    alive = {one.id: one.version for one in told.living}
    copies = [row for row in session.execute(statement) if told.speaks_of(row.id)]
    ahead = [row.id for row in copies if row.version > alive.get(row.id, row.version)]
    if ahead:
        session.execute(update(model).where(model.id.in_(ahead)).values(version=0))
    return [row.id for row in copies if row.id not in alive]
