"""The audit log: one row an act, written in the transaction of the act, without personal data."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Integer, String, Table, insert
from sqlalchemy.orm import Mapped, mapped_column

from shared import ids
from shared.database.base import Shared

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A counting key: 64 bits on PostgreSQL, SQLite's own row id."""


class AuditRow(Shared):
    """Who did which act to what. The person is an id, which erasure leaves without a name."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(default=ids.new, unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    act: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    person: Mapped[UUID | None] = mapped_column(index=True)
    cause: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


INSERT = insert(cast(Table, AuditRow.__table__)).inline()
