"""Statements made once: building one anew for every read costs as much as running it.

A statement of a shape (which model, which columns are compared, in which order) is made when it is
first asked for and kept; the values come beside it.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from shared.database import plain
from shared.database.plain import Statement

MANY = (list, tuple, set, frozenset)

__all__ = ["Asked", "Lock", "Statement", "rows", "taken"]

Asked = tuple[Select[Any], dict[str, Any]]
"""A statement and what it is run with."""


class Lock(Enum):
    """How rows are held: for nobody else, or so that others may read and hold them as well."""

    ALONE = "alone"
    SHARED = "shared"


def rows(model: Any, by: Mapping[str, Any], *order: str, lock: Lock | None = None) -> Asked:
    """Return a select of a model's rows whose columns have these values.

    None asks for NULL, a collection for any of its values (one value is asked for by itself).
    `order` names columns, with a minus for those that run down. With a `lock` the rows are read
    afresh and held until the transaction ends.
    """
    shape, values = _shaped(by)
    return _rows(model, shape, order, lock), values


def taken(model: Any, by: Mapping[str, Any]) -> Asked:
    """Return the select of `plain` rows of a model by their columns, held for nobody else."""
    shape, values = _shaped(by)
    return _taken(model, shape), values


Shape = tuple[tuple[str, str], ...]


def _shaped(by: Mapping[str, Any]) -> tuple[Shape, dict[str, Any]]:
    by = {name: _alone(value) for name, value in by.items()}
    values = {
        name: list(value) if isinstance(value, MANY) else value
        for name, value in by.items()
        if value is not None
    }
    return tuple((name, _kind(value)) for name, value in by.items()), values


def _alone(value: Any) -> Any:
    return next(iter(value)) if isinstance(value, MANY) and len(value) == 1 else value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "many" if isinstance(value, MANY) else "one"


@cache
def _rows(model: Any, shape: Shape, order: tuple[str, ...], lock: Lock | None) -> Select[Any]:
    statement: Select[Any] = _narrowed(select(model), model, shape)
    for name in order:
        column = getattr(model, name.removeprefix("-"))
        statement = statement.order_by(column.desc() if name.startswith("-") else column)
    if lock:
        statement = statement.with_for_update(read=lock is Lock.SHARED)
        statement = statement.execution_options(populate_existing=True)
    return statement


@cache
def _taken(model: Any, shape: Shape) -> Select[Any]:
    return _narrowed(plain.select_of(model), model, shape).with_for_update()


def _narrowed(statement: Select[Any], model: Any, shape: Shape) -> Select[Any]:
    for name, kind in shape:
        column = getattr(model, name)
        if kind == "null":
            statement = statement.where(column.is_(None))
        elif kind == "many":
            statement = statement.where(column.in_(bindparam(name, expanding=True)))
        else:
            statement = statement.where(column == bindparam(name))
    return statement
