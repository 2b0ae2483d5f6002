"""Checkpoints and savepoints, and what was asked for of them. Sizes are in bytes, times and durations in ms."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from sqlstream.web.shapes.outcomes import Cause, QueueStatus


class Summary(TypedDict):
    min: int
    max: int
    avg: int
    p50: float
    p90: float
    p95: float
    p99: float
    p999: float


class Counts(TypedDict):
    restored: int
    total: int
    in_progress: int
    completed: int
    failed: int


class CheckpointSummaries(TypedDict):
    checkpointed_size: Summary
    state_size: Summary
    full_state_size: Summary
    end_to_end_duration: Summary
    alignment_buffered: Summary
    processed_data: Summary
    persisted_data: Summary


class VertexCheckpoint(TypedDict):
    id: int
    status: str
    latest_ack_timestamp: int
    checkpointed_size: int
    state_size: int
    full_state_size: int
    end_to_end_duration: int
    alignment_buffered: int
    processed_data: int
    persisted_data: int
    num_subtasks: int
    num_acknowledged_subtasks: int


class Checkpoint(TypedDict):
    """``external_path`` and ``discarded`` are there once it is complete, ``failure_`` once it has failed."""

    className: str
    id: int
    status: str
    is_savepoint: bool
    savepointFormat: str | None
    trigger_timestamp: int
    latest_ack_timestamp: int
    checkpointed_size: int
    state_size: int
    full_state_size: int
    end_to_end_duration: int
    alignment_buffered: int
    processed_data: int
    persisted_data: int
    num_subtasks: int
    num_acknowledged_subtasks: int
    checkpoint_type: str
    tasks: dict[str, VertexCheckpoint]
    external_path: NotRequired[str | None]
    discarded: NotRequired[bool]
    failure_timestamp: NotRequired[int | None]
    failure_message: NotRequired[str | None]


class RestoredCheckpoint(TypedDict):
    id: int
    restore_timestamp: int
    is_savepoint: bool
    external_path: str


class LatestCheckpoints(TypedDict):
    completed: Checkpoint | None
    savepoint: Checkpoint | None
    failed: Checkpoint | None
    restored: RestoredCheckpoint | None


class Checkpoints(TypedDict):
    counts: Counts
    summary: CheckpointSummaries
    latest: LatestCheckpoints
    history: list[Checkpoint]


class Externalization(TypedDict):
    enabled: bool
    delete_on_cancellation: bool


class CheckpointConfig(TypedDict):
    mode: str
    interval: int
    timeout: int
    min_pause: int
    max_concurrent: int
    externalization: Externalization
    state_backend: str
    checkpoint_storage: str
    unaligned_checkpoints: bool
    tolerable_failed_checkpoints: int
    aligned_checkpoint_timeout: int
    checkpoints_after_tasks_finish: bool
    state_changelog_enabled: bool
    changelog_periodic_materialization_interval: int
    changelog_storage: str


CheckpointDuration = TypedDict("CheckpointDuration", {"sync": int, "async": int})


class Alignment(TypedDict):
    buffered: int
    processed: int
    persisted: int
    duration: int


class SubtaskCheckpoint(TypedDict):
    """All but the first three are there once the subtask has acknowledged."""

    className: str
    index: int
    status: str
    ack_timestamp: NotRequired[int]
    end_to_end_duration: NotRequired[int]
    checkpointed_size: NotRequired[int]
    state_size: NotRequired[int]
    full_state_size: NotRequired[int]
    checkpoint: NotRequired[CheckpointDuration]
    alignment: NotRequired[Alignment]
    start_delay: NotRequired[int]
    unaligned_checkpoint: NotRequired[bool]
    aborted: NotRequired[bool]


DurationSummaries = TypedDict("DurationSummaries", {"sync": Summary, "async": Summary})


class AlignmentSummaries(TypedDict):
    buffered: Summary
    processed: Summary
    persisted: Summary
    duration: Summary


class SubtaskSummaries(TypedDict):
    checkpointed_size: Summary
    state_size: Summary
    end_to_end_duration: Summary
    checkpoint_duration: DurationSummaries
    alignment: AlignmentSummaries
    start_delay: Summary


class VertexCheckpointDetails(VertexCheckpoint):
    summary: SubtaskSummaries
    subtasks: list[SubtaskCheckpoint]


SavepointOutcome = TypedDict(
    "SavepointOutcome", {"location": NotRequired[str | None], "failure-cause": NotRequired[Cause]}
)


class CheckpointOutcome(TypedDict):
    checkpointId: NotRequired[int | None]
    failureCause: NotRequired[Cause]


OperationOutcome = TypedDict("OperationOutcome", {"failure-cause": NotRequired[Cause]})


class SavepointStatus(TypedDict):
    status: QueueStatus
    operation: NotRequired[SavepointOutcome]


class CheckpointStatus(TypedDict):
    status: QueueStatus
    operation: NotRequired[CheckpointOutcome]


class OperationStatus(TypedDict):
    status: QueueStatus
    operation: NotRequired[OperationOutcome]
