"""The whole engine in this process: the same JobManager, one TaskExecutor, no sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.deployment import ExecutionId, TaskDeployment, TaskMetrics, TaskStateChanged
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.protocol import ExecutionMetrics, Heartbeat, TaskManagerInfo

TASK_MANAGER_ID = "embedded"
ADDRESS = "in-process:0"
"""What deployments name as every consumer's address; nobody connects to it."""
UNLIMITED_SLOTS = 2**31 - 1


class Executor(Protocol):
    """What the control plane needs of a TaskExecutor."""

    def deploy(self, deployment: TaskDeployment) -> None: ...

    def cancel(self, execution: ExecutionId) -> None: ...

    def metrics(self) -> dict[ExecutionId, TaskMetrics]: ...

    def results(self, job_id: str) -> Any: ...

    def release(self, job_id: str) -> None: ...

    def close(self) -> None: ...


ExecutorFactory = Callable[[Configuration, Callable[[TaskStateChanged], None], str | None], Executor]


def task_executor(
    configuration: Configuration, on_state: Callable[[TaskStateChanged], None], address: str | None
) -> Executor:
    """The engine's own TaskExecutor."""
    from sqlstream.runtime.task.executor import TaskExecutor

    return TaskExecutor(configuration, on_state, address)


class _InProcessGateway:
    """The executor is ours to close, not the outbox's."""

    def __init__(self, executor: Executor) -> None:
        self.deploy = executor.deploy
        self.cancel = executor.cancel
        self.release = executor.release

    def close(self) -> None:
        """Nothing to give back."""


class MiniCluster:
    """Slots are unlimited: a job gets as many threads as it has subtasks."""

    def __init__(self, configuration: Configuration, executor_factory: ExecutorFactory = task_executor) -> None:
        self.executor = executor_factory(configuration, self._on_state, None)
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

    def _on_state(self, change: TaskStateChanged) -> None:
        self.job_manager.heartbeat(Heartbeat(TASK_MANAGER_ID, reports=(change,)))
