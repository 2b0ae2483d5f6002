"""Processes that die and freeze do not change a row of what a job writes; ``make chaos`` is the longer version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.run import run_chaos


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_output_is_the_undisturbed_one(tmp_path: Path) -> None:
    result = run_chaos(seed=3, seconds=20, rows=8_000_000, directory=tmp_path, say=print)
    assert result.differences == ()
    assert result.run.faults > 0
    assert result.run.recoveries > 0
