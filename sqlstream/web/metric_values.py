"""What can be measured of a job, a task and a cluster, by Flink's names. Times are in ms where the name does not say
otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlstream.runtime.deployment import ExecutionState, JobStatus
from sqlstream.runtime.jobmanager.views import JobView, TaskManagerView, TaskView, VertexView

_NO_LETTER = re.compile(r"[^\w\[\]]")

Value = int | float | str | bool

_STATUS_TIMES = {
    "createdTime": JobStatus.CREATED,
    "runningTime": JobStatus.RUNNING,
    "uptime": JobStatus.RUNNING,
    "restartingTime": JobStatus.RESTARTING,
    "cancellingTime": JobStatus.CANCELLING,
    "failingTime": JobStatus.FAILING,
}
"""How long the job has been in its status, 0 where it is in another."""
_STATE_TIMES = {"deployingTime": ExecutionState.DEPLOYING, "initializingTime": ExecutionState.INITIALIZING}
"""How long the first of the tasks that are in this state has been in it."""


def job_values(view: JobView, now: int) -> dict[str, Value]:
    completed, restored = view.checkpoints.latest_completed, view.checkpoints.latest_restored
    counts = view.checkpoints.counts
    return {
        "numRestarts": view.restarts,
        "fullRestarts": view.restarts,
        "numRescales": view.rescales,
        **{name: now - view.since[status] if view.status is status else 0 for name, status in _STATUS_TIMES.items()},
        **{name: _longest(view, state, now) for name, state in _STATE_TIMES.items()},
        "downtime": _downtime(view, now),
        "allSubTasksRunningOrFinishedTime": _all_running(view, now),
        "totalNumberOfCheckpoints": counts.total,
        "numberOfInProgressCheckpoints": counts.in_progress,
        "numberOfCompletedCheckpoints": counts.completed,
        "numberOfFailedCheckpoints": counts.failed,
        "lastCheckpointRestoreTimestamp": -1 if restored is None else restored.restored,
        "lastCompletedCheckpointId": -1 if completed is None else completed.id,
        "lastCheckpointCompletedTimestamp": -1 if completed is None or completed.ended is None else completed.ended,
        "lastCheckpointDuration": -1 if completed is None or completed.duration is None else completed.duration,
        "lastCheckpointSize": -1 if completed is None else completed.stored_bytes,
        "lastCheckpointFullSize": -1 if completed is None else completed.state_bytes,
        "lastCheckpointProcessedData": 0,
        "lastCheckpointPersistedData": 0,
        "lastCheckpointExternalPath": "n/a" if completed is None or completed.location is None else completed.location,
    }


def task_values(view: JobView, vertex: VertexView, task: TaskView) -> dict[str, Value]:
    """Of the current attempt of a subtask. The watermark that leaves it is, as in Flink, its last operator's."""
    metrics, rates = task.metrics, task.rates
    values: dict[str, Value] = {
        "numRecordsIn": metrics.records_in,
        "numRecordsInPerSecond": rates.records_in,
        "numRecordsOut": metrics.records_out,
        "numRecordsOutPerSecond": rates.records_out,
        "numBytesIn": metrics.bytes_in,
        "numBytesInPerSecond": rates.bytes_in,
        "numBytesOut": metrics.bytes_out,
        "numBytesOutPerSecond": rates.bytes_out,
        "busyTimeMsPerSecond": rates.busy_ms,
        "idleTimeMsPerSecond": rates.idle_ms,
        "backPressuredTimeMsPerSecond": rates.backpressured_ms,
        "accumulateBusyTimeMs": metrics.busy_ms,
        "accumulateIdleTimeMs": metrics.idle_ms,
        "accumulateBackPressuredTimeMs": metrics.backpressured_ms,
        "isBackPressured": "true" if rates.backpressured_ms > 0 else "false",
        **metrics.counters,
    }
    if metrics.input_watermark is not None:
        values["currentInputWatermark"] = metrics.input_watermark
    if metrics.watermark is not None:
        values[f"{_scope(vertex.vertex.chain[-1].name)}.currentOutputWatermark"] = metrics.watermark
    alignment = _last_alignment(view, vertex.vertex.id, task.subtask)
    if alignment is not None:
        values["checkpointAlignmentTime"] = alignment * 1_000_000
    return values


def cluster_values(jobs: Sequence[JobView], managers: Sequence[TaskManagerView]) -> dict[str, Value]:
    """Of the JobManager, beside those of its process."""
    return {
        "numRegisteredTaskManagers": len(managers),
        "numRunningJobs": sum(not job.status.is_terminal for job in jobs),
        "taskSlotsAvailable": sum(manager.free_slots for manager in managers),
        "taskSlotsTotal": sum(manager.info.slots for manager in managers),
    }


def numbers(values: dict[str, Value]) -> dict[str, float]:
    """Those that can be added up."""
    return {name: float(value) for name, value in values.items() if not isinstance(value, str)}


def _scope(operator: str) -> str:
    """An operator's name as the first part of its metrics': without its attributes, and in letters."""
    return _NO_LETTER.sub("_", operator.partition("(")[0])


def _tasks(view: JobView) -> list[TaskView]:
    return [task for vertex in view.vertices for task in vertex.tasks]


def _longest(view: JobView, state: ExecutionState, now: int) -> int:
    return max((now - task.since[state] for task in _tasks(view) if task.state is state), default=0)


def _downtime(view: JobView, now: int) -> int:
    if view.status.is_terminal:
        return -1
    return now - view.since[view.status] if view.status in (JobStatus.RESTARTING, JobStatus.FAILING) else 0


def _all_running(view: JobView, now: int) -> int:
    tasks = _tasks(view)
    if any(task.state not in (ExecutionState.RUNNING, ExecutionState.FINISHED) for task in tasks):
        return 0
    return now - max(task.since[task.state] for task in tasks)


def _last_alignment(view: JobView, vertex_id: str, subtask: int) -> int | None:
    """In ms."""
    completed = view.checkpoints.latest_completed
    if completed is None:
        return None
    for vertex in completed.vertices:
        if vertex.vertex_id == vertex_id and subtask < len(vertex.subtasks):
            share = vertex.subtasks[subtask]
            return None if share is None else share.alignment_ms
    return None
