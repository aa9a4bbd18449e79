"""Sending: what a recipient's server says decides what becomes of a message."""

import smtplib
import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.database.session import Database
from shared.files import Files
from shared.mail import Captured, Mailer, MailRow, MailState, Sender, Smtp, mailer_of
from shared.mail.mailers import Delayed, Refused
from shared.mail.sender import ATTEMPTS, BATCH, LONGEST_WAIT, wait_after
from shared.security.permissions import Permissions
from shared.work import Room

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def system(self) -> datetime:
        return self.at


class Answering:
    """A mail server that answers from a list, then takes everything."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.taken: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append(message)

    def close(self) -> None:
        return


@pytest.fixture
def database(shared_database: Database) -> Database:
    return shared_database


@pytest.fixture
def clock() -> Hands:
    return Hands()


def sending(database: Database, mailer: Mailer, clock: Hands) -> Sender:
    room = Room("tests", database, Permissions(), Files(Path("unused")), clock=clock)
    return Sender(room, mailer, spread=lambda: 0.5)


def write(database: Database, **given: object) -> MailRow:
    values: dict[str, object] = {
        "to": "amal@city.example",
        "language": "en",
        "subject": "Call for input",
        "text": "Hello\n",
        "created_at": START,
        "next_at": START,
    }
    with database.session_for_write() as session:
        row = MailRow(**{**values, **given})
        session.add(row)
    return row


def stored(database: Database) -> MailRow:
    with database.session_for_read() as session:
        return session.scalars(select(MailRow)).one()


def test_a_message_is_delivered_once(database: Database, clock: Hands) -> None:
    write(database)
    server = Answering()
    sender = sending(database, server, clock)
    assert sender.once() == 1
    assert sender.once() == 0
    assert [message["To"] for message in server.taken] == ["amal@city.example"]
    assert stored(database).state == MailState.DELIVERED


def test_more_than_a_batch_goes_out(database: Database, clock: Hands) -> None:
    for _ in range(BATCH + 3):
        write(database)
    server = Answering()
    sending(database, server, clock).once()
    assert len(server.taken) == BATCH + 3


def test_not_now_is_tried_again_later(database: Database, clock: Hands) -> None:
    write(database)
    server = Answering(Delayed("451 later", reached=True))
    sender = sending(database, server, clock)
    sender.once()
    row = stored(database)
    assert (row.state, row.last_error) == (MailState.TEMPORARY_FAILURE, "451 later")
    assert sender.once() == 0
    clock.at += timedelta(minutes=1)
    sender.once()
    assert stored(database).state == MailState.DELIVERED


def test_never_is_never_tried_again(database: Database, clock: Hands) -> None:
    write(database)
    sender = sending(database, Answering(Refused("550 no such person")), clock)
    sender.once()
    clock.at += timedelta(days=9)
    assert sender.once() == 0
    assert stored(database).state == MailState.PERMANENT_FAILURE


@pytest.mark.parametrize(
    ("reached", "state"),
    [(True, MailState.PERMANENT_FAILURE), (False, MailState.TECHNICAL_FAILURE)],
)
def test_after_days_of_trying_it_is_given_up(
    database: Database, clock: Hands, *, reached: bool, state: MailState
) -> None:
    write(database)
    answers = [Delayed("no", reached=reached) for _ in range(ATTEMPTS)]
    sender = sending(database, Answering(*answers), clock)
    for _ in range(ATTEMPTS):
        sender.once()
        clock.at += LONGEST_WAIT * 2
    assert stored(database).state == state
    assert clock.at - START > timedelta(days=3)


def test_a_worker_that_died_is_followed_by_another_with_the_same_message_id(
    database: Database, clock: Hands
) -> None:
    row = write(database)
    dead = sending(database, Answering(), clock)
    dead.claim()
    server = Answering()
    living = sending(database, server, clock)
    assert living.once() == 0
    clock.at += timedelta(minutes=11)
    assert living.once() == 1
    assert str(row.id) in server.taken[0]["Message-ID"]


def test_a_secret_is_gone_after_delivery(database: Database, clock: Hands) -> None:
    write(database, text="Your code is 123456\n", secret=True)
    server = Answering()
    sending(database, server, clock).once()
    assert "123456" in server.taken[0].as_string()
    assert stored(database).text == ""


def test_a_broken_row_does_not_stop_the_others(database: Database, clock: Hands) -> None:
    write(database, subject="Hello\r\nBcc: all@city.example")
    write(database, to="luc@group.example")
    server = Answering()
    sending(database, server, clock).once()
    assert [message["To"] for message in server.taken] == ["luc@group.example"]
    with database.session_for_read() as session:
        states = set(session.scalars(select(MailRow.state)))
    assert states == {MailState.TECHNICAL_FAILURE, MailState.DELIVERED}


def test_waiting_doubles_and_is_bounded() -> None:
    assert wait_after(1, 0.5) == timedelta(seconds=30)
    assert wait_after(2, 0.5) == timedelta(seconds=60)
    assert wait_after(90, 0.5) == LONGEST_WAIT
    assert wait_after(3, 0.0) < wait_after(3, 1.0)


def test_captured_mail_outlives_the_process(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Message-ID"] = "<1@portal.example>"
    message["Subject"] = "Hello"
    message.set_content("Hello")
    Captured(tmp_path / "spool").send(message)
    kept = Captured(tmp_path / "spool").messages
    assert [one["Subject"] for one in kept] == ["Hello"]


def test_mailers_are_chosen_by_url() -> None:
    assert isinstance(mailer_of("captured:"), Captured)
    assert isinstance(mailer_of("smtp+starttls://me:pass@mail.example"), Smtp)
    with pytest.raises(ValueError, match="http"):
        mailer_of("http://mail.example")


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.example": (450, b"busy")}), Delayed),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"unknown")}), Refused),
        (smtplib.SMTPDataError(554, b"no"), Refused),
        (smtplib.SMTPSenderRefused(451, b"later", "x"), Delayed),
        (smtplib.SMTPAuthenticationError(535, b"bad"), Delayed),
        (smtplib.SMTPServerDisconnected("gone"), Delayed),
        (TimeoutError("slow"), Delayed),
    ],
)
def test_what_a_server_says_is_understood(raised: Exception, becomes: type[Exception]) -> None:
    class Server(smtplib.SMTP):
        def send_message(self, *_args: object, **_kwargs: object) -> dict[str, tuple[int, bytes]]:  # type: ignore[override]
            raise raised

        def quit(self) -> tuple[int, bytes]:
            return 221, b""

    mailer = Smtp("smtp://mail.example")
    mailer._open = Server()
    with pytest.raises(becomes):
        mailer.send(EmailMessage())


class Hanging:
    """A mail server that takes a connection and then says nothing until it is let go."""

    def __init__(self) -> None:
        self.reached, self.let_go = threading.Event(), threading.Event()

    def send(self, _message: EmailMessage) -> None:
        self.reached.set()
        assert self.let_go.wait(30)

    def close(self) -> None:
        return


def states(database: Database) -> list[tuple[str, int]]:
    with database.session_for_read() as session:
        found = session.execute(
            select(MailRow.state, MailRow.attempts).order_by(MailRow.state.desc())
        )
        return [(state, attempts) for state, attempts in found]


def test_a_worker_that_stops_gives_back_what_it_did_not_try(
    database: Database, clock: Hands
) -> None:
    for _ in range(3):
        write(database)
    mailer = Answering()
    stopped = sending(database, mailer, clock)
    mailer.send = lambda _message: stopped._stop.set()  # type: ignore[method-assign]
    stopped.once()
    assert states(database) == [("delivered", 1), *[("created", 0)] * 2]
    assert len(sending(database, Answering(), clock).claim()) == 2


def test_a_server_that_hangs_keeps_one_message_and_not_the_others(
    database: Database, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.mail.sender.IN_HAND", 0.1)
    for _ in range(3):
        write(database, state=MailState.TEMPORARY_FAILURE, attempts=1)
    mailer = Hanging()
    stopped = sending(database, mailer, clock)
    stopped.start()
    assert mailer.reached.wait(30)
    thread = stopped._thread
    assert thread is not None
    stopped.stop()
    assert states(database) == [*[("temporary_failure", 1)] * 2, ("sending", 2)]
    assert len(sending(database, Answering(), clock).claim()) == 2
    mailer.let_go.set()
    thread.join(30)
