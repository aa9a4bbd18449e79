"""Every service forgets in time what it need not keep, and nothing early."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.everything import Everything, build
from shared import ids
from shared.clock import SystemClock
from shared.contracts.topics import SESSIONS
from shared.database import inbox, outbox
from shared.database.inbox import InboxRow
from shared.database.jobs import JobRow
from shared.database.outbox import OutboxRow
from shared.mail import MailRow
from shared.mail.mailers import Captured
from shared.mail.post import KEEP_BODIES
from shared.operations import upkeep
from shared.runtime import Service
from shared.work import Work

SERVICES = ("registry", "consultation", "notifications")
HOUR = timedelta(hours=1)


class Machine(SystemClock):
    """A machine whose clock is moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def system(self) -> datetime:
        return super().system() + self.ahead

    def now(self) -> datetime:
        return self.system()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def portal(tmp_path: Path, machine: Machine) -> Iterator[Everything]:
    made = build(tmp_path, Captured(), machine)
    made.prepare()
    made.settle()
    yield made
    made.close()


def heard(work: Work, at: datetime) -> None:
    inbox.enter(work.session, "g", ids.new(), (SESSIONS.name, 0, 0), at)


def posted(work: Work, at: datetime) -> None:
    work.add(
        MailRow(
            to="a@b.example",
            language="en",
            subject="S",
            text="T",
            state="delivered",
            created_at=at,
            next_at=at,
            settled_at=at,
        )
    )


def told(work: Work, at: datetime, *, sent: bool = True) -> None:
    work.add(
        OutboxRow(
            event_id=ids.new(),
            topic=SESSIONS.name,
            key="k",
            type="t",
            headers=[],
            payload=b"{}",
            occurred_at=at,
            published_at=at if sent else None,
        )
    )


def count(service: Service, *where: object) -> int:
    with service.room.view() as view:
        return view.session.scalar(select(func.count()).where(*where)) or 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_forgets_in_time(portal: Everything, machine: Machine, name: str) -> None:
    service = portal.service(name)
    timer = next(one.timer for one in portal.running if one.service is service)
    with service.room.work() as work:
        heard(work, machine.system())
        told(work, machine.system())
        posted(work, machine.system())
    mine = InboxRow.consumer_group == "g"
    ours = OutboxRow.key == "k"
    letters = MailRow.to == "a@b.example"

    machine.ahead = upkeep.KEEP_PUBLISHED - HOUR
    timer.once()
    assert (count(service, mine), count(service, ours), count(service, letters)) == (1, 1, 1)
    machine.ahead = upkeep.KEEP_PUBLISHED + HOUR
    timer.once()
    assert (count(service, mine), count(service, ours), count(service, letters)) == (1, 0, 1)
    machine.ahead = upkeep.KEEP_INBOX + HOUR
    timer.once()
    assert (count(service, mine), count(service, letters)) == (0, 1)
    machine.ahead = KEEP_BODIES + HOUR
    timer.once()
    assert count(service, letters) == 0
    assert count(service, MailRow.state == "delivered", MailRow.text == "") == 1


def test_what_the_log_has_not_confirmed_stays(portal: Everything, machine: Machine) -> None:
    service = portal.service("registry")
    with service.room.work() as work:
        told(work, machine.system(), sent=False)
    machine.ahead = timedelta(days=400)
    with service.room.work() as work:
        assert not upkeep.prune_outbox(work)
    assert count(service, OutboxRow.key == "k") == 1


def test_a_long_list_goes_piece_by_piece(
    portal: Everything, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = portal.service("notifications")
    timer = next(one.timer for one in portal.running if one.service is service)
    with service.room.work() as work:
        for _ in range(outbox.CHUNK + 3):
            told(work, machine.system())
    pieces: list[int] = []
    whole = outbox.prune

    def counted(*given: object) -> int:
        pieces.append(whole(*given))  # type: ignore[arg-type]
        return pieces[-1]

    monkeypatch.setattr(outbox, "prune", counted)
    machine.ahead = upkeep.KEEP_PUBLISHED + HOUR
    timer.once()
    assert pieces == [outbox.CHUNK, 3]
    with service.room.view() as view:
        assert view.get(JobRow, name="outbox.prune").last_error is None
