"""Jobs in this process, with the engine's own TaskExecutor."""

from __future__ import annotations

import subprocess
import sys

import pytest
from control_plane_jobs import endless_job, job_id, scripted, select_job, three_step_job

from sqlstream.config.configuration import Configuration
from sqlstream.deploy.local import LocalTarget
from sqlstream.deploy.targets import deployment_target
from sqlstream.errors import ClusterError, ConfigError
from sqlstream.runtime.deployment import ExecutionState, JobStatus


def test_a_select_gives_its_rows_and_finishes_with_its_metrics() -> None:
    target = LocalTarget(Configuration())
    job = target.submit(select_job(rows=4))
    assert [row for batch in job.results() for _, row in batch.to_rows()] == [(0,), (1,), (2,), (3,)]
    assert job.wait(10) is JobStatus.FINISHED
    assert [name for _, name, _ in job.progress().vertices] == ["values", "collect"]
    assert job.progress().vertices[0][2][0].records_out == 4
    target.close()


def test_a_job_can_be_cancelled_and_found_again() -> None:
    target = LocalTarget(Configuration())
    target.submit(endless_job())
    found = target.job(job_id())
    assert found.wait(0) is JobStatus.RUNNING
    found.cancel()
    assert found.wait(10) is JobStatus.CANCELED
    (overview,) = target.jobs()
    assert (overview.name, overview.status) == ("endless", JobStatus.CANCELED)
    assert overview.end_time is not None
    target.close()


def test_closing_the_target_ends_its_jobs() -> None:
    target = LocalTarget(Configuration())
    target.submit(endless_job())
    target.close()
    assert target.jobs() == []


def test_a_failed_job_raises_its_cause_and_has_the_trace_as_a_note() -> None:
    made, factory = scripted(expected=5)
    target = LocalTarget(Configuration(), factory)
    job = target.submit(three_step_job())
    assert made[0].all_deployed.wait(10)
    made[0].end(next(iter(made[0].deployed)), ExecutionState.FAILED, "boom", "Traceback ...")
    with pytest.raises(ClusterError, match="failed: boom") as caught:
        job.wait(10)
    assert caught.value.__notes__ == ["Traceback ..."]
    target.close()


def test_results_of_a_job_that_is_no_select_are_refused() -> None:
    _, factory = scripted(finish=True)
    target = LocalTarget(Configuration(), factory)
    with pytest.raises(ClusterError, match="not a SELECT"):
        list(target.submit(three_step_job()).results())
    target.close()


def test_an_unknown_job_is_an_error() -> None:
    with pytest.raises(ClusterError, match="no job"):
        LocalTarget(Configuration()).job(job_id())


def test_the_target_is_chosen_by_its_name() -> None:
    assert isinstance(deployment_target(Configuration()), LocalTarget)
    with pytest.raises(ConfigError, match=r"Unknown 'execution.target': 'moon'"):
        deployment_target(Configuration({"execution.target": "moon"}))


def test_embedded_jobs_load_neither_network_nor_web() -> None:
    program = (
        "import sys\n"
        "from sqlstream.deploy.local import LocalTarget\n"
        "from sqlstream.runtime.minicluster import task_executor\n"
        "import sqlstream.runtime.task.executor\n"
        "print([name for name in ('pyarrow.flight', 'fastapi', 'uvicorn', 'httpx') if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"
