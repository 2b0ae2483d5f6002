"""Rescaling as the JobManager does it, with tasks that do what the test says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from control_plane_jobs import ScriptedExecutor, endless_job, job_id, scripted, select_job

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.rescaling import at_parallelism
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionState, JobStatus
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus, RequestView
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.runtime.minicluster import MiniCluster

CHECKPOINTED = {"execution.checkpointing.interval": "1 h"}


@dataclass
class Job:
    cluster: MiniCluster
    executor: ScriptedExecutor

    def start(self, graph: JobGraph) -> None:
        self.expect(sum(vertex.parallelism for vertex in graph.vertices))
        self.cluster.job_manager.submit(graph)
        assert self.executor.all_deployed.wait(10)

    def expect(self, tasks: int) -> None:
        self.executor.all_deployed.clear()
        self.executor.expected = len(self.executor.deployed) + tasks

    def rescale(self, parallelism: int) -> str:
        return self.cluster.job_manager.rescale(at_parallelism(self.view().graph, parallelism))

    def view(self) -> JobView:
        return self.cluster.job_manager.job(job_id())

    def checkpoint(self) -> int:
        """The one that is under way."""
        return self.view().checkpoints.history[0].id

    def acknowledge(self) -> None:
        number = self.checkpoint()
        for execution in list(self.executor.deployed):
            self.executor.on_report(CheckpointAcknowledged(execution, number, {}))

    def outcome(self, request: str) -> RequestView:
        return self.cluster.job_manager.await_job(
            job_id(), lambda job: job.rescale_requests[request].status is not RequestStatus.IN_PROGRESS, 10
        ).rescale_requests[request]


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    made, factory = scripted()
    cluster = MiniCluster(Configuration({"process.working-dir": str(tmp_path / "work")}), factory)
    yield Job(cluster, made[0])
    cluster.close()


def endless(parallelism: int = 2, **options: str) -> JobGraph:
    return msgspec.structs.replace(endless_job(parallelism=parallelism), configuration=options or CHECKPOINTED)


@pytest.mark.parametrize("parallelism", [1, 3])
def test_the_job_goes_on_from_a_checkpoint_with_as_many_tasks_as_are_wanted(job: Job, parallelism: int) -> None:
    job.start(endless())
    before = set(job.executor.deployed)
    request = job.rescale(parallelism)
    assert job.view().rescale_requests[request].status is RequestStatus.IN_PROGRESS
    number = job.checkpoint()
    job.expect(2 * parallelism)
    job.acknowledge()
    assert job.outcome(request).status is RequestStatus.COMPLETED
    assert job.executor.all_deployed.wait(10)
    deployments = [d for id_, d in job.executor.deployed.items() if id_ not in before]
    assert {d.vertex.parallelism for d in deployments} == {parallelism}
    assert {d.restore.checkpoint_id for d in deployments if d.restore} == {number}
    assert all(d.execution.attempt == 1 for d in deployments)
    view = job.view()
    assert (view.status, view.rescales, view.restarts) == (JobStatus.RUNNING, 1, 0)
    assert [len(vertex.tasks) for vertex in view.vertices] == [parallelism] * 2
    assert view.vertices[0].tasks[0].earlier[0].state is ExecutionState.CANCELED


def test_a_failed_checkpoint_leaves_the_job_as_it_is(job: Job) -> None:
    job.start(endless(**CHECKPOINTED, **{"execution.checkpointing.tolerable-failed-checkpoints": "3"}))
    request = job.rescale(3)
    execution = next(iter(job.executor.deployed))
    job.executor.on_report(CheckpointDeclined(execution, job.checkpoint(), "the disk is full"))
    outcome = job.outcome(request)
    assert (outcome.status, outcome.error) == (RequestStatus.FAILED, "the disk is full")
    assert job.view().status is JobStatus.RUNNING
    assert [len(vertex.tasks) for vertex in job.view().vertices] == [2, 2]


def test_a_task_that_fails_meanwhile_ends_the_rescaling_and_not_the_job(job: Job) -> None:
    job.start(endless(**CHECKPOINTED, **{"restart-strategy.type": "fixed-delay"}))
    request = job.rescale(3)
    job.executor.end(next(iter(job.executor.deployed)), ExecutionState.FAILED, "boom")
    assert job.outcome(request).error == "boom"
    assert not job.view().status.is_terminal


def test_a_cancelled_job_is_not_rescaled(job: Job) -> None:
    job.start(endless())
    request = job.rescale(3)
    job.cluster.job_manager.cancel(job_id())
    assert job.outcome(request).status is RequestStatus.FAILED
    assert job.view().status in (JobStatus.CANCELLING, JobStatus.CANCELED)


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        (endless(**{"restart-strategy.type": "none"}), "'execution.checkpointing.interval' is not set"),
        (msgspec.structs.replace(select_job(), configuration=CHECKPOINTED), "cannot be taken back"),
    ],
)
def test_a_job_that_cannot_go_on_elsewhere_is_not_rescaled(job: Job, graph: JobGraph, reason: str) -> None:
    job.start(graph)
    assert reason in (job.outcome(job.rescale(3)).error or "")


def test_one_rescaling_at_a_time(job: Job) -> None:
    job.start(endless())
    job.rescale(3)
    assert job.outcome(job.rescale(4)).error == "the job is being rescaled"


def test_nothing_is_done_for_the_parallelism_that_there_is(job: Job) -> None:
    job.start(endless())
    assert job.outcome(job.rescale(2)).status is RequestStatus.COMPLETED
    assert (job.view().rescales, job.view().checkpoints.counts.total) == (0, 0)


def test_an_unknown_job_is_refused(job: Job) -> None:
    with pytest.raises(ClusterError, match="There is no job"):
        job.cluster.job_manager.rescale(endless())
