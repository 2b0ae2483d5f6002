"""The vertices of a job, their subtasks and attempts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import VertexView
from sqlstream.web import vertex_json
from sqlstream.web.answers import answer
from sqlstream.web.documented import answers
from sqlstream.web.flame_graphs import FlameGraphs, GraphType
from sqlstream.web.request_parts import (
    Number,
    existing_attempt,
    existing_job,
    existing_subtask,
    existing_vertex,
)
from sqlstream.web.shapes import vertices as shapes


def vertex_router(job_manager: JobManager, flame_graphs: FlameGraphs) -> APIRouter:
    router = APIRouter(prefix="/jobs/{job_id}/vertices/{vertex_id}", tags=["vertices"])

    def vertex(job_id: str, vertex_id: str) -> VertexView:
        return existing_vertex(existing_job(job_manager, job_id), vertex_id)

    @router.get("", responses=answers(shapes.VertexDetails, 404))
    def details(job_id: str, vertex_id: str) -> Response:
        """A vertex, subtask by subtask."""
        return answer(vertex_json.vertex_details(vertex(job_id, vertex_id), now_ms()))

    @router.get("/accumulators", responses=answers(shapes.VertexAccumulators, 404))
    def accumulators(job_id: str, vertex_id: str) -> Response:
        """What its operators count."""
        return answer(vertex_json.vertex_accumulators(vertex(job_id, vertex_id)))

    @router.get("/backpressure", responses=answers(shapes.BackPressure, 404))
    def back_pressure(job_id: str, vertex_id: str) -> Response:
        """Which share of its time each subtask was busy, idle, and waiting for room downstream."""
        return answer(vertex_json.back_pressure(vertex(job_id, vertex_id), now_ms()))

    @router.get("/flamegraph", responses=answers(shapes.FlameGraph, 404))
    def flame_graph(
        job_id: str,
        vertex_id: str,
        graph_type: Annotated[GraphType, Query(alias="type")] = GraphType.FULL,
        subtask: Annotated[int | None, Query(alias="subtaskindex", ge=0)] = None,
    ) -> Response:
        """What the threads of its subtasks are doing; the first answer only says that samples are being taken."""
        viewed = vertex(job_id, vertex_id)
        if subtask is not None:
            existing_subtask(viewed, subtask)
        return answer(flame_graphs.graph(job_id, viewed, graph_type, subtask))

    @router.get("/subtasktimes", responses=answers(shapes.VertexTimes, 404))
    def times(job_id: str, vertex_id: str) -> Response:
        """When each subtask entered which state."""
        return answer(vertex_json.vertex_times(vertex(job_id, vertex_id), now_ms()))

    @router.get("/taskmanagers", responses=answers(shapes.VertexTaskManagers, 404))
    def task_managers(job_id: str, vertex_id: str) -> Response:
        """Its subtasks by the TaskManager that they run on."""
        return answer(vertex_json.vertex_task_managers(vertex(job_id, vertex_id), now_ms()))

    @router.get("/subtasks/accumulators", responses=answers(shapes.SubtasksAccumulators, 404))
    def subtasks_accumulators(job_id: str, vertex_id: str) -> Response:
        """What its operators count, subtask by subtask."""
        return answer(vertex_json.subtasks_accumulators(vertex(job_id, vertex_id)))

    @router.get("/subtasks/{subtask}", responses=answers(shapes.SubtaskAttempt, 404))
    def subtask(job_id: str, vertex_id: str, subtask: Number) -> Response:
        """The current attempt of a subtask."""
        task = existing_subtask(vertex(job_id, vertex_id), subtask)
        return answer(vertex_json.subtask_attempt(task, now_ms()))

    @router.get("/subtasks/{subtask}/attempts/{attempt}", responses=answers(shapes.SubtaskAttempt, 404))
    def attempt(job_id: str, vertex_id: str, subtask: Number, attempt: Number) -> Response:
        """One attempt of a subtask, of the last few."""
        task = existing_attempt(vertex(job_id, vertex_id), subtask, attempt)
        return answer(vertex_json.subtask_attempt(task, now_ms()))

    @router.get(
        "/subtasks/{subtask}/attempts/{attempt}/accumulators", responses=answers(shapes.AttemptAccumulators, 404)
    )
    def attempt_accumulators(job_id: str, vertex_id: str, subtask: Number, attempt: Number) -> Response:
        """What the operators of an attempt have counted."""
        viewed = vertex(job_id, vertex_id)
        return answer(vertex_json.attempt_accumulators(viewed, existing_attempt(viewed, subtask, attempt)))

    return router
