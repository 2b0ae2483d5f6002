"""A job and a TaskManager as they are now, for whoever looks: immutable pictures of the state machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlstream.plan.jobgraph import JobGraph, Vertex
from sqlstream.runtime.deployment import ExecutionId, ExecutionState, JobStatus, TaskMetrics
from sqlstream.runtime.jobmanager.checkpoint_statistics import CheckpointsView, RequestView
from sqlstream.runtime.jobmanager.task_rates import TaskRates
from sqlstream.runtime.protocol import TaskManagerInfo


@dataclass(frozen=True)
class Failure:
    """Why something failed, and in ``hint`` what to do about it. ``timestamp`` is in ms; the task and TaskManager are
    None for the job as a whole."""

    error: str
    timestamp: int
    hint: str | None = None
    trace: str | None = None
    task: str | None = None
    task_manager_id: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class ExceptionEntry:
    """A failure that made the job restart or fail, and those that followed while it was dealt with."""

    cause: Failure
    concurrent: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class TaskView:
    """One attempt of one subtask. ``since`` says when (ms) each state was entered, ``earlier`` are the attempts before
    this one that are remembered, the oldest first."""

    execution: ExecutionId
    state: ExecutionState
    since: Mapping[ExecutionState, int]
    metrics: TaskMetrics
    task_manager_id: str | None
    address: str | None
    rates: TaskRates = field(default_factory=TaskRates)
    earlier: tuple[TaskView, ...] = ()

    @property
    def subtask(self) -> int:
        return self.execution.subtask

    @property
    def attempt(self) -> int:
        return self.execution.attempt

    @property
    def is_deployed(self) -> bool:
        """Whether its TaskManager has (or had) it."""
        return ExecutionState.INITIALIZING in self.since or ExecutionState.RUNNING in self.since


@dataclass(frozen=True)
class VertexView:
    vertex: Vertex
    tasks: tuple[TaskView, ...]


@dataclass(frozen=True)
class JobView:
    """``since`` has the time (ms) each status was last entered; ``exceptions`` are the latest ones, the oldest first;
    ``restarts`` and ``rescales`` are those since the JobManager started or took the job over. ``rescale_requests`` is
    by request id, ``bounds`` (lowest and highest parallelism) by vertex, where its user has given some."""

    graph: JobGraph
    status: JobStatus
    since: Mapping[JobStatus, int]
    vertices: tuple[VertexView, ...]
    exceptions: tuple[ExceptionEntry, ...]
    restarts: int
    checkpoints: CheckpointsView
    rescales: int = 0
    rescale_requests: Mapping[str, RequestView] = field(default_factory=dict)
    bounds: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def cause(self) -> Failure | None:
        """Why the job failed, or was last restarted."""
        return self.exceptions[-1].cause if self.exceptions else None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All that are remembered, causes before what they brought about."""
        return tuple(failure for entry in self.exceptions for failure in (entry.cause, *entry.concurrent))

    @property
    def start_time(self) -> int:
        return self.since[JobStatus.INITIALIZING]

    @property
    def end_time(self) -> int | None:
        return self.since[self.status] if self.status.is_terminal else None

    @property
    def last_modified(self) -> int:
        times = [*self.since.values(), *(t for v in self.vertices for task in v.tasks for t in task.since.values())]
        return max(times)

    @property
    def failure_message(self) -> str:
        """One line: which job, and why it failed."""
        reason = "unknown cause" if self.cause is None else self.cause.error
        return f"Job '{self.graph.name}' ({self.graph.job_id}) failed: {reason}"


@dataclass(frozen=True)
class TaskManagerView:
    """``last_heartbeat`` is in ms; ``allocated`` has the job of each slot in use."""

    info: TaskManagerInfo
    last_heartbeat: int
    allocated: tuple[str, ...]

    @property
    def free_slots(self) -> int:
        return self.info.slots - len(self.allocated)
