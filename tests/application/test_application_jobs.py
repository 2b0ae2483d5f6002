"""The jobs of an application stand and fall together, and are the same ones when the script is run anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from control_plane_jobs import endless_job

from sqlstream.application.application_jobs import ApplicationJobs
from sqlstream.application.status import ApplicationStatus
from sqlstream.config.configuration import Configuration
from sqlstream.deploy.embedded import EmbeddedTarget
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.minicluster import MiniCluster


@pytest.fixture
def manager() -> Iterator[JobManager]:
    cluster = MiniCluster(Configuration())
    yield cluster.job_manager
    cluster.close()


def test_a_job_that_is_cancelled_takes_the_others_with_it_and_lets_no_more_in(manager: JobManager) -> None:
    target = EmbeddedTarget(manager, "app", {})
    jobs = ApplicationJobs(manager, target)
    first, second = target.submit(endless_job()), target.submit(endless_job())
    assert jobs.outcome is None
    assert jobs.status(first) is None
    first.cancel()
    assert jobs.wait(first) is JobStatus.CANCELED
    assert jobs.wait(second) is JobStatus.CANCELED
    assert jobs.outcome is ApplicationStatus.CANCELED
    with pytest.raises(ClusterError, match=rf"is not started: .* \({first.job_id}\) is CANCELED"):
        target.submit(endless_job())
    assert target.submitted == [first, second]
    jobs.close()


def test_nobody_waits_for_jobs_that_are_given_up(manager: JobManager) -> None:
    target = EmbeddedTarget(manager, "app", {})
    jobs = ApplicationJobs(manager, target)
    job = target.submit(endless_job())
    jobs.close()
    assert jobs.wait(job) is None


def test_a_script_that_is_run_anew_finds_its_jobs_by_their_order(manager: JobManager) -> None:
    before = EmbeddedTarget(manager, "app", {})
    assert before.earlier_run(endless_job()) is None
    first, second = before.submit(endless_job()), before.submit(endless_job())
    assert EmbeddedTarget(manager, "other", {}).earlier_run(endless_job()) is None

    anew = EmbeddedTarget(manager, "app", {first.job_id: JobStatus.FINISHED})
    jobs = ApplicationJobs(manager, anew)
    ended, running = anew.earlier_run(endless_job()), anew.earlier_run(endless_job())
    assert ended is not None
    assert running is not None
    assert (ended.job_id, running.job_id) == (first.job_id, second.job_id)
    assert ended.wait() is JobStatus.FINISHED
    assert list(ended.results()) == []
    assert jobs.wait(ended) is JobStatus.FINISHED
    assert anew.earlier_run(endless_job()) is None
    third = anew.submit(endless_job())
    assert len({first.job_id, second.job_id, third.job_id}) == 3
    running.cancel()
    assert jobs.wait(third) is JobStatus.CANCELED
    jobs.close()


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELED])
def test_a_job_that_did_not_finish_before_ends_the_application_still(manager: JobManager, status: JobStatus) -> None:
    job_id = EmbeddedTarget(manager, "app", {}).submit(endless_job()).job_id
    anew = EmbeddedTarget(manager, "app", {job_id: status})
    jobs = ApplicationJobs(manager, anew)
    anew.earlier_run(endless_job())
    assert jobs.outcome is ApplicationStatus.of_job(status)
    with pytest.raises(ClusterError, match="is not started"):
        anew.submit(endless_job())
    jobs.close()
