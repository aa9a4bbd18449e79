"""`make bench`: measure everything side by side and write docs/performance.md.

`python -m benchmarks reading memory` measures some of it and only prints; `--quick` makes one short
run of each measure, however restless the machine is, and only prints, too.
"""

import sys
import tempfile
from pathlib import Path

from benchmarks import material, measures, report
from benchmarks.measures import Bench
from benchmarks.measuring import FULL, QUICK, Effort
from benchmarks.rows import Row, rows
from benchmarks.stores import Stores
from shared import logs

KINDS = (
    *("sending", "reading", "framework", "delivery", "drain", "memory", "start", "views", "demo"),
)


def main(kinds: list[str], effort: Effort) -> str:
    """Measure what is asked for, everything when nothing is, and return the report."""
    unknown = set(kinds) - set(KINDS)
    if unknown:
        sys.exit(f"There is no {', '.join(unknown)}; there are {', '.join(KINDS)}.")
    wanted = kinds or [one for one in KINDS if one != "demo" or effort is FULL]
    logs.configure("warning")
    with tempfile.TemporaryDirectory(prefix="roundtable-bench-") as name:
        folder = Path(name)
        stores = Stores(folder)
        _say("Making what is measured on")
        bench = Bench(material.make(folder / "material", effort), folder, _say)
        try:
            measured = [_measured(row) for row in rows(bench, stores) if row.kind in wanted]
            views = measures.views(bench) if "views" in wanted else []
        finally:
            stores.close()
        shown = measures.demo(folder, _say) if "demo" in wanted else None
        return report.written(measured, views, shown, effort)


def _measured(row: Row) -> Row:
    _say(f"{row.number}  {row.what}, against {row.against}")
    return row.measured()


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    chosen = [one for one in given if one != "--quick"]
    how = QUICK if "--quick" in given else FULL
    text = main(chosen, how)
    print(text)
    if how is FULL and not chosen:
        report.PLACE.write_text(text, encoding="utf-8")
