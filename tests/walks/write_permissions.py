"""Write `permissions.txt` anew, after a change of permissions that people agreed on."""

import tempfile
from pathlib import Path

from services.everything import build
from shared.mail.mailers import Captured
from tests.support import expectations
from tests.support.crawl import ways
from tests.support.portal import Portal


def main() -> None:
    """Write the table beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        everything = build(Path(folder) / "portal", Captured())
        portal = Portal(everything, Captured(), everything.services[0].room.clock)  # type: ignore[arg-type]
        found = {
            way.name: everything.service(way.service).room.permissions.rows[way.name]
            for way in ways(portal)
        }
        Path(__file__).with_name("permissions.txt").write_text(
            expectations.table(found.values()), encoding="utf-8"
        )
        everything.close()


if __name__ == "__main__":
    main()
