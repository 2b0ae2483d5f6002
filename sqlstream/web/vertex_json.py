"""Vertices and their subtasks in the JSON shapes of Flink's REST API (v1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlstream.runtime.deployment import ExecutionState
from sqlstream.runtime.jobmanager.views import TaskView, VertexView
from sqlstream.web.shapes import vertices as shapes
from sqlstream.web.shapes.jobs import Accumulator, IoMetrics
from sqlstream.web.shapes.vertices import Span
from sqlstream.web.spread import spread

TASK_STATES = [*(state.value for state in ExecutionState), "RECONCILING"]

_VERTEX_PRECEDENCE = (
    ExecutionState.FAILED,
    ExecutionState.CANCELING,
    ExecutionState.CANCELED,
    ExecutionState.INITIALIZING,
    ExecutionState.RUNNING,
)
"""A vertex is in the first of these states that one of its tasks is in."""
_UNASSIGNED = "(unassigned)"
_WAITING = ("CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING")
"""The states whose durations Flink shows."""
_LOW, _HIGH = 0.1, 0.5
"""From which share of its time on a task's back-pressure is low, and high."""


def vertex_details(vertex: VertexView, now: int) -> shapes.VertexDetails:
    """``/jobs/:jobid/vertices/:vertexid``"""
    return {
        "id": vertex.vertex.id,
        "name": vertex.vertex.name,
        "parallelism": vertex.vertex.parallelism,
        "maxParallelism": vertex.vertex.max_parallelism,
        "now": now,
        "subtasks": [subtask_attempt(task, now) for task in vertex.tasks],
        "aggregated": _aggregated(vertex.tasks, now),
    }


def subtask_attempt(task: TaskView, now: int) -> shapes.SubtaskAttempt:
    """``/jobs/:jobid/vertices/:vertexid/subtasks/:subtaskindex``, and of one attempt."""
    start = start_time(task)
    return {
        "subtask": task.subtask,
        "status": task.state.value,
        "attempt": task.attempt,
        "endpoint": task.address or _UNASSIGNED,
        **span(start, task.since[task.state] if task.state.is_terminal else None, now),
        "start_time": -1 if start is None else start,
        "metrics": io_metrics((task,)),
        "taskmanager-id": task.task_manager_id or _UNASSIGNED,
        "status-duration": _durations(task, now),
    }


def vertex_times(vertex: VertexView, now: int) -> shapes.VertexTimes:
    """``/jobs/:jobid/vertices/:vertexid/subtasktimes``"""
    return {
        "id": vertex.vertex.id,
        "name": vertex.vertex.name,
        "now": now,
        "subtasks": [_times(task, now) for task in vertex.tasks],
    }


def vertex_task_managers(vertex: VertexView, now: int) -> shapes.VertexTaskManagers:
    """``/jobs/:jobid/vertices/:vertexid/taskmanagers``"""
    by_manager: dict[str, list[TaskView]] = {}
    for task in vertex.tasks:
        by_manager.setdefault(task.task_manager_id or _UNASSIGNED, []).append(task)
    return {
        "id": vertex.vertex.id,
        "name": vertex.vertex.name,
        "now": now,
        "taskmanagers": [_task_manager(id_, tuple(tasks), now) for id_, tasks in by_manager.items()],
    }


def vertex_accumulators(vertex: VertexView) -> shapes.VertexAccumulators:
    """``/jobs/:jobid/vertices/:vertexid/accumulators``"""
    return {"id": vertex.vertex.id, "user-accumulators": accumulators(vertex.tasks)}


def subtasks_accumulators(vertex: VertexView) -> shapes.SubtasksAccumulators:
    """``/jobs/:jobid/vertices/:vertexid/subtasks/accumulators``"""
    return {
        "id": vertex.vertex.id,
        "parallelism": vertex.vertex.parallelism,
        "subtasks": [
            {
                "subtask": task.subtask,
                "attempt": task.attempt,
                "endpoint": task.address or _UNASSIGNED,
                "user-accumulators": accumulators((task,)),
            }
            for task in vertex.tasks
        ],
    }


def attempt_accumulators(vertex: VertexView, task: TaskView) -> shapes.AttemptAccumulators:
    """``.../subtasks/:subtaskindex/attempts/:attempt/accumulators``"""
    return {
        "subtask": task.subtask,
        "attempt": task.attempt,
        "id": f"{vertex.vertex.id}_{task.subtask}_{task.attempt}",
        "user-accumulators": accumulators((task,)),
    }


def back_pressure(vertex: VertexView, now: int) -> shapes.BackPressure:
    """``/jobs/:jobid/vertices/:vertexid/backpressure``; ``deprecated`` is Flink's word for having no figures."""
    running = [task for task in vertex.tasks if task.state is ExecutionState.RUNNING]
    if not running:
        return {"status": "deprecated"}
    subtasks = [_subtask_back_pressure(task) for task in running]
    level = _level(max(subtask["ratio"] for subtask in subtasks))
    return {
        "status": "ok",
        "backpressureLevel": level,
        "backpressure-level": level,
        "end-timestamp": now,
        "subtasks": subtasks,
    }


def accumulators(tasks: Iterable[TaskView]) -> list[Accumulator]:
    """What operators count by name, summed over ``tasks``."""
    return [{"name": name, "type": "LongCounter", "value": str(value)} for name, value in _counters(tasks).items()]


def io_metrics(tasks: Sequence[TaskView]) -> IoMetrics:
    complete = all(task.state.is_terminal for task in tasks)
    return {
        "read-bytes": sum(task.metrics.bytes_in for task in tasks),
        "read-bytes-complete": complete,
        "write-bytes": sum(task.metrics.bytes_out for task in tasks),
        "write-bytes-complete": complete,
        "read-records": sum(task.metrics.records_in for task in tasks),
        "read-records-complete": complete,
        "write-records": sum(task.metrics.records_out for task in tasks),
        "write-records-complete": complete,
        "accumulated-backpressured-time": sum(task.metrics.backpressured_ms for task in tasks),
        "accumulated-idle-time": sum(task.metrics.idle_ms for task in tasks),
        "accumulated-busy-time": float(sum(task.metrics.busy_ms for task in tasks)),
        "counters": dict(_counters(tasks)),
    }


def vertex_state(tasks: Sequence[TaskView]) -> ExecutionState:
    states = {task.state for task in tasks}
    if states == {ExecutionState.FINISHED}:
        return ExecutionState.FINISHED
    if ExecutionState.FINISHED in states:
        states.add(ExecutionState.RUNNING)
    return next((state for state in _VERTEX_PRECEDENCE if state in states), ExecutionState.CREATED)


def start_time(task: TaskView) -> int | None:
    """When it was deployed, in ms."""
    return task.since.get(ExecutionState.DEPLOYING)


def span(start: int | None, end: int | None, now: int) -> Span:
    """Times in ms; -1 is not yet."""
    if start is None:
        return {"start-time": -1, "end-time": -1, "duration": -1}
    return {"start-time": start, "end-time": -1 if end is None else end, "duration": (end or now) - start}


def counts(states: Sequence[str], names: Sequence[str]) -> dict[str, int]:
    return {name: states.count(name) for name in names}


def _counters(tasks: Iterable[TaskView]) -> Counter[str]:
    counters: Counter[str] = Counter()
    for task in tasks:
        counters.update(task.metrics.counters)
    return counters


def _times(task: TaskView, now: int) -> shapes.SubtaskTimes:
    ended = task.since[task.state] if task.state.is_terminal else None
    return {
        "subtask": task.subtask,
        "endpoint": task.address or _UNASSIGNED,
        "duration": span(task.since.get(ExecutionState.SCHEDULED), ended, now)["duration"],
        "timestamps": {
            **dict.fromkeys(TASK_STATES, 0),
            **{state.value: time for state, time in task.since.items()},
        },
    }


def _task_manager(id_: str, tasks: tuple[TaskView, ...], now: int) -> shapes.VertexTaskManager:
    started = [time for task in tasks if (time := start_time(task)) is not None]
    ended = [task.since[task.state] for task in tasks if task.state.is_terminal]
    return {
        "endpoint": tasks[0].address or _UNASSIGNED,
        "status": vertex_state(tasks).value,
        **span(min(started, default=None), max(ended) if len(ended) == len(tasks) else None, now),
        "metrics": io_metrics(tasks),
        "status-counts": counts([task.state.value for task in tasks], TASK_STATES),
        "taskmanager-id": id_,
        "aggregated": _aggregated(tasks, now),
    }


def _aggregated(tasks: Sequence[TaskView], now: int) -> shapes.Aggregated:
    figures = {
        "read-bytes": [task.metrics.bytes_in for task in tasks],
        "write-bytes": [task.metrics.bytes_out for task in tasks],
        "read-records": [task.metrics.records_in for task in tasks],
        "write-records": [task.metrics.records_out for task in tasks],
        "accumulated-backpressured-time": [task.metrics.backpressured_ms for task in tasks],
        "accumulated-idle-time": [task.metrics.idle_ms for task in tasks],
        "accumulated-busy-time": [task.metrics.busy_ms for task in tasks],
    }
    durations = [_durations(task, now) for task in tasks]
    return {
        "metrics": {name: spread(values) for name, values in figures.items()},
        "status-duration": {name: spread([of_task[name] for of_task in durations]) for name in _WAITING},
    }


def _durations(task: TaskView, now: int) -> dict[str, int]:
    """How long (ms) the task has been in each state on its way; -1 is never."""
    entered = sorted(((time, state.value) for state, time in task.since.items()), key=lambda entry: entry[0])
    left = [time for time, _ in entered[1:]] + [now]
    known = {state: end - begin for (begin, state), end in zip(entered, left, strict=True)}
    return {state: known.get(state, -1) for state in _WAITING}


def _subtask_back_pressure(task: TaskView) -> shapes.SubtaskBackPressure:
    ratio = task.rates.backpressured_ms / 1000
    level = _level(ratio)
    return {
        "subtask": task.subtask,
        "backpressureLevel": level,
        "backpressure-level": level,
        "ratio": ratio,
        "idleRatio": task.rates.idle_ms / 1000,
        "busyRatio": task.rates.busy_ms / 1000,
    }


def _level(ratio: float) -> str:
    if ratio <= _LOW:
        return "ok"
    return "low" if ratio <= _HIGH else "high"
