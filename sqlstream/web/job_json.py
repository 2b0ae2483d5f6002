"""Jobs in the JSON shapes of Flink's REST API (v1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlstream.plan.jobgraph import Edge, JobGraph
from sqlstream.runtime.deployment import ExecutionState, JobStatus
from sqlstream.runtime.jobmanager.restart_strategy import restart_strategy_type
from sqlstream.runtime.jobmanager.views import ExceptionEntry, Failure, JobView, TaskView, VertexView

Json = dict[str, Any]

_TASK_STATES = [*(state.value for state in ExecutionState), "RECONCILING"]
_VERTEX_PRECEDENCE = (
    ExecutionState.FAILED,
    ExecutionState.CANCELING,
    ExecutionState.CANCELED,
    ExecutionState.INITIALIZING,
    ExecutionState.RUNNING,
)
"""A vertex is in the first of these states that one of its tasks is in."""


def job_ids(views: Iterable[JobView]) -> Json:
    """``/jobs``"""
    return {"jobs": [{"id": view.graph.job_id, "status": view.status.value} for view in views]}


def jobs_overview(views: Iterable[JobView], now: int) -> Json:
    """``/jobs/overview``"""
    return {"jobs": [_overview(view, now) for view in views]}


def job_details(view: JobView, now: int) -> Json:
    """``/jobs/:jobid``"""
    statuses = [_vertex_state(vertex.tasks).value for vertex in view.vertices]
    return {
        "jid": view.graph.job_id,
        "name": view.graph.name,
        "isStoppable": False,
        "state": view.status.value,
        "job-type": view.graph.mode.value,
        "schedulerType": "Default",
        **_span(view.start_time, view.end_time, now),
        "maxParallelism": -1,
        "now": now,
        "timestamps": {status.value: view.since.get(status, 0) for status in JobStatus},
        "vertices": [_vertex(vertex, view.graph.job_id, now) for vertex in view.vertices],
        "status-counts": _counts(statuses, _TASK_STATES),
        "plan": _plan(view.graph),
        "pending-operators": 0,
    }


def job_plan(view: JobView) -> Json:
    """``/jobs/:jobid/plan``"""
    return {"plan": _plan(view.graph)}


def job_config(view: JobView, options: dict[str, str]) -> Json:
    """``/jobs/:jobid/config``; ``options`` must be masked."""
    return {
        "jid": view.graph.job_id,
        "name": view.graph.name,
        "execution-config": {
            "restart-strategy": restart_strategy_type(view.graph).value,
            "job-parallelism": max(vertex.parallelism for vertex in view.graph.vertices),
            "object-reuse-mode": True,
            "user-config": options,
        },
    }


def job_exceptions(view: JobView, limit: int) -> Json:
    """``/jobs/:jobid/exceptions``: why the job was restarted or failed, the latest first, each with what failed along
    with it."""
    entries = list(reversed(view.exceptions))
    return {
        "exceptionHistory": {
            "entries": [_root_exception(entry) for entry in entries[:limit]],
            "truncated": len(entries) > limit,
        }
    }


def job_metrics(view: JobView, get: str | None) -> Json | list[Json]:
    """``/jobs/:jobid/metrics``: the names of all, or the values of those in ``get``, separated by commas."""
    metrics = _job_metrics(view)
    if get is None:
        return [{"id": name} for name in metrics]
    return [{"id": name, "value": str(metrics[name])} for name in get.split(",") if name in metrics]


def vertex_details(vertex: VertexView, now: int) -> Json:
    """``/jobs/:jobid/vertices/:vertexid``"""
    return {
        "id": vertex.vertex.id,
        "name": vertex.vertex.name,
        "parallelism": vertex.vertex.parallelism,
        "maxParallelism": vertex.vertex.max_parallelism,
        "now": now,
        "subtasks": [_subtask(task, now) for task in vertex.tasks],
    }


def _job_metrics(view: JobView) -> dict[str, int]:
    counts, completed = view.checkpoints.counts, view.checkpoints.latest_completed
    return {
        "numRestarts": view.restarts,
        "fullRestarts": view.restarts,
        "totalNumberOfCheckpoints": counts.total,
        "numberOfInProgressCheckpoints": counts.in_progress,
        "numberOfCompletedCheckpoints": counts.completed,
        "numberOfFailedCheckpoints": counts.failed,
        "lastCompletedCheckpointId": -1 if completed is None else completed.id,
        "lastCheckpointDuration": -1 if completed is None or completed.duration is None else completed.duration,
        "lastCheckpointSize": -1 if completed is None else completed.stored_bytes,
        "lastCheckpointFullSize": -1 if completed is None else completed.state_bytes,
    }


def _overview(view: JobView, now: int) -> Json:
    states = [task.state.value.lower() for vertex in view.vertices for task in vertex.tasks]
    return {
        "jid": view.graph.job_id,
        "name": view.graph.name,
        "jobType": view.graph.mode.value,
        "schedulerType": "Default",
        **_span(view.start_time, view.end_time, now),
        "state": view.status.value,
        "last-modification": view.last_modified,
        "tasks": {"total": len(states), **_counts(states, [state.lower() for state in _TASK_STATES])},
        "pending-operators": 0,
    }


def _vertex(vertex: VertexView, job_id: str, now: int) -> Json:
    started = [time for task in vertex.tasks if (time := task.since.get(ExecutionState.DEPLOYING)) is not None]
    ended = [task.since[task.state] for task in vertex.tasks if task.state.is_terminal]
    complete = len(ended) == len(vertex.tasks)
    return {
        "id": vertex.vertex.id,
        "slotSharingGroupId": job_id,
        "name": vertex.vertex.name,
        "maxParallelism": vertex.vertex.max_parallelism,
        "parallelism": vertex.vertex.parallelism,
        "status": _vertex_state(vertex.tasks).value,
        **_span(min(started, default=None), max(ended) if complete else None, now),
        "tasks": _counts([task.state.value for task in vertex.tasks], _TASK_STATES),
        "metrics": _metrics(vertex.tasks),
    }


def _subtask(task: TaskView, now: int) -> Json:
    return {
        "subtask": task.subtask,
        "status": task.state.value,
        "attempt": task.attempt,
        "endpoint": task.address or "(unassigned)",
        **_span(
            task.since.get(ExecutionState.DEPLOYING), task.since[task.state] if task.state.is_terminal else None, now
        ),
        "metrics": _metrics((task,)),
        "taskmanager-id": task.task_manager_id or "(unassigned)",
    }


def _metrics(tasks: tuple[TaskView, ...]) -> Json:
    complete = all(task.state.is_terminal for task in tasks)
    totals = {
        "read-bytes": sum(task.metrics.bytes_in for task in tasks),
        "write-bytes": sum(task.metrics.bytes_out for task in tasks),
        "read-records": sum(task.metrics.records_in for task in tasks),
        "write-records": sum(task.metrics.records_out for task in tasks),
    }
    counters: dict[str, int] = {}
    for task in tasks:
        for name, value in task.metrics.counters.items():
            counters[name] = counters.get(name, 0) + value
    return {
        **totals,
        **{f"{name}-complete": complete for name in totals},
        "accumulated-backpressured-time": sum(task.metrics.backpressured_ms for task in tasks),
        "accumulated-idle-time": sum(task.metrics.idle_ms for task in tasks),
        "accumulated-busy-time": float(sum(task.metrics.busy_ms for task in tasks)),
        "counters": counters,
    }


def _vertex_state(tasks: tuple[TaskView, ...]) -> ExecutionState:
    states = {task.state for task in tasks}
    if states == {ExecutionState.FINISHED}:
        return ExecutionState.FINISHED
    if ExecutionState.FINISHED in states:
        states.add(ExecutionState.RUNNING)
    return next((state for state in _VERTEX_PRECEDENCE if state in states), ExecutionState.CREATED)


def _span(start: int | None, end: int | None, now: int) -> Json:
    """Times in ms; -1 is not yet."""
    if start is None:
        return {"start-time": -1, "end-time": -1, "duration": -1}
    return {"start-time": start, "end-time": -1 if end is None else end, "duration": (end or now) - start}


def _counts(states: list[str], names: list[str]) -> dict[str, int]:
    return {name: states.count(name) for name in names}


def _plan(graph: JobGraph) -> Json:
    return {
        "jid": graph.job_id,
        "name": graph.name,
        "type": graph.mode.value,
        "nodes": [
            {
                "id": vertex.id,
                "operator": "",
                "parallelism": vertex.parallelism,
                "operator_strategy": "",
                "description": " -> ".join(node.name for node in vertex.chain),
                "inputs": [_plan_input(edge) for edge in graph.edges if edge.target == vertex.id],
                "optimizer_properties": {},
            }
            for vertex in graph.vertices
        ],
    }


def _plan_input(edge: Edge) -> Json:
    return {
        "id": edge.source,
        "num": edge.input,
        "ship_strategy": str(edge.partitioning.__struct_config__.tag),
        "exchange": "pipelined_bounded",
    }


def _root_exception(entry: ExceptionEntry) -> Json:
    return {**_exception(entry.cause), "concurrentExceptions": [_exception(other) for other in entry.concurrent]}


def _exception(failure: Failure) -> Json:
    return {
        "exceptionName": failure.error,
        "stacktrace": failure.trace or failure.error,
        "timestamp": failure.timestamp,
        "failureLabels": {},
        "taskName": failure.task,
        "endpoint": failure.address,
        "taskManagerId": failure.task_manager_id,
    }
