"""Telling again: the same state after it, whatever was lost, and copies of what is gone dropped."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from shared import ids
from shared.contracts.envelope import Envelope
from shared.contracts.living import Alive, Living
from shared.contracts.partitions import partition_of
from shared.contracts.registry import OrganisationsLiving, SessionEnded
from shared.contracts.topics import ORGANISATIONS, SESSIONS
from shared.database.audit import AuditRow
from shared.database.outbox import OutboxRow
from shared.database.projection import outlived
from shared.database.trouble import TIMES
from shared.messaging import retell as telling
from shared.messaging.consumer import Consumer, hear
from shared.messaging.embedded import EmbeddedBus
from shared.messaging.relay import Relay
from shared.messaging.retell import Each, piece_id, retell
from shared.work import Room, Work
from tests.shared.messaging.tables import Thing
from tests.shared.messaging.told import ended, on_ended, tell, versions

READERS = SESSIONS.readers
LONG_AGO = datetime.now(UTC) - timedelta(days=1)


def old_id() -> UUID:
    """The id of something made yesterday."""
    return UUID(int=ids.bound(LONG_AGO).int | 7 << 76 | secrets.randbits(62))


def again(work: Work, things: Sequence[Thing]) -> None:
    for thing in things:
        work.tell(ended(thing.id, thing.tick()))


EACH = Each(Thing, again, OrganisationsLiving)


def lists(log: EmbeddedBus) -> list[tuple[int, Living]]:
    """The pieces in the log, each with the partition in which it stands."""
    return [
        (record.partition.number, OrganisationsLiving.model_validate_json(record.value or b""))
        for record in log.read(ORGANISATIONS.name)
    ]


class Deadlock(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize("times", [1, TIMES - 1, TIMES])
def test_a_page_that_met_somebody_is_told_once_more(
    lite: Room, log: EmbeddedBus, times: int
) -> None:
    """Somebody who answers locks rows in another order: the server ends one of the two."""
    things, met = {tell(lite) for _ in range(3)}, count()

    def meeting(work: Work, rows: Sequence[Thing]) -> None:
        again(work, rows)
        if next(met) < times:
            raise OperationalError("SELECT", {}, Deadlock())

    if times == TIMES:
        with pytest.raises(OperationalError):
            retell(lite.work, [Each(Thing, meeting)])
        return
    retell(lite.work, [Each(Thing, meeting)])
    Relay(lite.database, log, "registry").once()
    assert versions(log) == {thing: [1, 2] for thing in things}


def test_everything_is_told_again_with_newer_versions(
    lite: Room, log: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PAGE", 3)
    things = {tell(lite) for _ in range(8)}
    gone = tell(lite)
    with lite.work() as work:
        work.session.execute(delete(Thing).where(Thing.id == gone))
    told: list[tuple[str, int]] = []
    retell(lite.work, [Each(Thing, again)], lambda what, many: told.append((what, many)))
    Relay(lite.database, log, "registry").once()
    found = versions(log)
    assert found.pop(gone) == [1]
    assert found == {thing: [1, 2] for thing in things}
    assert [many for what, many in told if what == "thing"] == [0, 3, 6, 8]
    with lite.view() as view:
        assert view.get(AuditRow, act="events.retell").person is None


def test_rows_that_were_never_told_are_left_out(lite: Room, log: EmbeddedBus) -> None:
    with lite.work() as work:
        work.add(Thing(id=ids.new(), version=0))
    told = tell(lite)
    retell(lite.work, [Each(Thing, again, where=lambda _work: Thing.version > 0)])
    Relay(lite.database, log, "registry").once()
    assert set(versions(log)) == {told}


def test_an_emptied_log_gets_back_what_was_told_of_late(
    lite: Room, log: EmbeddedBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.database.outbox.CHUNK", 2)
    relay = Relay(lite.database, log, "registry")
    things = [tell(lite, times=2) for _ in range(3)]
    relay.once()
    before = [(record.key, record.headers, record.value) for record in log.read(SESSIONS.name)]
    empty = EmbeddedBus(tmp_path / "empty.db", janitor=False)
    empty.ensure_topics([SESSIONS, ORGANISATIONS])
    retell(lite.work, [])
    Relay(lite.database, empty, "registry").once()
    after = [(record.key, record.headers, record.value) for record in empty.read(SESSIONS.name)]
    assert sorted(after) == sorted(before)
    assert versions(empty) == {thing: [1, 2] for thing in things}
    empty.close()


def test_what_was_heard_before_has_no_effect_again(lite: Room, log: EmbeddedBus) -> None:
    relay = Relay(lite.database, log, "registry")
    tell(lite, times=3)
    relay.once()
    reader = Consumer(log, "consultation", [hear(type(ended(ids.new(), 1)), on_ended)], lite.work)
    assert reader.once() == 3
    retell(lite.work, [])
    relay.once()
    assert reader.once() == 3
    assert (reader.counters.handled, reader.counters.repeated) == (3, 3)


def test_the_list_names_everything_once_in_the_partition_of_its_ids(
    room: Room, log: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PIECE", 3)
    alive = {old_id(): version for version in range(40)}
    with room.work() as work:
        work.session.add_all(Thing(id=key, version=version) for key, version in alive.items())
    retell(room.work, [Each(Thing, lambda _work, _rows: None, OrganisationsLiving)])
    Relay(room.database, log, "registry").once()
    found = lists(log)
    assert {one.id: one.version for _, piece in found for one in piece.living} == alive
    assert sum(len(piece.living) for _, piece in found) == len(alive)
    assert max(len(piece.living) for _, piece in found) <= 3
    for part, piece in found:
        assert part == piece.share
        for one in piece.living:
            assert partition_of(str(one.id).encode(), ORGANISATIONS.partitions) == part
            assert piece.speaks_of(one.id)


def test_every_old_id_is_spoken_of_once_and_no_new_one(
    lite: Room, log: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PIECE", 2)
    with lite.work() as work:
        work.session.add_all(Thing(id=old_id(), version=1) for _ in range(30))
    retell(lite.work, [Each(Thing, lambda _work, _rows: None, OrganisationsLiving)])
    Relay(lite.database, log, "registry").once()
    pieces = [piece for _, piece in lists(log)]
    for key in (old_id() for _ in range(50)):
        assert sum(piece.speaks_of(key) for piece in pieces) == 1
    new = ids.new()
    assert not any(piece.speaks_of(new) for piece in pieces)


def test_pieces_have_the_same_ids_each_time(lite: Room, log: EmbeddedBus) -> None:
    relay = Relay(lite.database, log, "registry")
    for _ in range(2):
        retell(lite.work, [Each(Thing, lambda _work, _rows: None, OrganisationsLiving)])
        relay.once()
    keys = [record.key for record in log.read(ORGANISATIONS.name)]
    # Sent again as well, because the first list was told of late.
    assert len(set(keys)) == ORGANISATIONS.partitions
    assert len(keys) == 3 * ORGANISATIONS.partitions
    assert keys[0] in {str(piece_id(ORGANISATIONS, part, 0)).encode() for part in range(6)}


def copies(room: Room) -> dict[UUID, int]:
    with room.view() as view:
        return {row.id: row.version for row in view.session.scalars(select(Thing))}


def living(*alive: tuple[UUID, int], share: int = 0, shares: int = 1) -> OrganisationsLiving:
    return OrganisationsLiving(
        id=ids.new(),
        version=1,
        share=share,
        shares=shares,
        after=None,
        until=ids.bound(datetime.now(UTC) - timedelta(minutes=10)),
        living=[Alive(id=key, version=version) for key, version in alive],
    )


def test_copies_of_what_is_gone_are_found(room: Room) -> None:
    kept, gone, new = old_id(), old_id(), ids.new()
    with room.work() as work:
        work.session.add_all(Thing(id=key, version=3) for key in (kept, gone, new))
    with room.work() as work:
        assert outlived(work.session, Thing, living((kept, 5))) == [gone]
    assert copies(room) == {kept: 3, gone: 3, new: 3}


def test_a_copy_that_knows_more_than_its_owner_takes_what_is_told_next(room: Room) -> None:
    ahead, behind = old_id(), old_id()
    with room.work() as work:
        work.session.add_all([Thing(id=ahead, version=9), Thing(id=behind, version=2)])
    with room.work() as work:
        assert outlived(work.session, Thing, living((ahead, 4), (behind, 4))) == []
    assert copies(room) == {ahead: 0, behind: 2}


def test_a_piece_says_nothing_of_other_shares(room: Room) -> None:
    with room.work() as work:
        work.session.add_all(Thing(id=old_id(), version=1) for _ in range(20))
    with room.work() as work:
        found = [
            key
            for share in range(3)
            for key in outlived(work.session, Thing, living(share=share, shares=3))
        ]
    assert len(found) == 20
    assert set(found) == set(copies(room))


def test_confirmed_rows_alone_lose_their_mark(lite: Room, log: EmbeddedBus) -> None:
    Relay(lite.database, log, "registry").once()
    tell(lite)
    waiting = select(func.count()).where(OutboxRow.published_at.is_(None))
    retell(lite.work, [])
    with lite.work() as work:
        assert work.session.scalar(waiting) == 1
        work.session.execute(update(OutboxRow).values(attempts=4))
    retell(lite.work, [])
    with lite.view() as view:
        rows: Any = view.session.scalars(select(OutboxRow)).all()
    assert [row.attempts for row in rows] == [4]


def test_an_event_sent_again_keeps_its_id(lite: Room, log: EmbeddedBus) -> None:
    relay = Relay(lite.database, log, "registry")
    tell(lite)
    relay.once()
    retell(lite.work, [])
    relay.once()
    first, second = (Envelope.of(list(one.headers)) for one in log.read(SESSIONS.name))
    assert first == second


def test_who_tells_beside_the_workers_waits_until_everybody_has_heard(
    lite: Room, log: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(lite, times=3)
    relay = Relay(lite.database, log, "registry")
    readers = [Consumer(log, name, [hear(SessionEnded, on_ended)], lite.work) for name in READERS]
    works = iter([relay.once, *(reader.once for reader in readers)])
    left: list[str] = []

    def work(_seconds: float) -> None:
        step = next(works, None)
        left.append("waited")
        if step is not None:
            step()

    monkeypatch.setattr(telling.time, "sleep", work)
    telling.wait_until_heard(lite.database, log, "registry")
    assert len(left) == 1 + len(READERS)
    tell(lite)
    monkeypatch.setattr(telling, "PATIENCE", 0.0)
    with pytest.raises(TimeoutError, match="1 events wait"):
        telling.wait_until_heard(lite.database, log, "registry")
    for reader in readers:
        reader.stop()
