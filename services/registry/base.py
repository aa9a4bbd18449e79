"""The declarative base of registry's tables."""

from shared.database.base import new_base

Base = new_base()
