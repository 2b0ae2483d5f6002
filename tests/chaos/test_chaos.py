"""Processes that die and freeze do not change a row of what a job writes; ``make chaos`` is the longer version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.run import PARALLELISM, run_chaos
from tests.chaos.workload import Workload


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_output_is_the_undisturbed_one(tmp_path: Path) -> None:
    paced = Workload(rows=2_000_000, parallelism=PARALLELISM, rows_per_second=100_000)
    result = run_chaos(paced, seed=3, seconds=20, directory=tmp_path, say=print)
    assert result.differences == ()
    assert result.run.faults > 0
    assert result.run.recoveries > 0
