"""Logs, databases and one small service of two tables, for tests of messaging."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.clock import FixedClock
from shared.contracts.topics import ORGANISATIONS, PEOPLE, SESSIONS, TOPICS
from shared.database.session import Database
from shared.messaging.bus import Bus
from shared.messaging.embedded import EmbeddedBus
from shared.work import Room
from tests.shared.messaging.tables import START, create, room_of

if TYPE_CHECKING:
    from tests.support.kafka import Broker


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedBus]:
    """An embedded log with all topics."""
    bus = EmbeddedBus(tmp_path / "events.db", janitor=False)
    bus.ensure_topics(TOPICS)
    yield bus
    bus.close()


@pytest.fixture(scope="session")
def kafka_topics(kafka_broker: "Broker") -> "Broker":
    """The run's broker with all topics, made once."""
    from shared.messaging.kafka import KafkaBus  # noqa: PLC0415 - only where Kafka is asked for

    bus = KafkaBus([kafka_broker.address])
    bus.ensure_topics([PEOPLE, SESSIONS, ORGANISATIONS])
    bus.close()
    return kafka_broker


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """A log of each kind, empty of topics of our own names."""
    made: Bus
    if request.param == "embedded":
        made = EmbeddedBus(tmp_path / "log.db", janitor=False)
    else:
        from shared.messaging.kafka import KafkaBus  # noqa: PLC0415 - as above

        broker: Broker = request.getfixturevalue("kafka_broker")
        made = KafkaBus([broker.address], patience=5)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database of each kind with every shared table and two of our own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'service.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    found = Database(url)
    create(found)
    yield found
    found.dispose()


@pytest.fixture
def room(database: Database, tmp_path: Path, clock: FixedClock) -> Room:
    """The service that owns registry's topics."""
    return room_of(database, tmp_path, clock)


@pytest.fixture
def lite(tmp_path: Path, clock: FixedClock) -> Iterator[Room]:
    """The same on SQLite only, where the engine does not matter."""
    database = Database(f"sqlite:///{tmp_path / 'lite.db'}")
    create(database)
    yield room_of(database, tmp_path, clock)
    database.dispose()
