"""docs/performance.md: machine, method, figures; written by the command that measured them."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import fastapi
import sqlalchemy

from benchmarks.measures import Demo, View
from benchmarks.measuring import ROUNDS, SPREAD, Effort
from benchmarks.rows import Row
from benchmarks.serving import ROOT

PLACE = ROOT / "docs" / "performance.md"
METHOD = f"""\
Written by `make bench`; do not edit. Floor and product are measured in turn, {ROUNDS} rounds, and
the ratio is the median of the rounds' ratios: a ratio bears a restless machine, a figure alone
does not. When the floor's own figures lie further apart than {SPREAD:.0%} of their median, the run
is void and made again; what is void to the end is marked, and its ratio is a hint.
*Cost* is what one answer takes of a processor: it hangs least on what else the machine does.

The floors are small programs in `benchmarks/floors/`: the same page or the same transaction by
hand, without translations, permissions, sessions and signatures. The product runs with the
settings that it is shipped with, its log among them: a public page is kept for a second
(decisions/0009), hence measured as kept and as drawn for each reader. Each side is a process of
its own, and so is the load. Answers are sealed with outbox and audit in one transaction, which is
on the disk before the receipt (`synchronous=FULL`, `fsync=on`). PostgreSQL and Kafka are the run's
own, on this machine. An effect's time (4) is the commit time that PostgreSQL keeps; the commits are
a third process's. The drain (5) takes its outbox in {ROUNDS} stretches, and afterwards the order of
every key is checked in the log.
"""


def written(rows: list[Row], views: list[View], demo: Demo | None, effort: Effort) -> str:
    """Return the report."""
    parts = ["# Performance\n", METHOD, _machine(effort)]
    if rows:
        parts.append(_against(rows))
    if views:
        parts.append(_views(views))
    if demo:
        parts.append(
            "## The demo on a fresh clone\n\n"
            f"`make demo` shows the first call after {demo.first:.1f} s, installing apart; all"
            f" seeds stand after {demo.all:.0f} s, with {demo.megabytes:.0f} MB resident.\n"
        )
    return "\n".join(parts)


def _machine(effort: Effort) -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    versions = (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" SQLAlchemy {sqlalchemy.__version__}, FastAPI {fastapi.__version__}"
    )
    return (
        f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC, commit {commit}: {os.cpu_count()} processors"
        f" ({model}), {memory:.0f} GB, load {os.getloadavg()[1]:.1f} over the last five minutes."
        f" {versions}. At most {effort.runs} runs a measure, {effort.rounds} rounds"
        f" each.\n"
    )


def _against(rows: list[Row]) -> str:
    lines = [
        "## Against the bare thing\n",
        "| # | what | against | floor | product | ratio | pass, outstanding | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    notes = []
    for row in rows:
        outcome = row.outcome
        if outcome is None:
            continue
        sign = "at most" if row.lower_is_better else "at least"
        verdict = row.verdict
        if outcome.is_void:
            verdict += f", void: the floor spreads over {outcome.spread:.0%}"
        lines.append(
            f"| {row.number} | {row.what} | {row.against} | {outcome.floor:.3g} {row.unit} |"
            f" {outcome.product:.3g} {row.unit} | **{outcome.ratio:.2f}** |"
            f" {sign} {row.levels[0]:.2f}, {row.levels[1]:.2f} | {verdict} |"
        )
        if "cost" in outcome.rounds[0][0].more:
            cost, p99 = outcome.more("cost"), outcome.more("p99")
            # Django's server works in a child, whose cost is not its own.
            said = f"cost {cost[0]:.1f} and {cost[1]:.1f} ms; " if all(cost) else ""
            notes.append(
                f"- {row.what}, against {row.against}: {said}p99 {p99[0]:.0f} and {p99[1]:.0f} ms"
            )
    return "\n".join([*lines, "", *notes, ""])


def _views(views: list[View]) -> str:
    lines = [
        "## Pages\n",
        (
            "A first view moves the page and what it needs (style, script, mark), compressed; at"
            " most 60 KB pass, 40 KB are outstanding.\n"
        ),
        "| page | statements | application | first view |",
        "|---|---|---|---|",
        *(
            f"| `{one.path}`{f', {one.rows} rows' if one.rows else ''} | {one.statements} |"
            f" {one.milliseconds:.1f} ms | {one.kilobytes:.1f} KB |"
            for one in views
        ),
        "",
    ]
    return "\n".join(lines)
