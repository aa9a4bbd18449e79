"""Alembic's way in: the tables of consultation."""

from services.consultation import main  # noqa: F401 - imports every model
from services.consultation.base import Base
from shared.database.base import Shared
from shared.database.histories import run
from shared.known.models import Copies

run([Base.metadata, Shared.metadata, Copies.metadata])
