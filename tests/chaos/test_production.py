"""The production form breaks with people at it; afterwards every promise holds, told once.

Real web and worker processes on PostgreSQL and Kafka, reached through wires that can be cut. One
trial does everything to them that FAULTS names, in an order that its seed gives. `make chaos` runs
many, with absences of a minute. What the checker is worth is shown in test_production_points.py.
"""

import os
import random
import time

import pytest

from tests.chaos.checker import broken, differences
from tests.chaos.faults import FAULTS
from tests.chaos.people import (
    People,
    Role,
    Someone,
    decide,
    publish,
    register,
    report,
    send,
    show,
    verify,
)
from tests.chaos.scene import Scene, scene

__all__ = ["scene"]
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.timeout(int(os.environ.get("CHAOS_TIMEOUT", "900"))),
]

TRIALS = int(os.environ.get("CHAOS_TRIALS", "1"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(10**6)  # noqa: S311 - dice


def everybody(scene: Scene, chance: random.Random) -> list[Role]:
    """Who does what: partners all the time, staff as long as there is something to do."""
    sown, staff = scene.sown, scene.sown.staff

    def of(key: str, *at: object) -> Someone:
        return Someone(staff[key].token, staff[key].secret, " ".join(map(str, at)))

    return [
        *(Role(one, send, 0.8) for one in sown.senders),
        *(Role(Someone(one.token, one.secret, "new"), register, 2.0) for one in sown.members),
        Role(of("officer", *sown.applicants), verify, chance.uniform(2, 12)),
        Role(of("decider", sown.closed, *sown.points), decide, chance.uniform(1, 8)),
        Role(of("call-manager", sown.closed, *sown.prepared), show, chance.uniform(2, 12)),
        Role(of("second-manager", sown.waiting), publish),
        Role(of("decider", sown.reported), report),
    ]


def say(scene: Scene, capsys: pytest.CaptureFixture[str], what: str) -> None:
    """Print the ledger."""
    promised = ", ".join(f"{name} {count}" for name, count in scene.ledger.promised.items())
    many = sum(scene.ledger.promised.values())
    kept = f"kept {many - len(list(broken(scene)))} of {many}"
    counted = ", ".join(f"{name} {many}" for name, many in sorted(scene.ledger.counts.items()))
    with capsys.disabled():
        print(f"\nledger ({what}): promised: {promised}; {kept}\n  {counted}")  # noqa: T201 - the ledger


@pytest.mark.parametrize("trial", range(TRIALS))
def test_nothing_is_lost_whatever_breaks(
    scene: Scene, capsys: pytest.CaptureFixture[str], trial: int
) -> None:
    seed = SEED + trial
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    faults = [name for name in FAULTS if name != "fill disk" or scene.small_disk is not None]
    chance.shuffle(faults)
    # First: it takes longest, and everything else happens meanwhile.
    faults.sort(key=lambda name: name != "freeze worker")
    before = set(differences(scene))
    with scene.kept_running(), People(scene, everybody(scene, chance)).at_it():
        time.sleep(1)
        for name in faults:
            FAULTS[name](scene, chance)
            scene.ledger.counts[name] += 1
            time.sleep(chance.uniform(0.1, 0.8))
        scene.mend()
        # Whatever is back serves: people get on for a moment.
        time.sleep(2)
    complete = scene.settled()
    waits = scene.unsettled()
    found = [one for one in differences(scene) if one not in before]
    say(scene, capsys, f"seed {seed}, faults in order: {', '.join(faults)}")
    assert found == []
    assert complete, waits
    assert scene.ledger.receipts


def test_a_full_disk_could_be_tried(scene: Scene) -> None:
    if scene.small_disk is None:
        # Not a package that is missing: REQUIRE_ALL changes nothing about it.
        pytest.skip("a full disk needs a small file system, and this user may not mount one")
