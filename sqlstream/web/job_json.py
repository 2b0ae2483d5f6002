"""Jobs in the JSON shapes of Flink's REST API (v1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlstream.plan.jobgraph import Edge, JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.restart_strategy import restart_strategy_type
from sqlstream.runtime.jobmanager.views import ExceptionEntry, Failure, JobView, VertexView
from sqlstream.web.cause import cause
from sqlstream.web.shapes import jobs as shapes
from sqlstream.web.vertex_json import TASK_STATES, accumulators, counts, io_metrics, span, start_time, vertex_state

_APPLICATION_STATUS = {
    JobStatus.FINISHED: "SUCCEEDED",
    JobStatus.CANCELED: "CANCELED",
    JobStatus.FAILED: "FAILED",
}


def job_ids(views: Iterable[JobView]) -> shapes.JobIds:
    """``/jobs``"""
    return {"jobs": [{"id": view.graph.job_id, "status": view.status.value} for view in views]}


def jobs_overview(views: Iterable[JobView], now: int) -> shapes.JobsOverview:
    """``/jobs/overview``"""
    return {"jobs": [job_overview(view, now) for view in views]}


def job_details(view: JobView, now: int) -> shapes.JobDetails:
    """``/jobs/:jobid``; every job is an application of its own."""
    statuses = [vertex_state(vertex.tasks).value for vertex in view.vertices]
    return {
        "jid": view.graph.job_id,
        "application-id": view.graph.job_id,
        "name": view.graph.name,
        "isStoppable": False,
        "state": view.status.value,
        "job-type": view.graph.mode.value,
        "schedulerType": "Default",
        **span(view.start_time, view.end_time, now),
        "maxParallelism": -1,
        "now": now,
        "timestamps": {status.value: view.since.get(status, 0) for status in JobStatus},
        "vertices": [_vertex(vertex, view.graph.job_id, now) for vertex in view.vertices],
        "status-counts": counts(statuses, TASK_STATES),
        "plan": plan(view.graph),
        "pending-operators": 0,
    }


def job_config(view: JobView, options: dict[str, str]) -> shapes.JobConfig:
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


def job_exceptions(view: JobView, limit: int) -> shapes.JobExceptions:
    """``/jobs/:jobid/exceptions``: why the job was restarted or failed, the latest first, each with what failed along
    with it."""
    entries = list(reversed(view.exceptions))
    return {
        "exceptionHistory": {
            "entries": [_root_exception(entry) for entry in entries[:limit]],
            "truncated": len(entries) > limit,
        }
    }


def job_accumulators(view: JobView) -> shapes.JobAccumulators:
    """``/jobs/:jobid/accumulators``: what operators have counted, over all tasks."""
    return {
        "job-accumulators": [],
        "user-task-accumulators": accumulators(task for vertex in view.vertices for task in vertex.tasks),
        "serialized-user-task-accumulators": {},
    }


def execution_result(view: JobView) -> shapes.ExecutionResult:
    """``/jobs/:jobid/execution-result``"""
    if view.end_time is None:
        return {"status": {"id": "IN_PROGRESS"}}
    result: shapes.JobResult = {
        "id": view.graph.job_id,
        "name": view.graph.name,
        "application-status": _APPLICATION_STATUS[view.status],
        "accumulator-results": {},
        "net-runtime": view.end_time - view.start_time,
        "application-id": view.graph.job_id,
        "start-time": view.start_time,
        "end-time": view.end_time,
    }
    if view.status is JobStatus.FAILED:
        result["failure-cause"] = cause("JobExecutionException", view.failure_message)
    return {"status": {"id": "COMPLETED"}, "job-execution-result": result}


def requirements(bounds: Mapping[str, tuple[int, int]]) -> dict[str, shapes.VertexRequirements]:
    """``/jobs/:jobid/resource-requirements``"""
    return {
        vertex_id: {"parallelism": {"lowerBound": lower, "upperBound": upper}}
        for vertex_id, (lower, upper) in bounds.items()
    }


def plan(graph: JobGraph) -> shapes.Plan:
    """Of a job that runs, or that would."""
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


def job_overview(view: JobView, now: int) -> shapes.JobOverview:
    """An entry of ``/jobs/overview``."""
    states = [task.state.value.lower() for vertex in view.vertices for task in vertex.tasks]
    return {
        "jid": view.graph.job_id,
        "name": view.graph.name,
        "jobType": view.graph.mode.value,
        "schedulerType": "Default",
        **span(view.start_time, view.end_time, now),
        "state": view.status.value,
        "last-modification": view.last_modified,
        "tasks": {"total": len(states), **counts(states, [state.lower() for state in TASK_STATES])},
        "pending-operators": 0,
    }


def _vertex(vertex: VertexView, job_id: str, now: int) -> shapes.JobVertex:
    started = [time for task in vertex.tasks if (time := start_time(task)) is not None]
    ended = [task.since[task.state] for task in vertex.tasks if task.state.is_terminal]
    complete = len(ended) == len(vertex.tasks)
    return {
        "id": vertex.vertex.id,
        "slotSharingGroupId": job_id,
        "name": vertex.vertex.name,
        "maxParallelism": vertex.vertex.max_parallelism,
        "parallelism": vertex.vertex.parallelism,
        "status": vertex_state(vertex.tasks).value,
        **span(min(started, default=None), max(ended) if complete else None, now),
        "tasks": counts([task.state.value for task in vertex.tasks], TASK_STATES),
        "metrics": io_metrics(vertex.tasks),
    }


def _plan_input(edge: Edge) -> shapes.PlanInput:
    return {
        "id": edge.source,
        "num": edge.input,
        "ship_strategy": str(edge.partitioning.__struct_config__.tag),
        "exchange": "pipelined_bounded",
    }


def _root_exception(entry: ExceptionEntry) -> shapes.RootException:
    return {**_exception(entry.cause), "concurrentExceptions": [_exception(other) for other in entry.concurrent]}


def _exception(failure: Failure) -> shapes.JobException:
    return {
        "exceptionName": failure.error,
        "stacktrace": failure.trace or failure.error,
        "timestamp": failure.timestamp,
        "failureLabels": {},
        "taskName": failure.task,
        "endpoint": failure.address,
        "taskManagerId": failure.task_manager_id,
    }
