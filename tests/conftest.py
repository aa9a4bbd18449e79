"""Fixtures of every test; their definitions are in tests/support."""

import signal

import pytest
from hypothesis import settings

from tests.support.bench import (
    consultation_bench,
    migrated,
    notifications_bench,
    opened,
    registry_bench,
    shared_database,
)
from tests.support.kafka import dropped_sockets, forgive_dropped_sockets, kafka_broker
from tests.support.logbook import lines, logs_as_before
from tests.support.peopled import peopled
from tests.support.portal import portal
from tests.support.postgres import postgres_server, postgres_url
from tests.support.production import production
from tests.support.seeded import copied, seeded

__all__ = [
    "consultation_bench",
    "copied",
    "dropped_sockets",
    "kafka_broker",
    "lines",
    "logs_as_before",
    "migrated",
    "notifications_bench",
    "opened",
    "peopled",
    "portal",
    "postgres_server",
    "postgres_url",
    "production",
    "registry_bench",
    "seeded",
    "shared_database",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    forgive_dropped_sockets(items)


# A shell that starts this in the background has it ignore Ctrl-C, and all that it starts as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is, not whether a rule holds.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
