"""Checkpoints in the JSON shapes of Flink's REST API (v1).

``checkpointed_size`` and ``state_size`` are what a checkpoint added to the storage, ``full_state_size``, where it is
there, all that it refers to.
"""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    CHECKPOINT_DIRECTORY,
    CHECKPOINTING_MODE,
    STATE_BACKEND,
    CheckpointRetention,
)
from sqlstream.runtime.jobmanager.checkpoint_statistics import (
    QUANTILES,
    CheckpointStatus,
    CheckpointsView,
    CheckpointView,
    RestoredView,
    SubtaskCheckpointView,
    SummaryView,
    VertexCheckpointView,
    quantile,
)
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.spi.filesystem import masked_location
from sqlstream.state.handles import SnapshotKind
from sqlstream.web.shapes import checkpoints as shapes

_NEVER = 2**63 - 1
"""What Flink writes for an interval when there are no periodic checkpoints."""


def checkpoints(view: CheckpointsView, now: int) -> shapes.Checkpoints:
    """``/jobs/:jobid/checkpoints``"""
    counts = view.counts
    return {
        "counts": {
            "restored": counts.restored,
            "total": counts.total,
            "in_progress": counts.in_progress,
            "completed": counts.completed,
            "failed": counts.failed,
        },
        "summary": {
            "checkpointed_size": _summary(view.stored_bytes),
            "state_size": _summary(view.stored_bytes),
            "full_state_size": _summary(view.state_bytes),
            "end_to_end_duration": _summary(view.duration),
            "alignment_buffered": _summary(SummaryView()),
            "processed_data": _summary(SummaryView()),
            "persisted_data": _summary(SummaryView()),
        },
        "latest": {
            "completed": _optional(view.latest_completed, now),
            "savepoint": _optional(view.latest_savepoint, now),
            "failed": _optional(view.latest_failed, now),
            "restored": None if view.latest_restored is None else _restored(view.latest_restored),
        },
        "history": [_checkpoint(checkpoint, now) for checkpoint in view.history],
    }


def checkpoint_config(job: JobView) -> shapes.CheckpointConfig:
    """``/jobs/:jobid/checkpoints/config``"""
    settings = job.checkpoints.settings
    options = Configuration(job.graph.configuration)
    return {
        "mode": options.option(CHECKPOINTING_MODE).value.lower(),
        "interval": _NEVER if settings.interval is None else settings.interval,
        "timeout": settings.timeout,
        "min_pause": settings.min_pause,
        "max_concurrent": settings.max_concurrent,
        "externalization": {
            "enabled": settings.retention is not CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS,
            "delete_on_cancellation": settings.retention is not CheckpointRetention.RETAIN_ON_CANCELLATION,
        },
        "state_backend": options.option(STATE_BACKEND).value,
        "checkpoint_storage": masked_location(options.optional(CHECKPOINT_DIRECTORY) or ""),
        "unaligned_checkpoints": False,
        "tolerable_failed_checkpoints": settings.tolerable_failures,
        "aligned_checkpoint_timeout": 0,
        "checkpoints_after_tasks_finish": True,
        "state_changelog_enabled": False,
        "changelog_periodic_materialization_interval": _NEVER,
        "changelog_storage": "",
    }


def checkpoint_details(checkpoint: CheckpointView, now: int) -> shapes.Checkpoint:
    """``/jobs/:jobid/checkpoints/details/:checkpointid``"""
    return {
        **_checkpoint(checkpoint, now),
        "tasks": {vertex.vertex_id: _task(vertex, checkpoint, now) for vertex in checkpoint.vertices},
    }


def checkpoint_subtasks(
    checkpoint: CheckpointView, vertex: VertexCheckpointView, now: int
) -> shapes.VertexCheckpointDetails:
    """``/jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid``"""
    known = [subtask for subtask in vertex.subtasks if subtask is not None]
    return {
        **_task(vertex, checkpoint, now),
        "summary": {
            "checkpointed_size": _summary(_over([subtask.stored_bytes for subtask in known])),
            "state_size": _summary(_over([subtask.stored_bytes for subtask in known])),
            "end_to_end_duration": _summary(_over([subtask.duration for subtask in known])),
            "checkpoint_duration": {
                "sync": _summary(_over([subtask.sync_ms for subtask in known])),
                "async": _summary(_over([subtask.async_ms for subtask in known])),
            },
            "alignment": {
                "buffered": _summary(SummaryView()),
                "processed": _summary(SummaryView()),
                "persisted": _summary(SummaryView()),
                "duration": _summary(_over([subtask.alignment_ms for subtask in known])),
            },
            "start_delay": _summary(SummaryView()),
        },
        "subtasks": [_subtask(index, subtask) for index, subtask in enumerate(vertex.subtasks)],
    }


def _optional(checkpoint: CheckpointView | None, now: int) -> shapes.Checkpoint | None:
    return None if checkpoint is None else _checkpoint(checkpoint, now)


def _checkpoint(checkpoint: CheckpointView, now: int) -> shapes.Checkpoint:
    """As entries of the history are: without tasks."""
    is_savepoint = checkpoint.kind is SnapshotKind.SAVEPOINT
    synchronous = is_savepoint and checkpoint.stop is not None
    common: shapes.Checkpoint = {
        "className": checkpoint.status.value.lower(),
        "id": checkpoint.id,
        "status": checkpoint.status.value,
        "is_savepoint": is_savepoint,
        "savepointFormat": "CANONICAL" if is_savepoint else None,
        "trigger_timestamp": checkpoint.triggered,
        "latest_ack_timestamp": _or_never(checkpoint.latest_acknowledgement),
        "checkpointed_size": checkpoint.stored_bytes,
        "state_size": checkpoint.stored_bytes,
        "full_state_size": checkpoint.state_bytes,
        "end_to_end_duration": now - checkpoint.triggered if checkpoint.duration is None else checkpoint.duration,
        "alignment_buffered": 0,
        "processed_data": 0,
        "persisted_data": 0,
        "num_subtasks": checkpoint.subtasks,
        "num_acknowledged_subtasks": checkpoint.acknowledged,
        "checkpoint_type": "SYNC_SAVEPOINT" if synchronous else checkpoint.kind.value,
        "tasks": {},
    }
    match checkpoint.status:
        case CheckpointStatus.COMPLETED:
            location = None if checkpoint.location is None else masked_location(checkpoint.location)
            return {**common, "external_path": location, "discarded": checkpoint.discarded}
        case CheckpointStatus.FAILED:
            return {**common, "failure_timestamp": checkpoint.ended, "failure_message": checkpoint.error}
        case CheckpointStatus.IN_PROGRESS:
            return common


def _restored(restored: RestoredView) -> shapes.RestoredCheckpoint:
    return {
        "id": restored.id,
        "restore_timestamp": restored.restored,
        "is_savepoint": restored.kind is SnapshotKind.SAVEPOINT,
        "external_path": masked_location(restored.location),
    }


def _task(vertex: VertexCheckpointView, checkpoint: CheckpointView, now: int) -> shapes.VertexCheckpoint:
    known = [subtask for subtask in vertex.subtasks if subtask is not None]
    complete = len(known) == len(vertex.subtasks)
    return {
        "id": checkpoint.id,
        "status": (CheckpointStatus.COMPLETED if complete else checkpoint.status).value,
        "latest_ack_timestamp": max((subtask.acknowledged for subtask in known), default=-1),
        "checkpointed_size": sum(subtask.stored_bytes for subtask in known),
        "state_size": sum(subtask.stored_bytes for subtask in known),
        "full_state_size": sum(subtask.state_bytes for subtask in known),
        "end_to_end_duration": max((subtask.duration for subtask in known), default=-1),
        "alignment_buffered": 0,
        "processed_data": 0,
        "persisted_data": 0,
        "num_subtasks": len(vertex.subtasks),
        "num_acknowledged_subtasks": len(known),
    }


def _subtask(index: int, subtask: SubtaskCheckpointView | None) -> shapes.SubtaskCheckpoint:
    if subtask is None:
        return {"className": "pending_or_failed", "index": index, "status": "pending_or_failed"}
    return {
        "className": "completed",
        "index": index,
        "status": "completed",
        "ack_timestamp": subtask.acknowledged,
        "end_to_end_duration": subtask.duration,
        "checkpointed_size": subtask.stored_bytes,
        "state_size": subtask.stored_bytes,
        "full_state_size": subtask.state_bytes,
        "checkpoint": {"sync": subtask.sync_ms, "async": subtask.async_ms},
        "alignment": {"buffered": 0, "processed": 0, "persisted": 0, "duration": subtask.alignment_ms},
        "start_delay": 0,
        "unaligned_checkpoint": False,
        "aborted": False,
    }


def _over(figures: list[int]) -> SummaryView:
    if not figures:
        return SummaryView()
    quantiles = tuple(quantile(sorted(figures), share) for share in QUANTILES)
    return SummaryView(min(figures), max(figures), sum(figures) // len(figures), quantiles)


def _summary(summary: SummaryView) -> shapes.Summary:
    p50, p90, p95, p99, p999 = summary.quantiles
    return {
        "min": summary.minimum,
        "max": summary.maximum,
        "avg": summary.average,
        "p50": p50,
        "p90": p90,
        "p95": p95,
        "p99": p99,
        "p999": p999,
    }


def _or_never(time: int | None) -> int:
    return -1 if time is None else time
