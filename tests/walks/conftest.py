"""The peopled portal, copied once, and what its people come to."""

from collections.abc import Iterator

import pytest

from tests.support.peopled import Peopled
from tests.support.walks import Walk


@pytest.fixture(scope="package")
def walk(peopled: Peopled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A copy of the portal in which only refusals and reading happen."""
    with peopled.copied(tmp_path_factory.mktemp("walk") / "portal") as portal:
        yield Walk(peopled, portal)
