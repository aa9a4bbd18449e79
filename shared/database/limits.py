"""Rate limits that survive a restart and hold over several workers: one upsert table.

Windows are fixed: the first hit opens one of length `per`; the hit after the last allowed one is
refused until it is over. Keys are hashed, because they hold addresses.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, String, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.base import Shared
from shared.errors import TooMany

LONGEST = timedelta(days=1)
"""No limit is counted over a longer time, so older rows are of no use."""


class LimitRow(Shared):
    """How often something was done since `started_at`. The key is a SHA-256."""

    __tablename__ = "limits"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    hits: Mapped[int] = mapped_column(Integer)


def hit(session: Session, key: str, *, per: timedelta, at_most: int, at: datetime) -> None:
    """Count one more attempt under `key`. Raises TooMany when more than `at_most` fall into `per`.

    `at` is system time. A refused attempt is rolled back with its request: the count stays full.
    """
    hits: Any = session.execute(_upsert(session, _hashed(key), per, at)).scalar_one()
    if hits > at_most:
        raise TooMany


def used(session: Session, key: str, *, per: timedelta, at: datetime) -> int:
    """Return how many attempts fall into the running window, without counting one."""
    found = select(LimitRow.hits).where(
        LimitRow.key == _hashed(key), LimitRow.started_at > at - per
    )
    return session.execute(found).scalar_one_or_none() or 0


def clear(session: Session, key: str) -> None:
    """Forget what was counted under `key`, as after a success."""
    session.execute(delete(LimitRow).where(LimitRow.key == _hashed(key)))


def forget(session: Session, at: datetime) -> None:
    """Delete rows too old to count for any limit."""
    session.execute(delete(LimitRow).where(LimitRow.started_at < at - LONGEST))


def _upsert(session: Session, key: str, per: timedelta, at: datetime) -> Any:
    insert: Any = postgresql.insert if _is_postgresql(session) else sqlite.insert
    fresh = LimitRow.started_at > at - per
    return (
        insert(LimitRow)
        .values(key=key, started_at=at, hits=1)
        .on_conflict_do_update(
            index_elements=[LimitRow.key],
            set_={
                "hits": case((fresh, LimitRow.hits + 1), else_=1),
                "started_at": case((fresh, LimitRow.started_at), else_=at),
            },
        )
        .returning(LimitRow.hits)
    )


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
