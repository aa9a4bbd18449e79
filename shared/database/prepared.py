"""Statements made once: building one anew for every read costs as much as running it.

A statement of a shape (which model, which columns are compared, in which order) is made when it is
first asked for and kept; the values come beside it.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, inspect, select, update
from sqlalchemy.orm import InstanceState

MANY = (list, tuple, set, frozenset)

Statement = Select[*tuple[Any, ...]]
"""A select of whatever columns."""

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
    by = {name: _alone(value) for name, value in by.items()}
    shape = tuple((name, _kind(value)) for name, value in by.items())
    values = {
        name: list(value) if isinstance(value, MANY) else value
        for name, value in by.items()
        if value is not None
    }
    return _rows(model, shape, order, lock), values


def _alone(value: Any) -> Any:
    return next(iter(value)) if isinstance(value, MANY) and len(value) == 1 else value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "many" if isinstance(value, MANY) else "one"


@cache
def _rows(
    model: Any, shape: tuple[tuple[str, str], ...], order: tuple[str, ...], lock: Lock | None
) -> Select[Any]:
    statement: Select[Any] = select(model)
    for name, kind in shape:
        column = getattr(model, name)
        if kind == "null":
            statement = statement.where(column.is_(None))
        elif kind == "many":
            statement = statement.where(column.in_(bindparam(name, expanding=True)))
        else:
            statement = statement.where(column == bindparam(name))
    for name in order:
        column = getattr(model, name.removeprefix("-"))
        statement = statement.order_by(column.desc() if name.startswith("-") else column)
    if lock:
        statement = statement.with_for_update(read=lock is Lock.SHARED)
        statement = statement.execution_options(populate_existing=True)
    return statement


def changes(row: object) -> tuple[Update, dict[str, Any]] | None:
    """Return an update of what was changed of a row since it was read; None when nothing was."""
    state: InstanceState[Any] = inspect(row)
    names = tuple(sorted(set(state.dict) - state.unmodified - {"_sa_instance_state"}))
    if not names:
        return None
    values = {f"new_{name}": state.dict[name] for name in names}
    if state.identity is None:
        raise ValueError("a row that was never kept has no changes")
    model: Any = state.class_
    return _changes(model, names), values | {"row": state.identity[0]}


@cache
def _changes(model: Any, names: tuple[str, ...]) -> Update:
    mapper = inspect(model)
    (key,) = mapper.primary_key
    values: dict[Any, Any] = {
        mapper.column_attrs[name].columns[0]: bindparam(f"new_{name}") for name in names
    }
    return update(mapper.local_table).where(key == bindparam("row")).values(values)
