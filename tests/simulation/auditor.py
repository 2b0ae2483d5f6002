"""Watches what the JobManager does and what comes of it, and raises a Violation when an invariant does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionId, JobStatus, TaskDeployment, TaskStateChanged
from sqlstream.runtime.jobmanager.messages import (
    Action,
    DeploymentFailed,
    DeployTask,
    Event,
    ForgetJob,
    ForgetTaskManager,
    NotifyCheckpointComplete,
    RecoverJob,
    RegisterTaskManager,
    StoreCheckpoint,
    StoreJob,
)
from sqlstream.runtime.protocol import Heartbeat, TaskManagerInfo
from sqlstream.state.handles import CheckpointMetadata, CompletedCheckpoint, OperatorHandle, SnapshotKind
from tests.simulation.jobs import Query, positions
from tests.simulation.storage import files_of, shared_directory
from tests.simulation.table import Table
from tests.simulation.violations import Violation

if TYPE_CHECKING:
    from tests.simulation.job_manager import ModelJobManager
    from tests.simulation.world import World

Subtask = tuple[str, int]


@dataclass
class Run:
    """A job, and what is known of it beyond any JobManager's life. ``checkpoints`` are the completed ones by id."""

    query: Query
    table: Table
    parallelism: dict[str, int]
    savepoint: CompletedCheckpoint | None
    row_pause: int
    periodic: bool
    """Whether it checkpoints; if not, its sinks commit at once."""
    checkpoints: dict[int, CompletedCheckpoint] = field(default_factory=dict)
    announced: int = 0
    """The highest checkpoint that a task was told of as complete."""
    deployed: dict[Subtask, dict[ExecutionId, str]] = field(default_factory=dict)
    """Attempts that have not ended as far as the JobManager can know, with their TaskManagers."""
    latest: dict[Subtask, ExecutionId] = field(default_factory=dict)
    ended_as: JobStatus | None = None

    @property
    def final(self) -> CompletedCheckpoint | None:
        """The latest that tasks commit with: a savepoint that the job runs on after is its user's alone."""
        return max(filter(commits, self.checkpoints.values()), key=lambda checkpoint: checkpoint.id, default=None)


class Auditor:
    def __init__(self, world: World) -> None:
        self._world = world
        self._job_manager: ModelJobManager | None = None
        self._members: dict[str, TaskManagerInfo] = {}
        self._ended: dict[str, JobStatus] = {}
        """Jobs that the present JobManager has seen end."""

    def job_manager_started(self, job_manager: ModelJobManager) -> None:
        self._job_manager = job_manager
        self._members = {}
        self._ended = {}
        for run in self._world.runs.values():
            run.deployed.clear()
            run.latest.clear()

    def before(self, event: Event) -> None:
        """What the JobManager is about to hear."""
        match event:
            case Heartbeat():
                if event.task_manager_id in self._members:
                    for report in event.reports:
                        if isinstance(report, TaskStateChanged) and report.state.is_terminal:
                            self._has_ended(report.execution)
            case DeploymentFailed():
                self._has_ended(event.execution)
            case RegisterTaskManager():
                self._members[event.info.id] = event.info
            case RecoverJob():
                self._rescaled(event.graph)

    def carried_out(self, action: Action) -> None:
        """What it is about to do."""
        match action:
            case DeployTask():
                self._deploy(action)
            case NotifyCheckpointComplete():
                self._announce(action)
            case StoreCheckpoint():
                self._check_shares(action.metadata, action.savepoint)
            case StoreJob():
                self._check_nothing_runs(self._world.runs[action.job_id])
                self._rescaled(action.graph)
            case ForgetJob():
                assert self._job_manager is not None
                self._world.runs[action.job_id].ended_as = self._job_manager.statuses()[action.job_id]
            case ForgetTaskManager():
                del self._members[action.task_manager_id]
                for run in self._world.runs.values():
                    for attempts in run.deployed.values():
                        for execution in [e for e, manager in attempts.items() if manager == action.task_manager_id]:
                            del attempts[execution]

    def after(self, statuses: dict[str, JobStatus]) -> None:
        """An event has been dealt with: an end is an end."""
        for job_id, status in statuses.items():
            ended_as = self._ended.get(job_id)
            if ended_as is not None and ended_as is not status:
                raise Violation("liveness", f"job {job_id} is {status.value} after it was {ended_as.value}")
            if status.is_terminal:
                self._ended[job_id] = status

    def check_end(self) -> None:
        """All jobs have ended, and nothing of them is left."""
        assert self._job_manager is not None
        for view in self._job_manager.dispatcher.jobs():
            left = [task.state.value for vertex in view.vertices for task in vertex.tasks if not task.state.is_terminal]
            if left:
                raise Violation("liveness", f"job {view.graph.job_id} has ended, and tasks are {left}")
        for manager in self._job_manager.dispatcher.task_managers():
            if manager.allocated:
                raise Violation("slots", f"{manager.info.id} has slots that belong to ended jobs")

    def completed(self, checkpoint: CompletedCheckpoint) -> None:
        """It is durable, and a JobManager that starts now finds it."""
        run = self._world.runs[checkpoint.metadata.job_id]
        if commits(checkpoint) and run.final is not None and checkpoint.id <= run.final.id:
            raise Violation("one-order", f"checkpoint {checkpoint.id} completes after {run.final.id}")
        if commits(checkpoint):
            self._check_attempts(run, checkpoint.metadata)
        run.checkpoints[checkpoint.id] = checkpoint
        run.table.cover(checkpoint)

    def state_handed_out(
        self, deployment: TaskDeployment, operator_id: str, handles: tuple[OperatorHandle, ...]
    ) -> None:
        """At the parallelism of the checkpoint, every subtask gets its own share and no other."""
        run = self._world.runs[deployment.execution.job_id]
        restore = deployment.restore
        assert restore is not None
        source = self._source(run, restore.checkpoint_id)
        if source is None:
            return
        state = next(state for state in source.metadata.operators if state.operator_id == operator_id)
        if state.parallelism == deployment.vertex.parallelism and handles != (
            state.subtasks[deployment.execution.subtask],
        ):
            raise Violation("complete-checkpoints", f"{deployment.execution} is not given its own state")

    def chunk_missing(self, execution: ExecutionId, file: str) -> None:
        """A zombie may look for what was discarded long ago; nobody else may."""
        run = self._world.runs[execution.job_id]
        current = run.latest.get((execution.vertex_id, execution.subtask)) == execution
        if current and execution in run.deployed.get((execution.vertex_id, execution.subtask), {}):
            raise Violation("files", f"{execution} is to be restored from {file}, which is not there")

    def _rescaled(self, graph: JobGraph) -> None:
        """The job goes on as ``graph``."""
        self._world.runs[graph.job_id].parallelism = {vertex.id: vertex.parallelism for vertex in graph.vertices}

    def _check_nothing_runs(self, run: Run) -> None:
        """Before tasks of another parallelism are deployed, all of the old ones have ended."""
        for attempts in run.deployed.values():
            for execution in attempts:
                raise Violation("no-task-twice", f"the job is rescaled, and {execution} has not ended")

    def _has_ended(self, execution: ExecutionId) -> None:
        run = self._world.runs[execution.job_id]
        run.deployed.get((execution.vertex_id, execution.subtask), {}).pop(execution, None)

    def _deploy(self, action: DeployTask) -> None:
        execution = action.deployment.execution
        run = self._world.runs[execution.job_id]
        subtask = (execution.vertex_id, execution.subtask)
        attempts = run.deployed.setdefault(subtask, {})
        if attempts:
            raise Violation("no-task-twice", f"{execution} is deployed, and {next(iter(attempts))} has not ended")
        assert self._job_manager is not None
        previous = run.latest.get(subtask)
        if execution.epoch != self._job_manager.epoch or (
            previous is not None and previous.attempt >= execution.attempt
        ):
            raise Violation("no-task-twice", f"{execution} is deployed after {previous}")
        attempts[execution] = action.task_manager_id
        run.latest[subtask] = execution
        self._check_slots(action.task_manager_id)
        self._check_restore(run, action.deployment)

    def _check_slots(self, task_manager_id: str) -> None:
        if task_manager_id not in self._members:
            raise Violation("slots", f"a task is deployed to {task_manager_id}, which is not there")
        used = 0
        for run in self._world.runs.values():
            count: dict[str, int] = {}
            for (vertex_id, _), attempts in run.deployed.items():
                if task_manager_id in attempts.values():
                    count[vertex_id] = count.get(vertex_id, 0) + 1
            used += max(count.values(), default=0)
        if used > self._members[task_manager_id].slots:
            raise Violation(
                "slots", f"{task_manager_id} has {self._members[task_manager_id].slots}, and is to use {used}"
            )

    def _check_restore(self, run: Run, deployment: TaskDeployment) -> None:
        restore = deployment.restore
        restored = 0 if restore is None else restore.checkpoint_id
        if restore is None:
            if run.savepoint is not None:
                raise Violation("latest-restored", f"{deployment.execution} begins without the job's savepoint")
        else:
            source = self._source(run, restored)
            if source is None:
                raise Violation("one-order", f"{deployment.execution} begins with {restored}, which is not complete")
            if source.chunk_directory != restore.chunk_directory:
                raise Violation("one-order", f"{deployment.execution} looks for its state in {restore.chunk_directory}")
        if restored < run.announced and not (run.savepoint is not None and not run.checkpoints):
            newer = [c for id_, c in run.checkpoints.items() if restored < id_ <= run.announced and commits(c)]
            if not all(self._world.storage.is_corrupt(checkpoint) for checkpoint in newer):
                raise Violation(
                    "latest-restored",
                    f"{deployment.execution} begins with {restored}, and {run.announced} is committed",
                )
            if restore is None:
                raise Violation("latest-restored", f"{deployment.execution} begins anew in silence")
            self._world.timeline.tell(f"falls back from checkpoint {run.announced} to {restored}")
            run.table.relaxed = True

    def _source(self, run: Run, checkpoint_id: int) -> CompletedCheckpoint | None:
        if checkpoint_id in run.checkpoints:
            return run.checkpoints[checkpoint_id]
        return run.savepoint if run.savepoint is not None and run.savepoint.id == checkpoint_id else None

    def _announce(self, action: NotifyCheckpointComplete) -> None:
        id_ = action.notice.checkpoint_id
        run = self._world.runs[action.notice.execution.job_id]
        if id_ not in run.checkpoints:
            raise Violation("one-order", f"checkpoint {id_} is announced, and not stored")
        run.announced = max(run.announced, id_)

    def _check_shares(self, metadata: CheckpointMetadata, savepoint: str | None) -> None:
        """Every task's share is there, of the attempt that runs; together they are one cut through the job."""
        run = self._world.runs[metadata.job_id]
        directory = savepoint or shared_directory(metadata.job_id)
        checkpoint = CompletedCheckpoint(directory, directory, metadata)
        for state in metadata.operators:
            vertex_id = self._world.vertex_of[metadata.job_id, state.operator_id]
            if len(state.subtasks) != run.parallelism[vertex_id]:
                raise Violation("complete-checkpoints", f"{len(state.subtasks)} shares of {state.operator_id}")
        self._check_attempts(run, metadata)
        missing = files_of(checkpoint) - self._world.storage.chunks.keys()
        if missing:
            raise Violation("complete-checkpoints", f"{metadata.checkpoint_id} refers to {min(missing)}, not stored")
        may_be_late = not commits(checkpoint) or not run.periodic
        run.table.check_cut(run.query.expected(positions_in(metadata)), checkpoint, may_be_late=may_be_late)

    def _check_attempts(self, run: Run, metadata: CheckpointMetadata) -> None:
        """Every share is of the attempt deployed last, when it is ordered to be stored and when that is done: another
        attempt, restored from an earlier checkpoint, has taken another way."""
        id_ = metadata.checkpoint_id
        for state in metadata.operators:
            vertex_id = self._world.vertex_of[metadata.job_id, state.operator_id]
            for subtask, handle in enumerate(state.subtasks):
                execution = run.latest[vertex_id, subtask]
                identity = f"{metadata.job_id[:4]}:{vertex_id}:{subtask}:{execution.attempt}.{execution.epoch}"
                share = (handle.values.get("checkpoint"), handle.values.get("by"))
                if share != (id_, identity):
                    raise Violation("complete-checkpoints", f"{id_} has {share} as that of {identity}")


def commits(checkpoint: CompletedCheckpoint) -> bool:
    return checkpoint.metadata.kind is SnapshotKind.CHECKPOINT or checkpoint.metadata.stop


def taken(checkpoint: CompletedCheckpoint) -> int:
    """When the first task captured its share (ms)."""
    return min(handle.values["at"] for operator in checkpoint.metadata.operators for handle in operator.subtasks)


def positions_in(metadata: CheckpointMetadata) -> dict[tuple[str, int], int]:
    return positions(
        item
        for state in metadata.operators
        if state.operator_id.startswith("source")
        for handle in state.subtasks
        for item in handle.items
    )
