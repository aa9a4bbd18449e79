"""The audit log is only added to, and whoever gets round that is found out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared import ids
from shared.database import seals
from shared.database.audit import AuditRow
from shared.database.seals import Fault, SealRow, What
from shared.database.session import SYNCHRONOUS, Database
from shared.operations import upkeep
from tests.support.bench import Bench

LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def log(registry_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A log of ten acts under three seals, and one that is not sealed yet."""
    monkeypatch.setattr(seals, "BATCH", 4)
    for number in range(10):
        act(registry_bench, number)
    while sealed(registry_bench):
        pass
    act(registry_bench, 10)
    return registry_bench


def act(bench: Bench, number: int) -> None:
    with bench.work() as work:
        work.record("thing.do", number, words="d\u00e9j\u00e0 vu", many=[1, 2.5, None])


def sealed(bench: Bench) -> bool:
    with bench.work() as work:
        return upkeep.seal_audit(work)


def verified(bench: Bench) -> seals.Verified:
    with bench.view() as view:
        return seals.verify(view.session)


@contextmanager
def owning(bench: Bench) -> Iterator[Connection]:
    """A connection as whoever has the database in hand, past all guards."""
    database = bench.service.room.database
    path = database.url.difference_update_query([SYNCHRONOUS])
    engine = create_engine(path if database.is_sqlite else path.set(username="postgres"))
    try:
        with engine.begin() as connection:
            for table in ("audit", "audit_seal"):
                if database.is_sqlite:
                    for guard in ("update", "delete"):
                        connection.execute(text(f"DROP TRIGGER {table}_no_{guard}"))
                else:
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            yield connection
    finally:
        engine.dispose()


def numbers(bench: Bench) -> list[int]:
    with bench.view() as view:
        return list(view.session.scalars(select(AuditRow.number).order_by(AuditRow.number)))


def test_what_nobody_touched_is_as_it_was_sealed(log: Bench) -> None:
    found = verified(log)
    assert found.fault is None
    assert (found.rows, found.waiting, len(found.digests)) == (10, 1, 3)
    with log.view() as view:
        assert [one.last for one in view.session.scalars(select(SealRow))] == [
            numbers(log)[place] for place in (3, 7, 9)
        ]


CHANGES: dict[str, Any] = {
    "at": LATER,
    "act": "thing.undo",
    "kind": "Other",
    "subject": "4711",
    "person": ids.new(),
    "cause": ids.new(),
    "details": {"words": "deja vu", "many": [1, 2.5, None]},
    "id": ids.new(),
}


def test_every_column_has_a_change_to_be_found() -> None:
    assert set(CHANGES) == {one.name for one in AuditRow.__table__.columns} - {"number"}


def forged(number: int) -> Any:
    values = {"at": LATER, "act": "x", "kind": "", "subject": "", "details": {}}
    return insert(AuditRow).values(number=number, id=ids.new(), **values)


def touches(numbers: list[int]) -> Iterator[tuple[Any, Fault]]:
    """Statements of somebody who has the database in hand, with what each is found out as."""
    one = numbers[5]
    for column, value in CHANGES.items():
        change = update(AuditRow).where(AuditRow.number == one).values({column: value})
        yield change, Fault("Row", one, What.CHANGED)
    for number in (numbers[place] for place in (0, 3, 4, 9)):
        gone = delete(AuditRow).where(AuditRow.number == number)
        yield gone, Fault("Row", number, What.REMOVED)
    yield forged(numbers[0] - 1), Fault("Row", numbers[0] - 1, What.INSERTED)
    moved = update(AuditRow).where(AuditRow.number == one).values(number=-one)
    yield moved, Fault("Row", -one, What.INSERTED)
    for number, values in (
        (2, {"digest": "0" * 64}),
        (3, {"sealed_at": LATER}),
        (1, {"marks": b""}),
        (3, {"last": numbers[8]}),
        (2, {"previous": ""}),
    ):
        change = update(SealRow).filter_by(number=number).values(values)
        yield change, Fault("Seal", number, What.CHANGED)
    for number in (1, 2):
        yield delete(SealRow).filter_by(number=number), Fault("Seal", number, What.REMOVED)


def test_whatever_is_touched_is_named(log: Bench) -> None:
    with owning(log) as connection:
        for statement, fault in touches(numbers(log)):
            with connection.begin_nested() as touch:
                connection.execute(statement)
                with Session(connection, join_transaction_mode="create_savepoint") as session:
                    assert seals.verify(session).fault == fault, statement
                touch.rollback()
    assert verified(log).fault is None


def test_a_chain_made_anew_lacks_the_digest_that_somebody_kept(log: Bench) -> None:
    kept = verified(log).digests[-1]
    with owning(log) as connection:
        connection.execute(delete(SealRow))
        connection.execute(delete(AuditRow).where(AuditRow.number == numbers(log)[5]))
    while sealed(log):
        pass
    found = verified(log)
    assert found.fault is None
    assert kept not in found.digests


def test_the_database_refuses_to_touch_the_log(log: Bench) -> None:
    for table in ("audit", "audit_seal"):
        for statement in (f"UPDATE {table} SET number = number + 100", f"DELETE FROM {table}"):  # noqa: S608
            with (
                pytest.raises(DBAPIError, match=r"only added to|permission denied"),
                log.work() as work,
            ):
                work.session.execute(text(statement))
    assert verified(log).fault is None


on_postgres = pytest.mark.parametrize("opened", ["postgres"], indirect=True)


@pytest.fixture
def databases(registry_bench: Bench) -> Iterator[tuple[Bench, Database]]:
    """A service, and its database as another process has it; SQLite has one writer at a time."""
    second = Database(
        registry_bench.service.room.database.url.render_as_string(hide_password=False)
    )
    yield registry_bench, second
    second.dispose()


def row(act: str) -> AuditRow:
    return AuditRow(at=LATER, act=act, kind="", subject="", details={})


def sealed_while_another_writes(bench: Bench, second: Database) -> None:
    """One act gets its number first and commits last; the log is sealed in between."""
    with second.session_for_write() as session:
        session.add(row("slow"))
        session.flush()
        with second.session_for_write() as given_up:
            given_up.add(row("given up"))
            given_up.flush()
            given_up.rollback()
        act(bench, 1)
        sealed(bench)
    sealed(bench)


@on_postgres
def test_what_commits_late_is_waited_for(
    databases: tuple[Bench, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, second = databases
    monkeypatch.setattr(seals, "PATIENCE", 0.1)
    sealed_while_another_writes(bench, second)
    found = verified(bench)
    assert (found.fault, found.waiting) == (None, 0)
    first, gap, last = range(numbers(bench)[-2], numbers(bench)[-1] + 1)
    assert numbers(bench)[-2:] == [first, last], "a number is missing, and nothing is wrong"
    with owning(bench) as connection:
        connection.execute(forged(gap))
    assert verified(bench).fault == Fault("Row", gap, What.INSERTED)


@on_postgres
def test_a_seal_up_to_the_newest_number_would_accuse_the_innocent(
    databases: tuple[Bench, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "_settled", seals._newest_row)
    sealed_while_another_writes(*databases)
    fault = verified(databases[0]).fault
    assert fault is not None
    assert fault.what is What.INSERTED


@on_postgres
def test_two_that_seal_at_once_make_one_chain(databases: tuple[Bench, Database]) -> None:
    bench, second = databases
    act(bench, 1)
    with second.session_for_write() as session:
        assert seals.seal(session, LATER) is not None
        assert not sealed(bench)
    assert not sealed(bench)
    assert len(verified(bench).digests) == 1
