"""Write the next migration of a service from the difference between its models and its history.

    python tools/migrations.py registry "what changed"

The result is a draft: read it before it is committed.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from shared.database import migrate


def main(service: str, message: str) -> None:
    """Migrate an empty database to the newest version and write down what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        versions = migrate.SERVICES / service / "migrations" / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        number = len(list(versions.glob("*.py"))) + 1
        migrate.upgrade(service, url)
        command.revision(
            migrate.config(service, url), message, autogenerate=True, rev_id=f"{number:04d}"
        )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(sys.argv[1], " ".join(sys.argv[2:]))
