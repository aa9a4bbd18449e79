"""The declarative base of consultation's tables."""

from shared.database.base import new_base

Base = new_base()
