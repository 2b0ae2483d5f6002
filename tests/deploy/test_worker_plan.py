"""How many TaskManagers a cluster of its own starts, and when not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.worker_plan import WorkerPlan, Workers

PLAN = WorkerPlan(minimum=1, slots=2, max_slots=None, max_failures=2, retry_interval=3.0)


@pytest.mark.parametrize(
    ("workers", "missing", "started"),
    [
        (Workers(registered=0, starting=0), 0, 1),
        (Workers(registered=0, starting=1), 0, 0),
        (Workers(registered=1, starting=0), 0, 0),
        (Workers(registered=0, starting=0), 5, 3),
        (Workers(registered=0, starting=2), 5, 1),
        (Workers(registered=3, starting=0), 1, 1),
        (Workers(registered=3, starting=1), 1, 0),
        (Workers(registered=3, starting=4), 1, 0),
    ],
)
def test_those_that_are_starting_count_for_the_slots_that_are_missing(
    workers: Workers, missing: int, started: int
) -> None:
    assert PLAN.to_start(workers, missing) == started


def test_no_more_slots_than_allowed_whoever_waits() -> None:
    plan = replace(PLAN, max_slots=5)
    assert plan.to_start(Workers(0, 0), 9) == 2
    assert plan.to_start(Workers(1, 1), 9) == 0
    assert replace(PLAN, max_slots=1).to_start(Workers(0, 0), 9) == 0


def test_too_many_ends_within_a_minute_make_the_next_start_wait() -> None:
    plan = replace(PLAN, _failures=type(PLAN._failures)())
    plan.failed(10.0)
    assert plan.pause(10.0) == 0
    plan.failed(11.0)
    assert plan.pause(11.5) == 2.5
    assert plan.pause(14.0) == 0
    plan.failed(15.0)
    assert plan.pause(15.0) == 3
    assert plan.pause(76.0) == 0


def test_the_plan_is_what_the_options_say() -> None:
    options = {
        "cluster.taskmanagers": "3",
        "taskmanager.numberOfTaskSlots": "4",
        "slotmanager.number-of-slots.max": "40",
        "resourcemanager.start-worker.max-failure-rate": "7.5",
        "resourcemanager.start-worker.retry-interval": "10 s",
    }
    assert WorkerPlan.of(Configuration(options)) == WorkerPlan(3, 4, 40, 7.5, 10.0)
    assert WorkerPlan.of(Configuration()) == WorkerPlan(1, 1, None, 10.0, 3.0)
