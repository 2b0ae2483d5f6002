"""The demo's script gives the same rows on a JobManager with two TaskManagers as embedded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_machine import Machine, free_port

from tests.examples.test_flights import REPOSITORY, demo, output_rows

__all__ = ["demo"]

SCRIPT = REPOSITORY / "examples/flights/flights_daily.sql"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path, free_port(), free_port())
    slots = ["-D", "taskmanager.numberOfTaskSlots=2"]
    started = machine.sqlstream("cluster", "start", "--taskmanagers", "2", *machine.options, *slots)
    assert started.returncode == 0, started.stderr
    yield machine
    machine.sqlstream("cluster", "stop")


def test_the_script_gives_the_same_rows_on_a_cluster(demo: Path, cluster: Machine) -> None:
    def run(*options: str) -> list[tuple[object, ...]]:
        shutil.rmtree(demo / "demo-output", ignore_errors=True)
        command = [sys.executable, "-m", "sqlstream", "run", *options, str(SCRIPT)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        finished = subprocess.run(command, cwd=demo, env=environment, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return output_rows(demo)

    embedded = run()
    assert len(embedded) == 5_442
    for parallelism in ("1", "2", "4"):
        assert run("-t", "remote", "-p", parallelism, *cluster.options) == embedded
