"""The embedded portal dies with people at it; afterwards every receipt holds, every notice is once.

A real process serves over HTTP, partners replace and send answers and register organisations; it
is killed at random moments and at named points. The checker reads the files by itself.
"""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from services.consultation.calls.models import Call
from services.consultation.submissions.models import Submission
from services.everything import build
from services.registry.accounts.actions import sessions
from services.registry.accounts.models import Person
from shared import crash
from shared.clock import SystemClock
from shared.known import queries as known
from shared.mail.mailers import Captured
from shared.mail.sender import LEASE
from tests.chaos import faulty
from tests.chaos.people import REFERENCE, Ledger, People, Role, Someone, register, send
from tests.journeys.test_trace import publish
from tests.support.seeded import opened

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CHAOS_KILLS", "5"))
SENDERS = 3
PATIENCE = 120.0
UNEVEN = {
    "messages that no delivery accounts for": "SELECT id FROM message WHERE id NOT IN"
    " (SELECT message_id FROM delivery WHERE message_id IS NOT NULL)",
    "deliveries of which nothing was written": "SELECT id FROM delivery WHERE digest = 0"
    " AND state IN ('created', 'delivered') AND message_id IS NULL AND mail_id IS NULL",
}
SENT = "roundtable.consultation.submission-sent.v1"


@dataclass
class Scene:
    """A portal's folder, the process that serves it, and what its people were shown."""

    folder: Path
    port: int
    everybody: list[Someone]
    ledger: Ledger = field(default_factory=Ledger)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, fault: str = "", point: str = "") -> None:
        """Start the portal and wait until it answers, or has died already."""
        module = "tests.chaos.faulty" if fault else "services"
        given = {faulty.VARIABLE: fault, crash.VARIABLE: point}
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", f"--port={self.port}", "--folder", self.folder],
            cwd=ROOT,
            env=os.environ | {name: value for name, value in given.items() if value},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and not self.is_there():
            assert time.monotonic() < until, "the portal did not start"
            time.sleep(0.05)

    def is_there(self) -> bool:
        """Say whether it listens: knocking all the time would keep it from starting."""
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def dies(self) -> None:
        """Wait for it to die at its named point."""
        assert self.process is not None
        assert self.process.wait(timeout=PATIENCE) == crash.STATUS

    def browser(self, _language: str) -> httpx2.Client:
        """A browser for a Walker."""
        return httpx2.Client(
            base_url=self.address,
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
            timeout=PATIENCE,
            verify=False,
        )

    def people(self) -> People:
        """Everybody: those who answer, and one who registers organisations."""
        acts = [send] * SENDERS + [register]
        return People(self, [Role(who, act) for who, act in zip(self.everybody, acts, strict=True)])


@pytest.fixture
def scene(copied: Path) -> Iterator[Scene]:
    """Partners who have answered the open call, and somebody who registers organisations."""
    with opened(copied) as portal:
        with portal.view("consultation") as view:
            rows = view.session.execute(
                select(Submission.code, Submission.organisation_id)
                .join(Call, Call.id == Submission.call_id)
                .where(Call.state == "published", Submission.state == "submitted")
                .order_by(Submission.id)
            ).all()
            chosen = [
                (code, known.members(view, organisation, "contact_point")[0].person_id)
                for code, organisation in rows
            ][: SENDERS + 1]
        assert len(chosen) == SENDERS + 1
        people = []
        with portal.work("registry") as work:
            for code, person in chosen:
                started = sessions.start(work, work.get(Person, id=person))
                people.append(Someone(started.token, started.secret, code))
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    made = Scene(copied, port, people)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


class Later(SystemClock):
    """A time at which the leases of a dead mail worker have run out."""

    def system(self) -> datetime:
        return super().system() + LEASE + timedelta(minutes=1)


def settle(scene: Scene) -> None:
    """Start once more, in this process, and let everything that waits happen."""
    everything = build(scene.folder, Captured(scene.folder / "mail"), Later(), scene.address)
    try:
        everything.settle(10_000)
    finally:
        everything.close()


def rows(scene: Scene, name: str, query: str) -> list[Any]:
    """Read a file by itself, without anything of ours."""
    with closing(sqlite3.connect(f"file:{scene.folder / name}.db?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def sealed_in_log(scene: Scene) -> dict[str, set[str]]:
    """The events of the log that say an answer was sent: their ids, by reference."""
    found: dict[str, set[str]] = defaultdict(set)
    for headers, value in rows(scene, "events", "SELECT headers, value FROM record"):
        told = dict(_headers(headers))
        if told["ce_type"] == SENT:
            found[json.loads(value)["submission"]["reference"]].add(told["ce_id"])
    return found


def _headers(kept: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in json.loads(kept)]


def differences(scene: Scene) -> list[str]:
    """What is wrong; empty when all is well."""
    return [*_receipts(scene), *_notices(scene), *_letters(scene), *_order(scene), *_copies(scene)]


def _receipts(scene: Scene) -> Iterator[str]:
    sealed = dict(
        rows(
            scene,
            "consultation",
            "SELECT reference, digest FROM submission WHERE reference IS NOT NULL",
        )
    )
    told = sealed_in_log(scene)
    for reference, digest in scene.ledger.receipts.items():
        if sealed.get(reference) != digest:
            yield f"receipt {reference} was shown and is not there"
    for reference in sealed:
        if len(told.get(reference, ())) != 1:
            yield f"{reference} was told {len(told.get(reference, ()))} times"
    for reference in set(told) - set(sealed):
        yield f"{reference} was told and does not exist"
    scene.ledger.counts["sealed"] = len(sealed)


def _notices(scene: Scene) -> Iterator[str]:
    told = Counter(
        (REFERENCE.findall(subject)[0], person)
        for subject, person in rows(
            scene,
            "notifications",
            "SELECT subject, person_id FROM message WHERE kind = 'received'",
        )
    )
    references = {reference for reference, _ in told}
    for reference in sealed_in_log(scene).keys() - references:
        yield f"nobody was told of {reference}"
    for (reference, person), times in told.items():
        if times > 1:
            yield f"{person} was told of {reference} {times} times"
    for what, query in UNEVEN.items():
        if uneven := rows(scene, "notifications", query):
            yield f"{what}: {uneven}"
    scene.ledger.counts["notices"] = sum(told.values())


def _letters(scene: Scene) -> Iterator[str]:
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for message in Captured(scene.folder / "mail").messages:
        found = REFERENCE.search(str(message["Subject"]))
        if found:
            key = (f"{message['To']}", str(message["Subject"]))
            ids[key].add(str(message["Message-ID"]))
    for (address, subject), letters in ids.items():
        if len(letters) > 1:
            yield f"{address} got {len(letters)} letters: {subject}"
    waiting = rows(scene, "notifications", "SELECT count(*) FROM mail WHERE state != 'delivered'")
    if waiting != [(0,)]:
        yield f"{waiting} letters were not sent"
    scene.ledger.counts["letters"] = sum(map(len, ids.values()))


def _order(scene: Scene) -> Iterator[str]:
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    seen: set[str] = set()
    query = "SELECT topic, headers FROM record ORDER BY topic, part, off"
    for topic, headers in rows(scene, "events", query):
        told = dict(_headers(headers))
        if told["ce_id"] not in seen:
            seen.add(told["ce_id"])
            versions[topic, told["ce_subject"]].append(int(told["ce_aggregateversion"]))
    for (topic, key), found in versions.items():
        if found != list(range(1, len(found) + 1)):
            yield f"{topic} {key}: {found}"
    scene.ledger.counts["events"] = len(seen)


def _copies(scene: Scene) -> Iterator[str]:
    owned = {
        "known_organisation": dict(rows(scene, "registry", "SELECT id, version FROM organisation")),
        "known_person": dict(rows(scene, "registry", "SELECT id, version FROM person")),
        "submission_copy": dict(
            rows(scene, "consultation", "SELECT id, version FROM submission WHERE version > 0")
        ),
    }
    for name in ("consultation", "notifications"):
        for table, own in owned.items():
            if name == "consultation" and table == "submission_copy":
                continue
            if dict(rows(scene, name, f"SELECT id, version FROM {table}")) != own:  # noqa: S608 - ours
                yield f"{table} of {name} is not what its owner has"
    slugs = {slug for (slug,) in rows(scene, "registry", "SELECT slug FROM organisation")}
    for slug in scene.ledger.registered - slugs:
        yield f"{slug} was registered and is not there"
    for name in ("registry", "consultation", "notifications"):
        if parked := rows(scene, name, "SELECT type, error FROM dead_letter"):
            yield f"{name} set aside {parked}"
        if rows(scene, name, "SELECT count(*) FROM outbox WHERE published_at IS NULL") != [(0,)]:
            yield f"{name} has events that were not sent"


def tell_of(scene: Scene, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    """Print what happened."""
    scene.ledger.counts["receipts"] = len(scene.ledger.receipts)
    scene.ledger.counts["organisations"] = len(scene.ledger.registered)
    with capsys.disabled():
        told = ", ".join(f"{name} {count}" for name, count in sorted(scene.ledger.counts.items()))
        print(f"\nledger (seed {seed}): {told}")  # noqa: T201 - what a run of chaos is read by


def test_killed_at_random_moments(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(10**6)  # noqa: S311 - dice
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    scene.serve()
    with scene.people().at_it():
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 2.5))
            scene.kill()
            scene.ledger.counts["kills"] += 1
            scene.serve()
        time.sleep(1)
    scene.kill()
    settle(scene)
    wrong = differences(scene)
    tell_of(scene, capsys, seed)
    assert wrong == []
    assert scene.ledger.receipts


def test_killed_at_every_named_point(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    with scene.people().at_it():
        for point in (*crash.MESSAGING, *crash.PORTAL):
            if point == "due.before_commit":
                with opened(scene.folder) as portal:
                    publish(portal)
                scene.serve(point=point)
            else:
                scene.serve(point=f"{point}:2")
            scene.dies()
            scene.ledger.counts[point] += 1
        scene.serve()
        time.sleep(1)
    scene.kill()
    settle(scene)
    wrong = differences(scene)
    tell_of(scene, capsys, 0)
    assert wrong == []
    assert scene.ledger.receipts


def test_control_a_relay_that_marks_first_is_found_out(scene: Scene) -> None:
    with scene.people().at_it():
        scene.serve(fault="mark_before_confirm", point="relay.before_send")
        scene.dies()
    settle(scene)
    assert differences(scene) != []


def test_control_a_receipt_that_was_not_kept_is_found_out(scene: Scene) -> None:
    settle(scene)
    assert differences(scene) == []
    scene.ledger.receipts["RT-NONE-NONE"] = "0" * 64
    scene.ledger.registered.add("nowhere")
    assert len(differences(scene)) == 2


def test_control_a_second_notice_is_found_out(scene: Scene) -> None:
    settle(scene)
    with closing(sqlite3.connect(scene.folder / "notifications.db")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(message)")]
        others = ", ".join(one for one in columns if one not in ("id", "code"))
        database.execute(
            f"INSERT INTO message (id, code, {others}) SELECT ?, 'again', {others} FROM message"  # noqa: S608 - ours
            " WHERE kind = 'received' LIMIT 1",
            [UUID(int=1).hex],
        )
        database.commit()
    found = differences(scene)
    assert len(found) == 2
    assert any("2 times" in one for one in found)
