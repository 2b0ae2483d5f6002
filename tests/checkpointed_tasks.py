"""Subtasks with state, and what a JobManager would do about their checkpoints."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from scripted_tasks import JOB, Executors, batch, values_of

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.keys import key_groups_of
from sqlstream.operators.base import Operator, OperatorContext, SourceOperator, implements
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionId, InputEnded
from sqlstream.runtime.jobmanager.state_assignment import task_restore
from sqlstream.runtime.protocol import CheckpointNotice, CheckpointTrigger
from sqlstream.state.handles import (
    CheckpointMetadata,
    CompletedCheckpoint,
    OperatorHandle,
    OperatorState,
    SnapshotKind,
)
from sqlstream.state.snapshot import OperatorSnapshot, StateChunk


@dataclass(eq=False)
class Numbers:
    """A source: subtask i of p emits i, i + p, ... below ``count``, a row a batch; each takes a permit of ``pace``.
    Then it ends, or (``endless``) waits. Its state is what it has not emitted yet."""

    count: int
    pace: threading.Semaphore | None = None
    endless: bool = False
    emitted: list[int] = field(default_factory=list)


@implements(Numbers)
class NumbersOperator(SourceOperator):
    def __init__(self, node: Numbers) -> None:
        self.node = node

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self.left = list(range(context.subtask, self.node.count, context.parallelism))

    def poll(self, timeout: float) -> Iterable[Output] | None:
        if not self.left and not self.node.endless:
            return None
        if not self.left or (self.node.pace is not None and not self.node.pace.acquire(timeout=timeout)):
            if not self.left:
                threading.Event().wait(timeout)
            return ()
        value = self.left.pop(0)
        self.node.emitted.append(value)
        return (batch(value),)

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(items=tuple(self.left))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        self.left = sorted(value for snapshot in snapshots for value in snapshot.items)


@dataclass(eq=False)
class Keeper:
    """Passes rows on and keeps them: one chunk of what came since the last snapshot, under the value's key group.
    ``held_back`` rows are emitted in front of a barrier only."""

    held_back: bool = False
    restored: list[list[int]] = field(default_factory=list)
    seen: dict[int, list[int]] = field(default_factory=dict)
    """By subtask."""
    moments: list[str] = field(default_factory=list)


@implements(Keeper)
class KeeperOperator(Operator):
    def __init__(self, node: Keeper) -> None:
        self.node = node
        self.chunks: tuple[StateChunk, ...] = ()
        self.new: list[int] = []
        self.held: list[Batch] = []

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self.seen = self.node.seen[context.subtask] = []

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self.new += values_of([batch])
        self.seen += values_of([batch])
        if not self.node.held_back:
            return (batch,)
        self.held.append(batch)
        return ()

    def prepare_snapshot(self, checkpoint_id: int) -> Iterable[Output]:
        held, self.held = self.held, []
        return held

    def finish(self) -> Iterable[Output]:
        return self.prepare_snapshot(0)

    def snapshot(self) -> OperatorSnapshot:
        if self.new:
            self.chunks = (*self.chunks, chunk(self.new))
            self.new = []
        return OperatorSnapshot(keyed=self.chunks, values={str(self.context.subtask): len(self.seen)})

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        for snapshot in snapshots:
            for restored in snapshot.keyed:
                groups, values = (column.to_pylist() for column in restored.data.columns)
                own = [value for group, value in zip(groups, values, strict=True) if group in self.context.key_groups]
                self.seen += own
                if len(own) == len(values):
                    self.chunks = (*self.chunks, restored)
                else:
                    self.new += own
        self.node.restored.append(sorted(self.seen))

    def on_checkpoint_complete(self, checkpoint_id: int) -> None:
        self.node.moments.append(f"complete {checkpoint_id}")

    def on_checkpoint_aborted(self, checkpoint_id: int) -> None:
        self.node.moments.append(f"aborted {checkpoint_id}")


def chunk(values: Sequence[int]) -> StateChunk:
    column = pa.array(values, pa.int64())
    groups = pa.array(key_groups_of([column], len(values), 128), pa.int32())
    data = pa.RecordBatch.from_arrays([groups, column], ["__key_group", "value"])
    return StateChunk(secrets.token_hex(8), "seen", data)


@dataclass(eq=False)
class Ledger:
    """A sink with two-phase commit: ``committed`` is what others see."""

    committed: list[int] = field(default_factory=list)
    refuses: bool = False
    finished: list[bool] = field(default_factory=list)
    """For each operator that finished: whether it expects a checkpoint."""
    closed: list[int] = field(default_factory=list)
    """Subtasks."""


@implements(Ledger)
class LedgerOperator(Operator):
    def __init__(self, node: Ledger) -> None:
        self.node = node
        self.written: list[int] = []
        self.prepared: list[tuple[int, list[int]]] = []

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        self.written += values_of([batch])
        return ()

    def prepare_snapshot(self, checkpoint_id: int) -> Iterable[Output]:
        if self.written:
            self.prepared.append((checkpoint_id, self.written))
            self.written = []
        return ()

    def snapshot(self) -> OperatorSnapshot:
        return OperatorSnapshot(items=tuple(self.prepared))

    def restore(self, snapshots: Sequence[OperatorSnapshot]) -> None:
        for snapshot in snapshots:
            for _, values in snapshot.items:
                self.commit(values)

    def finish(self) -> Iterable[Output]:
        self.node.finished.append(self.context.checkpointing)
        if not self.context.checkpointing:
            self.commit(self.written)
        return ()

    def on_checkpoint_complete(self, checkpoint_id: int) -> None:
        if self.node.refuses:
            raise ValueError("the target refuses")
        for prepared_for, values in self.prepared:
            if prepared_for <= checkpoint_id:
                self.commit(values)
        self.prepared = [prepared for prepared in self.prepared if prepared[0] > checkpoint_id]

    def commit(self, values: Sequence[int]) -> None:
        """What is committed already, by value, is not committed again."""
        self.node.committed += [value for value in values if value not in self.node.committed]

    def close(self) -> None:
        self.node.closed.append(self.context.subtask)


@dataclass(eq=False)
class Checkpoints:
    """The checkpoints of one job, all of whose tasks are in ``cluster``."""

    cluster: Executors
    graph: JobGraph
    directory: Path
    attempt: int = 1

    @property
    def executions(self) -> list[ExecutionId]:
        return [
            ExecutionId(JOB, vertex.id, subtask, self.attempt)
            for vertex in self.graph.vertices
            for subtask in range(vertex.parallelism)
        ]

    def trigger(self, checkpoint_id: int, **how: Any) -> None:
        """Told to every subtask without inputs."""
        sources = {vertex.id for vertex in self.graph.vertices} - {edge.target for edge in self.graph.edges}
        for execution in self.executions:
            if execution.vertex_id in sources:
                trigger = CheckpointTrigger(execution, checkpoint_id, 0, **how)
                for executor in self.cluster.executors:
                    if execution in executor.metrics():
                        executor.trigger_checkpoint(trigger)

    def acknowledged(self, checkpoint_id: int) -> dict[ExecutionId, CheckpointAcknowledged]:
        """Once every subtask has stored its share."""

        def all_of_them() -> dict[ExecutionId, CheckpointAcknowledged] | None:
            found = {
                report.execution: report
                for report in self.cluster.reports.all
                if isinstance(report, CheckpointAcknowledged) and report.checkpoint_id == checkpoint_id
            }
            return found if set(self.executions) <= set(found) else None

        acknowledged: dict[ExecutionId, CheckpointAcknowledged] = self.cluster.reports.wait_until(all_of_them)
        return {execution: acknowledged[execution] for execution in self.executions}

    def declined(self, checkpoint_id: int) -> CheckpointDeclined:
        """The first subtask's that cannot store its share."""
        declined: list[CheckpointDeclined] = self.cluster.reports.wait_until(
            lambda: [
                report
                for report in self.cluster.reports.all
                if isinstance(report, CheckpointDeclined) and report.checkpoint_id == checkpoint_id
            ]
        )
        return declined[0]

    def notify_complete(self, checkpoint_id: int) -> None:
        for execution in self.executions:
            for executor in self.cluster.executors:
                executor.checkpoint_complete(CheckpointNotice(execution, checkpoint_id))

    def notify_aborted(self, checkpoint_id: int) -> None:
        for execution in self.executions:
            for executor in self.cluster.executors:
                executor.checkpoint_aborted(CheckpointNotice(execution, checkpoint_id))

    def complete(self, checkpoint_id: int, **how: Any) -> CompletedCheckpoint:
        """From the trigger to the notice."""
        self.trigger(checkpoint_id, **how)
        completed = self.completed(checkpoint_id, how.get("savepoint"))
        self.notify_complete(checkpoint_id)
        return completed

    def completed(self, checkpoint_id: int, savepoint: str | None = None) -> CompletedCheckpoint:
        """What all subtasks have acknowledged together."""
        acknowledged = self.acknowledged(checkpoint_id)
        operators = tuple(
            OperatorState(
                node.id,
                node.name,
                vertex.max_parallelism,
                tuple(
                    acknowledged[ExecutionId(JOB, vertex.id, subtask, self.attempt)].operators[node.id]
                    for subtask in range(vertex.parallelism)
                ),
            )
            for vertex in self.graph.vertices
            for node in vertex.chain
        )
        kind = SnapshotKind.CHECKPOINT if savepoint is None else SnapshotKind.SAVEPOINT
        metadata = CheckpointMetadata(JOB, "test", checkpoint_id, kind, 0, operators)
        return CompletedCheckpoint("", savepoint or str(self.directory / JOB / "shared"), metadata)

    def cancel(self) -> None:
        """Every subtask, and waits for their end: one whose peer over the network is cancelled first may fail."""
        for execution in self.executions:
            self.cluster.cancel(execution.vertex_id, execution.subtask, self.attempt)
        for execution in self.executions:
            self.cluster.reports.wait_ended(execution.vertex_id, execution.subtask, self.attempt)

    def restart(self, checkpoint: CompletedCheckpoint, graph: JobGraph | None = None) -> Checkpoints:
        """The job, or ``graph``, begins anew as the next attempt, with the state in ``checkpoint``."""
        later = Checkpoints(self.cluster, graph or self.graph, self.directory, self.attempt + 1)
        self.cluster.run(later.graph, later.attempt, lambda vertex, subtask: task_restore(vertex, checkpoint, subtask))
        return later

    def inputs_ended(self) -> None:
        """Waits until every subtask has reported it."""
        reports = self.cluster.reports
        reports.wait_until(lambda: {InputEnded(execution) for execution in self.executions} <= set(_ended(reports.all)))


def _ended(reports: Sequence[object]) -> list[InputEnded]:
    return [report for report in reports if isinstance(report, InputEnded)]


def handles(checkpoint: CompletedCheckpoint, operator_id: str) -> tuple[OperatorHandle, ...]:
    """Of every subtask of one operator."""
    return next(state.subtasks for state in checkpoint.metadata.operators if state.operator_id == operator_id)
