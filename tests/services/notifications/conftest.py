"""What the tests of notifications share."""

import pytest

from tests.support.bench import Bench
from tests.support.notices import World


@pytest.fixture
def world(notifications_bench: Bench) -> World:
    """Notifications in which nothing was heard yet."""
    return World(notifications_bench)
