"""The process dies at the worst moments; afterwards every receipt has its effect, once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from shared import crash
from shared.database import outbox
from shared.messaging.consumer import Consumer
from tests.shared.messaging.told import effects
from tests.shared.messaging.victim import Pair, pair

ROOT = Path(__file__).parents[3]
COUNT = 6
PATIENCE = 60.0
Receipts = dict[UUID, list[int]]


def start(folder: Path, count: int, *how: str, point: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tests.shared.messaging.victim", str(folder), str(count), *how],
        cwd=ROOT,
        env=os.environ | ({crash.VARIABLE: point} if point else {}),
        stdout=subprocess.PIPE,
        text=True,
    )


def receipts(lines: list[str]) -> Receipts:
    found: Receipts = defaultdict(list)
    for line in lines:
        if line.endswith("\n") and len(parts := line.split()) == 2:
            found[UUID(parts[0])].append(int(parts[1]))
    return dict(found)


def die_at(folder: Path, point: str) -> Receipts:
    victim = start(folder, COUNT, point=point)
    said, _ = victim.communicate(timeout=PATIENCE)
    assert victim.returncode == crash.STATUS
    return receipts(said.splitlines(keepends=True))


def recovered(folder: Path, during: Callable[[Pair], None] = Pair.drain) -> Receipts:
    both = pair(folder)
    during(both)
    found = effects(both.hearer)
    both.close()
    return found


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("point", crash.MESSAGING)
def test_dying_at_a_named_point_loses_and_doubles_nothing(
    tmp_path: Path, point: str, times: int
) -> None:
    shown = die_at(tmp_path, f"{point}:{times}")
    assert sum(map(len, shown.values())) == times
    assert recovered(tmp_path) == shown


def test_control_without_the_inbox_an_effect_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = die_at(tmp_path, "consumer.after_commit:2")
    monkeypatch.setattr(Consumer, "enter", lambda *_given, **_named: True)
    assert recovered(tmp_path) != shown


def test_control_marking_before_sending_loses_an_event(tmp_path: Path) -> None:
    shown = die_at(tmp_path, "relay.before_send:2")

    def hasty(both: Pair) -> None:
        # What a relay that marks first would have left behind at the same moment.
        with both.teller.database.session_for_write() as session:
            rows = outbox.waiting(session, 100)
            outbox.mark(session, [row.id for row in rows], both.relay.clock.system())
        both.drain()

    assert recovered(tmp_path, hasty) != shown


@pytest.mark.chaos
def test_dying_at_random_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    shown: dict[UUID, set[int]] = defaultdict(set)
    chance = random.Random()  # noqa: S311 - a test's dice
    for _ in range(int(os.environ.get("CHAOS_TRIALS", "3"))):
        victim = start(tmp_path, 100_000, "threads")
        assert victim.stdout is not None
        lines = [victim.stdout.readline()]
        time.sleep(chance.uniform(0.2, 1.2))
        victim.send_signal(signal.SIGKILL)
        lines += victim.stdout.readlines()
        victim.wait()
        victim.stdout.close()
        for thing, found in receipts(lines).items():
            shown[thing] |= set(found)
    done = recovered(tmp_path)
    # A commit whose receipt was not shown any more may have happened; what was shown must have.
    for thing, found in done.items():
        assert found == list(range(1, len(found) + 1))
        assert shown[thing] <= set(found)
    assert set(shown) <= set(done)
    assert sum(map(len, shown.values())) > 20
