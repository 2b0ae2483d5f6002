"""Apache Flink's own command line, against a JobManager of ours with a TaskManager and a job without end."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cluster_machine import Machine, free_port
from control_plane_jobs import endless_job

from sqlstream.deploy.target import JobClient
from sqlstream.runtime.deployment import JobStatus
from sqlstream.state.checkpoint_files import read_checkpoint
from tests.flink_home import flink_environment, flink_home


@dataclass
class FlinkUser:
    home: Path
    machine: Machine
    scratch: Path

    def flink(self, *arguments: str) -> str:
        """What ``flink`` prints; every option that it needs to find the JobManager is given."""
        verb, *rest = arguments
        run = subprocess.run(
            [str(self.home / "bin/flink"), verb, "-m", f"127.0.0.1:{self.machine.rest_port}", *rest],
            env=flink_environment(self.home, self.scratch),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return run.stdout + run.stderr

    def submit(self, number: int) -> JobClient:
        return self.machine.target().submit(endless_job(number, parallelism=1))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    flink_home()
    machine = Machine(tmp_path_factory.mktemp("cluster"), free_port(), free_port())
    started = machine.sqlstream("cluster", "start", "--taskmanagers", "1", *machine.options)
    assert started.returncode == 0, started.stderr
    yield machine
    machine.sqlstream("cluster", "stop")


@pytest.fixture
def user(machine: Machine, tmp_path: Path) -> FlinkUser:
    return FlinkUser(flink_home(), machine, tmp_path)


def test_jobs_are_listed_savepointed_and_stopped(user: FlinkUser) -> None:
    assert "No running jobs." in user.flink("list")
    job = user.submit(1)
    listed = user.flink("list", "-a")
    assert re.search(rf"{job.job_id} : endless \((RUNNING|INITIALIZING|CREATED)\)", listed), listed

    target = user.scratch / "savepoints"
    savepoint = user.flink("savepoint", job.job_id, str(target))
    found = re.search(r"Savepoint completed\. Path: (\S+)", savepoint)
    assert found is not None, savepoint
    location = found[1]
    assert read_checkpoint(location).metadata.job_id == job.job_id

    disposed = user.flink("savepoint", "--dispose", location)
    assert f"Savepoint '{location}' disposed." in disposed
    assert list(target.iterdir()) == []

    stopped = user.flink("stop", "--savepointPath", str(target), job.job_id)
    found = re.search(r"Savepoint completed\. Path: (\S+)", stopped)
    assert found is not None, stopped
    assert read_checkpoint(found[1]).metadata.stop
    assert job.wait(10) is JobStatus.FINISHED
    assert f"{job.job_id} : endless (FINISHED)" in user.flink("list", "-a")


def test_a_job_is_cancelled(user: FlinkUser) -> None:
    job = user.submit(2)
    cancelled = user.flink("cancel", job.job_id)
    assert f"Cancelled job {job.job_id}." in cancelled, cancelled
    assert job.wait(10) is JobStatus.CANCELED


def test_what_cannot_be_done_is_said_in_our_words(user: FlinkUser) -> None:
    job = user.submit(3)
    (user.scratch / "file").write_text("")
    failed = user.flink("savepoint", job.job_id, str(user.scratch / "file"))
    assert "file" in failed and "Cannot" in failed, failed
    assert "There is no directory for a savepoint" in user.flink("savepoint", job.job_id)
    missing = user.scratch / "none"
    assert str(missing) in user.flink("savepoint", "--dispose", str(missing))
    assert "not found" in user.flink("savepoint", "0" * 32, str(user.scratch))
    user.flink("cancel", job.job_id)
