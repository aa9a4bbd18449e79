"""The declarative base of notifications' tables, and the insert that keeps what is there."""

from datetime import datetime
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from shared.database.base import NAMES, Instant


class Base(DeclarativeBase):
    """Base of every table that notifications alone has."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant}  # noqa: RUF012 - SQLAlchemy's own way


def insert_new(session: Session, model: Any) -> Any:
    """Return an insert into a table that skips rows whose unique key exists, on either engine.

    On PostgreSQL it waits for a transaction that is inserting the same key, so that of two workers
    only one is told that the row is new.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    return insert(model)
