"""The JobManager's REST API: Flink's paths, status codes and error bodies, and a page to look at.

``/openapi.json`` describes everything, ``/docs`` is a page to read it on.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from sqlstream.config.options import REST_MAX_CONTENT_LENGTH, WEB_SUBMIT
from sqlstream.gateway.request_limit import RequestLimit
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web.application_api import application_router
from sqlstream.web.cluster_api import cluster_router, data_set_router
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.error_answers import answer_errors
from sqlstream.web.flame_graphs import FlameGraphs
from sqlstream.web.jar_api import disabled_jar_router, jar_router
from sqlstream.web.job_api import client_router, job_router
from sqlstream.web.metric_api import job_metric_router, process_metric_router, task_metric_router
from sqlstream.web.process_api import job_manager_router, task_manager_router
from sqlstream.web.rescaling_api import rescaling_router
from sqlstream.web.same_site import SameSite
from sqlstream.web.snapshot_api import disposal_router, snapshot_router
from sqlstream.web.vertex_api import vertex_router

_PAGE = Path(__file__).with_name("overview.html")


def rest_api(job_manager: JobManager, processes: ClusterProcesses | None = None) -> FastAPI:
    """The application; every path is there with and without ``/v1``. ``processes`` are those of the cluster, by default
    this one and whatever TaskManagers there are."""
    processes = processes or ClusterProcesses()
    app = FastAPI(title="sqlstream JobManager", version=version("sqlstream"), redoc_url=None, redirect_slashes=False)
    app.add_middleware(RequestLimit, limit=job_manager.configuration.option(REST_MAX_CONTENT_LENGTH))
    app.add_middleware(SameSite)
    answer_errors(app)
    for router in (
        cluster_router(job_manager, processes),
        data_set_router(),
        process_metric_router(job_manager, processes),
        job_manager_router(job_manager, processes),
        task_manager_router(job_manager, processes),
        job_metric_router(job_manager),
        job_router(job_manager),
        client_router(job_manager),
        application_router(job_manager),
        snapshot_router(job_manager),
        disposal_router(),
        rescaling_router(job_manager),
        task_metric_router(job_manager),
        vertex_router(job_manager, FlameGraphs(job_manager, processes)),
        jar_router(job_manager) if job_manager.configuration.option(WEB_SUBMIT) else disabled_jar_router(),
    ):
        app.include_router(router)
        app.include_router(router, prefix="/v1", include_in_schema=False)
    app.add_api_route("/", _page, response_class=HTMLResponse, include_in_schema=False)
    return app


def _page() -> HTMLResponse:
    return HTMLResponse(_PAGE.read_text(encoding="utf-8"))
