"""The JobMaster: one job from submission to its end.

A pure state machine: reports come in, with the time (ms); deployments, cancellations and slot requests come out.
States and their transitions are Flink's. A job with a failed task fails; the attempt number in every id is where
restarts come in.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import (
    ExecutionId,
    ExecutionState,
    JobStatus,
    TaskMetrics,
    TaskStateChanged,
)
from sqlstream.runtime.jobmanager.execution import Execution
from sqlstream.runtime.jobmanager.messages import (
    CancelTask,
    DeployTask,
    JobEffect,
    JobEnded,
    RequestSlots,
    SlotsDenied,
    SlotsGranted,
    TaskManagerLost,
)
from sqlstream.runtime.jobmanager.task_deployments import slots_needed, task_deployments
from sqlstream.runtime.jobmanager.views import Failure, JobView, VertexView

_ENDS_AS = {
    JobStatus.RUNNING: JobStatus.FINISHED,
    JobStatus.FAILING: JobStatus.FAILED,
    JobStatus.CANCELLING: JobStatus.CANCELED,
}
"""What a job becomes once all its tasks have ended."""

MAX_FAILURES = 16
"""Failures kept for the exception history; beyond the first ones they are echoes."""


class JobMaster:
    """Runs ``graph``, which must be valid."""

    def __init__(self, graph: JobGraph, now: int) -> None:
        self.graph = graph
        self.status = JobStatus.INITIALIZING
        self._since = {JobStatus.INITIALIZING: now}
        self._failures: list[Failure] = []
        self._cause: Failure | None = None
        self._attempt = 0
        self._executions = {
            (vertex.id, subtask): Execution(
                id=ExecutionId(graph.job_id, vertex.id, subtask, self._attempt),
                name=f"{vertex.name} ({subtask + 1}/{vertex.parallelism})",
                since={ExecutionState.CREATED: now},
            )
            for vertex in graph.vertices
            for subtask in range(vertex.parallelism)
        }

    def start(self, now: int) -> Iterator[JobEffect]:
        """Ask for slots."""
        self._become(JobStatus.CREATED, now)
        self._become(JobStatus.RUNNING, now)
        for execution in self._executions.values():
            execution.advance(ExecutionState.SCHEDULED, now)
        yield RequestSlots(self.graph.job_id, slots_needed(self.graph))

    def slots_granted(self, granted: SlotsGranted, now: int) -> Iterator[JobEffect]:
        """Deploy every task."""
        if self.status is not JobStatus.RUNNING:
            return
        for slot, deployment in task_deployments(self.graph, granted.slots, self._attempt):
            execution = self._executions[deployment.execution.vertex_id, deployment.execution.subtask]
            execution.slot = slot
            execution.advance(ExecutionState.DEPLOYING, now)
            yield DeployTask(slot.task_manager_id, deployment)

    def slots_denied(self, denied: SlotsDenied, now: int) -> Iterator[JobEffect]:
        yield from self._fail(Failure(denied.error, now), now)

    def task_reported(self, report: TaskStateChanged, now: int) -> Iterator[JobEffect]:
        """A TaskManager says how a task is; reports of other attempts, repeated and late ones are ignored."""
        execution = self._find(report.execution)
        if execution is None:
            return
        if not execution.state.is_terminal and report.metrics is not None:
            execution.metrics = report.metrics
        if not execution.advance(report.state, now):
            return
        if report.state is ExecutionState.FAILED:
            yield from self._task_failed(execution, report, now)
        elif report.state is ExecutionState.CANCELED and self.status is JobStatus.RUNNING:
            cancelled = replace(report, error="the task was cancelled by its TaskManager")
            yield from self._task_failed(execution, cancelled, now)
        else:
            yield from self._end_if_done(now)

    def metrics_reported(self, execution_id: ExecutionId, metrics: TaskMetrics) -> None:
        """Counters of a task that runs; those a task ended with stay."""
        execution = self._find(execution_id)
        if execution is not None and not execution.state.is_terminal:
            execution.metrics = metrics

    def task_manager_lost(self, lost: TaskManagerLost, now: int) -> Iterator[JobEffect]:
        """All tasks on it have failed."""
        for execution in list(self._executions.values()):
            on_it = execution.slot is not None and execution.slot.task_manager_id == lost.task_manager_id
            if on_it and execution.advance(ExecutionState.FAILED, now):
                yield from self._task_failed(
                    execution, TaskStateChanged(execution.id, ExecutionState.FAILED, lost.error), now
                )
        if self._cause is not None and lost.address in self._cause.error:
            # A peer's broken connection is heard of long before the silence that explains it.
            self._cause = next((f for f in self._failures if f.error == lost.error), self._cause)

    def cancel(self, now: int) -> Iterator[JobEffect]:
        """End the job on the user's wish. Without effect on one that has ended or is being cancelled."""
        if self.status.is_terminal or self.status is JobStatus.CANCELLING:
            return
        self._become(JobStatus.CANCELLING, now)
        yield from self._cancel_tasks(now)
        yield from self._end_if_done(now)

    def should_run(self, execution_id: ExecutionId) -> bool:
        """Whether a TaskManager that reports this execution as running may go on with it."""
        execution = self._find(execution_id)
        return (
            execution is not None
            and execution.state is not ExecutionState.CANCELING
            and not execution.state.is_terminal
        )

    def task_managers(self) -> set[str]:
        """Those that run, or ran, a task of this job."""
        return {e.slot.task_manager_id for e in self._executions.values() if e.slot is not None}

    def view(self) -> JobView:
        return JobView(
            graph=self.graph,
            status=self.status,
            since=dict(self._since),
            vertices=tuple(
                VertexView(vertex, tuple(self._executions[vertex.id, i].view() for i in range(vertex.parallelism)))
                for vertex in self.graph.vertices
            ),
            failures=tuple(self._failures),
            cause=self._cause,
        )

    def _find(self, id_: ExecutionId) -> Execution | None:
        execution = self._executions.get((id_.vertex_id, id_.subtask))
        return execution if execution is not None and execution.id == id_ else None

    def _become(self, status: JobStatus, now: int) -> None:
        self.status = status
        self._since[status] = now

    def _task_failed(self, execution: Execution, report: TaskStateChanged, now: int) -> Iterator[JobEffect]:
        slot = execution.slot
        failure = Failure(
            error=report.error or "unknown cause",
            timestamp=now,
            hint=report.hint,
            trace=report.trace,
            task=execution.name,
            task_manager_id=slot.task_manager_id if slot else None,
            address=slot.address if slot else None,
        )
        yield from self._fail(failure, now)

    def _fail(self, failure: Failure, now: int) -> Iterator[JobEffect]:
        if self.status.is_terminal:
            return
        if len(self._failures) < MAX_FAILURES:
            self._failures.append(failure)
        if self.status is JobStatus.RUNNING:
            self._cause = failure
            self._become(JobStatus.FAILING, now)
            yield from self._cancel_tasks(now)
        yield from self._end_if_done(now)

    def _cancel_tasks(self, now: int) -> Iterator[JobEffect]:
        for execution in self._executions.values():
            if execution.slot is None:
                execution.advance(ExecutionState.CANCELED, now)
            elif execution.advance(ExecutionState.CANCELING, now):
                yield CancelTask(execution.slot.task_manager_id, execution.id)

    def _end_if_done(self, now: int) -> Iterator[JobEffect]:
        if self.status in _ENDS_AS and all(e.state.is_terminal for e in self._executions.values()):
            self._become(_ENDS_AS[self.status], now)
            yield JobEnded(self.graph.job_id)
