"""When each job last ran, so that it runs once an interval, whatever the number of workers."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.base import Shared


class JobRow(Shared):
    """The last run of one job, in portal time."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    last_run_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(500))
