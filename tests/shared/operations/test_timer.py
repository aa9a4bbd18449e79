"""Timed work by several workers of one service: each thing once, and nobody waits for another."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from shared import ids
from shared.database.audit import AuditRow
from shared.database.due import DueRow
from shared.operations.timer import Job, Timer
from shared.work import Work
from tests.support.bench import Bench, Open

HOUR = timedelta(hours=1)


def count(bench: Bench, act: str) -> int:
    with bench.view() as view:
        statement = select(func.count()).select_from(AuditRow).where(AuditRow.act == act)
        return view.session.scalar(statement) or 0


def timers(bench: Bench, job: Job) -> tuple[Timer, Timer]:
    service = replace(bench.service, jobs=[job])
    return Timer(service), Timer(service)


def test_a_job_runs_once_though_two_workers_found_it_time(registry_bench: Bench) -> None:
    job = Job("counted", HOUR, lambda work: work.record("job.counted"))
    one, other = timers(registry_bench, job)
    assert job in one._waiting()
    assert job in other._waiting()
    assert one._run(job)
    assert not other._run(job)
    assert count(registry_bench, "job.counted") == 1
    registry_bench.later(hours=1)
    assert other._run(job)
    assert count(registry_bench, "job.counted") == 2


def test_a_job_in_hand_is_left_to_the_worker_that_has_it(registry_bench: Bench) -> None:
    begun, tried = threading.Event(), threading.Event()

    def slow(work: Work) -> None:
        work.record("job.slow")
        begun.set()
        if not registry_bench.service.room.database.is_sqlite:
            assert tried.wait(30), "the other worker waited for the one that has it"

    job = Job("slow", HOUR, slow)
    one, other = timers(registry_bench, job)
    # So that its row is there: before the first run ever, a worker waits for who makes it.
    tried.set()
    one._run(job)
    registry_bench.later(hours=1)
    begun.clear()
    tried.clear()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(one._run, job)
        assert begun.wait(30)
        assert not other._run(job)
        tried.set()
        assert running.result(30)
    assert count(registry_bench, "job.slow") == 2


def test_a_job_of_many_pieces_holds_its_turn(registry_bench: Bench) -> None:
    left = [True, True, False]
    job = Job("pieces", HOUR, lambda work: (work.record("job.piece"), left.pop(0))[1])
    one, other = timers(registry_bench, job)
    assert one._run(job)
    assert not other._run(job)
    assert count(registry_bench, "job.piece") == 3


def let_fall_due(bench: Bench, *marks: str) -> None:
    with bench.work() as work:
        for minute, mark in enumerate(marks):
            work.schedule("slow", ids.new(), work.now + timedelta(minutes=minute), mark)
    bench.later(hours=1)


@pytest.mark.parametrize("opened", ["postgres"], indirect=True)
def test_what_falls_due_is_shared_and_nobody_waits(opened: Open) -> None:
    bench = opened("registry")
    begun, done = threading.Event(), threading.Event()

    def act(work: Work, _subject: UUID, payload: dict[str, Any]) -> None:
        del payload
        work.record("due.done")
        if not begun.is_set():
            begun.set()
            assert done.wait(30), "the other worker did not do the second one"

    service = replace(bench.service, due={"slow": act})
    let_fall_due(bench, "first", "second")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(Timer(service)._one)
        assert begun.wait(30)
        other = Timer(service)
        assert other._one()
        assert not other._one(), "what another has in hand is not tried"
        done.set()
        assert running.result(30)
    assert count(bench, "due.done") == 2


def test_what_fails_waits_and_others_go_on(registry_bench: Bench) -> None:
    def act(work: Work, _subject: UUID, _payload: dict[str, Any]) -> None:
        work.record("due.tried")
        raise ValueError("not today")

    timer = Timer(replace(registry_bench.service, due={"slow": act}))
    let_fall_due(registry_bench, "only")
    assert timer._one()
    assert not timer._one()
    with registry_bench.view() as view:
        row = view.get(DueRow, kind="slow")
    assert row.attempts == 1
    assert row.last_error == "ValueError: not today"
    assert count(registry_bench, "due.tried") == 0
