"""A vertex of a job: its subtasks, their attempts, times, figures and stacks."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from sqlstream.web.shapes.jobs import Accumulator, IoMetrics

Span = TypedDict("Span", {"start-time": int, "end-time": int, "duration": int})
"""Times in ms; -1 is not yet."""

SubtaskAttempt = TypedDict(
    "SubtaskAttempt",
    {
        "subtask": int,
        "status": str,
        "attempt": int,
        "endpoint": str,
        "start-time": int,
        "start_time": int,
        "end-time": int,
        "duration": int,
        "metrics": IoMetrics,
        "taskmanager-id": str,
        "status-duration": dict[str, int],
    },
)


class Spread(TypedDict):
    """Of one figure over subtasks."""

    min: int
    max: int
    avg: int
    sum: int
    median: int
    p25: int
    p75: int
    p95: int


Aggregated = TypedDict("Aggregated", {"metrics": dict[str, Spread], "status-duration": dict[str, Spread]})


class VertexDetails(TypedDict):
    id: str
    name: str
    parallelism: int
    maxParallelism: int
    now: int
    subtasks: list[SubtaskAttempt]
    aggregated: Aggregated


class SubtaskTimes(TypedDict):
    subtask: int
    endpoint: str
    duration: int
    timestamps: dict[str, int]


class VertexTimes(TypedDict):
    id: str
    name: str
    now: int
    subtasks: list[SubtaskTimes]


VertexTaskManager = TypedDict(
    "VertexTaskManager",
    {
        "endpoint": str,
        "status": str,
        "start-time": int,
        "end-time": int,
        "duration": int,
        "metrics": IoMetrics,
        "status-counts": dict[str, int],
        "taskmanager-id": str,
        "aggregated": Aggregated,
    },
)


class VertexTaskManagers(TypedDict):
    id: str
    name: str
    now: int
    taskmanagers: list[VertexTaskManager]


VertexAccumulators = TypedDict("VertexAccumulators", {"id": str, "user-accumulators": list[Accumulator]})
SubtaskAccumulators = TypedDict(
    "SubtaskAccumulators",
    {"subtask": int, "attempt": int, "endpoint": str, "user-accumulators": list[Accumulator]},
)


class SubtasksAccumulators(TypedDict):
    id: str
    parallelism: int
    subtasks: list[SubtaskAccumulators]


AttemptAccumulators = TypedDict(
    "AttemptAccumulators", {"subtask": int, "attempt": int, "id": str, "user-accumulators": list[Accumulator]}
)

SubtaskBackPressure = TypedDict(
    "SubtaskBackPressure",
    {
        "subtask": int,
        "backpressureLevel": str,
        "backpressure-level": str,
        "ratio": float,
        "idleRatio": float,
        "busyRatio": float,
    },
)
BackPressure = TypedDict(
    "BackPressure",
    {
        "status": str,
        "backpressureLevel": NotRequired[str],
        "backpressure-level": NotRequired[str],
        "end-timestamp": NotRequired[int],
        "subtasks": NotRequired[list[SubtaskBackPressure]],
    },
)


class FlameNode(TypedDict):
    name: str
    value: int
    children: list[FlameNode]


class FlameGraph(TypedDict):
    """``endTimestamp`` is -1 when there is nothing to sample any more, -2 when that is not enabled, -3 before the
    first samples are there."""

    endTimestamp: int
    data: NotRequired[FlameNode]
