"""People who use the portal over HTTP while it breaks, and write down what they were promised."""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpx2

from shared.security.tokens import COOKIE, SESSION_COOKIE
from tests.support.walker import Walker

REFERENCE = re.compile(r"RT-[0-9A-Z]{4}-[0-9A-Z]{4}")
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
BAD_IF_YES = {"check_sanctions", "check_excluded_sectors", "check_findings", "check_vendor"}
REGISTERED = re.compile(r"/organisation/([a-z0-9-]+)$")
KNOCKS = 0.2
"""Seconds between two tries while nobody answers: more often would keep a portal from starting."""


@dataclass(frozen=True)
class Someone:
    """Who acts: a signed-in person. `at` is what they act on: a code, an address."""

    token: str
    secret: str
    at: str = ""


@dataclass
class Ledger:
    """What people were promised, and what befell them."""

    receipts: dict[str, str] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    verified: set[str] = field(default_factory=set)
    decided: set[tuple[str, int]] = field(default_factory=set)
    outcomes: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)
    """Where each sender's newest answer is, by token."""

    @property
    def promised(self) -> dict[str, int]:
        """How many promises of each kind were made."""
        return {
            "receipts": len(self.receipts),
            "registrations": len(self.registered),
            "verifications": len(self.verified),
            "decisions": len(self.decided),
            "outcomes": len(self.outcomes),
            "calls published": len(self.published),
            "reports published": len(self.reported),
        }


class Place(Protocol):
    """Where people go."""

    ledger: Ledger

    def browser(self, language: str) -> httpx2.Client:
        """Return a browser in which nobody is signed in."""
        ...

    def is_there(self) -> bool:
        """Say whether it is worth knocking."""
        ...


Act = Callable[[Walker, Ledger, str], str]
"""Does one thing and returns what to act on next; an empty word ends it."""


@dataclass(frozen=True)
class Role:
    """Somebody, what they do again and again, and how long they rest in between."""

    who: Someone
    act: Act
    rest: float = 0.0


class People:
    """Everybody at once, through every death of the portal."""

    def __init__(self, place: Place, roles: Sequence[Role]) -> None:
        self.place, self.roles = place, roles
        self.over = threading.Event()

    @contextmanager
    def at_it(self) -> Iterator[None]:
        """Have everybody act until the end."""
        self.over.clear()
        threads = [threading.Thread(target=self._go_on, args=(role,)) for role in self.roles]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def _go_on(self, role: Role) -> None:
        ledger = self.place.ledger
        at, counts = role.who.at, ledger.counts
        if role.act is send:
            at = ledger.places.get(role.who.token, at)
        while at and not self.over.is_set():
            if not self.place.is_there():
                self.over.wait(KNOCKS)
                continue
            walker = walker_of(self.place, role.who)
            try:
                while at and not self.over.is_set():
                    at = role.act(walker, ledger, at)
                    ledger.places[role.who.token] = at
                    self.over.wait(role.rest)
            except httpx2.TransportError:
                counts["cut off"] += 1
                self.over.wait(KNOCKS)
            except AssertionError as error:
                counts["turned away"] += 1
                counts[f"turned away: {str(error).partition(' at http')[0][:50]}"] += 1
                self.over.wait(KNOCKS)
            finally:
                walker.client.close()


def walker_of(place: Place, who: Someone) -> Walker:
    """Return somebody in their browser."""
    walker = Walker(place)  # type: ignore[arg-type]
    walker.client.cookies.set(COOKIE, who.token)
    walker.client.cookies.set(SESSION_COOKIE, who.secret)
    return walker


def send(walker: Walker, ledger: Ledger, code: str) -> str:
    """Send an answer, or replace the one that was sent."""
    walker.visit(f"/answers/{code}/check")
    if "/receipt" in walker.url:
        _note(walker, ledger)
        walker.visit(f"/answers/{code}/receipt")
        if _has(walker, "/replace"):
            walker.submit("/replace")
        else:
            walker.follow("Go on with your new answer")
        found = re.search(r"/answers/(\w+)", walker.url)
        assert found, walker.url
        return found[1]
    walker.submit("/send")
    _note(walker, ledger)
    return code


def _note(walker: Walker, ledger: Ledger) -> None:
    reference, digest = REFERENCE.search(walker.page.text), DIGEST.search(walker.page.text)
    if reference and digest:
        ledger.receipts[reference[0]] = digest[0]


def register(walker: Walker, ledger: Ledger, at: str) -> str:
    """Begin the registration of an organisation."""
    name = f"Friends of street {random.randrange(10**9)}"  # noqa: S311 - a test's dice
    walker.visit("/organisation/new").submit(
        "/organisation/new", name=name, category="stakeholder", country="KEN"
    )
    found = REGISTERED.search(walker.url)
    if found and found[1] != "new":
        ledger.registered.add(found[1])
    return at


def verify(walker: Walker, ledger: Ledger, at: str) -> str:
    """Screen and verify the first of some organisations, whose slugs stand side by side."""
    slug, _, later = at.partition(" ")
    walker.visit(f"/staff/organisation/{slug}")
    if _has(walker, "/screen"):
        checks = {
            name: "no" if name in BAD_IF_YES else "yes"
            for form in walker.page.forms
            for name in form.names
            if name.startswith("check_")
        }
        walker.submit("/screen", **checks)
    if _has(walker, "/verify"):
        walker.submit("/verify")
    walker.visit(f"/staff/organisation/{slug}").sees("Verified")
    assert not _has(walker, "/verify")
    ledger.verified.add(slug)
    return later


def decide(walker: Walker, ledger: Ledger, at: str) -> str:
    """Decide a point as it is recommended: the numbers come after the code of the call."""
    code, number, *later = at.split()
    walker.visit(f"/staff/calls/{code}/points/{number}")
    if _has(walker, "/decide"):
        walker.submit("/decide")
    walker.visit(f"/staff/calls/{code}/points/{number}")
    assert not _has(walker, "/decide")
    ledger.decided.add((code, int(number)))
    return " ".join([code, *later]) if later else ""


def show(walker: Walker, ledger: Ledger, at: str) -> str:
    """Decide how an answer is published: the references come after the code of the call."""
    code, reference, *later = at.split()
    walker.visit(f"/staff/calls/{code}/publication/{reference}")
    if _has(walker, "/decide"):
        walker.submit("/decide")
    walker.visit(f"/staff/calls/{code}/publication/{reference}")
    assert not _has(walker, "/decide")
    ledger.outcomes.add(reference)
    return " ".join([code, *later]) if later else ""


def publish(walker: Walker, ledger: Ledger, code: str) -> str:
    """Publish a call that waits for its review."""
    walker.visit(f"/staff/calls/{code}/review")
    if _has(walker, "/publish"):
        walker.submit("/publish")
    walker.visit(f"/calls/{code}")
    ledger.published.add(code)
    return ""


def report(walker: Walker, ledger: Ledger, code: str) -> str:
    """Approve the report of a call, which publishes it."""
    walker.visit(f"/staff/calls/{code}/report")
    if _has(walker, "/approve"):
        walker.submit("/approve", considered="yes")
    walker.visit(f"/results/{code}")
    ledger.reported.add(code)
    return ""


def _has(walker: Walker, action: str) -> bool:
    return any(action in form.action for form in walker.page.forms)
