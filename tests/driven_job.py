"""A JobMaster driven by hand: its tasks, its slots and its storage do what the test says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from control_plane_jobs import edge, job_id, passes, values, vertex

from sqlstream.plan.jobgraph import Forward, JobGraph, JobMode, Rebalance
from sqlstream.runtime.deployment import (
    CheckpointAcknowledged,
    ExecutionId,
    ExecutionState,
    InputEnded,
    JobStatus,
    TaskDeployment,
    TaskStateChanged,
)
from sqlstream.runtime.jobmanager.job_master import JobMaster
from sqlstream.runtime.jobmanager.messages import (
    CheckpointStored,
    DeployTask,
    JobEffect,
    RequestSlots,
    Slot,
    SlotsDenied,
    SlotsGranted,
    StoreCheckpoint,
    TaskManagerLost,
    TriggerCheckpoint,
    TriggerSnapshot,
)
from sqlstream.state.handles import CompletedCheckpoint, OperatorHandle

CHECKPOINTS = {
    "execution.checkpointing.interval": "1 s",
    "execution.checkpointing.num-retained": "3",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "100",
    "restart-strategy.fixed-delay.delay": "1 s",
}
LIVE = (ExecutionState.DEPLOYING, ExecutionState.INITIALIZING, ExecutionState.RUNNING)


def forward_job(parallelism: int = 2, **options: str) -> JobGraph:
    """A region for each subtask."""
    return _job(parallelism, Forward(), options)


def exchanging_job(parallelism: int = 2, **options: str) -> JobGraph:
    """A single region."""
    return _job(parallelism, Rebalance(), options)


def _job(parallelism: int, partitioning: Forward | Rebalance, options: dict[str, str]) -> JobGraph:
    configuration = CHECKPOINTS | {key.replace("__", ".").replace("_", "-"): value for key, value in options.items()}
    return JobGraph(
        job_id(),
        "job",
        JobMode.STREAMING,
        (vertex("source", parallelism, values()), vertex("sink", parallelism, passes())),
        (edge("source", "sink", partitioning),),
        configuration,
    )


class DrivenJob:
    """Slot i is on TaskManager ``tm-i`` to begin with. ``effects`` are all there have been; time only moves by hand."""

    def __init__(self, master: JobMaster, now: int = 0) -> None:
        self.master = master
        self.now = now
        self.effects: list[JobEffect] = []
        self.deployments: dict[ExecutionId, TaskDeployment] = {}

    @staticmethod
    def running(graph: JobGraph) -> DrivenJob:
        """A job whose tasks all run."""
        job = DrivenJob(JobMaster(graph, 0))
        job.do(job.master.start(0))
        job.grant()
        job.run()
        return job

    def do(self, effects: Iterable[JobEffect]) -> list[JobEffect]:
        done = list(effects)
        self.effects.extend(done)
        for effect in done:
            if isinstance(effect, DeployTask):
                self.deployments[effect.deployment.execution] = effect.deployment
        return done

    def grant(self, *managers: str) -> list[JobEffect]:
        """The slots last asked for, on ``managers`` (by default as many as there are, ``tm-0`` and on)."""
        request = [effect for effect in self.effects if isinstance(effect, RequestSlots)][-1]
        names = managers or tuple(f"tm-{i}" for i in range(request.count))
        assert len(names) == request.count
        slots = tuple(Slot(name, f"{name}:1", 0) for name in names)
        return self.do(self.master.slots_granted(SlotsGranted(request.job_id, slots), self.now))

    def deny(self) -> list[JobEffect]:
        return self.do(self.master.slots_denied(SlotsDenied(job_id(), "no free slots"), self.now))

    def status(self) -> JobStatus:
        return self.master.status

    def states(self) -> dict[tuple[str, int], tuple[int, ExecutionState]]:
        """Attempt and state of each subtask."""
        return {
            (vertex.vertex.id, task.subtask): (task.attempt, task.state)
            for vertex in self.master.view().vertices
            for task in vertex.tasks
        }

    def executions(self, *states: ExecutionState) -> list[ExecutionId]:
        """The current attempts in one of ``states``."""
        current = {
            (vertex, subtask, attempt) for (vertex, subtask), (attempt, s) in self.states().items() if s in states
        }
        return [id_ for id_ in self.deployments if (id_.vertex_id, id_.subtask, id_.attempt) in current]

    def execution(self, vertex: str, subtask: int) -> ExecutionId:
        """The current attempt, which is deployed."""
        (found,) = [
            id_ for id_ in self.executions(*ExecutionState) if (id_.vertex_id, id_.subtask) == (vertex, subtask)
        ]
        return found

    def report(
        self,
        execution: ExecutionId,
        state: ExecutionState,
        error: str | None = None,
        unreadable: int | None = None,
    ) -> list[JobEffect]:
        change = TaskStateChanged(execution, state, error, unreadable_checkpoint=unreadable)
        return self.do(self.master.task_reported(change, self.now))

    def run(self) -> list[JobEffect]:
        """All that is deployed begins to run."""
        ids = self.executions(ExecutionState.DEPLOYING)
        return [effect for id_ in ids for effect in self.report(id_, ExecutionState.RUNNING)]

    def end_cancelled(self) -> list[JobEffect]:
        """All that is being cancelled ends."""
        ids = self.executions(ExecutionState.CANCELING)
        return [effect for id_ in ids for effect in self.report(id_, ExecutionState.CANCELED)]

    def fail(self, vertex: str, subtask: int, error: str = "boom", unreadable: int | None = None) -> list[JobEffect]:
        return self.report(self.execution(vertex, subtask), ExecutionState.FAILED, error, unreadable)

    def lose(self, manager: str) -> list[JobEffect]:
        lost = TaskManagerLost(manager, f"{manager}:1", f"TaskManager {manager} was lost")
        return self.do(self.master.task_manager_lost(lost, self.now))

    def tick(self, milliseconds: int) -> list[JobEffect]:
        self.now += milliseconds
        return self.do(self.master.tick(self.now))

    def end_input(self) -> list[JobEffect]:
        ids = self.executions(ExecutionState.RUNNING)
        return [effect for id_ in ids for effect in self.do(self.master.task_reported(InputEnded(id_), self.now))]

    def trigger(self, request: TriggerSnapshot) -> StoreCheckpoint:
        """What is to be stored once all tasks have acknowledged the snapshot that a user asks for."""
        return self.acknowledge_all(self.do(self.master.trigger(request, self.now)))

    def checkpoint(self) -> CompletedCheckpoint:
        """The next periodic checkpoint completes."""
        return self.store(self.acknowledge_all(self.tick(1_000)))

    def store(self, action: StoreCheckpoint) -> CompletedCheckpoint:
        name = action.savepoint or f"chk-{action.metadata.checkpoint_id}"
        checkpoint = CompletedCheckpoint(name, "shared", action.metadata)
        self.do(self.master.checkpoint_stored(CheckpointStored(job_id(), checkpoint), self.now))
        return checkpoint

    def restored_from(self, execution: ExecutionId) -> int | None:
        restore = self.deployments[execution].restore
        return None if restore is None else restore.checkpoint_id

    def acknowledge_all(self, effects: Sequence[JobEffect]) -> StoreCheckpoint:
        """What is to be stored once all tasks have acknowledged the checkpoint that ``effects`` trigger."""
        (number,) = {effect.trigger.checkpoint_id for effect in effects if isinstance(effect, TriggerCheckpoint)}
        done: list[JobEffect] = []
        for id_ in self.executions(ExecutionState.RUNNING):
            handle = OperatorHandle(values={"attempt": id_.attempt})
            operators = {node.id: handle for node in self.deployments[id_].vertex.chain}
            done += self.do(self.master.task_reported(CheckpointAcknowledged(id_, number, operators), self.now))
        (store,) = [effect for effect in done if isinstance(effect, StoreCheckpoint)]
        return store


def with_options(graph: JobGraph, **options: str) -> JobGraph:
    """``graph`` with nothing but ``options``."""
    configuration = {key.replace("__", ".").replace("_", "-"): value for key, value in options.items()}
    return msgspec.structs.replace(graph, configuration=configuration)
