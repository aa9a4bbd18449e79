"""Statements made once: building one anew for every read costs as much as running it.

A statement of a shape (which model, which columns are compared, in which order) is made when it is
first asked for and kept; the values come beside it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

MANY = (list, tuple, set, frozenset)

Statement = Select[*tuple[Any, ...]]
"""A select of whatever columns."""

Asked = tuple[Select[Any], dict[str, Any]]
"""A statement and what it is run with."""


Shape = tuple[tuple[str, str], ...]
"""Which columns are compared, and with one value, many or none."""


def rows(model: Any, by: Mapping[str, Any], *order: str, lock: bool = False) -> Asked:
    """Return a select of a model's rows whose columns have these values.

    None asks for NULL, a collection for any of its values (one value is asked for by itself).
    `order` names columns, with a minus for those that run down. With a `lock` the rows are read
    afresh and held until the transaction ends.
    """
    shape, values = shaped(by)
    return _rows(model, shape, order, lock), values


def shaped(by: Mapping[str, Any]) -> tuple[Shape, dict[str, Any]]:
    """Return the shape in which columns are compared, and the values that come beside it."""
    by = {name: _alone(value) for name, value in by.items()}
    values = {
        name: list(value) if isinstance(value, MANY) else value
        for name, value in by.items()
        if value is not None
    }
    return tuple((name, _kind(value)) for name, value in by.items()), values


def narrowed(statement: Select[Any], model: Any, shape: Shape) -> Select[Any]:
    """Return a select of those rows of a model only whose columns compare so."""
    for name, kind in shape:
        column = getattr(model, name)
        if kind == "null":
            statement = statement.where(column.is_(None))
        elif kind == "many":
            statement = statement.where(column.in_(bindparam(name, expanding=True)))
        else:
            statement = statement.where(column == bindparam(name))
    return statement


def _alone(value: Any) -> Any:
    return next(iter(value)) if isinstance(value, MANY) and len(value) == 1 else value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "many" if isinstance(value, MANY) else "one"


@cache
def _rows(model: Any, shape: Shape, order: tuple[str, ...], lock: bool) -> Select[Any]:
    statement: Select[Any] = narrowed(select(model), model, shape)
    for name in order:
        column = getattr(model, name.removeprefix("-"))
        statement = statement.order_by(column.desc() if name.startswith("-") else column)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return statement
