"""Fixtures of every test; their definitions are in tests/support."""

from tests.support.bench import (
    consultation_bench,
    migrated,
    notifications_bench,
    opened,
    registry_bench,
)
from tests.support.portal import portal

__all__ = [
    "consultation_bench",
    "migrated",
    "notifications_bench",
    "opened",
    "portal",
    "registry_bench",
]
