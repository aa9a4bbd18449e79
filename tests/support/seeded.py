"""A folder with a small whole portal in it: seeded once a run, copied for each test."""

import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.clock import ShiftedClock
from shared.mail.mailers import Captured
from tests.support.portal import Portal

if TYPE_CHECKING:
    from services.demo.stage import Stage
    from services.everything import Everything

ADDRESS = "http://testserver"


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a closed portal: a call in every phase, one or two partners a category."""
    from services.demo.stage import Stage  # noqa: PLC0415 - as below

    folder = tmp_path_factory.mktemp("seeded") / "portal"
    with opened(folder) as portal:
        seed_little(Stage(portal.everything, portal.mailer, portal.clock, lambda: None))
    return folder


@pytest.fixture
def copied(seeded: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(seeded, tmp_path / "copied"))


@contextmanager
def opened(folder: Path) -> Iterator[Portal]:
    """Open a portal without threads in a folder; its mail is captured afresh."""
    # Here, so that tests of one service run without the others.
    from services.everything import build  # noqa: PLC0415

    mailer, clock = Captured(), ShiftedClock()
    everything: Everything = build(folder, mailer, clock, portal_url=ADDRESS)
    everything.prepare()
    try:
        yield Portal(everything, mailer, clock)
    finally:
        everything.close()


def seed_little(stage: "Stage") -> None:
    """Play the demo's seeds with few partners. Fails when one of them does."""
    from services.demo.seeds import names, partners, play  # noqa: PLC0415 - as above

    failed: list[str] = []
    note: Callable[..., None] = lambda *told: failed.append(f"{told} {traceback.format_exc()}")  # noqa: E731 - one line is clearest
    with pytest.MonkeyPatch.context() as patch:
        cast = play.first(stage, lambda _: None)
        few = {category: rows[:1] for category, rows in names.PARTNERS.items()}
        patch.setattr(partners, "PARTNERS", few)
        patch.setattr(partners, "OTHERS", names.OTHERS[:5])
        patch.setattr(play.log, "exception", note)
        play.rest(stage, cast)
    assert failed == []
    stage.everything.settle()
