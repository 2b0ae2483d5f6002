"""Metrics of everything that has some: their names, or with ``get`` their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException

from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web import metric_json
from sqlstream.web.answers import answer
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.documented import answers
from sqlstream.web.metric_values import Value, cluster_values, job_values, numbers, task_values
from sqlstream.web.request_parts import (
    Number,
    existing_job,
    existing_subtask,
    existing_task_manager,
    existing_vertex,
)
from sqlstream.web.shapes.metrics import AggregatedMetric, Metric
from sqlstream.web.spread import AGGREGATIONS

Get = Annotated[str | None, Query(alias="get", description="Names, separated by commas.")]
Modes = Annotated[
    str | None, Query(alias="agg", description="Of min, max, avg, sum and skew, separated by commas; all by default.")
]


def process_metric_router(job_manager: JobManager, processes: ClusterProcesses) -> APIRouter:
    router = APIRouter(tags=["metrics"])

    @router.get("/jobmanager/metrics", responses=answers(list[Metric]))
    def job_manager_metrics(get: Get = None) -> Response:
        """Of the JobManager and its process."""
        values = cluster_values(job_manager.jobs(), job_manager.task_managers())
        return answer(metric_json.metrics({**values, **_tidy(processes.own.figures().values)}, get))

    @router.get("/taskmanagers/metrics", responses=answers(list[AggregatedMetric]))
    def task_managers_metrics(
        get: Get = None, agg: Modes = None, taskmanagers: Annotated[str | None, Query()] = None
    ) -> Response:
        """Over all TaskManagers that answer, or those that are named."""
        wanted = None if taskmanagers is None else set(taskmanagers.split(","))
        managers = [m for m in job_manager.task_managers() if wanted is None or m.info.id in wanted]
        figures = processes.of_all(managers, lambda diagnostics: diagnostics.figures().values)
        return answer(metric_json.aggregated(figures, get, _modes(agg)))

    @router.get("/taskmanagers/{manager_id}/metrics", responses=answers(list[Metric], 404, 503))
    def task_manager_metrics(manager_id: str, get: Get = None) -> Response:
        """Of a TaskManager's process."""
        manager = existing_task_manager(job_manager, manager_id)
        return answer(metric_json.metrics(_tidy(processes.of(manager).figures().values), get))

    return router


def job_metric_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/jobs", tags=["metrics"])

    @router.get("/metrics", responses=answers(list[AggregatedMetric]))
    def jobs_metrics(get: Get = None, agg: Modes = None, jobs: Annotated[str | None, Query()] = None) -> Response:
        """Over all jobs, or those that are named."""
        views = job_manager.jobs() if jobs is None else [existing_job(job_manager, id_) for id_ in jobs.split(",")]
        now = now_ms()
        return answer(metric_json.aggregated([numbers(job_values(view, now)) for view in views], get, _modes(agg)))

    @router.get("/{job_id}/metrics", responses=answers(list[Metric], 404))
    def job_metrics(job_id: str, get: Get = None) -> Response:
        """Of a job: restarts, checkpoints, times."""
        return answer(metric_json.metrics(job_values(existing_job(job_manager, job_id), now_ms()), get))

    return router


def task_metric_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/jobs/{job_id}/vertices/{vertex_id}", tags=["metrics"])

    def subtasks(job_id: str, vertex_id: str) -> list[dict[str, Value]]:
        job = existing_job(job_manager, job_id)
        vertex = existing_vertex(job, vertex_id)
        return [task_values(job, vertex, task) for task in vertex.tasks]

    @router.get("/metrics", responses=answers(list[Metric], 404))
    def vertex_metrics(job_id: str, vertex_id: str, get: Get = None) -> Response:
        """Of each subtask of a vertex; names begin with its number."""
        values = {
            f"{index}.{name}": value
            for index, of_subtask in enumerate(subtasks(job_id, vertex_id))
            for name, value in of_subtask.items()
        }
        return answer(metric_json.metrics(values, get))

    @router.get("/watermarks", responses=answers(list[Metric], 404))
    def watermarks(job_id: str, vertex_id: str) -> Response:
        """The watermark that each subtask has received; sources receive none."""
        name = "currentInputWatermark"
        values = {
            f"{index}.{name}": of_subtask[name]
            for index, of_subtask in enumerate(subtasks(job_id, vertex_id))
            if name in of_subtask
        }
        return answer(metric_json.metrics(values, ",".join(values)))

    @router.get("/jm-operator-metrics", responses=answers(list[Metric], 404))
    def coordinator_metrics(job_id: str, vertex_id: str) -> Response:
        """Of the parts of its operators that run on the JobManager: there are none."""
        existing_vertex(existing_job(job_manager, job_id), vertex_id)
        return answer([])

    @router.get("/subtasks/metrics", responses=answers(list[AggregatedMetric], 404))
    def subtasks_metrics(
        job_id: str,
        vertex_id: str,
        get: Get = None,
        agg: Modes = None,
        chosen: Annotated[str | None, Query(alias="subtasks", description="Such as 0,2-4.")] = None,
    ) -> Response:
        """Over all subtasks of a vertex, or those that are named."""
        rows = [numbers(values) for values in subtasks(job_id, vertex_id)]
        return answer(metric_json.aggregated(_chosen(rows, chosen), get, _modes(agg)))

    @router.get("/subtasks/{subtask}/metrics", responses=answers(list[Metric], 404))
    def subtask_metrics(job_id: str, vertex_id: str, subtask: Number, get: Get = None) -> Response:
        """Of a subtask."""
        job = existing_job(job_manager, job_id)
        vertex = existing_vertex(job, vertex_id)
        return answer(metric_json.metrics(task_values(job, vertex, existing_subtask(vertex, subtask)), get))

    return router


def _modes(agg: str | None) -> list[str]:
    if agg is None:
        return list(AGGREGATIONS)
    modes = [mode.lower() for mode in agg.split(",")]
    for mode in modes:
        if mode not in AGGREGATIONS:
            raise _unresolved("agg", mode)
    return modes


def _chosen(rows: Sequence[dict[str, float]], chosen: str | None) -> list[dict[str, float]]:
    if chosen is None:
        return list(rows)
    numbers: set[int] = set()
    for part in chosen.split(","):
        first, _, last = part.partition("-")
        try:
            begin, end = int(first), int(last or first)
        except ValueError:
            raise _unresolved("subtasks", chosen) from None
        numbers.update(range(max(0, begin), min(end, len(rows) - 1) + 1))
    return [rows[number] for number in sorted(numbers)]


def _tidy(figures: dict[str, float]) -> dict[str, Value]:
    """Whole numbers as such: JSON does not tell them apart."""
    return {
        name: int(value) if value == int(value) and "Load" not in name else value for name, value in figures.items()
    }


def _unresolved(name: str, value: str) -> HTTPException:
    return HTTPException(
        400, f'Bad request, could not parse parameters: Cannot resolve query parameter ({name}) from value "{value}".'
    )
