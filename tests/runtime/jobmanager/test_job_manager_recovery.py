"""A JobManager that is started with the storage of an earlier one goes on with its jobs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from control_plane_jobs import ScriptedExecutor, job_id, select_job
from driven_job import exchanging_job, with_options

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError, ConfigError, StateError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import (
    CheckpointAcknowledged,
    ExecutionState,
    InputEnded,
    JobStatus,
    TaskDeployment,
    TaskReport,
)
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.messages import StopMode
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger, Heartbeat, TaskManagerInfo
from sqlstream.state.checkpoint_files import read_checkpoint, write_metadata
from sqlstream.state.handles import CheckpointMetadata, OperatorHandle, OperatorState, SnapshotKind

PATIENCE = 20.0
TASK_MANAGER = TaskManagerInfo("tm", "host:1", 4)


class CheckpointedExecutor(ScriptedExecutor):
    """Every task acknowledges a checkpoint as soon as the first source hears of it, and ends with one that stops."""

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        first = not any(t.checkpoint_id == trigger.checkpoint_id for t in self.triggers)
        super().trigger_checkpoint(trigger)
        if first:
            for execution, deployment in self.deployed.items():
                operators = {node.id: OperatorHandle(values={"n": 1}) for node in deployment.vertex.chain}
                self.on_report(CheckpointAcknowledged(execution, trigger.checkpoint_id, operators))

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        super().checkpoint_complete(notice)
        if any(trigger.stop and trigger.checkpoint_id == notice.checkpoint_id for trigger in self.triggers):
            self.end(notice.execution, ExecutionState.FINISHED)


class Start:
    """One start of a JobManager, with one TaskManager."""

    def __init__(self, directory: Path, **options: str) -> None:
        configuration = Configuration({"execution.checkpointing.dir": str(directory / "checkpoints")} | options)
        self.executor = CheckpointedExecutor(configuration, self._report, None)
        self.job_manager = JobManager(configuration, lambda _: self.executor)
        self.job_manager.register(TASK_MANAGER)

    def _report(self, report: TaskReport) -> None:
        self.job_manager.heartbeat(Heartbeat(TASK_MANAGER.id, (report,)))

    def await_deployed(self, tasks: int = 4) -> list[TaskDeployment]:
        def running(_: object) -> bool:
            return len(self.executor.deployed) == tasks

        self.job_manager.await_job(job_id(), running, PATIENCE)
        assert running(None)
        return list(self.executor.deployed.values())

    def await_status(self, status: JobStatus) -> None:
        assert self.job_manager.await_job(job_id(), lambda job: job.status is status, PATIENCE).status is status

    def await_checkpoints(self, count: int) -> None:
        view = self.job_manager.await_job(job_id(), lambda job: job.checkpoints.counts.completed >= count, PATIENCE)
        assert view.checkpoints.counts.completed >= count


def durable(directory: Path) -> Start:
    return Start(directory, **{"jobmanager.storage": str(directory / "storage")})


def checkpointed_job() -> JobGraph:
    return with_options(exchanging_job(), execution__checkpointing__interval="10 ms")


def savepoint_of(directory: Path, operator: str) -> str:
    """A savepoint of a job with one operator that has state."""
    state = OperatorState(operator, "Aggregate", 128, (OperatorHandle(values={"n": 1}),))
    metadata = CheckpointMetadata("f" * 32, "other", 7, SnapshotKind.SAVEPOINT, 1, (state,))
    return write_metadata(str(directory / "savepoint"), metadata).location


def test_a_job_that_was_running_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    first = durable(tmp_path)
    first.job_manager.submit(checkpointed_job())
    first.await_checkpoints(2)
    first.job_manager.close()
    assert first.job_manager.job(job_id()).status is JobStatus.SUSPENDED
    latest = max(notice.checkpoint_id for notice in first.executor.completed)
    second = durable(tmp_path)
    deployments = second.await_deployed()
    assert all(d.restore is not None and d.restore.checkpoint_id >= latest for d in deployments)
    assert {d.execution.epoch for d in deployments} == {2}
    second.await_checkpoints(1)
    second.job_manager.close()


def test_a_job_without_checkpoints_starts_anew(tmp_path: Path) -> None:
    first = durable(tmp_path)
    first.job_manager.submit(with_options(exchanging_job()))
    first.await_deployed()
    first.job_manager.close()
    second = durable(tmp_path)
    assert {d.restore for d in second.await_deployed()} == {None}
    second.job_manager.close()


def test_a_job_that_has_ended_does_not_come_back(tmp_path: Path) -> None:
    first = durable(tmp_path)
    first.job_manager.submit(checkpointed_job())
    for deployment in first.await_deployed():
        first.executor.on_report(InputEnded(deployment.execution))
    first.await_status(JobStatus.FINISHED)
    first.job_manager.close()
    second = durable(tmp_path)
    assert second.job_manager.jobs() == []
    second.job_manager.close()
    assert not list((tmp_path / "checkpoints").iterdir())


def test_a_job_whose_rows_a_client_reads_ends_with_its_job_manager(tmp_path: Path) -> None:
    first = durable(tmp_path)
    first.job_manager.submit(select_job())
    first.job_manager.close()
    second = durable(tmp_path)
    assert second.job_manager.jobs() == []
    second.job_manager.close()


def test_without_storage_jobs_are_cancelled_with_their_job_manager(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.job_manager.submit(checkpointed_job())
    start.await_deployed()
    start.job_manager.close()
    assert start.job_manager.job(job_id()).status is JobStatus.CANCELED


def test_a_savepoint_is_stored_where_it_was_asked_for_and_may_stop_the_job(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.job_manager.submit(with_options(exchanging_job()))
    start.await_status(JobStatus.RUNNING)
    start.await_deployed()
    request = start.job_manager.trigger_savepoint(job_id(), str(tmp_path / "mine"), StopMode.SUSPEND)
    outcome = start.job_manager.await_snapshot(job_id(), request, PATIENCE)
    assert outcome.status is RequestStatus.COMPLETED, outcome
    assert outcome.location is not None
    assert Path(outcome.location).parent == tmp_path / "mine"
    assert read_checkpoint(outcome.location).metadata.stop
    start.await_status(JobStatus.FINISHED)
    start.job_manager.close()


def test_a_checkpoint_can_be_asked_for(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.job_manager.submit(with_options(exchanging_job(), execution__checkpointing__interval="1 h"))
    start.await_deployed()
    request = start.job_manager.trigger_checkpoint(job_id())
    outcome = start.job_manager.await_snapshot(job_id(), request, PATIENCE)
    assert outcome.status is RequestStatus.COMPLETED, outcome
    start.job_manager.close()


def test_a_savepoint_needs_a_directory_and_a_job(tmp_path: Path) -> None:
    start = Start(tmp_path)
    start.job_manager.submit(with_options(exchanging_job()))
    with pytest.raises(ClusterError, match="no directory") as raised:
        start.job_manager.trigger_savepoint(job_id())
    assert "execution.checkpointing.savepoint-dir" in (raised.value.hint or "")
    with pytest.raises(ClusterError, match="There is no job"):
        start.job_manager.trigger_savepoint(job_id(2), "sp")
    with pytest.raises(ClusterError, match="no request"):
        start.job_manager.await_snapshot(job_id(), "unheard of", 0)
    start.job_manager.close()


def test_a_job_starts_from_the_savepoint_that_its_configuration_names(tmp_path: Path) -> None:
    path = savepoint_of(tmp_path, "source-0")
    start = durable(tmp_path)
    start.job_manager.submit(with_options(exchanging_job(), execution__state_recovery__path=path))
    assert {d.restore.checkpoint_id for d in start.await_deployed() if d.restore is not None} == {7}
    start.job_manager.close()
    later = durable(tmp_path)
    assert {d.restore.checkpoint_id for d in later.await_deployed() if d.restore is not None} == {7}
    later.job_manager.close()


def test_a_savepoint_of_another_query_is_refused_before_anything_starts(tmp_path: Path) -> None:
    path = savepoint_of(tmp_path, "another operator")
    graph = with_options(exchanging_job(), execution__state_recovery__path=path)
    start = durable(tmp_path)
    with pytest.raises(StateError, match="Aggregate"):
        start.job_manager.submit(graph)
    assert start.job_manager.jobs() == []
    start.job_manager.close()
    later = durable(tmp_path)
    assert later.job_manager.jobs() == []
    allowed = dict(graph.configuration) | {"execution.state-recovery.ignore-unclaimed-state": "true"}
    later.job_manager.submit(msgspec.structs.replace(graph, configuration=allowed))
    later.await_deployed()
    later.job_manager.close()


def test_options_out_of_range_are_refused_before_anything_starts(tmp_path: Path) -> None:
    start = Start(tmp_path)
    for options in (
        {"execution__checkpointing__interval": "1 ms"},
        {"restart_strategy__type": "failure-rate", "restart_strategy__failure_rate__failure_rate_interval": "0"},
    ):
        with pytest.raises(ConfigError):
            start.job_manager.submit(with_options(exchanging_job(), **options))
    assert start.job_manager.jobs() == []
    start.job_manager.close()


def test_a_storage_that_cannot_be_written_refuses_jobs(tmp_path: Path) -> None:
    start = durable(tmp_path)
    (tmp_path / "storage" / "jobs").write_text("not a directory")
    with pytest.raises(StateError):
        start.job_manager.submit(with_options(exchanging_job()))
    assert start.job_manager.jobs() == []
    start.job_manager.close()
