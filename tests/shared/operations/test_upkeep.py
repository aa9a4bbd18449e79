"""Every service forgets in time what it need not keep, and nothing early."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from shared import ids
from shared.clock import FixedClock
from shared.contracts.topics import SESSIONS
from shared.database import inbox, outbox
from shared.database.inbox import InboxRow
from shared.database.jobs import JobRow
from shared.database.outbox import OutboxRow
from shared.mail import MailRow
from shared.mail.post import KEEP_BODIES
from shared.operations import upkeep
from shared.operations.timer import Timer
from shared.runtime import Service
from shared.work import Work
from tests.support.bench import Open

Serve = Callable[[str], Service]
SERVICES = ("registry", "consultation", "notifications")
HOUR = timedelta(hours=1)


class Machine(FixedClock):
    """A machine whose clock stands and is moved by hand; portal time is the same."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self._began = self.at

    @property
    def ahead(self) -> timedelta:
        return self.at - self._began

    @ahead.setter
    def ahead(self, by: timedelta) -> None:
        self.at = self._began + by

    def system(self) -> datetime:
        return self.at


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def serve(opened: Open, machine: Machine) -> Serve:
    """A function that opens a service by the machine's clock."""

    def serve(name: str) -> Service:
        service = opened(name).service
        service.room.clock = machine
        return service

    return serve


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
def test_every_service_forgets_in_time(serve: Serve, machine: Machine, name: str) -> None:
    service = serve(name)
    timer = Timer(service)
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


def test_what_the_log_has_not_confirmed_stays(serve: Serve, machine: Machine) -> None:
    service = serve("registry")
    with service.room.work() as work:
        told(work, machine.system(), sent=False)
    machine.ahead = timedelta(days=400)
    with service.room.work() as work:
        assert not upkeep.prune_outbox(work)
    assert count(service, OutboxRow.key == "k") == 1


def test_a_long_list_goes_piece_by_piece(
    serve: Serve, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve("notifications")
    timer = Timer(service)
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
