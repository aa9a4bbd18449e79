"""Write down what the services tell each other, from the contracts themselves.

python -m tools.contracts            write docs/events.md and docs/events/asyncapi.json
python -m tools.contracts --check    say whether they are what the contracts say today
"""

import json
import sys
from pathlib import Path

from tools.contracts import asyncapi
from tools.contracts.page import page

DOCS = Path(__file__).parents[2] / "docs"


def written() -> dict[Path, str]:
    """Return what belongs into each file. Raises Unsaid for a contract without words."""
    return {
        DOCS / "events.md": page(),
        DOCS / "events" / "asyncapi.json": json.dumps(
            asyncapi.document(), indent=1, ensure_ascii=False
        )
        + "\n",
    }


def stale() -> list[Path]:
    """Return the files that say something else than the contracts."""
    return [
        path
        for path, text in written().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def write() -> None:
    """Write the files."""
    for path, text in written().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif late := stale():
        sys.exit("\n".join(f"{path.name} is stale: make contracts" for path in late))
