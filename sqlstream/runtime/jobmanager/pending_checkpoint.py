"""A checkpoint or savepoint between its trigger and its end: who has to take part, and who has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import CheckpointAcknowledged, ExecutionId
from sqlstream.runtime.jobmanager.checkpoint_statistics import (
    CheckpointStatus,
    CheckpointView,
    SubtaskCheckpointView,
    VertexCheckpointView,
)
from sqlstream.runtime.jobmanager.messages import StopMode, TriggerSnapshot
from sqlstream.runtime.protocol import CheckpointTrigger
from sqlstream.state.handles import CheckpointMetadata, OperatorHandle, OperatorState, SnapshotKind


@dataclass
class PendingCheckpoint:
    """``tasks`` has the TaskManager of every execution that must acknowledge. ``final`` is the job's last checkpoint,
    when all input has ended. ``storing``: all have acknowledged, and the storage has been told."""

    id: int
    triggered: int
    graph: JobGraph
    tasks: Mapping[ExecutionId, str]
    request: TriggerSnapshot | None = None
    final: bool = False
    storing: bool = False
    _acknowledged: dict[ExecutionId, tuple[CheckpointAcknowledged, int]] = field(default_factory=dict)

    @property
    def savepoint(self) -> str | None:
        return None if self.request is None else self.request.savepoint

    @property
    def stop_mode(self) -> StopMode | None:
        return None if self.request is None else self.request.stop

    @property
    def stops(self) -> bool:
        return self.final or self.stop_mode is not None

    @property
    def drains(self) -> bool:
        return self.stop_mode is StopMode.DRAIN

    @property
    def commits(self) -> bool:
        """Whether it is one of those that tasks commit and are restored from. A savepoint that the job runs on after is
        for its user alone, who may delete it at any moment."""
        return self.savepoint is None or self.stops

    @property
    def title(self) -> str:
        return f"{'checkpoint' if self.savepoint is None else 'savepoint'} {self.id}"

    @property
    def is_complete(self) -> bool:
        return len(self._acknowledged) == len(self.tasks)

    def trigger(self, execution: ExecutionId) -> CheckpointTrigger:
        """What a source is told."""
        return CheckpointTrigger(execution, self.id, self.triggered, self.savepoint, self.stops, self.drains)

    def acknowledge(self, ack: CheckpointAcknowledged, now: int) -> bool:
        """Whether it was news."""
        if ack.execution not in self.tasks or ack.execution in self._acknowledged:
            return False
        self._acknowledged[ack.execution] = (ack, now)
        return True

    def metadata(self) -> CheckpointMetadata:
        """To be asked for when it is complete."""
        acks = {(id_.vertex_id, id_.subtask): ack.operators for id_, (ack, _) in self._acknowledged.items()}
        return CheckpointMetadata(
            job_id=self.graph.job_id,
            job_name=self.graph.name,
            checkpoint_id=self.id,
            kind=SnapshotKind.CHECKPOINT if self.savepoint is None else SnapshotKind.SAVEPOINT,
            timestamp=self.triggered,
            operators=tuple(
                OperatorState(
                    operator_id=node.id,
                    name=node.name,
                    max_parallelism=vertex.max_parallelism,
                    subtasks=tuple(
                        acks[vertex.id, subtask].get(node.id, OperatorHandle()) for subtask in range(vertex.parallelism)
                    ),
                )
                for vertex in self.graph.vertices
                for node in vertex.chain
            ),
            stop=self.stops,
        )

    def view(
        self,
        status: CheckpointStatus = CheckpointStatus.IN_PROGRESS,
        ended: int | None = None,
        *,
        location: str | None = None,
        error: str | None = None,
    ) -> CheckpointView:
        return CheckpointView(
            id=self.id,
            kind=SnapshotKind.CHECKPOINT if self.savepoint is None else SnapshotKind.SAVEPOINT,
            status=status,
            stop=self.stop_mode,
            triggered=self.triggered,
            ended=ended,
            vertices=self._vertices(),
            location=location,
            error=error,
        )

    def _vertices(self) -> tuple[VertexCheckpointView, ...]:
        shares = {
            (id_.vertex_id, id_.subtask): SubtaskCheckpointView(
                subtask=id_.subtask,
                acknowledged=time,
                duration=time - self.triggered,
                sync_ms=ack.sync_ms,
                async_ms=ack.async_ms,
                alignment_ms=ack.alignment_ms,
                stored_bytes=ack.stored_bytes,
                state_bytes=ack.state_bytes,
            )
            for id_, (ack, time) in self._acknowledged.items()
        }
        return tuple(
            VertexCheckpointView(vertex.id, tuple(shares.get((vertex.id, i)) for i in range(vertex.parallelism)))
            for vertex in self.graph.vertices
        )
