"""The declarative base of notifications' tables, and the insert that keeps what is there."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.database.base import new_base

Base = new_base()


def insert_new(session: Session, model: Any) -> Any:
    """Return an insert into a table that skips rows whose unique key exists, on either engine.

    On PostgreSQL it waits for a transaction that is inserting the same key, so that of two workers
    only one is told that the row is new.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    return insert(model)
