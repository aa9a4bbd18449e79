"""The table of measures: number, what stands against what, and the levels to reach."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from benchmarks import streams
from benchmarks.measures import Bench
from benchmarks.measuring import Outcome
from benchmarks.stores import Moved, Stores

HAND = "the same SQL by hand"
PAGE = "the same page by hand: Starlette, psycopg, Jinja"
DJANGO = "the same page in bare Django"
BARE = "bare FastAPI and SQLAlchemy on the same database"
IMPORTS = "importing the packages that all stands on"
PARTNERS = "/en/partners"


@dataclass(frozen=True)
class Row:
    """One line of the report: measure, against what, levels to reach, and what came of it."""

    number: str
    kind: str
    what: str
    against: str
    unit: str
    levels: tuple[float, float]
    measure: Callable[[], Outcome]
    lower_is_better: bool = False
    p99: tuple[float, float] | None = None
    outcome: Outcome | None = None

    def measured(self) -> "Row":
        """Return the same line with its outcome."""
        return replace(self, outcome=self.measure())

    @property
    def verdict(self) -> str:
        """Say which level the ratio reaches."""
        if self.outcome is None:
            return ""
        reached = ["pass", "outstanding"][: self._reached(self.outcome)]
        return reached[-1] if reached else "below"

    def _reached(self, outcome: Outcome) -> int:
        ratio = outcome.ratio
        found = 0
        for level in range(2):
            wanted = self.levels[level]
            good = ratio <= wanted if self.lower_is_better else ratio >= wanted
            if self.p99 is not None:
                good = good and outcome.more("p99")[1] <= self.p99[level]
            found += good and found == level
        return found


def rows(bench: Bench, stores: Stores) -> list[Row]:
    """Return every measure against a floor; what they need is started by the first that asks."""
    material = bench.material

    @cache
    def moved() -> Moved:
        bench.say("Moving it onto PostgreSQL")
        return stores.moved(material.folder)

    @cache
    def delivered() -> Outcome:
        # The broker first: the environment of the processes names it.
        bench.say(f"Starting Kafka on {stores.kafka.address}")
        return streams.delivery(moved(), bench.folder, material.effort, bench.say)

    def drained() -> Outcome:
        bench.say(f"Kafka on {stores.kafka.address}")
        return streams.drain(moved(), material.effort, bench.say)

    return [
        *_sending(bench, moved),
        *_reading(bench, moved, f"/en/calls/{material.call}"),
        *_streaming(delivered, drained),
        *_processes(bench, moved),
    ]


Made = Callable[[], Moved]


def _sending(bench: Bench, moved: Made) -> list[Row]:
    unit, levels = "answers/s", (0.40, 0.70)
    return [
        Row(
            "1",
            "sending",
            "answers accepted, 32 connections, `roundtable web consultation` on PostgreSQL",
            f"{HAND}: Starlette, psycopg",
            unit,
            levels,
            lambda: bench.sending_apart(moved()),
            p99=(300, 150),
        ),
        Row(
            "1b",
            "sending",
            "the same on SQLite, web half of consultation",
            f"{HAND}: Starlette, sqlite3",
            unit,
            levels,
            lambda: bench.sending("consultation"),
        ),
        Row(
            "1b",
            "sending",
            "the same with everything in the process: relays, readers, notices, mail",
            f"{HAND}: Starlette, sqlite3",
            unit,
            levels,
            lambda: bench.sending("everything"),
        ),
    ]


def _reading(bench: Bench, moved: Made, call: str) -> list[Row]:
    pages = (
        ("consultation", call, "page of a call, 8 connections"),
        ("registry", PARTNERS, "list of 25 partners, 8 connections"),
    )
    ways = ((True, ""), (False, ", drawn for each reader"))
    floors = (("reading", PAGE, (0.30, 0.50)), ("framework", DJANGO, (1.5, 2.5)))
    return [
        Row(
            "2",
            kind,
            what + way,
            against,
            "pages/s",
            levels,
            lambda service=service, path=path, kind=kind, kept=kept: bench.reading(  # type: ignore[misc]
                service, path, moved(), kind, kept=kept
            ),
        )
        for kind, against, levels in floors
        for service, path, what in pages
        for kept, way in ways
    ]


def _streaming(delivered: Callable[[], Outcome], drained: Callable[[], Outcome]) -> list[Row]:
    raw = "raw kafka-python, produced and consumed"
    what = "commit in registry to effect committed in consultation, processes apart"
    return [
        Row("4", "delivery", f"{what}: p50", raw, "ms", (5, 2), delivered, lower_is_better=True),
        Row(
            "4",
            "delivery",
            f"{what}: p99",
            raw,
            "ms",
            (5, 3),
            lambda: delivered().of("p99"),
            lower_is_better=True,
        ),
        Row(
            "5",
            "drain",
            "outbox drained after an outage",
            "kafka-python's producer, the same bytes",
            "events/s",
            (0.35, 0.60),
            drained,
        ),
    ]


def _processes(bench: Bench, moved: Made) -> list[Row]:
    apart, all_in_one = "`roundtable web consultation`", "all in one process"
    return [
        Row(
            number, kind, f"{what} of {which}", against, unit, levels, measure, lower_is_better=True
        )
        for number, kind, what, which, against, unit, levels, measure in (
            (
                *("10", "memory", "idle memory", apart, BARE, "MB", (1.5, 1.2)),
                lambda: bench.memory_apart(moved()),
            ),
            (*("10", "memory", "idle memory", all_in_one, BARE, "MB", (2.0, 1.6)), bench.memory),
            (
                *("11", "start", "cold start to the first page", apart, IMPORTS, "s", (1.8, 1.3)),
                lambda: bench.start_apart(moved()),
            ),
            (
                *("11", "start", "cold start to the first page", all_in_one, IMPORTS, "s"),
                (1.8, 1.3),
                bench.start,
            ),
        )
    ]
