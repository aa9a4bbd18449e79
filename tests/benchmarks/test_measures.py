"""Every measure is taken once, at the smallest: the code keeps working; the figures say nothing."""

import re
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from benchmarks import material, measures, report, streams
from benchmarks.measures import Bench
from benchmarks.measuring import LEAST, Figure, Outcome, alternate
from benchmarks.rows import rows
from benchmarks.stores import Stores
from tests.support import kafka, postgres
from tests.support.needs import free_port

LEFT_OUT = set() if find_spec("django") and find_spec("gunicorn") else {"framework"}
"""Django comes with `requirements/bench.txt` only."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    postgres.need()
    kafka.need()
    folder = tmp_path_factory.mktemp("benchmarks")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FLOOR", "PRODUCT"):
            patch.setattr(measures, name, free_port())
        patch.setattr(streams, "WORKS", {name: free_port() for name in streams.WORKS})
        yield Bench(material.make(folder / "material", LEAST), folder, lambda _what: None)


@pytest.mark.postgres
@pytest.mark.kafka
def test_every_measure_can_be_taken(bench: Bench) -> None:
    stores = Stores(bench.folder)
    try:
        taken = [
            row.measured()
            for row in rows(bench, stores)
            # One page stands for the other, and a service apart for all in one process.
            if row.kind not in LEFT_OUT and not re.search("partners|all in|everything", row.what)
        ]
    finally:
        stores.close()
    assert {row.number for row in taken} == {"1", "1b", "2", "4", "5", "10", "11"}
    written = report.written(taken, measures.views(bench), None, LEAST)
    for row in taken:
        assert row.outcome is not None
        assert row.outcome.ratio > 0
        assert re.search(rf"\| {row.number} \| .*{re.escape(row.what)}", written)


def test_a_restless_floor_makes_a_run_void() -> None:
    figures = iter([1, 1, 2, 1, 1, 1])
    outcome = alternate(
        lambda: Figure(next(figures, 1)), lambda: Figure(1), lambda _what: None, LEAST
    )
    assert not outcome.is_void
    rounds = [(Figure(one), Figure(1)) for one in (1, 1, 1, 1, 1.3)]
    assert Outcome(rounds, 0).is_void
    assert not Outcome([(Figure(one), Figure(1)) for one in (1, 1.1)], 0).is_void


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    rounds = [(Figure(100), Figure(50)), (Figure(10), Figure(9)), (Figure(100), Figure(40))]
    assert Outcome(rounds, 0).ratio == 0.5
