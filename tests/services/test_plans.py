"""With a hundred thousand rows in every hot table no list reads one of them from end to end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from shared.database.session import PLANNING
from tests.support.bench import Bench, bench_on, fresh_postgres
from tests.support.crowds import WORLDS, Act, upkeep_of
from tests.support.plans import caught, wasteful
from tests.support.postgres import Server

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]


@dataclass
class Stage:
    """One service with large tables, and what is asked of it by name."""

    bench: Bench
    admin: psycopg.Connection
    large: list[str]
    asked: dict[str, Act] = field(default_factory=dict)

    def wasteful(self, name: str, *, without: str = "") -> list[str]:
        """Return what is wasted in answering, with one index less if one is named."""
        with caught(self.bench.service.room.database.engine) as said:
            try:
                self.asked[name]()
            except AssertionError as error:
                return [str(error)]  # no answer in time is no answer
        assert said, f"{name} asks nothing"
        with self.admin.transaction(force_rollback=True):
            if without:
                self.admin.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(without)))
            return wasteful(self.admin, said, self.large)


class Stages:
    """A stage a service, each filled once."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.admin, self.folder = server.url("postgres"), folder
        self.dropped: list[tuple[str, str]] = []
        self.made: dict[str, Stage] = {}

    def __getitem__(self, name: str) -> Stage:
        if name not in self.made:
            self.made[name] = self._make(name)
        return self.made[name]

    def _make(self, name: str) -> Stage:
        url = fresh_postgres(self.admin, name, self.dropped)
        bench = bench_on(name, url, self.folder)
        address = make_url(url).set(drivername="postgresql", username="postgres")
        admin = psycopg.connect(
            address.render_as_string(hide_password=False), autocommit=True, options=PLANNING
        )
        prepare, given = WORLDS[name]
        asked = prepare(bench) | upkeep_of(bench)
        given.fill(admin)
        return Stage(bench, admin, [one.name for one in given.tables], asked)

    def close(self) -> None:
        for stage in self.made.values():
            stage.admin.close()
            stage.bench.service.room.database.dispose()


@pytest.fixture(scope="module")
def stages(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    made = Stages(postgres_server, tmp_path_factory.mktemp("stages"))
    yield made
    made.close()


@pytest.mark.parametrize("service", WORLDS)
def test_no_list_reads_a_large_table_from_end_to_end(stages: Stages, service: str) -> None:
    stage = stages[service]
    wasted = {name: found for name in stage.asked if (found := stage.wasteful(name))}
    told = "\n".join(f"== {name}\n" + "\n".join(found) for name, found in wasted.items())
    assert not wasted, told


CONTROLS = {
    "registry": {
        "directory by words": "ix_organisation_name_key_part",
        "directory by category": "ix_organisation_state_category",
        "requests left alone": "ix_join_request_state",
        "people by words": "ix_person_email_part",
        "timed work": "ix_due_at",
        "mail claimed": "ix_mail_due",
        "inbox pruned": "ix_inbox_received_at",
        "mail forgotten": "ix_mail_settled_at",
    },
    "consultation": {
        "desk of calls": "ix_call_created_at",
        "closed calls": "ix_call_closes_at",
        "calls by words": "ix_call_text_text_part",
    },
    "notifications": {"mail forgotten": "ix_mail_settled_at"},
}
"""Lists with an index that each cannot do without."""


@pytest.mark.parametrize("service", CONTROLS)
def test_a_list_that_lost_its_index_is_found_out(stages: Stages, service: str) -> None:
    stage = stages[service]
    unnoticed = [
        name for name, index in CONTROLS[service].items() if not stage.wasteful(name, without=index)
    ]
    assert unnoticed == []
