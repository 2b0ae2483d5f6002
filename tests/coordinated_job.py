"""A CheckpointCoordinator driven by hand: its job's tasks and storage do what the test says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from control_plane_jobs import three_step_job

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionId, JobStatus
from sqlstream.runtime.jobmanager.checkpoint_coordinator import CheckpointCoordinator, TaskLocation
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.checkpoint_statistics import RequestView
from sqlstream.runtime.jobmanager.messages import (
    CheckpointEffect,
    CheckpointNotStored,
    CheckpointStored,
    FailJob,
    NotifyCheckpointAborted,
    NotifyCheckpointComplete,
    StopMode,
    StoreCheckpoint,
    TriggerCheckpoint,
    TriggerSnapshot,
)
from sqlstream.runtime.protocol import CheckpointTrigger
from sqlstream.state.handles import (
    CheckpointMetadata,
    CompletedCheckpoint,
    OperatorHandle,
    SnapshotKind,
)

E = TypeVar("E")


def completed(number: int, job_id: str, *, savepoint: bool = False, stop: bool = False) -> CompletedCheckpoint:
    """One without state."""
    kind = SnapshotKind.SAVEPOINT if savepoint else SnapshotKind.CHECKPOINT
    metadata = CheckpointMetadata(job_id, "job", number, kind, 0, (), stop)
    return CompletedCheckpoint(f"mem:/chk-{number}", "mem:/shared", metadata)


class CoordinatedJob:
    """``log`` has every effect so far; ``running`` starts (again) with attempt 0, 1, ..."""

    def __init__(
        self,
        settings: CheckpointSettings | None = None,
        *,
        graph: JobGraph | None = None,
        restored: Sequence[CompletedCheckpoint] = (),
        savepoint: CompletedCheckpoint | None = None,
    ) -> None:
        self.graph = three_step_job() if graph is None else graph
        self.now = 0
        self.log: list[CheckpointEffect] = []
        self.coordinator = CheckpointCoordinator(
            self.graph,
            CheckpointSettings(interval=100) if settings is None else settings,
            self.now,
            restored=restored,
            savepoint=savepoint,
        )
        self.attempt = -1
        self.tasks: dict[tuple[str, int], TaskLocation] = {}

    def do(self, effects: Iterable[CheckpointEffect]) -> list[CheckpointEffect]:
        done = list(effects)
        self.log.extend(done)
        return done

    def running(self) -> list[CheckpointEffect]:
        """All tasks run, for the first time or after a restart of them all."""
        self.attempt += 1
        if self.coordinator.latest is not None:
            self.coordinator.tasks_restored(self.coordinator.latest, self.now)
        self.tasks = {
            (vertex.id, i): TaskLocation("tm", ExecutionId(self.graph.job_id, vertex.id, i, self.attempt))
            for vertex in self.graph.vertices
            for i in range(vertex.parallelism)
        }
        return self.tasks_running()

    def tasks_running(self) -> list[CheckpointEffect]:
        return self.do(self.coordinator.tasks_running(self.tasks, self.now))

    def at(self, now: int) -> list[CheckpointEffect]:
        """What happens up to and at the time ``now``."""
        done: list[CheckpointEffect] = []
        while (deadline := self.coordinator.next_deadline()) is not None and deadline <= now:
            assert deadline > self.now or not done, "the coordinator is busy doing nothing"
            self.now = max(self.now, deadline)
            done += self.do(self.coordinator.tick(self.now))
        self.now = now
        return done

    def ask(self, request_id: str = "r", savepoint: str | None = None, stop: StopMode | None = None) -> int | None:
        """The id of the snapshot if it begins at once."""
        request = TriggerSnapshot(self.graph.job_id, request_id, savepoint, stop)
        effects = self.do(self.coordinator.trigger(request, self.now))
        triggers = of(TriggerCheckpoint, effects)
        return triggers[0].trigger.checkpoint_id if triggers else None

    def outcome(self, request_id: str = "r") -> RequestView:
        return self.coordinator.view().requests[request_id]

    def executions(self) -> list[ExecutionId]:
        return [location.execution for location in self.tasks.values()]

    def acknowledge(
        self,
        number: int,
        executions: Iterable[ExecutionId] | None = None,
        operators: Mapping[ExecutionId, dict[str, OperatorHandle]] | None = None,
        stored_bytes: int = 0,
    ) -> list[CheckpointEffect]:
        done: list[CheckpointEffect] = []
        for id_ in self.executions() if executions is None else executions:
            ack = CheckpointAcknowledged(id_, number, (operators or {}).get(id_, {}), stored_bytes=stored_bytes)
            done += self.do(self.coordinator.acknowledged(ack, self.now))
        return done

    def decline(self, number: int, error: str = "the disk is full") -> list[CheckpointEffect]:
        return self.do(self.coordinator.declined(CheckpointDeclined(self.executions()[0], number, error), self.now))

    def stored(self, number: int) -> list[CheckpointEffect]:
        """The storage has done as the StoreCheckpoint of ``number`` says."""
        order = next(o for o in of(StoreCheckpoint, self.log) if o.metadata.checkpoint_id == number)
        checkpoint = CompletedCheckpoint(order.savepoint or f"mem:/chk-{number}", "mem:/shared", order.metadata)
        return self.do(self.coordinator.stored(CheckpointStored(self.graph.job_id, checkpoint), self.now))

    def not_stored(self, number: int, error: str = "the disk is full") -> list[CheckpointEffect]:
        failed = CheckpointNotStored(self.graph.job_id, number, error)
        return self.do(self.coordinator.not_stored(failed, self.now))

    def complete(self, number: int) -> list[CheckpointEffect]:
        """Every task acknowledges, and the storage stores."""
        return [*self.acknowledge(number), *self.stored(number)]

    def suspend(self, reason: str = "a task failed") -> list[CheckpointEffect]:
        return self.do(self.coordinator.suspend(reason, self.now))

    def all_input_ended(self) -> list[CheckpointEffect]:
        return [e for id_ in self.executions() for e in self.do(self.coordinator.input_ended(id_, self.now))]

    def end(self, status: JobStatus) -> list[CheckpointEffect]:
        return self.do(self.coordinator.job_ended(status, self.now))


def of(kind: type[E], effects: Iterable[object]) -> list[E]:
    return [effect for effect in effects if isinstance(effect, kind)]


def triggers(effects: Iterable[object]) -> list[CheckpointTrigger]:
    return [effect.trigger for effect in of(TriggerCheckpoint, effects)]


def triggered(effects: Iterable[object]) -> list[int]:
    """Ids of checkpoints, each once."""
    return list(dict.fromkeys(trigger.checkpoint_id for trigger in triggers(effects)))


def committed(effects: Iterable[object]) -> set[ExecutionId]:
    return {effect.notice.execution for effect in of(NotifyCheckpointComplete, effects)}


def aborted(effects: Iterable[object]) -> dict[int, set[ExecutionId]]:
    notices: dict[int, set[ExecutionId]] = {}
    for effect in of(NotifyCheckpointAborted, effects):
        notices.setdefault(effect.notice.checkpoint_id, set()).add(effect.notice.execution)
    return notices


def job_failures(effects: Iterable[object]) -> list[str]:
    return [effect.error for effect in of(FailJob, effects)]
