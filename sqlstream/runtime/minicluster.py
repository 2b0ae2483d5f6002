"""The whole engine in this process: the same JobManager, one TaskExecutor, no sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment, TaskMetrics, TaskReport
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.protocol import (
    CheckpointNotice,
    CheckpointTrigger,
    ExecutionMetrics,
    Heartbeat,
    TaskManagerInfo,
)

TASK_MANAGER_ID = "embedded"
ADDRESS = "in-process:0"
"""What deployments name as every consumer's address; nobody connects to it."""
UNLIMITED_SLOTS = 2**31 - 1


class Executor(Protocol):
    """What the control plane needs of a TaskExecutor."""

    def deploy(self, deployment: TaskDeployment) -> None: ...

    def cancel(self, execution: ExecutionId) -> None: ...

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None: ...

    def checkpoint_complete(self, notice: CheckpointNotice) -> None: ...

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None: ...

    def metrics(self) -> dict[ExecutionId, TaskMetrics]: ...

    def results(self, job_id: str) -> Any: ...

    def release(self, job_id: str) -> None: ...

    def close(self) -> None: ...


ExecutorFactory = Callable[[Configuration, Callable[[TaskReport], None], str | None], Executor]


def task_executor(
    configuration: Configuration, on_report: Callable[[TaskReport], None], address: str | None
) -> Executor:
    """The engine's own TaskExecutor."""
    from sqlstream.runtime.task.executor import TaskExecutor

    return TaskExecutor(configuration, on_report, address)


class _InProcessGateway:
    """The executor is ours to close, not the outbox's."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def deploy(self, deployment: TaskDeployment) -> None:
        self._executor.deploy(deployment)

    def cancel(self, execution: ExecutionId) -> None:
        self._executor.cancel(execution)

    def release(self, job_id: str) -> None:
        self._executor.release(job_id)

    def trigger_checkpoint(self, trigger: CheckpointTrigger) -> None:
        self._executor.trigger_checkpoint(trigger)

    def checkpoint_complete(self, notice: CheckpointNotice) -> None:
        self._executor.checkpoint_complete(notice)

    def checkpoint_aborted(self, notice: CheckpointNotice) -> None:
        self._executor.checkpoint_aborted(notice)

    def close(self) -> None:
        """Nothing to give back."""


class MiniCluster:
    """Slots are unlimited: a job gets as many threads as it has subtasks."""

    def __init__(self, configuration: Configuration, executor_factory: ExecutorFactory = task_executor) -> None:
        self.executor = executor_factory(configuration, self._on_report, None)
        gateway = _InProcessGateway(self.executor)
        self.job_manager = JobManager(configuration, lambda _: gateway, embedded=True)
        self.job_manager.register(TaskManagerInfo(TASK_MANAGER_ID, ADDRESS, UNLIMITED_SLOTS))

    def refresh_metrics(self) -> None:
        """Bring the counters of running tasks up to date; a cluster's heartbeats do that."""
        metrics = tuple(ExecutionMetrics(id_, values) for id_, values in self.executor.metrics().items())
        self.job_manager.heartbeat(Heartbeat(TASK_MANAGER_ID, metrics=metrics))

    def close(self) -> None:
        """End all jobs."""
        self.job_manager.close()
        self.executor.close()

    def _on_report(self, report: TaskReport) -> None:
        self.job_manager.heartbeat(Heartbeat(TASK_MANAGER_ID, reports=(report,)))
