"""The declarative base of consultation's tables."""

from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.database.base import NAMES, Instant


class Base(DeclarativeBase):
    """Base of every table that consultation alone has."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant}  # noqa: RUF012 - SQLAlchemy's own way
