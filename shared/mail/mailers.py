"""How a message leaves: the port `Mailer`, SMTP, and a captured one for the demo and tests."""

import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from shared import settings

SECONDS = 30
PERMANENT = 500


class Delayed(Exception):
    """The other side says not now (SMTP 4xx), or could not be reached; worth another try."""

    def __init__(self, text: str, *, reached: bool) -> None:
        super().__init__(text)
        self.reached = reached


class Refused(Exception):
    """The other side says never (SMTP 5xx)."""


class Mailer(Protocol):
    """Takes a message and gives it to the mail system."""

    def send(self, message: Message) -> None:
        """Return when the mail system has taken it. Raises Delayed or Refused."""
        ...

    def close(self) -> None:
        """Let go of a connection; the next `send` opens one."""
        ...


def mailer_of(url: str) -> Mailer:
    """Return the mailer of a URL. Raises ValueError for a scheme that is none.

    `smtp://`, `smtp+starttls://`, `smtps://` send; `captured:` and `captured:/folder` keep.
    """
    parts = urlsplit(settings.mail(url))
    if parts.scheme == "captured":
        return Captured(Path(parts.path) if parts.path else None)
    return Smtp(url)


class Smtp:
    """Sends over SMTP; one connection is kept for a batch."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or "localhost"
        self._port = parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._open: smtplib.SMTP | None = None

    def send(self, message: Message) -> None:
        """Give one message to the server. Raises Delayed or Refused."""
        try:
            self._connected().send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _answer(code, text) from error
        except smtplib.SMTPAuthenticationError as error:
            # Our own credentials are wrong: no reason to give up the recipient's mail.
            self.close()
            raise Delayed(f"{error.smtp_code} sign-in refused", reached=False) from error
        except smtplib.SMTPResponseException as error:
            raise _answer(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Delayed(f"{type(error).__name__}: {error}", reached=False) from error

    def greet(self) -> None:
        """Sign in and send nothing: to see whether the server takes us. Raises Delayed."""
        try:
            self._connected().noop()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Delayed(f"{type(error).__name__}: {error}", reached=False) from error

    def close(self) -> None:
        """End the conversation with the server, whatever state it is in."""
        connection, self._open = self._open, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()

    def _connected(self) -> smtplib.SMTP:
        if self._open is None:
            self._open = self._connect()
        return self._open

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=SECONDS)
        try:
            if self._scheme == "smtp+starttls":
                connection.starttls(context=context)
            if self._user:
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection


def _answer(code: int, text: bytes | str) -> Delayed | Refused:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    spoken = f"{code} {said}"
    return Refused(spoken) if code >= PERMANENT else Delayed(spoken, reached=True)


class Captured:
    """Keeps messages instead of sending them: in memory, and as files where a folder is given.

    Nothing leaves the machine. The folder outlives a restart and may be shared by processes.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: list[bytes] = []
        self._read: list[EmailMessage] = []
        self._lock = threading.Lock()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def send(self, message: Message) -> None:
        """Keep the message exactly as it would have gone out."""
        wire = message.as_bytes()
        if self._folder is None:
            with self._lock:
                self._kept.append(wire)
            return
        name = f"{time.time_ns():020d}-{str(message['Message-ID']).strip('<>').partition('@')[0]}"
        rising = self._folder / f".{name}"
        rising.write_bytes(wire)
        rising.rename(self._folder / f"{name}.eml")

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def messages(self) -> list[EmailMessage]:
        """Return what was captured, oldest first."""
        if self._folder is None:
            with self._lock:
                # Read when asked for: parsing takes longer than keeping.
                self._read += [_read(wire) for wire in self._kept[len(self._read) :]]
                return list(self._read)
        return [_read(path.read_bytes()) for path in self.files()]

    def files(self) -> Iterator[Path]:
        """Yield the files of the folder, oldest first; nothing when mail is kept in memory."""
        if self._folder is not None:
            yield from sorted(self._folder.glob("*.eml"))

    def clear(self) -> None:
        """Throw away what was captured."""
        with self._lock:
            self._kept.clear()
            self._read.clear()
        for path in self.files():
            path.unlink(missing_ok=True)


def _read(wire: bytes) -> EmailMessage:
    message = message_from_bytes(wire, policy=SMTP)
    # The parser keeps the blank that a folded header begins with.
    message.replace_header("Subject", str(message["Subject"]).strip())
    return message
