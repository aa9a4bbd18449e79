"""Alembic's way in: the tables of registry."""

from services.registry import main  # noqa: F401 - imports every model
from services.registry.base import Base
from shared.database.base import Shared
from shared.database.histories import run

run([Base.metadata, Shared.metadata])
