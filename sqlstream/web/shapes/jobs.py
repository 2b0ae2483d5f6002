"""A job: its state, its graph, its settings, what went wrong in it."""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

from sqlstream.web.shapes.outcomes import Cause, QueueStatus


class JobId(TypedDict):
    id: str
    status: str


class JobIds(TypedDict):
    jobs: list[JobId]


JobOverview = TypedDict(
    "JobOverview",
    {
        "jid": str,
        "name": str,
        "jobType": str,
        "schedulerType": str,
        "start-time": int,
        "end-time": int,
        "duration": int,
        "state": str,
        "last-modification": int,
        "tasks": dict[str, int],
        "pending-operators": int,
    },
)


class JobsOverview(TypedDict):
    jobs: list[JobOverview]


class JobState(TypedDict):
    status: str


IoMetrics = TypedDict(
    "IoMetrics",
    {
        "read-bytes": int,
        "read-bytes-complete": bool,
        "write-bytes": int,
        "write-bytes-complete": bool,
        "read-records": int,
        "read-records-complete": bool,
        "write-records": int,
        "write-records-complete": bool,
        "accumulated-backpressured-time": int,
        "accumulated-idle-time": int,
        "accumulated-busy-time": float,
        "counters": dict[str, int],
    },
)
"""Times are in ms. ``counters`` are not Flink's: what operators count by name."""

JobVertex = TypedDict(
    "JobVertex",
    {
        "id": str,
        "slotSharingGroupId": str,
        "name": str,
        "maxParallelism": int,
        "parallelism": int,
        "status": str,
        "start-time": int,
        "end-time": int,
        "duration": int,
        "tasks": dict[str, int],
        "metrics": IoMetrics,
    },
)


class PlanInput(TypedDict):
    id: str
    num: int
    ship_strategy: str
    exchange: str


class PlanNode(TypedDict):
    id: str
    operator: str
    parallelism: int
    operator_strategy: str
    description: str
    inputs: NotRequired[list[PlanInput]]
    optimizer_properties: dict[str, Any]


class Plan(TypedDict):
    jid: str
    name: str
    type: str
    nodes: list[PlanNode]


class JobPlan(TypedDict):
    plan: Plan


JobDetails = TypedDict(
    "JobDetails",
    {
        "jid": str,
        "application-id": str,
        "name": str,
        "isStoppable": bool,
        "state": str,
        "job-type": str,
        "schedulerType": str,
        "start-time": int,
        "end-time": int,
        "duration": int,
        "maxParallelism": int,
        "now": int,
        "timestamps": dict[str, int],
        "vertices": list[JobVertex],
        "status-counts": dict[str, int],
        "plan": Plan,
        "pending-operators": int,
    },
)

ExecutionConfig = TypedDict(
    "ExecutionConfig",
    {
        "restart-strategy": str,
        "job-parallelism": int,
        "object-reuse-mode": bool,
        "user-config": dict[str, str],
    },
)
JobConfig = TypedDict("JobConfig", {"jid": str, "name": str, "execution-config": ExecutionConfig})


class JobException(TypedDict):
    exceptionName: str
    stacktrace: str
    timestamp: int
    failureLabels: dict[str, str]
    taskName: str | None
    endpoint: str | None
    taskManagerId: str | None


class RootException(JobException):
    concurrentExceptions: list[JobException]


class ExceptionHistory(TypedDict):
    entries: list[RootException]
    truncated: bool


class JobExceptions(TypedDict):
    exceptionHistory: ExceptionHistory


class Accumulator(TypedDict):
    name: str
    type: str
    value: str


JobAccumulators = TypedDict(
    "JobAccumulators",
    {
        "job-accumulators": list[Accumulator],
        "user-task-accumulators": list[Accumulator],
        "serialized-user-task-accumulators": dict[str, str],
    },
)

JobResult = TypedDict(
    "JobResult",
    {
        "id": str,
        "name": str,
        "application-status": str,
        "accumulator-results": dict[str, str],
        "net-runtime": int,
        "application-id": str,
        "start-time": int,
        "end-time": int,
        "failure-cause": NotRequired[Cause],
    },
)
ExecutionResult = TypedDict("ExecutionResult", {"status": QueueStatus, "job-execution-result": NotRequired[JobResult]})


class Submitted(TypedDict):
    jobUrl: str


class ParallelismBounds(TypedDict):
    lowerBound: int
    upperBound: int


class VertexRequirements(TypedDict):
    parallelism: ParallelismBounds
