"""Rows as objects of their model that no session looks after: half the time of an entity.

For the few reads that are made over and over. Nothing is loaded later, nothing that is changed is
kept by itself: `Work.write` keeps it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Row, Select, Table, Update, bindparam, inspect, select, update
from sqlalchemy.orm import InstanceState, Mapper

from shared.database.prepared import Asked, Shape, Statement, narrowed, shaped


def select_of(*models: Any) -> Statement:
    """Return a select of all that an object of each model holds, model after model."""
    return select(*(column for model in models for column in _columns(model).values()))


def taken(model: Any, by: Mapping[str, Any]) -> Asked:
    """Return a select of a model's rows by their columns, like `prepared.rows`, locked."""
    shape, values = shaped(by)
    return _taken(model, shape), values


def read(row: Row[Any], *models: Any) -> list[Any]:
    """Return an object of each model from a row of `select_of`; None where an outer join has none.

    After them comes whatever else the select asks for. What is `deferred` in a model is not among
    what its object holds.
    """
    made: list[Any] = []
    start = 0
    for model in models:
        end = start + len(_columns(model))
        made.append(_made(model, row[start:end]))
        start = end
    return [*made, *row[start:]]


def changes(row: object) -> tuple[Update, dict[str, Any]] | None:
    """Return an update of what was changed of a row since it was read; None when nothing was."""
    if not is_changed(row):
        return None
    state: InstanceState[Any] = inspect(row)
    before = state.committed_state
    names = tuple(sorted(one for one in before if before[one] != state.dict[one]))
    if not names:
        return None
    if state.identity is None:
        raise ValueError("a row that was never kept has no changes")
    values = {f"new_{name}": state.dict[name] for name in names}
    model: Any = state.class_
    return _changes(model, names), values | {"row": state.identity[0]}


def is_changed(row: object) -> bool:
    """Say whether anything was changed of a row since it was read."""
    return bool(inspect(row).modified)


@cache
def _taken(model: Any, shape: Shape) -> Select[Any]:
    return narrowed(select_of(model), model, shape).with_for_update()


@cache
def _columns(model: Any) -> dict[str, Any]:
    mapper: Mapper[Any] = inspect(model)
    return {one.key: one.columns[0] for one in mapper.column_attrs if not one.deferred}


def _made(model: Any, values: Sequence[Any]) -> Any:
    named = dict(zip(_columns(model), values, strict=True))
    mapper: Mapper[Any] = inspect(model)
    key = tuple(named[one] for one in _key(model))
    if None in key:
        return None
    made = mapper.class_manager.new_instance()
    vars(made).update(named)
    inspect(made).key = mapper.identity_key_from_primary_key(key)
    return made


@cache
def _key(model: Any) -> tuple[str, ...]:
    mapper: Mapper[Any] = inspect(model)
    return tuple(mapper.get_property_by_column(one).key for one in mapper.primary_key)


@cache
def _changes(model: Any, names: tuple[str, ...]) -> Update:
    mapper: Mapper[Any] = inspect(model)
    (key,) = mapper.primary_key
    table = cast(Table, mapper.local_table)
    values: dict[Any, Any] = {
        mapper.column_attrs[name].columns[0]: bindparam(f"new_{name}") for name in names
    }
    return update(table).where(key == bindparam("row")).values(values)
