from pathlib import Path

import pytest
from cluster_machine import free_port
from control_plane_jobs import three_step_job

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError, StateError
from sqlstream.runtime.jobmanager.job_store import FileJobStore
from sqlstream.web.job_manager_process import JobManagerProcess


def configured(tmp_path: Path, rest: int, control: int) -> Configuration:
    return Configuration(
        {
            "rest.port": str(rest),
            "jobmanager.rpc.port": str(control),
            "jobmanager.storage": str(tmp_path / "jobs"),
            "process.working-dir": str(tmp_path / "work"),
        }
    )


@pytest.mark.parametrize("taken", ["rest.port", "jobmanager.rpc.port"])
def test_a_jobmanager_that_cannot_start_takes_nothing_from_the_one_that_runs(tmp_path: Path, taken: str) -> None:
    running = configured(tmp_path, free_port(), free_port())
    process = JobManagerProcess(running)
    other = configured(tmp_path, free_port(), free_port()).with_({taken: running[taken]})
    with pytest.raises(ClusterError, match="the port is in use"):
        JobManagerProcess(other)
    process.close()
    assert FileJobStore(str(tmp_path / "jobs")).recover()[0] == 2


def test_jobs_are_there_again_after_the_next_start(tmp_path: Path) -> None:
    store = FileJobStore(str(tmp_path / "jobs"))
    store.recover()
    store.put_job(three_step_job())
    for _ in range(2):
        process = JobManagerProcess(configured(tmp_path, free_port(), free_port()))
        process.close()
    ((recovered),) = FileJobStore(str(tmp_path / "jobs")).recover()[1]
    assert recovered.graph == three_step_job()


def test_a_storage_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("")
    with pytest.raises(StateError, match="Cannot use"):
        JobManagerProcess(configured(tmp_path, free_port(), free_port()))
