"""Fixtures of every test; their definitions are in tests/support."""

from tests.support.bench import (
    consultation_bench,
    migrated,
    notifications_bench,
    opened,
    registry_bench,
)
from tests.support.kafka import kafka_broker
from tests.support.portal import portal
from tests.support.postgres import postgres_server, postgres_url

__all__ = [
    "consultation_bench",
    "kafka_broker",
    "migrated",
    "notifications_bench",
    "opened",
    "portal",
    "postgres_server",
    "postgres_url",
    "registry_bench",
]
