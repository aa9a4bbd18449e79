"""The small service of the tests of messaging."""

from tests.shared.messaging.conftest import clock, database, lite, log, room

__all__ = ["clock", "database", "lite", "log", "room"]
