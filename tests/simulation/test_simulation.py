"""What the JobManager promises holds in every schedule, and a schedule is its seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import simulation
from tests.simulation.schedule import run_schedule

SEEDS = range(1, 401)
_AT_ONCE = 50


@pytest.mark.parametrize("seeds", [range(first, first + _AT_ONCE) for first in SEEDS[::_AT_ONCE]], ids=str)
def test_the_invariants_hold_in_every_schedule(seeds: range) -> None:
    violations = {seed: violation for seed in seeds if (violation := run_schedule(seed)) is not None}
    assert violations == {}, "see 'make simulate SCHEDULES=1 SEED=<seed>'"


def test_a_seed_is_a_schedule_whatever_order_sets_are_in() -> None:
    """Nothing but the seed decides: neither the process nor its hash seed."""
    program = (
        "from tests.simulation.schedule import run_schedule\n"
        "for seed in range(1, 21):\n"
        "    trace = []\n"
        "    run_schedule(seed, trace)\n"
        "    print('\\n'.join(trace))\n"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    )
    assert first
    assert first == second


def test_schedules_are_not_uneventful() -> None:
    """The faults do strike: jobs are restarted, recovered by another JobManager, and restored from checkpoints."""
    trace: list[str] = []
    for seed in range(1, 101):
        run_schedule(seed, trace)
    text = "\n".join(trace)
    for event in (
        "is killed",
        "is frozen",
        "is cut off",
        "the storage is full",
        "RecoverJob(graph",
        " from ",
        "SAVEPOINT",
    ):
        assert text.count(event) > 10, event


def test_the_invariants_are_documented_in_the_same_words() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fault-tolerance.md").read_text().replace("**", "")
    _, listed, invariants = (simulation.__doc__ or "").partition("- exactly-once")
    assert listed
    assert listed + invariants.rstrip() in page
