"""Every state of a delivery can be reached, and staff see it with its cause."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from sqlalchemy import update

from services.notifications.messages.rules import NOTICES
from services.notifications.preferences import actions
from services.notifications.preferences.rules import Pace, Quiet, Topic
from shared.i18n import LANGUAGES
from shared.mail import MailRow
from shared.mail.mailers import Delayed, Refused
from shared.mail.sender import ATTEMPTS
from shared.security.permissions import Actor
from tests.services.notifications.conftest import Readers
from tests.support.notices import World
from tests.support.table import Table

PAGE = "/en/staff/inbox/reconciliation/2026-001"


class Answering:
    """A mail server that does one thing with every message."""

    def __init__(self, answer: Callable[[], None]) -> None:
        self.answer = answer
        self.messages: list[EmailMessage] = []

    def send(self, _message: EmailMessage) -> None:
        self.answer()

    def close(self) -> None:
        return


class Desk:
    """The staff page about one call, and the partner's person who is told of it."""

    def __init__(self, world: World, readers: Readers) -> None:
        self.world = world
        self.amal = world.person("Amal", (world.partner("Amman"), "contact_point"))
        self.browser = readers.browser(world.staff("Mia", "call_manager"))

    def state(self) -> str:
        """Return what stands in the row of Amal's mail."""
        page = self.browser.get(PAGE).text
        rows = re.findall(
            r"<tr>(.*?)</tr>", page.partition("Every notice about this call")[2], re.DOTALL
        )
        mine = next(row for row in rows if ">Amal<" in row and ">Mail<" in row)
        state = re.search(r'data-th="State">(.*?)</td>', mine, re.DOTALL)
        assert state
        return " ".join(re.sub(r"<[^>]+>", " ", state[1]).split())

    def choose(self, pace: Pace) -> None:
        with self.world.bench.work(Actor(person=self.amal)) as work:
            actions.choose(work, {Topic.CALLS: pace})

    def server(self, answer: Callable[[], None]) -> None:
        self.world.captured = Answering(answer)  # type: ignore[assignment]


@pytest.fixture
def desk(world: World, readers: Readers) -> Desk:
    return Desk(world, readers)


def _raise(problem: Exception) -> Callable[[], None]:
    def answer() -> None:
        raise problem

    return answer


def test_delivered(desk: Desk) -> None:
    desk.world.call()
    assert desk.state() == "Delivered"


def test_waiting_for_a_digest_then_cancelled_by_its_reader(desk: Desk) -> None:
    desk.choose(Pace.DAILY)
    desk.world.call()
    assert desk.state() == "Waiting until the next digest"
    desk.choose(Pace.NONE)
    desk.world.later(days=1)
    assert desk.state() == "Cancelled wanted no mail"


def test_waiting_for_the_end_of_quiet_hours(desk: Desk) -> None:
    with desk.world.bench.work(Actor(person=desk.amal)) as work:
        actions.keep_quiet(work, Quiet(8, 20))
    desk.world.call()
    assert desk.state() == "Waiting until the reader's quiet hours are over"
    desk.world.later(hours=12)
    assert desk.state() == "Delivered"


def test_suppressed_for_who_wanted_none(desk: Desk) -> None:
    desk.choose(Pace.NONE)
    desk.world.call()
    assert desk.state() == "Not sent on purpose wanted no mail"


def test_being_sent(desk: Desk) -> None:
    seen: list[str] = []
    desk.server(lambda: seen.append(desk.state()))
    desk.world.call()
    assert seen == ["Being sent"]


def test_refused_by_the_other_side(desk: Desk) -> None:
    desk.server(_raise(Refused("550 no such person")))
    desk.world.call()
    assert desk.state() == "Refused by the other side 550 no such person"


def test_tried_again_and_given_up(desk: Desk) -> None:
    desk.server(_raise(Delayed("connection refused", reached=False)))
    desk.world.call()
    assert desk.state() == "Tried, tried again connection refused"
    with desk.world.bench.work() as work:
        last = {"attempts": ATTEMPTS - 1, "next_at": work.system_now}
        work.session.execute(update(MailRow).values(**last))
    desk.world.settle()
    assert desk.state() == f"Failed on our side {ATTEMPTS} attempts connection refused"


def test_nobody_told_yet_is_said_in_words(world: World, readers: Readers) -> None:
    world.call()
    page = readers.browser(world.staff("Mia", "call_manager")).get(PAGE).text
    assert "Nobody has been told anything yet" in page


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_notice_has_a_name_on_the_page(world: World, readers: Readers, language: str) -> None:
    table = Table(world).play()
    browser = readers.browser(table.mia)
    page: str = browser.get(f"/{language}/staff/inbox/reconciliation/2026-001").text
    following = re.search(r'href="([^"]*after=[^"]*)"', page)
    assert following
    page += browser.get(following[1].replace("&amp;", "&")).text
    raw = {name for kind in NOTICES for name in (str(kind), kind.replace("_", " "))}
    assert not [name for name in raw if f">{name}<" in page]
