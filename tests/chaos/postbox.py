"""A mail server of the test's own, which takes mail, refuses it for now or for good, or hangs."""

import socketserver
import threading
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

Mood = Literal["well", "later", "never", "hang"]
HANGS = 40.0
"""Longer than the portal waits for an answer."""


@dataclass(frozen=True)
class Taken:
    """A message that arrived whole: whom it was for, what it is called, what it is about."""

    to: str
    id: str
    subject: str
    answered: bool


@dataclass
class Postbox:
    """Listens on a port; `mood` says how the next messages fare, `left` how many of them."""

    mood: Mood = "well"
    left: int = 0
    taken: list[Taken] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Message-IDs that were refused for good."""
    moods: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        box = self

        class Talk(_Talk):
            postbox = box

        self._lock = threading.Lock()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, name="postbox")
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the portal sends its mail."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def fare(self, mood: Mood, left: int) -> None:
        """Have the next messages fare badly."""
        with self._lock:
            self.mood, self.left = mood, left

    def next(self) -> Mood:
        """How the message in hand fares."""
        with self._lock:
            if self.left <= 0:
                return "well"
            self.left -= 1
            self.moods[self.mood] += 1
            return self.mood

    def close(self) -> None:
        """Stop listening."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Talk(socketserver.StreamRequestHandler):
    """One conversation: as much of RFC 5321 as a client needs."""

    postbox: Postbox

    def handle(self) -> None:
        try:
            self._talk()
        except OSError:
            # The portal's process was killed while it spoke.
            return

    def _talk(self) -> None:
        self._say("220 postbox")
        to: list[str] = []
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                to.append(line.decode().split("<")[1].split(">")[0])
            elif verb in (b"MAIL", b"RSET"):
                to = []
            elif verb == b"DATA":
                if not self._data(to):
                    return
                continue
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 postbox")

    def _data(self, to: list[str]) -> bool:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.SMTP)
        assert isinstance(message, EmailMessage)
        name, subject = str(message["Message-ID"]).strip(), str(message["Subject"]).strip()
        mood = self.postbox.next()
        if mood == "later":
            self._say("451 not now")
        elif mood == "never":
            self.postbox.refused.add(name)
            self._say("554 never")
        else:
            for one in to:
                self.postbox.taken.append(Taken(one, name, subject, answered=mood == "well"))
            if mood == "hang":
                self.postbox.closing.wait(HANGS)
                return False
            self._say("250 taken")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
