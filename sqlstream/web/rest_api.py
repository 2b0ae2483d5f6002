"""The JobManager's REST API: Flink's paths, status codes and error bodies, and a page to look at.

Beyond Flink's: ``POST /jobs`` takes a JobGraph as JSON; ``/jobs/:jobid/progress`` answers sqlstream's clients, at
once or when there is news; ``DELETE /jobs/:jobid/result`` gives up what is left of a SELECT's rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from sqlstream.config.configuration import masked
from sqlstream.deploy.remote_job import Until, remote_job
from sqlstream.errors import SqlStreamError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.clock import now_ms
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web import cluster_json, job_json
from sqlstream.web.answers import answer, errors
from sqlstream.web.job_watch import MAX_WAIT_MS, wait_for_job
from sqlstream.web.request_parts import existing_job, json_content
from sqlstream.web.snapshot_api import disposal_router, snapshot_router

_PAGE = Path(__file__).with_name("overview.html")


def rest_api(job_manager: JobManager) -> FastAPI:
    """The application; every path is there with and without ``/v1``."""
    app = FastAPI(title="sqlstream JobManager", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _internal_error)
    for router in (
        _cluster_router(job_manager),
        _jobs_router(job_manager),
        _submission_router(job_manager),
        snapshot_router(job_manager),
        disposal_router(),
    ):
        app.include_router(router)
        app.include_router(router, prefix="/v1")
    app.add_api_route("/", _page, response_class=HTMLResponse)
    return app


def _cluster_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter()

    @router.get("/overview")
    def overview() -> Response:
        return answer(cluster_json.overview(job_manager.jobs(), job_manager.task_managers()))

    @router.get("/config")
    def config() -> Response:
        return answer(cluster_json.dashboard_config())

    @router.get("/jobmanager/config")
    def configuration() -> Response:
        return answer(cluster_json.configuration_entries(job_manager.configuration))

    @router.get("/taskmanagers")
    def task_managers() -> Response:
        jobs = job_manager.jobs()
        managers = job_manager.task_managers()
        return answer({"taskmanagers": [cluster_json.task_manager(manager, jobs) for manager in managers]})

    @router.get("/taskmanagers/{manager_id}")
    def task_manager(manager_id: str) -> Response:
        for manager in job_manager.task_managers():
            if manager.info.id == manager_id:
                return answer(cluster_json.task_manager_details(manager, job_manager.jobs()))
        raise HTTPException(404, f"No TaskManager registered under {manager_id}.")

    return router


def _jobs_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter()

    @router.get("/jobs")
    def jobs() -> Response:
        return answer(job_json.job_ids(job_manager.jobs()))

    @router.get("/jobs/overview")
    def overview() -> Response:
        return answer(job_json.jobs_overview(job_manager.jobs(), now_ms()))

    @router.get("/jobs/{job_id}")
    def details(job_id: str) -> Response:
        return answer(job_json.job_details(existing_job(job_manager, job_id), now_ms()))

    @router.get("/jobs/{job_id}/status")
    def status(job_id: str) -> Response:
        return answer({"status": existing_job(job_manager, job_id).status.value})

    @router.get("/jobs/{job_id}/plan")
    def plan(job_id: str) -> Response:
        return answer(job_json.job_plan(existing_job(job_manager, job_id)))

    @router.get("/jobs/{job_id}/config")
    def config(job_id: str) -> Response:
        job = existing_job(job_manager, job_id)
        return answer(job_json.job_config(job, masked(job.graph.configuration)))

    @router.get("/jobs/{job_id}/exceptions")
    def exceptions(job_id: str, limit: Annotated[int, Query(alias="maxExceptions", ge=0)] = 20) -> Response:
        return answer(job_json.job_exceptions(existing_job(job_manager, job_id), limit))

    @router.get("/jobs/{job_id}/metrics")
    def metrics(job_id: str, get: str | None = None) -> Response:
        return answer(job_json.job_metrics(existing_job(job_manager, job_id), get))

    @router.get("/jobs/{job_id}/vertices/{vertex_id}")
    def vertex(job_id: str, vertex_id: str) -> Response:
        for candidate in existing_job(job_manager, job_id).vertices:
            if candidate.vertex.id == vertex_id:
                return answer(job_json.vertex_details(candidate, now_ms()))
        raise HTTPException(404, f"Vertex {vertex_id} not found in job {job_id}")

    @router.get("/jobs/{job_id}/progress")
    async def progress(
        job_id: str,
        until: Until | None = None,
        wait_ms: Annotated[int, Query(alias="wait-ms", ge=0, le=MAX_WAIT_MS)] = 0,
    ) -> Response:
        job = existing_job(job_manager, job_id)
        if until is not None:
            job = await wait_for_job(
                job_manager, job.graph.job_id, lambda view: remote_job(view).reached(until), wait_ms / 1000
            )
        return answer(remote_job(job))

    @router.patch("/jobs/{job_id}")
    def cancel(job_id: str, mode: str = "cancel") -> Response:
        job = existing_job(job_manager, job_id)
        if mode != "cancel":
            raise HTTPException(
                400, f'Bad request, could not parse parameters: Cannot resolve query parameter (mode) from "{mode}".'
            )
        if job.status.is_terminal and job.status is not JobStatus.CANCELED:
            raise HTTPException(
                409,
                "Job cancellation failed because the job has already reached another terminal state "
                f"({job.status.value}).",
            )
        job_manager.cancel(job.graph.job_id)
        return answer({}, 202)

    @router.delete("/jobs/{job_id}/result")
    def release_result(job_id: str) -> Response:
        job_manager.release_results(existing_job(job_manager, job_id).graph.job_id)
        return answer({})

    return router


def _submission_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter()

    @router.post("/jobs")
    async def submit(request: Request) -> Response:
        content = await json_content(request)
        try:
            graph = JobGraph.from_json(content)
            await run_in_threadpool(job_manager.submit, graph)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HTTPException(400, f"Not a JobGraph: {error}") from None
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"jobUrl": f"/jobs/{graph.job_id}"}, 202)

    return router


def _page() -> HTMLResponse:
    return HTMLResponse(_PAGE.read_text(encoding="utf-8"))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405) and error.detail in ("Not Found", "Method Not Allowed"):
        return errors(404, f"Not found: {request.url.path}")
    return errors(error.status_code, str(error.detail))


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = (f"({problem['loc'][-1]}): {problem['msg']}" for problem in error.errors())
    return errors(400, "Bad request, could not parse parameters: " + "; ".join(problems))


async def _internal_error(request: Request, error: Exception) -> Response:
    return errors(500, "Internal server error.", f"{type(error).__name__}: {error}")
