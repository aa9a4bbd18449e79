"""Two processes of registry on one PostgreSQL are one registry: sessions, renewal, limits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.registry.accounts.actions.sign_in import TO_ONE_ADDRESS
from shared.database import limits
from shared.errors import TooMany
from tests.services.registry.accounts.conftest import Registry
from tests.support.bench import bench_on

pytestmark = pytest.mark.parametrize("opened", ["postgres"], indirect=True)
HOUR = timedelta(hours=1)
TOGETHER, ALLOWED = 24, 7


def again(registry: Registry, folder: Path) -> Registry:
    """Return registry as another process has it: on the same database, with nothing in common."""
    url = registry.bench.service.room.database.url.render_as_string(hide_password=False)
    bench = bench_on("registry", url, folder)
    bench.service.room.clock = bench.clock = registry.clock
    return Registry(bench, registry.clock)


@pytest.fixture
def other(registry: Registry, tmp_path: Path) -> Iterator[Registry]:
    found = again(registry, tmp_path / "other")
    yield found
    found.bench.service.room.database.dispose()


def moved(browser: TestClient, to: Registry) -> TestClient:
    """Return what the proxy makes of a browser: the same cookies, at another process."""
    there = to.browser()
    there.cookies = browser.cookies
    return there


def test_who_signed_in_at_one_is_signed_in_at_all(registry: Registry, other: Registry) -> None:
    here = registry.signed_in(registry.person())
    there = moved(here, other)
    assert there.get("/en/account").status_code == 200

    registry.later(hours=2)  # the token is over, the session is not
    assert there.get("/en/account").headers["location"].startswith("/en/renew")
    assert there.get("/en/renew?next=/en/account").headers["location"] == "/en/account"
    assert there.get("/en/account").status_code == 200

    assert there.post("/en/sign-out").status_code == 303
    assert here.get("/en/account").headers["location"].startswith("/en/renew")


def test_a_session_outlives_the_process_that_began_it(registry: Registry, tmp_path: Path) -> None:
    here = registry.signed_in(registry.person())
    registry.bench.service.room.database.dispose()
    started = again(registry, tmp_path / "started")
    assert moved(here, started).get("/en/account").status_code == 200
    started.bench.service.room.database.dispose()


def test_mails_to_one_address_are_counted_over_all(registry: Registry, other: Registry) -> None:
    (_, allowed), *_ = TO_ONE_ADDRESS
    browsers = [registry.browser(), other.browser()]
    form = {"email": "amina@example.org", "remarks": "", "asked": "0"}
    answers = [
        browsers[one % 2].post("/en/sign-in", data=form).status_code for one in range(allowed + 2)
    ]
    assert answers == [303] * allowed + [429] * 2


def test_attempts_at_once_are_counted_one_by_one(registry: Registry, other: Registry) -> None:
    rooms = [registry.bench.service.room, other.bench.service.room]

    def attempt(number: int) -> bool:
        try:
            with rooms[number % 2].work() as work:
                limits.hit(work.session, "k", per=HOUR, at_most=ALLOWED, at=work.system_now)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(TOGETHER))) == ALLOWED
